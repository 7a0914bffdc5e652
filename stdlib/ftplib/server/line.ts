/**
 * What a client sends, as the FTP server takes it: where the codec refuses
 * something, the client gets the reply that says so (RFC 959 §4.2, RFC 2640 §3.1).
 *
 * @module
 */

import {
  type Command,
  CommandSyntaxError,
  parseCommand,
  PathError,
  resolvePath,
} from "../../../protocols/ftp/session.ts";
import { latin1ToUtf8, TextEncodingError } from "../../../protocols/text/utf8.ts";
import { FTPReplyError } from "./errors.ts";

/** How a client's lines are read. */
export interface LineSettings {
  /** How arguments are encoded. */
  readonly encoding: "utf-8" | "latin-1";
  /** The most bytes of a command line. */
  readonly maxCommandLength: number;
}

/**
 * Reads a command line.
 *
 * @param line The line in latin-1, without its CRLF.
 * @param settings How to read it.
 * @throws {FTPReplyError} 500, if it is no command; 501, if the argument holds CR or NUL, or is not
 *   in the encoding.
 */
export function readCommand(line: string, settings: LineSettings): Command {
  try {
    // The connection has bounded the line already, by a count that leaves out its end.
    const command = parseCommand(line, { maxLength: settings.maxCommandLength + 2 });
    if (settings.encoding === "latin-1") return command;
    return { ...command, argument: latin1ToUtf8(command.argument, "throw") };
  } catch (error) {
    if (error instanceof CommandSyntaxError) {
      const text = error.code === 500 ? "That is no command" : "CR, LF and NUL are not allowed";
      throw new FTPReplyError(error.code, text);
    }
    if (error instanceof TextEncodingError) throw new FTPReplyError(501, "That is no UTF-8");
    throw error;
  }
}

/**
 * Takes a path as the client means it.
 *
 * @param directory The working directory.
 * @param path A path, absolute or from there; empty for the directory itself.
 * @param settings How long a path may be: as long as a command, and 4096 characters in any case.
 * @returns The absolute path, normalised; `..` stops at the root.
 * @throws {FTPReplyError} 553, if it is too long or holds a control character.
 */
export function readPath(directory: string, path: string, settings: LineSettings): string {
  try {
    return resolvePath(directory, path, { maxLength: Math.max(4096, settings.maxCommandLength) });
  } catch (error) {
    if (error instanceof PathError) throw new FTPReplyError(553, "File name not allowed");
    throw error;
  }
}
