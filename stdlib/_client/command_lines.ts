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
  before?: Uint8Array,
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
  const joined = new Uint8Array(before.length + lines.length);
  joined.set(before);
  joined.set(lines, before.length);
  return joined;
}
