/**
 * Calls that come one after the other, and can be given up.
 *
 * @module
 */

import { interruptible, type InterruptibleOptions } from "../../loop/wait.ts";

/** Turns, in the order in which they were asked for. */
export class Turns {
  #last: Promise<void> | null = null;
  #count = 0;

  /** Settles when nobody has a turn or waits for one. */
  get idle(): Promise<void> {
    return this.#last ?? Promise.resolve();
  }

  /** How many have a turn or wait for one. */
  get count(): number {
    return this.#count;
  }

  /**
   * Waits for a turn.
   *
   * @param options What may end the wait.
   * @returns What ends the turn; to be called once.
   */
  async enter(options?: InterruptibleOptions): Promise<() => void> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    this.#count += 1;
    const leave = () => {
      this.#count -= 1;
      if (this.#last === promise) this.#last = null;
      resolve();
    };
    if (before === null) return leave;
    let mine = false;
    try {
      await interruptible(before, options);
      mine = true;
    } finally {
      // Who comes after waits for whoever was before.
      if (!mine) before.then(leave);
    }
    return leave;
  }
}
