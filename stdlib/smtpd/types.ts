/**
 * What the hooks of an SMTP server see: the session, and the envelope with the
 * message in it.
 *
 * @module
 */

import type { Address } from "../../net/byte_stream.ts";
import type { MailParameters, RcptParameters } from "../../protocols/smtp/parameters.ts";

/** One recipient, as RCPT named it. */
export interface Recipient {
  /** The address without angle brackets. */
  readonly address: string;
  /** The parameters of RCPT. */
  readonly options: RcptParameters;
}

/** A message and where it goes: what one MAIL, RCPT and DATA have brought. */
export class Envelope {
  /** The sender, without angle brackets; `""` for the null sender `<>` of bounces. */
  readonly mailFrom: string;
  /** The parameters of MAIL, such as `size` and `body`. */
  readonly mailOptions: MailParameters;
  /** The recipients that were accepted. */
  readonly recipients: readonly Recipient[];
  /**
   * The message, byte for byte as it was sent, its doubled dots undone.
   * Empty while the message is still streaming to {@linkcode SMTPHandler.data}.
   */
  readonly content: Uint8Array;

  /**
   * Makes an envelope.
   *
   * @param mailFrom The sender.
   * @param mailOptions The parameters of MAIL.
   * @param recipients The recipients.
   * @param content The message.
   */
  constructor(
    mailFrom: string,
    mailOptions: MailParameters,
    recipients: readonly Recipient[],
    content: Uint8Array = new Uint8Array(0),
  ) {
    this.mailFrom = mailFrom;
    this.mailOptions = mailOptions;
    this.recipients = recipients;
    this.content = content;
  }

  /** The addresses of the recipients. */
  get rcptTos(): string[] {
    return this.recipients.map(({ address }) => address);
  }

  /** Whether header and addresses may hold UTF-8 (SMTPUTF8, RFC 6531). */
  get smtpUtf8(): boolean {
    return this.mailOptions.smtputf8 ?? false;
  }

  /** The message as text; what is no UTF-8 shows as U+FFFD. */
  get text(): string {
    return new TextDecoder().decode(this.content);
  }
}

/** One client, from its connection to its end. */
export interface SMTPSession {
  /** Its number, from 1: each session of a server has its own. */
  readonly client: number;
  /** The client's address. */
  readonly remoteAddress: Address;
  /** The address that it connected to. */
  readonly localAddress: Address;
  /** What it calls itself in HELO or EHLO; `undefined` before. It may lie. */
  readonly hostName: string | undefined;
  /** Whether it said EHLO, and not HELO. */
  readonly extended: boolean;
  /** Who it has logged in as; `undefined` before. */
  readonly user: string | undefined;
}

/**
 * What a server does with commands. Every hook may be left out, may be
 * asynchronous, and refuses by throwing an {@linkcode SMTPReplyError}. Addresses
 * come without angle brackets, well-formed, and may be quoted
 * (`"a b"@example.org`).
 */
export interface SMTPHandler {
  /** A client has connected; it has not been greeted yet. Throw 421 or 554 to send it away. */
  connect?(session: SMTPSession): void | Promise<void>;
  /** HELO or EHLO. */
  ehlo?(session: SMTPSession, hostName: string): void | Promise<void>;
  /** MAIL; `address` is `""` for the null sender. */
  mail?(session: SMTPSession, address: string, options: MailParameters): void | Promise<void>;
  /** RCPT: return, and the recipient is accepted. */
  rcpt?(session: SMTPSession, address: string, options: RcptParameters): void | Promise<void>;
  /**
   * DATA, as it arrives, in place of `message`: for messages too large for memory. The chunks
   * belong to the hook. The message is accepted when the hook returns; what it has not read is
   * read and thrown away. The iteration throws where the message breaks off, is too large, or
   * holds a CR or LF alone.
   */
  data?(
    session: SMTPSession,
    envelope: Envelope,
    body: AsyncIterable<Uint8Array>,
  ): void | Promise<void>;
  /** A whole message has come: return, and it is accepted. */
  message?(session: SMTPSession, envelope: Envelope): void | Promise<void>;
  /** VRFY; gives the text of the reply, 250. Without the hook it is 252, which tells nothing. */
  vrfy?(session: SMTPSession, argument: string): string | Promise<string>;
  /** RSET. */
  rset?(session: SMTPSession): void | Promise<void>;
  /** QUIT. */
  quit?(session: SMTPSession): void | Promise<void>;
  /** The connection has ended, for whatever reason. */
  close?(session: SMTPSession): void | Promise<void>;
}
