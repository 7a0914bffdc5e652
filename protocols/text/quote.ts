/**
 * A peer's words, made safe to show to a person.
 *
 * @module
 */

import { checkLimit } from "../limits.ts";

/**
 * Quotes what a peer sent, for an error message or a log.
 *
 * Control characters (C0, DEL, C1), which could move the cursor of a terminal
 * or forge a line of a log, and the invisible characters that reorder text are
 * escaped; what is too long is cut, and says so.
 *
 * @param text The peer's words.
 * @param maxLength The most UTF-16 units of them to show.
 * @returns The words between double quotes.
 * @throws {RangeError} If `maxLength` is no whole number of at least 1.
 *
 * @example
 * ```ts
 * import { quote } from "https://tulip.example/protocols/text/quote.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(quote("550 No\x1b[2J\r\n"), String.raw`"550 No\x1b[2J\r\n"`);
 * assert.equal(quote("abcdef", 3), '"abc"… (6 characters)');
 * ```
 */
export function quote(text: string, maxLength?: number): string {
  const limit = checkLimit("maxLength", maxLength, 200);
  if (text.length <= limit) return `"${text.replace(UNSAFE, escape)}"`;
  // A pair cut in two would show as a lone surrogate.
  const end = isHighSurrogate(text.charCodeAt(limit - 1)) ? limit - 1 : limit;
  return `"${text.slice(0, end).replace(UNSAFE, escape)}"… (${text.length} characters)`;
}

// Controls, quote and backslash; soft hyphen, marks and overrides of direction, zero-width
// characters, line separators, byte order mark; surrogates without their other half.
const UNSAFE =
  // deno-lint-ignore no-control-regex
  /[\x00-\x1f"\\\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]/gu;

const SHORT: Readonly<Record<string, string>> = {
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
  '"': '\\"',
  "\\": "\\\\",
};

function escape(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.charCodeAt(0).toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u${code.padStart(4, "0")}`;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
