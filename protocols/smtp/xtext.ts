/**
 * xtext: how the values of ESMTP parameters carry what could not stand there
 * (RFC 3461 §4).
 *
 * @module
 */

/**
 * Encodes a text: `+`, `=` and all that is not visible ASCII becomes `+` and two
 * hexadecimal digits.
 *
 * @param text Printable ASCII.
 * @returns The same as xtext.
 * @throws {TypeError} If the text holds anything but printable ASCII.
 *
 * @example
 * ```ts
 * import { decodeXtext, encodeXtext } from "https://tulip.example/protocols/smtp/xtext.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(encodeXtext("e=mc2 + x"), "e+3Dmc2+20+2B+20x");
 * assert.equal(decodeXtext("e+3Dmc2+20+2B+20x"), "e=mc2 + x");
 * ```
 */
export function encodeXtext(text: string): string {
  if (!/^[ -~]*$/.test(text)) {
    throw new TypeError("Cannot write a parameter: need printable ASCII");
  }
  return text.replace(
    /[ +=]/g,
    (character) => `+${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/**
 * Decodes xtext.
 *
 * @param xtext What stands in the parameter.
 * @returns The text, or `undefined` if this is no xtext or stands for a control character.
 */
export function decodeXtext(xtext: string): string | undefined {
  if (!/^(?:[!-*,-<>-~]|\+[0-9A-F]{2})*$/.test(xtext)) return undefined;
  const text = xtext.replace(
    /\+(..)/g,
    (_, digits: string) => String.fromCharCode(parseInt(digits, 16)),
  );
  return /^[ -~]*$/.test(text) ? text : undefined;
}
