/**
 * The guard before the wire: no argument may end the line that carries it.
 *
 * An argument with a line end in it would be a second command to the server
 * (CWE-93; RFC 959 §5.3.1, RFC 5321 §2.3.8). Such arguments are refused, never
 * repaired, and never repeated in the message, since one may be a password.
 *
 * @module
 */

/**
 * Refuses a text that cannot travel inside one line: CR, LF, NUL, and half a
 * surrogate pair, which no encoding can carry.
 *
 * @param name What the text is, for the message.
 * @param text The text that is to be sent.
 * @param encoding How it will be encoded. Under `"latin-1"` what is above U+00FF is refused too:
 * cut down to a byte, U+010A would be LF.
 * @throws {TypeError} If the text is no string, or holds such a character.
 *
 * @example
 * ```ts
 * import { checkLine } from "https://tulip.example/protocols/text/guard.ts";
 * import assert from "node:assert/strict";
 *
 * checkLine("path", "Dvořák/č. 8.flac");
 * assert.throws(() => checkLine("path", "a\r\nDELE b"), /path.*CR at index 1/);
 * ```
 */
export function checkLine(
  name: string,
  text: string,
  encoding: "utf-8" | "latin-1" = "utf-8",
): void {
  refuse(name, text, encoding === "latin-1" ? NOT_IN_LATIN1_LINE : NOT_IN_LINE);
}

/**
 * Refuses what {@linkcode checkLine} refuses and every other control character
 * (C0 and DEL), for protocols whose arguments are printable by definition, such
 * as SMTP (RFC 5321 §4.1.2).
 *
 * @param name What the text is, for the message.
 * @param text The text that is to be sent.
 * @throws {TypeError} If the text is no string, or holds such a character.
 */
export function checkPrintable(name: string, text: string): void {
  refuse(name, text, NOT_PRINTABLE);
}

// With the flag "u", \p{Cs} matches only surrogates that have lost their other half.
// deno-lint-ignore no-control-regex
const NOT_IN_LINE = /[\x00\n\r]|\p{Cs}/u;
// deno-lint-ignore no-control-regex
const NOT_IN_LATIN1_LINE = /[\x00\n\r]|[^\x00-\xff]/u;
// deno-lint-ignore no-control-regex
const NOT_PRINTABLE = /[\x00-\x1f\x7f]|\p{Cs}/u;

const NAMES: Readonly<Record<string, string>> = {
  "\0": "NUL",
  "\t": "TAB",
  "\n": "LF",
  "\r": "CR",
};

function refuse(name: string, text: string, forbidden: RegExp): void {
  if (typeof text !== "string") {
    throw new TypeError(`Cannot send ${name}: need a string, got ${typeof text}`);
  }
  const index = text.search(forbidden);
  if (index < 0) return;
  const point = text.codePointAt(index) as number;
  const character = NAMES[String.fromCodePoint(point)] ??
    `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
  throw new TypeError(`Cannot send ${name}: it holds ${character} at index ${index}`);
}
