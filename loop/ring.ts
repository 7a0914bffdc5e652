/**
 * A queue in a ring buffer: first in, first out, without allocating for each item.
 *
 * @module
 */

const INITIAL_CAPACITY = 16;
/** A ring that has grown past this is given back once it is empty. */
const KEPT_CAPACITY = 16_384;

/** A queue that grows as needed. */
export class Ring<T> {
  #ring: (T | undefined)[] = new Array(INITIAL_CAPACITY);
  #head = 0;
  #size = 0;

  /** How many items wait. */
  get size(): number {
    return this.#size;
  }

  /** The item that was added first, of those that are there. */
  get first(): T | undefined {
    return this.#ring[this.#head];
  }

  /**
   * Adds at the end.
   *
   * @param item The item.
   */
  push(item: T): void {
    if (this.#size === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#size) & (this.#ring.length - 1)] = item;
    this.#size += 1;
  }

  /**
   * Takes the first.
   *
   * @returns The item, or `undefined` where there is none.
   */
  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#size -= 1;
    return item;
  }

  /**
   * The items, first to last.
   *
   * @returns An iterator. The queue must not be changed meanwhile.
   */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let i = 0; i < this.#size; i++) {
      yield this.#ring[(this.#head + i) & (this.#ring.length - 1)] as T;
    }
  }

  /** Gives back the memory of a great crowd. For when the queue is empty. */
  trim(): void {
    if (this.#size === 0 && this.#ring.length > KEPT_CAPACITY) this.clear();
  }

  /** Drops everything. */
  clear(): void {
    this.#ring = new Array(INITIAL_CAPACITY);
    this.#head = 0;
    this.#size = 0;
  }

  #grow(): void {
    // The capacity stays a power of two, so that a mask wraps the index.
    const old = this.#ring;
    const ring = new Array<T | undefined>(old.length * 2);
    for (let i = 0; i < this.#size; i++) ring[i] = old[(this.#head + i) & (old.length - 1)];
    this.#ring = ring;
    this.#head = 0;
  }
}
