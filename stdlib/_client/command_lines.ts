/**
 * Commands as they go out.
 *
 * @module
 */

import { checkLine } from "../../protocols/text/guard.ts";
import { encodeLatin1 } from "../../protocols/text/latin1.ts";

/**
 * Makes lines of commands.
 *
 * @param commands The commands, without CRLF.
 * @param encoding What the server reads.
 * @param before What goes out in one piece with them.
 * @returns Bytes, or text that is sent as UTF-8.
 * @throws {TypeError} If one holds CR, LF, NUL, or what the encoding cannot say.
 */
export function encodeCommands(
  commands: readonly string[],
  encoding: "utf-8" | "latin-1",
  before?: readonly Uint8Array[],
): Uint8Array | string {
  let text = "";
  for (const each of commands) {
    checkLine("command", each, encoding);
    text += `${each}\r\n`;
  }
  if (before === undefined) return encoding === "latin-1" ? encodeLatin1(text) : text;
  // Two writes would be two packets. A server that answers the first at once then holds
  // back its next answers until that is acknowledged, which takes up to 40 ms (RFC 896).
  const lines = encoding === "latin-1" ? encodeLatin1(text) : new TextEncoder().encode(text);
  return join([...before, lines]);
}

/**
 * Makes one piece of several.
 *
 * @param pieces The pieces.
 * @returns All their bytes; the only piece itself, where there is one.
 */
export function join(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) return first;
  const joined = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
