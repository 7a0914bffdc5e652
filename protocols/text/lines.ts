/**
 * Line ends as protocols want them: CRLF and nothing else (RFC 5321 §2.3.8,
 * RFC 959 §3.1.1.5.2).
 *
 * @module
 */

import { type BareNewlines, LineRewriter } from "./line_rewriter.ts";

/**
 * Makes a CRLF of every line end: CRLF, LF or CR.
 *
 * @param text The text.
 * @returns The same with CRLF.
 *
 * @example
 * ```ts
 * import { normalizeNewlines } from "https://tulip.example/protocols/text/lines.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(normalizeNewlines("a\nb\r\nc\rd"), "a\r\nb\r\nc\r\nd");
 * ```
 */
export function normalizeNewlines(text: string): string {
  return text.replace(/\r\n|\n|\r/g, "\r\n");
}

/** Options of a {@linkcode NewlineEncoder}. */
export interface NewlineEncoderOptions {
  /**
   * What to do with a CR or an LF that stands alone.
   *
   * @default {"normalize"}
   */
  bare?: BareNewlines;
}

/**
 * Makes a CRLF of every line end in bytes that come piece by piece.
 *
 * @example A CRLF may be cut in two
 * ```ts
 * import { NewlineEncoder } from "https://tulip.example/protocols/text/lines.ts";
 * import { decodeLatin1, encodeLatin1 } from "https://tulip.example/protocols/text/latin1.ts";
 * import assert from "node:assert/strict";
 *
 * const encoder = new NewlineEncoder();
 * const sent = ["a\nb\r", "\nc"].map((text) => decodeLatin1(encoder.encode(encodeLatin1(text))));
 * assert.deepEqual([...sent, encoder.endLine()], ["a\r\nb\r", "\nc", "\r\n"]);
 * ```
 */
export class NewlineEncoder {
  readonly #lines: LineRewriter;

  /**
   * Begins at the start of a line.
   *
   * @param options What to do with a CR or an LF that stands alone.
   */
  constructor({ bare = "normalize" }: NewlineEncoderOptions = {}) {
    this.#lines = new LineRewriter(bare, false);
  }

  /**
   * Encodes one piece.
   *
   * @param chunk The bytes.
   * @returns The bytes to send: `chunk` itself where nothing had to be added.
   * @throws {TypeError} If a CR or an LF stands alone and is to be refused.
   */
  encode(chunk: Uint8Array): Uint8Array {
    return this.#lines.rewrite(chunk);
  }

  /**
   * Ends the last line where it has not ended. What follows begins a new one.
   *
   * @returns What is missing: CRLF, LF (after a CR) or nothing.
   * @throws {TypeError} If the last byte was a CR, and a CR alone is to be refused.
   */
  endLine(): "" | "\n" | "\r\n" {
    return this.#lines.endLine();
  }
}
