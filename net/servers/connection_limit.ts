/**
 * How many connections a server has, and whether it may have more.
 *
 * @module
 */

/** Counts connections, and has others wait for room. */
export class ConnectionLimit {
  readonly #most: number;
  #count = 0;
  #waiting: (() => void)[] = [];

  /**
   * Begins without connections.
   *
   * @param most The most at a time.
   */
  constructor(most: number) {
    this.#most = most;
  }

  /** How many connections there are. */
  get count(): number {
    return this.#count;
  }

  /** Whether there may be one more. */
  get hasRoom(): boolean {
    return this.#count < this.#most;
  }

  /** Waits until a connection has ended, or {@linkcode wake} is called. */
  change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Has everybody look again who waits for a change. */
  wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** One has come. */
  came(): void {
    this.#count++;
  }

  /** One has ended. */
  left(): void {
    this.#count--;
    if (this.#waiting.length > 0) this.wake();
  }
}
