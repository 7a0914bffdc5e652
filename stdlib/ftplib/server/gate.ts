/**
 * Whoever looks at a path finds it the same until the end, though others move
 * directories about.
 *
 * @module
 */

/** Lets any number of looks go on side by side, and every move alone. */
export class Gate {
  #looks = 0;
  #moving: Promise<void> | undefined;
  #onIdle: (() => void) | undefined;

  /**
   * Does what wants nothing to be moved meanwhile.
   *
   * @param body What to do.
   * @returns What `body` returns.
   */
  async look<T>(body: () => Promise<T>): Promise<T> {
    while (this.#moving) await this.#moving;
    this.#looks++;
    try {
      return await body();
    } finally {
      if (--this.#looks === 0) this.#onIdle?.();
    }
  }

  /**
   * Moves something, once everyone who looks is done; whoever comes later waits.
   *
   * @param body What to do.
   * @returns What `body` returns.
   */
  async move<T>(body: () => Promise<T>): Promise<T> {
    while (this.#moving) await this.#moving;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#moving = promise;
    try {
      if (this.#looks > 0) await new Promise<void>((idle) => this.#onIdle = idle);
      return await body();
    } finally {
      this.#moving = this.#onIdle = undefined;
      resolve();
    }
  }
}
