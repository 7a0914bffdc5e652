/**
 * From a line as it was read (latin-1, one unit a byte) to the text it means in
 * UTF-8 (RFC 3629).
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import { encodeLatin1 } from "./latin1.ts";
import { quote } from "./quote.ts";

/**
 * What to do with bytes that are no UTF-8: refuse the line (`"throw"`), put
 * U+FFFD in their place (`"replace"`), or leave the whole line as latin-1
 * (`"keep"`), which is what servers with old file names mean.
 */
export type InvalidUtf8 = "throw" | "replace" | "keep";

/** The peer sent bytes that are not in the encoding agreed on. */
export class TextEncodingError extends ProtocolError {
  /** The name of the class, as in every error. */
  override readonly name: string = "TextEncodingError";
}

/**
 * Reads a line of bytes as UTF-8.
 *
 * @param line The line, decoded as latin-1.
 * @param invalid What to do where it is no UTF-8. Overlong forms and surrogates are none.
 * @returns The text. A byte order mark is kept, as any other character.
 * @throws {TextEncodingError} If the line is no UTF-8, and `invalid` is `"throw"`.
 * @throws {TypeError} If the line was decoded already and holds code points above U+00FF.
 *
 * @example
 * ```ts
 * import { latin1ToUtf8 } from "https://tulip.example/protocols/text/utf8.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(latin1ToUtf8("caf\xc3\xa9"), "café");
 * assert.equal(latin1ToUtf8("caf\xe9"), "caf\ufffd");
 * assert.equal(latin1ToUtf8("caf\xe9", "keep"), "café");
 * ```
 */
export function latin1ToUtf8(line: string, invalid: InvalidUtf8 = "replace"): string {
  if (!NOT_ASCII.test(line)) return line;
  const bytes = encodeLatin1(line);
  if (invalid === "replace") return lenient.decode(bytes);
  try {
    return strict.decode(bytes);
  } catch (error) {
    if (invalid === "keep") return line;
    throw new TextEncodingError(`Expected UTF-8, got ${quote(line)}`, { cause: error });
  }
}

// deno-lint-ignore no-control-regex
const NOT_ASCII = /[^\x00-\x7f]/;
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
