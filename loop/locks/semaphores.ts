/**
 * Taking turns, several at a time (Python's `asyncio.Semaphore`).
 *
 * @module
 */

import { Held } from "./held.ts";
import { type AcquireOptions, Line } from "./line.ts";

/**
 * A lock that several tasks at a time may hold (`asyncio.Semaphore`): a number
 * of places, of which each {@linkcode Semaphore.acquire} takes one. Tasks get
 * them in the order in which they asked.
 *
 * @example No more than two at a time
 * ```ts
 * import assert from "node:assert/strict";
 * import { gather, run, Semaphore, sleep } from "https://tulip.example/loop/mod.ts";
 *
 * let inside = 0;
 * let most = 0;
 * await run(async () => {
 *   const places = new Semaphore(2);
 *   await gather([1, 2, 3, 4].map(() => async () => {
 *     using _place = await places.acquire();
 *     most = Math.max(most, ++inside);
 *     await sleep(2);
 *     inside -= 1;
 *   }));
 * });
 * assert.equal(most, 2);
 * ```
 */
export class Semaphore {
  #value: number;
  readonly #line: Line<Disposable> = new Line({
    purpose: () => String(this),
    serve: () => {
      this.#callAsManyAsFit();
      return new Held(this);
    },
    left: (wasCalled) => {
      if (wasCalled) this.#value += 1;
      this.#callAsManyAsFit();
    },
  });

  /**
   * Makes a semaphore whose places are free.
   *
   * @param value The number of places; `Infinity` for no limit.
   * @throws {RangeError} If it is no whole number from 0 on (Python: `ValueError`).
   */
  constructor(value = 1) {
    if (!(value >= 0 && (Number.isInteger(value) || value === Infinity))) {
      throw new RangeError(`Cannot make a semaphore of ${value}: need a whole number from 0 on`);
    }
    this.#value = value;
  }

  /**
   * Whether {@linkcode Semaphore.acquire} would wait.
   *
   * @returns `true` without a free place, or while others are first in line.
   */
  locked(): boolean {
    return this.#value === 0 || this.#line.isWaitedIn();
  }

  /**
   * Waits for a free place, and takes it.
   *
   * @param options What ends the wait.
   * @returns What releases the place at the end of a `using` block. {@linkcode Semaphore.release} does it too.
   * @throws {CancelledError} If the task was cancelled meanwhile. No place is then taken.
   */
  acquire(options?: AcquireOptions): Promise<Disposable> {
    if (options?.signal?.aborted) return Promise.reject(options.signal.reason);
    if (this.locked()) return this.#line.wait(options);
    this.#value -= 1;
    return Promise.resolve(new Held(this));
  }

  /** Frees a place, and lets the next one have it. There may be more places than at first. */
  release(): void {
    this.#value += 1;
    this.#callNext();
  }

  /**
   * The semaphore for people.
   *
   * @returns For example `<Semaphore [unlocked, value:1]>` or `<Semaphore [locked, waiters:2]>`.
   */
  toString(): string {
    const state = this.locked() ? "locked" : `unlocked, value:${this.#value}`;
    return `<${this.constructor.name} ${this.#line.describe(state)}>`;
  }

  /**
   * The semaphore as `console.log` shows it.
   *
   * @returns As {@linkcode Semaphore.toString}.
   */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  /** @internal The number of free places. */
  _free(): number {
    return this.#value;
  }

  /** Whoever is called has a place from then on. */
  #callNext(): boolean {
    if (!this.#line.callNext()) return false;
    this.#value -= 1;
    return true;
  }

  /** Some may have got in line, for those before them, although there are places. */
  #callAsManyAsFit(): void {
    while (this.#value > 0 && this.#callNext()) continue;
  }
}

/**
 * A semaphore that never has more free places than at first
 * (`asyncio.BoundedSemaphore`): to release one too often is a mistake.
 *
 * @example A place that was never taken
 * ```ts
 * import assert from "node:assert/strict";
 * import { BoundedSemaphore } from "https://tulip.example/loop/locks.ts";
 *
 * const places = new BoundedSemaphore(2);
 * await places.acquire();
 * places.release();
 * assert.throws(() => places.release(), { name: "RangeError" });
 * ```
 */
export class BoundedSemaphore extends Semaphore {
  readonly #bound: number;

  /**
   * Makes a semaphore whose places are free.
   *
   * @param value The number of places.
   * @throws {RangeError} If it is no whole number from 0 on (Python: `ValueError`).
   */
  constructor(value = 1) {
    super(value);
    this.#bound = value;
  }

  /**
   * Frees a place, and lets the next one have it.
   *
   * @throws {RangeError} If all places are free already (Python: `ValueError`).
   */
  override release(): void {
    if (this._free() >= this.#bound) {
      throw new RangeError("BoundedSemaphore was released too many times");
    }
    super.release();
  }
}
