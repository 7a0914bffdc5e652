/**
 * Replies as this module hands them out, and shows them in messages.
 *
 * @module
 */

import { splitEnhanced } from "../../protocols/smtp/enhanced.ts";
import { quote } from "../../protocols/text/quote.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import type { SMTPReply } from "./types.ts";

/**
 * Makes a reply ready for callers.
 *
 * @param reply The reply, as it came.
 * @returns The same, its enhanced status code taken out of the text.
 */
export function toSMTPReply({ code, lines }: Reply): SMTPReply {
  const trimmed = lines.map((line) => line.trim());
  return { code, ...splitEnhanced({ code, lines: trimmed }), lines: trimmed };
}

/**
 * A reply as messages show it.
 *
 * @param reply The reply.
 * @returns Its codes, and the server's words between quotes.
 */
export function showReply({ code, enhancedCode, text }: SMTPReply): string {
  const codes = enhancedCode === undefined ? `${code}` : `${code} ${enhancedCode}`;
  return text === "" ? codes : `${codes} ${quote(text.replaceAll("\n", " "), 500)}`;
}

/**
 * Tells whether a reply says that a command succeeded.
 *
 * @param reply The reply.
 * @returns Whether its code is 2xx.
 */
export function isSuccess({ code }: SMTPReply): boolean {
  return code >= 200 && code <= 299;
}
