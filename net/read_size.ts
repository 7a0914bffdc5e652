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
  #small = 0;

  /** How many bytes to ask for. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Learns from a read.
   *
   * @param count How many bytes came.
   * @param room For how many there was room.
   */
  came(count: number, room: number): void {
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
