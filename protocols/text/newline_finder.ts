/**
 * Where the next CR and the next LF are, found by the platform's own search.
 *
 * @module
 */

const LF = 10;
const CR = 13;

/** What the next newline is: a CRLF, one of its halves alone, a CR whose LF may follow, or none. */
export type Newline = "crlf" | "lf" | "cr" | "last-cr" | "none";

/** Walks over the newlines of some bytes, from left to right. */
export class NewlineFinder {
  readonly #bytes: Uint8Array;
  #cr = -1;
  #lf = -1;

  /**
   * Takes the bytes.
   *
   * @param bytes The bytes.
   */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Where the newline is that was found last; the number of bytes, if there was none. */
  get index(): number {
    return Math.min(this.#cr, this.#lf);
  }

  /**
   * Finds the next newline.
   *
   * @param from Where to begin: not before where it began the last time.
   * @returns What it is.
   */
  find(from: number): Newline {
    const { length } = this.#bytes;
    // Each is looked for again only once it was passed, so that no byte is read twice.
    if (this.#cr < from) this.#cr = next(this.#bytes, CR, from);
    if (this.#lf < from) this.#lf = next(this.#bytes, LF, from);
    if (this.#lf < this.#cr) return "lf";
    if (this.#cr === length) return "none";
    if (this.#cr + 1 === length) return "last-cr";
    return this.#lf === this.#cr + 1 ? "crlf" : "cr";
  }
}

function next(bytes: Uint8Array, byte: number, from: number): number {
  const found = bytes.indexOf(byte, from);
  return found < 0 ? bytes.length : found;
}
