/**
 * The one loop behind all encoders of lines: gives every line a CRLF, and
 * another dot to those that begin with one.
 *
 * @module
 */

import { NewlineFinder } from "./newline_finder.ts";

/**
 * What to do with a CR or an LF that stands alone: make a CRLF of it
 * (`"normalize"`) or refuse it (`"reject"`).
 */
export type BareNewlines = "normalize" | "reject";

const LF = 10;
const CR = 13;
const DOT = 46;

/** Rewrites bytes piece by piece, and remembers only how the last one ended. */
export class LineRewriter {
  readonly #bare: BareNewlines;
  readonly #dots: boolean;
  /** Where the last byte left off: after a CRLF, after a CR whose LF may follow, or in a line. */
  #place: "start" | "cr" | "text" = "start";

  /**
   * Begins at the start of a line.
   *
   * @param bare What to do with a CR or an LF that stands alone.
   * @param dots Whether a dot at the start of a line is doubled.
   */
  constructor(bare: BareNewlines, dots: boolean) {
    this.#bare = bare;
    this.#dots = dots;
  }

  /**
   * Rewrites one piece.
   *
   * @param chunk The bytes.
   * @returns The bytes to send: `chunk` itself where nothing had to be added.
   * @throws {TypeError} If a CR or an LF stands alone and is to be refused.
   */
  rewrite(chunk: Uint8Array): Uint8Array {
    const insertions = this.#scan(chunk);
    return insertions.length === 0 ? chunk : insert(chunk, insertions);
  }

  /**
   * Ends the last line where it has not ended.
   *
   * @returns What is missing: CRLF, LF or nothing.
   * @throws {TypeError} If the last byte was a CR, and a CR alone is to be refused.
   */
  endLine(): "" | "\n" | "\r\n" {
    const place = this.#place;
    if (place === "cr") this.#refuse("CR");
    this.#place = "start";
    return place === "start" ? "" : place === "cr" ? "\n" : "\r\n";
  }

  #scan(chunk: Uint8Array): Insertion[] {
    const insertions: Insertion[] = [];
    const newlines = new NewlineFinder(chunk);
    let at = 0;
    if (this.#place === "cr" && chunk.length > 0) {
      if (chunk[0] === LF) at = 1;
      else insertions.push(this.#complete(0, LF));
      this.#place = "start";
    }
    while (at < chunk.length) {
      if (this.#place === "start" && this.#dots && chunk[at] === DOT) {
        insertions.push({ at, byte: DOT });
      }
      this.#place = "start";
      const newline = newlines.find(at);
      at = newlines.index + 1;
      switch (newline) {
        case "crlf":
          at++;
          break;
        case "lf":
          insertions.push(this.#complete(at - 1, CR));
          break;
        case "cr":
          insertions.push(this.#complete(at, LF));
          break;
        case "last-cr":
          this.#place = "cr";
          break;
        case "none":
          this.#place = "text";
      }
    }
    return insertions;
  }

  /** The missing half of a CRLF, and where it goes. */
  #complete(at: number, byte: typeof CR | typeof LF): Insertion {
    this.#refuse(byte === CR ? "LF" : "CR");
    return { at, byte };
  }

  #refuse(alone: "CR" | "LF"): void {
    if (this.#bare === "reject") throw new TypeError(`Cannot send ${alone} alone: need CRLF`);
  }
}

/** A byte that goes before the one at an index. */
interface Insertion {
  readonly at: number;
  readonly byte: number;
}

function insert(chunk: Uint8Array, insertions: readonly Insertion[]): Uint8Array {
  const output = new Uint8Array(chunk.length + insertions.length);
  let from = 0;
  let count = 0;
  for (const { at, byte } of insertions) {
    output.set(chunk.subarray(from, at), from + count);
    output[at + count] = byte;
    from = at;
    count++;
  }
  output.set(chunk.subarray(from), from + count);
  return output;
}
