/**
 * What goes wrong in mail delivery: the exceptions of Python's `smtplib`, by the
 * same names, with fields for programs and messages for people.
 *
 * @module
 */

import type { Origin } from "../../protocols/errors.ts";
import type { RecipientReply, SMTPReply } from "./types.ts";

/** Options of the constructor of {@linkcode SMTPException}. */
export interface SMTPExceptionOptions extends ErrorOptions {
  /**
   * Whose doing it is.
   *
   * @default {"peer"}
   */
  origin?: Origin;
}

/** The base of all errors of this module, but wrong arguments and a network that fails. */
export class SMTPException extends Error {
  /** The name of the class, as in every error. */
  override readonly name: string = "SMTPException";
  /** Whose doing it is: the caller's (`usage`), the server's (`peer`), the network's (`transport`). */
  readonly origin: Origin;

  /**
   * Says what failed.
   *
   * @param message What failed, and what to do.
   * @param options Whose doing it is, and the error behind it.
   */
  constructor(message: string, { origin = "peer", ...options }: SMTPExceptionOptions = {}) {
    super(message, options);
    this.origin = origin;
  }
}

/** The server does not offer what the call needs: STARTTLS, AUTH, 8BITMIME, SMTPUTF8. */
export class SMTPNotSupportedError extends SMTPException {
  /** The name of the class. */
  override readonly name: string = "SMTPNotSupportedError";
}

/** The server went away, or the call came while there was no connection. */
export class SMTPServerDisconnected extends SMTPException {
  /** The name of the class. */
  override readonly name: string = "SMTPServerDisconnected";
}

/** What an error keeps of the reply that it is about. */
export interface SMTPResponseOptions extends ErrorOptions {
  /** The server's reply. */
  reply: SMTPReply;
  /** What was answered so, secrets masked. */
  command: string;
}

/** The server answered with a code that refuses. */
export class SMTPResponseException extends SMTPException {
  /** The name of the class. */
  override readonly name: string = "SMTPResponseException";
  /** The three-digit code: 4xx may succeed later, 5xx will not. */
  readonly code: number;
  /**
   * The server's words without codes, lines joined by `\n`. The message quotes them;
   * here they are as they came, control characters included.
   */
  readonly text: string;
  /** The enhanced status code (RFC 3463), such as `5.1.1`, if the server gave one. */
  readonly enhancedCode: string | undefined;
  /** The command that was refused, secrets masked. */
  readonly command: string;

  /**
   * Tells of a refusal.
   *
   * @param message What was refused, and what to do; the reply is added to it.
   * @param options The reply, and the command it answered.
   */
  constructor(message: string, { reply, command, ...options }: SMTPResponseOptions) {
    super(message, { origin: "peer", ...options });
    this.code = reply.code;
    this.text = reply.text;
    this.enhancedCode = reply.enhancedCode;
    this.command = command;
  }

  /** Python's name of {@linkcode code}. */
  get smtpCode(): number {
    return this.code;
  }

  /** Python's name of {@linkcode text}. */
  get smtpError(): string {
    return this.text;
  }
}

/** The server refused the sender: `MAIL FROM` was answered by other than 250. */
export class SMTPSenderRefused extends SMTPResponseException {
  /** The name of the class. */
  override readonly name: string = "SMTPSenderRefused";
  /** The address that was refused. */
  readonly sender: string;

  /**
   * Tells of a refusal.
   *
   * @param message What was refused, and what to do.
   * @param options The sender, the reply, and the command it answered.
   */
  constructor(message: string, { sender, ...options }: SMTPResponseOptions & { sender: string }) {
    super(message, options);
    this.sender = sender;
  }
}

/** The server refused the message itself, before or after it was sent. */
export class SMTPDataError extends SMTPResponseException {
  /** The name of the class. */
  override readonly name: string = "SMTPDataError";
}

/** The server greeted with other than 220. */
export class SMTPConnectError extends SMTPResponseException {
  /** The name of the class. */
  override readonly name: string = "SMTPConnectError";
}

/** The server accepted neither EHLO nor HELO. */
export class SMTPHeloError extends SMTPResponseException {
  /** The name of the class. */
  override readonly name: string = "SMTPHeloError";
}

/** The server did not accept the user and password, by any way it offers. */
export class SMTPAuthenticationError extends SMTPResponseException {
  /** The name of the class. */
  override readonly name: string = "SMTPAuthenticationError";
}

/** Every recipient was refused; no mail was sent. */
export class SMTPRecipientsRefused extends SMTPException {
  /** The name of the class. */
  override readonly name: string = "SMTPRecipientsRefused";
  /** What the server said to each recipient, in the order they were given. */
  readonly recipients: readonly RecipientReply[];

  /**
   * Tells of a refusal.
   *
   * @param message What was refused, and what to do.
   * @param options The recipients, each with its reply.
   */
  constructor(
    message: string,
    { recipients, ...options }: ErrorOptions & { recipients: readonly RecipientReply[] },
  ) {
    super(message, { origin: "peer", ...options });
    this.recipients = recipients;
  }
}
