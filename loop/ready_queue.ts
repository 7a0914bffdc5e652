/**
 * The queue of what is ready to run: a ring buffer.
 *
 * @module
 */

/**
 * Something that is ready to run: a handle, a task that begins, or an await
 * that is over.
 */
export interface Ready {
  /**
   * Runs it.
   *
   * It is called without `this`. V8 keeps the receivers of all calls on the
   * stack alive with each error that is made further up; a task that is kept
   * alive by its own error would never be reported as one whose exception
   * nobody retrieved.
   */
  _step(self: this): void;
  /** Whether native code goes on after the step, which deserves a few microtasks before the next one. */
  readonly _resumesCode: boolean;
}

const INITIAL_CAPACITY = 256;
/** A ring that has grown past this is given back once it is empty. */
const KEPT_CAPACITY = 16_384;

/** First in, first out, without allocating for each item. */
export class ReadyQueue {
  #ring: (Ready | undefined)[] = new Array(INITIAL_CAPACITY);
  #head = 0;
  #size = 0;

  /** How many items wait. */
  get size(): number {
    return this.#size;
  }

  /**
   * Adds at the end.
   *
   * @param item The item.
   */
  push(item: Ready): void {
    if (this.#size === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#size) & (this.#ring.length - 1)] = item;
    this.#size += 1;
  }

  /**
   * Takes the first.
   *
   * @returns The item, or `undefined` where there is none.
   */
  shift(): Ready | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#size -= 1;
    return item;
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
    const ring = new Array<Ready | undefined>(old.length * 2);
    for (let i = 0; i < this.#size; i++) ring[i] = old[(this.#head + i) & (old.length - 1)];
    this.#ring = ring;
    this.#head = 0;
  }
}
