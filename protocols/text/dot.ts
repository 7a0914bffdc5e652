/**
 * Texts that end with a dot on a line of its own: messages of SMTP, and
 * multi-line answers of POP3 and NNTP (RFC 5321 §4.5.2, RFC 1939 §3,
 * RFC 3977 §3.1.1).
 *
 * A text ends at CRLF, dot, CRLF, and at nothing else. Where two sides do not
 * agree on that, one can be made to take a part of a message for commands
 * (CVE-2023-51764 and its kin).
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import { type BareNewlines, LineRewriter } from "./line_rewriter.ts";
import { NewlineFinder } from "./newline_finder.ts";

/** Options of a {@linkcode DotEncoder}. */
export interface DotEncoderOptions {
  /**
   * What to do with a CR or an LF that stands alone.
   *
   * @default {"normalize"}
   */
  bare?: BareNewlines;
}

/**
 * Encodes a text that comes piece by piece: gives its lines CRLF, doubles the
 * dots at their starts, and ends it.
 *
 * @example
 * ```ts
 * import { DotEncoder } from "https://tulip.example/protocols/text/dot.ts";
 * import { decodeLatin1, encodeLatin1 } from "https://tulip.example/protocols/text/latin1.ts";
 * import assert from "node:assert/strict";
 *
 * const encoder = new DotEncoder();
 * assert.equal(decodeLatin1(encoder.encode(encodeLatin1("Hi\n.")), 0), "Hi\r\n..");
 * assert.equal(decodeLatin1(encoder.finish()), "\r\n.\r\n");
 * ```
 */
export class DotEncoder {
  readonly #lines: LineRewriter;

  /**
   * Begins a text.
   *
   * @param options What to do with a CR or an LF that stands alone.
   */
  constructor({ bare = "normalize" }: DotEncoderOptions = {}) {
    this.#lines = new LineRewriter(bare, true);
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
   * Ends the text, and its last line where that has not ended. Another text may
   * follow.
   *
   * @returns The bytes to send.
   * @throws {TypeError} If the last byte was a CR, and a CR alone is to be refused.
   */
  finish(): Uint8Array {
    return new TextEncoder().encode(`${this.#lines.endLine()}.\r\n`);
  }
}

/**
 * Encodes a whole text at once.
 *
 * @param text The text; a string is sent as UTF-8.
 * @param options What to do with a CR or an LF that stands alone.
 * @returns The bytes to send, the final dot included.
 * @throws {TypeError} If a CR or an LF stands alone and is to be refused.
 *
 * @example
 * ```ts
 * import { dotStuff } from "https://tulip.example/protocols/text/dot.ts";
 * import { decodeLatin1 } from "https://tulip.example/protocols/text/latin1.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(decodeLatin1(dotStuff(".a\nb")), "..a\r\nb\r\n.\r\n");
 * ```
 */
export function dotStuff(text: Uint8Array | string, options?: DotEncoderOptions): Uint8Array {
  const encoder = new DotEncoder(options);
  const body = encoder.encode(typeof text === "string" ? new TextEncoder().encode(text) : text);
  const end = encoder.finish();
  const encoded = new Uint8Array(body.length + end.length);
  encoded.set(body);
  encoded.set(end, body.length);
  return encoded;
}

/** The peer sent a CR or an LF that stands alone. What follows may be an attempt at smuggling. */
export class BareNewlineError extends ProtocolError {
  /** The name of the class, as in every error. */
  override readonly name: string = "BareNewlineError";
  /** Which of them. */
  readonly byte: "CR" | "LF";

  /**
   * Says which.
   *
   * @param byte Which of them.
   */
  constructor(byte: "CR" | "LF") {
    super(`Expected CRLF at the end of a line, got ${byte} alone`);
    this.byte = byte;
  }
}

/** Options of a {@linkcode DotDecoder}. */
export interface DotDecoderOptions {
  /**
   * What to do with a CR or an LF that stands alone. None ever ends a line here,
   * let alone the text.
   *
   * - `"reject"`: throw {@linkcode BareNewlineError}. The text's end is not looked
   *   for any more, so the connection has to be closed.
   * - `"keep"`: leave it in the text, and count it.
   * - `"normalize"`: make a CRLF of it, and count it.
   *
   * @default {"reject"}
   */
  bare?: "reject" | "keep" | "normalize";
}

/** What a piece was. */
export interface DotChunk {
  /** The text that it held. May be a view on the piece, and then lives as long as that. */
  readonly data: Uint8Array;
  /** How many of the piece's bytes belonged to the text or its end. The rest is for others. */
  readonly consumed: number;
  /** Whether the text has ended. */
  readonly done: boolean;
}

/**
 * Decodes a text that comes piece by piece. Keeps nothing of it, so that a text
 * without end costs no memory.
 *
 * @example
 * ```ts
 * import { DotDecoder } from "https://tulip.example/protocols/text/dot.ts";
 * import { decodeLatin1, encodeLatin1 } from "https://tulip.example/protocols/text/latin1.ts";
 * import assert from "node:assert/strict";
 *
 * const decoder = new DotDecoder();
 * const { data, consumed, done } = decoder.push(encodeLatin1("..a\r\nb\r\n.\r\nQUIT\r\n"));
 * assert.equal(decodeLatin1(data), ".a\r\nb\r\n");
 * assert.equal(consumed, 11);
 * assert.ok(done);
 * ```
 */
export class DotDecoder {
  readonly #bare: "reject" | "keep" | "normalize";
  readonly #lines: LineRewriter | undefined;
  #place: Place = "start";
  #size = 0;
  #bareNewlines = 0;

  /**
   * Begins a text.
   *
   * @param options What to do with a CR or an LF that stands alone.
   */
  constructor({ bare = "reject" }: DotDecoderOptions = {}) {
    this.#bare = bare;
    // What may come out of the dots' removal is normalised after it: before, a
    // lone LF could become the line end that makes a dot the last.
    this.#lines = bare === "normalize" ? new LineRewriter("normalize", false) : undefined;
  }

  /** The bytes of text so far, for whoever limits them. */
  get size(): number {
    return this.#size;
  }

  /** How often a CR or an LF stood alone so far. */
  get bareNewlines(): number {
    return this.#bareNewlines;
  }

  /** Whether the text has ended. */
  get done(): boolean {
    return this.#place === "done";
  }

  /**
   * Takes one piece.
   *
   * @param chunk The bytes.
   * @returns The text in it, and whether it ended there.
   * @throws {BareNewlineError} If a CR or an LF stands alone and is to be refused.
   * @throws {TypeError} If the text has ended before, or was refused.
   */
  push(chunk: Uint8Array): DotChunk {
    if (this.#place === "done" || this.#place === "refused") {
      throw new TypeError(`Cannot decode more of a text that is ${this.#place}`);
    }
    const scan = this.#scan(chunk);
    const kept = remove(chunk.subarray(0, scan.end), scan.dots, scan.heldCr);
    const data = this.#lines?.rewrite(kept) ?? kept;
    this.#size += data.length;
    return { data, consumed: scan.consumed, done: this.done };
  }

  #scan(chunk: Uint8Array): Scan {
    const scan: Scan = { dots: [], end: chunk.length, consumed: chunk.length, heldCr: false };
    const newlines = new NewlineFinder(chunk);
    let at = this.#resume(chunk, scan);
    while (at < scan.end) {
      if (this.#place === "start" && chunk[at] === DOT) {
        scan.dots.push(at++);
        this.#place = "dot";
        continue;
      }
      const newline = newlines.find(at);
      const afterDot: boolean = this.#place === "dot" && newlines.index === at;
      at = newlines.index + 1;
      switch (newline) {
        case "crlf":
          at++;
          this.#place = afterDot ? "done" : "start";
          if (afterDot) {
            scan.end = at - 2;
            scan.consumed = at;
          }
          break;
        case "lf":
          this.#alone("LF");
          this.#place = "text";
          break;
        case "cr":
          this.#alone("CR");
          this.#place = "text";
          break;
        case "last-cr":
          this.#place = afterDot ? "dot-cr" : "cr";
          // Held back: it may be part of the end.
          if (afterDot) scan.end = at - 1;
          break;
        case "none":
          this.#place = "text";
      }
    }
    return scan;
  }

  /** Goes on where the piece before ended in a CR. */
  #resume(chunk: Uint8Array, scan: Scan): number {
    const place = this.#place;
    if (chunk.length === 0 || (place !== "cr" && place !== "dot-cr")) return 0;
    if (chunk[0] !== LF) {
      this.#alone("CR");
      this.#place = "text";
      scan.heldCr = place === "dot-cr";
      return 0;
    }
    this.#place = place === "cr" ? "start" : "done";
    if (this.#place === "done") {
      scan.end = 0;
      scan.consumed = 1;
    }
    return 1;
  }

  #alone(byte: "CR" | "LF"): void {
    this.#bareNewlines++;
    if (this.#bare !== "reject") return;
    this.#place = "refused";
    throw new BareNewlineError(byte);
  }
}

const LF = 10;
const CR = 13;
const DOT = 46;

/**
 * Where the last byte left off: after a CRLF, after the dot that followed one,
 * after that dot and a CR, elsewhere in a line, or after a CR there.
 */
type Place = "start" | "dot" | "dot-cr" | "text" | "cr" | "done" | "refused";

interface Scan {
  /** Where the dots are that began a line. */
  readonly dots: number[];
  /** Where the text ends in the piece. */
  end: number;
  /** Where the piece's bytes end that were looked at. */
  consumed: number;
  /** Whether a CR of the piece before belongs to the text after all. */
  heldCr: boolean;
}

function remove(text: Uint8Array, dots: readonly number[], heldCr: boolean): Uint8Array {
  const inside = dots.filter((dot) => dot < text.length);
  if (inside.length === 0 && !heldCr) return text;
  const kept = new Uint8Array(text.length - inside.length + (heldCr ? 1 : 0));
  let length = 0;
  if (heldCr) kept[length++] = CR;
  let from = 0;
  for (const dot of [...inside, text.length]) {
    kept.set(text.subarray(from, dot), length);
    length += dot - from;
    from = dot + 1;
  }
  return kept;
}
