/**
 * What goes into the calls of an SMTP client, and what comes out.
 *
 * @module
 */

import type { WaitOptions } from "../../loop/wait.ts";
import type { ConnectOptions } from "../../net/streams/connect.ts";
import type { TlsOptions } from "../../net/tls/tls.ts";
import type { DebugLine } from "../_client/reply_options.ts";

/** One reply of the server (RFC 5321 §4.2). */
export interface SMTPReply {
  /** The three-digit code. */
  readonly code: number;
  /** The enhanced status code (RFC 3463), such as `2.1.5`, if the server gave one. */
  readonly enhancedCode: string | undefined;
  /** The text without codes, lines joined by `\n`. */
  readonly text: string;
  /** The text of each line as it came, enhanced status code included. */
  readonly lines: readonly string[];
}

/** What the server said to one recipient. */
export interface RecipientReply extends SMTPReply {
  /** The recipient, as it was given. */
  readonly recipient: string;
}

/** What became of a mail. */
export interface SendmailResult {
  /** The recipients for whom the server took the mail, each with the reply to its RCPT. */
  readonly accepted: readonly RecipientReply[];
  /** The recipients that the server refused. */
  readonly refused: readonly RecipientReply[];
  /** The last reply, with which the server took the mail; often it names its queue id. */
  readonly reply: SMTPReply;
}

/**
 * A message with its header: text (sent as UTF-8), bytes, or bytes as they come.
 * Line ends are made CRLF whatever they were: LF, CR or CRLF.
 */
export type MessageSource =
  | string
  | Uint8Array
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>;

/**
 * One side of an authentication, as Python's *authobject*: gets each challenge of
 * the server, decoded, and gives the response to it. It is first called with
 * `null`: what it then returns is the initial response, `null` for none. Later
 * `null` gives the authentication up.
 */
export type AuthObject = (
  challenge: Uint8Array | null,
) => string | Uint8Array | null | Promise<string | Uint8Array | null>;

/** Options of the constructors of `SMTP` and `SMTP_SSL`. */
export interface SMTPOptions extends Omit<ConnectOptions, "tls" | "limit" | "signal"> {
  /**
   * The name to greet the server with, a domain or an address literal.
   *
   * @default the local address of the connection, such as `[192.0.2.7]`
   */
  localHostname?: string;
  /**
   * Whether a password may go over a connection that is not encrypted.
   *
   * @default {false}
   */
  allowInsecureAuth?: boolean;
  /**
   * Whether commands are sent in one write where the server offers it (RFC 2920).
   *
   * @default {true}
   */
  pipelining?: boolean;
  /**
   * The longest line of a reply, in bytes.
   *
   * @default {8192}
   */
  maxLineLength?: number;
  /**
   * The most bytes of one reply, all lines together.
   *
   * @default {65536}
   */
  maxReplyBytes?: number;
  /**
   * The most lines of one reply.
   *
   * @default {1000}
   */
  maxLines?: number;
  /** Called with every line sent and received, passwords masked; messages are left out. */
  debug?: (line: DebugLine) => void;
}

/** Options of `SMTP.connect` and `SMTP_SSL.connect`. */
export interface SMTPConnectOptions extends SMTPOptions {
  /** Breaks off connecting, and all that belongs to it. Afterwards it does nothing. */
  signal?: AbortSignal;
  /**
   * The port of the server.
   *
   * @default 25, and 465 for `SMTP_SSL`
   */
  port?: number;
  /** The user to log in as. */
  user?: string;
  /** The password of the user. */
  password?: string;
  /**
   * Whether to go on only under TLS, made by STARTTLS. `false` never asks for it.
   *
   * @default `true` where a user is given and the connection is not encrypted yet, unless
   * `allowInsecureAuth` is set: then TLS is made if the server offers it
   */
  starttls?: boolean;
}

/** Options of `SMTP.starttls`: whom to trust, and how long to wait. */
export interface StarttlsOptions extends TlsOptions, WaitOptions {}

/** Options of `SMTP.auth` and `SMTP.login`. */
export interface AuthOptions extends WaitOptions {
  /**
   * Whether the first response may travel with the AUTH command (RFC 4954 §4).
   *
   * @default {true}
   */
  initialResponseOk?: boolean;
}

/** Options of `SMTP.sendmail`. */
export interface SendmailOptions extends WaitOptions {
  /**
   * Parameters of `MAIL FROM`, such as `"RET=HDRS"`. `SIZE`, `BODY` and `SMTPUTF8`
   * are added where they are needed and the server knows them.
   *
   * @default {[]}
   */
  mailOptions?: readonly string[];
  /**
   * Parameters of every `RCPT TO`, such as `"NOTIFY=FAILURE,DELAY"`.
   *
   * @default {[]}
   */
  rcptOptions?: readonly string[];
  /**
   * How many bytes a message that comes as a stream will have, if that is known:
   * the server then refuses at once what is too large (RFC 1870).
   */
  size?: number;
}
