/**
 * Enhanced status codes: `5.1.1`, which say more than three digits do
 * (RFC 3463, RFC 2034).
 *
 * @module
 */

import type { Reply } from "../text/reply.ts";

/** An enhanced status code. */
export interface EnhancedCode {
  /** 2 for success, 4 for a failure that may pass, 5 for one that will not. */
  readonly class: 2 | 4 | 5;
  /** What the status is about: 1 addresses, 2 mailboxes, 3 systems, 4 network, 5 protocol, 6 content, 7 security. */
  readonly subject: number;
  /** The detail. */
  readonly detail: number;
}

/**
 * Reads a code that stands alone.
 *
 * @param text The code, such as `"5.1.1"`.
 * @returns Its parts, or `undefined` if it is no code.
 */
export function parseEnhancedCode(text: string): EnhancedCode | undefined {
  const found = /^([245])\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (found === null) return undefined;
  return {
    class: Number(found[1]) as 2 | 4 | 5,
    subject: Number(found[2]),
    detail: Number(found[3]),
  };
}

/** A reply's text, with its enhanced code taken out. */
export interface EnhancedText {
  /** The code, such as `"5.1.1"`; `undefined` where there is none. */
  readonly enhancedCode: string | undefined;
  /** The lines of text without it, joined by `\n`. */
  readonly text: string;
}

/**
 * Takes the enhanced code out of a reply's text.
 *
 * Only a code whose class is the reply's own first digit is one (RFC 2034 §4):
 * `250 5.1.1 …` is text that begins with numbers.
 *
 * @param reply The reply.
 * @returns The code and the text.
 *
 * @example
 * ```ts
 * import { splitEnhanced } from "https://tulip.example/protocols/smtp/enhanced.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(
 *   splitEnhanced({ code: 550, lines: ["5.1.1 No such user", "5.1.1 here"] }),
 *   { enhancedCode: "5.1.1", text: "No such user\nhere" },
 * );
 * ```
 */
export function splitEnhanced({ code, lines }: Reply): EnhancedText {
  const found = /^([245]\.\d{1,3}\.\d{1,3})(?: |$)/.exec(lines[0] ?? "")?.[1];
  if (found === undefined || found[0] !== String(code)[0]) {
    return { enhancedCode: undefined, text: lines.join("\n") };
  }
  const prefix = `${found} `;
  const texts = lines.map((line) =>
    line === found ? "" : line.startsWith(prefix) ? line.slice(prefix.length) : line
  );
  return { enhancedCode: found, text: texts.join("\n") };
}
