/**
 * What can go wrong with an FTP session: the errors of Python's `ftplib`, and
 * what each says about it (RFC 959 §4.2.1 for the meaning of the digits).
 *
 * Python's base class is called `Error` there. It is {@linkcode FTPError} here,
 * so that importing it does not hide JavaScript's own.
 *
 * @module
 */

import { TimeoutError } from "../../loop/exceptions.ts";
import { EOFError, OSError } from "../../net/errors.ts";
import { type Origin, ProtocolError } from "../../protocols/errors.ts";
import { UnexpectedReplyError } from "../../protocols/ftp/replies.ts";
import { quote } from "../../protocols/text/quote.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import type { ReplyFault } from "../_client/reply_fault.ts";
import { maskSecrets } from "../../protocols/text/secrets.ts";

/** What an {@linkcode FTPError} knows besides its message. */
export interface FTPErrorOptions extends ErrorOptions {
  /** The three-digit code of the reply. */
  code?: number;
  /** The text of the reply, lines joined by LF, without the code. */
  text?: string;
  /** The command that failed, secrets masked. */
  command?: string;
  /**
   * Who is to blame.
   *
   * @default {"peer"}
   */
  origin?: Origin;
}

/** The base of all errors that this module raises itself (Python: `ftplib.Error`). */
export class FTPError extends Error {
  /** The name of the class, as in every error. */
  override readonly name: string = "FTPError";
  /** Who is to blame: the caller, the server, or what lies between. */
  readonly origin: Origin;
  /** The three-digit code of the server's reply, where there was one. */
  readonly code: number | undefined;
  /** The text of that reply, lines joined by LF, as the server sent it. */
  readonly text: string | undefined;
  /** The command that failed, where it was one. Secrets are masked: `PASS ***`. */
  readonly command: string | undefined;

  /**
   * Says what failed.
   *
   * @param message What failed, on which command, and what to do.
   * @param options What else is known, for programs.
   */
  constructor(message: string, options: FTPErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.origin = options.origin ?? "peer";
    this.code = options.code;
    this.text = options.text;
    this.command = options.command;
  }
}

/** A reply that is no refusal, but not what the command needs either (Python: `error_reply`). */
export class ErrorReply extends FTPError {
  /** The name of the class, as in every error. */
  override readonly name: string = "ErrorReply";
}

/** A refusal that may pass: a reply of 400 to 499 (Python: `error_temp`). */
export class ErrorTemp extends FTPError {
  /** The name of the class, as in every error. */
  override readonly name: string = "ErrorTemp";
}

/** A refusal for good: a reply of 500 to 599 (Python: `error_perm`). */
export class ErrorPerm extends FTPError {
  /** The name of the class, as in every error. */
  override readonly name: string = "ErrorPerm";
}

/** The server sent what is no reply, or a reply that cannot be read (Python: `error_proto`). */
export class ErrorProto extends FTPError {
  /** The name of the class, as in every error. */
  override readonly name: string = "ErrorProto";
}

/** The data connection ended before the file did. What was received is a piece of the file. */
export class TruncatedError extends FTPError {
  /** The name of the class, as in every error. */
  override readonly name: string = "TruncatedError";
  /** How many bytes of the file there are, those before `offset` included. */
  readonly received: number;
  /** How many there should be; `undefined` where the server never said. */
  readonly expected: number | undefined;

  /**
   * Says how much is missing.
   *
   * @param message What was cut off.
   * @param received How many bytes there are.
   * @param expected How many there should be.
   * @param options What else is known.
   */
  constructor(
    message: string,
    received: number,
    expected: number | undefined,
    options: FTPErrorOptions = {},
  ) {
    super(message, { origin: "transport", ...options });
    this.received = received;
    this.expected = expected;
  }
}

/**
 * What arrived is not what was sent, though the server reported success: it has another size or
 * checksum. `verify` of downloads and uploads asks, and so does what goes on where it stopped.
 */
export class VerifyError extends FTPError {
  /** The name of the class, as in every error. */
  override readonly name: string = "VerifyError";
  /** The size, or the checksum, that the file should have. */
  readonly expected: number | string;
  /** The one that it has. */
  readonly actual: number | string;

  /**
   * Says what differs.
   *
   * @param message Which file, and how it was compared.
   * @param expected What it should be.
   * @param actual What it is.
   * @param options What else is known.
   */
  constructor(
    message: string,
    expected: number | string,
    actual: number | string,
    options: FTPErrorOptions = {},
  ) {
    super(message, options);
    this.expected = expected;
    this.actual = actual;
  }
}

/** The server sent more than a limit allows. The rest was not read into memory. */
export class TooLargeError extends FTPError {
  /** The name of the class, as in every error. */
  override readonly name: string = "TooLargeError";
  /** The option that sets the limit, such as `"maxBytes"`. */
  readonly limit: string;
  /** Its value. */
  readonly maximum: number;

  /**
   * Says which limit was passed.
   *
   * @param message What is too large, and what to do.
   * @param limit The option that sets the limit.
   * @param maximum Its value.
   * @param options What else is known.
   */
  constructor(message: string, limit: string, maximum: number, options: FTPErrorOptions = {}) {
    super(message, options);
    this.limit = limit;
    this.maximum = maximum;
  }
}

/**
 * The session carries a transfer whose bytes your code takes or gives, so it
 * cannot do anything else: waiting for its end could wait forever.
 */
export class SessionBusyError extends FTPError {
  /** The name of the class, as in every error. */
  override readonly name: string = "SessionBusyError";
}

/** The session is not open: not connected yet, closed, or given up after a failure. */
export class SessionClosedError extends FTPError {
  /** The name of the class, as in every error. */
  override readonly name: string = "SessionClosedError";
}

/**
 * All that can go wrong on an FTP session and is no mistake of the program
 * (Python: `all_errors`): `allErrors.some((type) => error instanceof type)`.
 */
// deno-lint-ignore no-explicit-any
export const allErrors: readonly (abstract new (...args: any[]) => Error)[] = [
  FTPError,
  OSError,
  EOFError,
  TimeoutError,
];

/**
 * Makes the error that a reply stands for.
 *
 * @param reply The reply that was not wanted.
 * @param command The command that it answers.
 * @param cause What made it so, if anything.
 * @returns {@linkcode ErrorTemp} for 4xx, {@linkcode ErrorPerm} for 5xx, else
 * {@linkcode ErrorReply}.
 */
export function replyError(reply: Reply, command: string, cause?: unknown): FTPError {
  const text = reply.lines.join("\n");
  const options = { code: reply.code, text, command: maskSecrets(command), cause };
  const said = `${reply.code} ${quote(text)}`;
  const what = quoteCommand(command);
  const hint = hintFor(reply.code, text, command);
  const advice = hint === undefined ? "" : `: ${hint}`;
  if (reply.code < 400) {
    return new ErrorReply(`${what}: unexpected reply ${said}${advice}`, options);
  }
  const message = `${what} failed: ${said}${advice}`;
  return reply.code < 500 ? new ErrorTemp(message, options) : new ErrorPerm(message, options);
}

/**
 * Reads what a reply says in its text.
 *
 * @param parse The codec that reads it.
 * @param reply The reply.
 * @param command The command that it answers.
 * @returns What the codec read.
 * @throws {ErrorReply} If it is another reply than the codec reads.
 * @throws {ErrorProto} If its text makes no sense.
 */
export function parseReply<T>(parse: (reply: Reply) => T, reply: Reply, command: string): T {
  try {
    return parse(reply);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    if (error instanceof UnexpectedReplyError) throw replyError(reply, command, error);
    throw new ErrorProto(`${quoteCommand(command)}: ${error.message}`, {
      code: reply.code,
      text: reply.lines.join("\n"),
      command,
      cause: error,
    });
  }
}

/**
 * A command as it may stand in a message: secrets masked, control characters escaped.
 *
 * @param command The command.
 * @returns The command, without quotes around it.
 */
export function quoteCommand(command: string): string {
  return quote(maskSecrets(command)).replace(/^"|"(?=$|…)/g, "").replaceAll('\\"', '"');
}

/**
 * Makes the error of a session that came to its end.
 *
 * @param fault What happened on the control connection.
 * @returns {@linkcode ErrorProto} where the server broke the protocol, else
 * {@linkcode SessionClosedError}.
 */
export function faultError({ kind, message, origin, cause }: ReplyFault): FTPError {
  if (kind === "protocol") return new ErrorProto(message, { origin, cause });
  return new SessionClosedError(message, { origin, cause });
}

/**
 * Tells whether an error says that the server does not know a command.
 *
 * @param error Whatever was thrown.
 * @returns Whether it is a 500 or 502 (RFC 959 §4.2.2).
 */
export function isUnknownCommand(error: unknown): boolean {
  return error instanceof ErrorPerm && (error.code === 500 || error.code === 502);
}

/** What to do about a reply; the first line that fits counts. */
const HINTS: readonly {
  codes: readonly number[];
  verb?: RegExp;
  text?: RegExp;
  hint: string;
}[] = [
  {
    codes: [421, 425, 450, 500, 503, 521, 522, 530, 533, 534, 550],
    text: /\b(?:TLS|SSL|AUTH TLS|encrypt\w*|secure)\b/i,
    hint: "the server demands TLS here, and this session has none",
  },
  {
    codes: [421],
    hint: "the server ends the session; it is full, going down, or was left idle: try again later",
  },
  {
    codes: [522],
    verb: /^(?:EPSV|PASV)\b/i,
    hint: "the server has this mode only for the other kind of address: IPv6 takes EPSV",
  },
  { codes: [521, 522, 534], hint: "the server demands a data connection with TLS" },
  {
    codes: [425],
    hint: "the server got no data connection; a firewall may block its passive ports",
  },
  { codes: [426], hint: "the data connection was cut; download again with `offset` to resume" },
  { codes: [430, 530], verb: /^(?:USER|PASS|ACCT)\b/i, hint: "check user and password" },
  { codes: [530], hint: "log in first" },
  { codes: [332, 532], hint: "the server wants an account: give `acct`" },
  { codes: [452, 552], hint: "no space is left on the server, or the quota is used up" },
  { codes: [500, 502], hint: "the server does not know this command" },
  { codes: [501, 504], verb: /^REST\b/i, hint: "the server cannot resume; start from 0" },
  { codes: [550], verb: /^(?:RETR|SIZE)\b/i, hint: "no such file, or no right to read it" },
  {
    codes: [550, 553],
    verb: /^(?:STOR|APPE|MKD|RNTO)\b/i,
    hint: "the name is not allowed, the directory is missing, or there is no right to write",
  },
  {
    codes: [550],
    verb: /^(?:CWD|CDUP|MLSD|LIST|NLST|RMD)\b/i,
    hint: "no such directory, or no right to it",
  },
];

function hintFor(code: number, text: string, command: string): string | undefined {
  return HINTS.find((row) =>
    row.codes.includes(code) && (row.verb?.test(command) ?? true) && (row.text?.test(text) ?? true)
  )?.hint;
}
