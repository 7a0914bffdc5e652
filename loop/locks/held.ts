/**
 * What releases a lock at the end of a `using` block.
 *
 * @module
 */

/** Releases once what was acquired once, however often it is told to. */
export class Held implements Disposable {
  #owner: { release(): void } | null;

  /**
   * Begins as held.
   *
   * @param owner What to release.
   */
  constructor(owner: { release(): void }) {
    this.#owner = owner;
  }

  /** Releases it. */
  [Symbol.dispose](): void {
    this.#owner?.release();
    this.#owner = null;
  }
}
