/**
 * A command line, as the FTP server reads it (RFC 959 §5.3, RFC 2640 §3.1).
 *
 * @module
 */

import { latin1ToUtf8, TextEncodingError } from "../../../protocols/text/utf8.ts";
import { FTPReplyError } from "./errors.ts";

/** A command of the client. */
export interface CommandLine {
  /** The command, in upper case. */
  readonly verb: string;
  /** All that follows the one space: a path may begin and end with spaces. */
  readonly argument: string;
}

/**
 * Reads a command line.
 *
 * @param line The line in latin-1, without its CRLF.
 * @param encoding How the argument is encoded.
 * @throws {FTPReplyError} 500, if it is no command; 501, if the argument holds CR or NUL, or is not
 *   in the encoding.
 */
export function parseLine(line: string, encoding: "utf-8" | "latin-1"): CommandLine {
  const parts = COMMAND.exec(line);
  if (!parts) throw new FTPReplyError(500, "That is no command");
  const [, verb = "", argument = ""] = parts;
  if (/[\r\n\0]/.test(argument)) throw new FTPReplyError(501, "CR, LF and NUL are not allowed");
  return { verb: verb.toUpperCase(), argument: decode(argument, encoding) };
}

// Telnet's "interrupt process" and "data mark" may go before ABOR (RFC 959 §4.1.3).
const COMMAND = /^(?:\xff[\xf0-\xfe])*([A-Za-z]{3,8})(?: ([^]*))?$/;

function decode(argument: string, encoding: "utf-8" | "latin-1"): string {
  if (encoding === "latin-1") return argument;
  try {
    return latin1ToUtf8(argument, "throw");
  } catch (error) {
    if (error instanceof TextEncodingError) throw new FTPReplyError(501, "That is no UTF-8");
    throw error;
  }
}
