/**
 * Throwing is replying: the errors that a server's commands and hooks throw
 * reach the client as the reply they carry.
 *
 * @module
 */

import { checkLine } from "../../protocols/text/guard.ts";

/** A reply of the server in place of a command's success. Thrown, it is sent. */
export class ReplyError extends Error {
  /** The name of the class, as in every error. */
  override readonly name: string = "ReplyError";
  /** Who is at fault: what the client asked for cannot be done. */
  readonly origin = "peer";
  /** The three-digit code. 421 also ends the connection (RFC 959 §5.4, RFC 5321 §3.8). */
  readonly code: number;
  /** The text, one string for each line of the reply. */
  readonly lines: readonly string[];

  /**
   * Makes the reply; it is sent when the error is thrown.
   *
   * @param code The three-digit code, 200 to 599.
   * @param text What it says; an array for a reply of several lines.
   * @param options The `cause`, for the server's own report; it is not sent.
   * @throws {RangeError} If the code cannot end a command.
   * @throws {TypeError} If a line contains CR, LF or NUL, or there is no line.
   */
  constructor(code: number, text: string | readonly string[], options?: ErrorOptions) {
    const lines = typeof text === "string" ? [text] : [...text];
    if (!(Number.isInteger(code) && code >= 200 && code <= 599)) {
      throw new RangeError(`Cannot end a command with the code ${code}: need 200 to 599`);
    }
    if (lines.length === 0) throw new TypeError("Cannot send a reply without a line");
    for (const line of lines) checkLine("reply", line);
    super(`${code} ${lines.join(" / ")}`, options);
    this.code = code;
    this.lines = lines;
  }
}
