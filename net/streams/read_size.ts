/**
 * How much to ask for in one read: little where little comes, so that a silent
 * connection costs little, and much where the peer fills every read.
 *
 * @module
 */

const SMALLEST = 4096;
const LARGEST = 262_144;
const PATIENCE = 16;

/** The size of the next read. */
export class ReadSize {
  #bytes = SMALLEST;
  #last = 0;
  #small = 0;

  /** How many bytes to ask for. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many came last: with less room, what comes next may be cut in two. */
  get last(): number {
    return this.#last;
  }

  /**
   * Learns from a read.
   *
   * @param count How many bytes came.
   * @param room For how many there was room.
   */
  came(count: number, room: number): void {
    this.#last = count;
    // A place that was smaller than asked for says nothing.
    if (count === room && room < this.#bytes) return;
    if (count === room) {
      this.#bytes = Math.min(LARGEST, this.#bytes * 4);
      this.#small = 0;
    } else if (count >= this.#bytes / 4) {
      this.#small = 0;
    } else if (this.#bytes > SMALLEST && ++this.#small === PATIENCE) {
      this.#bytes /= 4;
      this.#small = 0;
    }
  }
}
