/**
 * Messages whose length is known from their beginning.
 *
 * @module
 */

/** Gathers messages whose length is known from their beginning. */
export class Gatherer {
  #buffer: Uint8Array;
  #have = 0;

  /**
   * Begins with an empty message.
   *
   * @param length How long the message is, as far as is known.
   */
  constructor(length: number) {
    this.#buffer = new Uint8Array(length);
  }

  /** How many bytes are missing. */
  get wanted(): number {
    return this.#buffer.length - this.#have;
  }

  /** The message, or its beginning. */
  get bytes(): Uint8Array {
    return this.#buffer;
  }

  /**
   * Takes what is missing.
   *
   * @param data The bytes.
   * @param from Where to begin.
   * @returns How many were taken.
   */
  take(data: Uint8Array, from: number): number {
    const piece = data.subarray(from, from + this.wanted);
    this.#buffer.set(piece, this.#have);
    this.#have += piece.length;
    return piece.length;
  }

  /**
   * Says that the message is longer than was known, or begins the next one.
   *
   * @param length How long it is.
   * @param fresh Whether it is another message.
   */
  expect(length: number, fresh: boolean): void {
    const buffer = new Uint8Array(length);
    if (fresh) this.#have = 0;
    else buffer.set(this.#buffer);
    this.#buffer = buffer;
  }
}
