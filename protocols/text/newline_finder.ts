/**
 * Where the next CR or LF is: found byte by byte where lines are short, as they
 * mostly are, and by the platform's own search behind that.
 *
 * @module
 */

const LF = 10;
const CR = 13;

// So many bytes are looked at one by one. A line of a mail ends among them, and costs a
// third of what two calls of indexOf do.
const NEAR = 128;

/** What the next newline is: a CRLF, one of its halves alone, a CR whose LF may follow, or none. */
export type Newline = "crlf" | "lf" | "cr" | "last-cr" | "none";

/** Walks over the newlines of some bytes, from left to right. */
export class NewlineFinder {
  readonly #bytes: Uint8Array;
  #index = 0;
  // What indexOf found last.
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
    return this.#index;
  }

  /**
   * Finds the next newline.
   *
   * @param from Where to begin: not before where it began the last time.
   * @returns What it is.
   */
  find(from: number): Newline {
    const bytes = this.#bytes;
    const { length } = bytes;
    const near = Math.min(length, from + NEAR);
    let at = from;
    while (at < near && (bytes[at] as number > CR || !isNewline(bytes[at]))) at++;
    if (at === near) at = this.#findFar(near);
    this.#index = at;
    if (at === length) return "none";
    if (bytes[at] === LF) return "lf";
    if (at + 1 === length) return "last-cr";
    return bytes[at + 1] === LF ? "crlf" : "cr";
  }

  #findFar(from: number): number {
    // Each is looked for again only once it was passed, so that no byte is searched twice.
    if (this.#cr < from) this.#cr = next(this.#bytes, CR, from);
    if (this.#lf < from) this.#lf = next(this.#bytes, LF, from);
    return Math.min(this.#cr, this.#lf);
  }
}

function isNewline(byte: number | undefined): boolean {
  return byte === LF || byte === CR;
}

function next(bytes: Uint8Array, byte: number, from: number): number {
  const found = bytes.indexOf(byte, from);
  return found < 0 ? bytes.length : found;
}
