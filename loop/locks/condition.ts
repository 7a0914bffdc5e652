/**
 * Waiting until something is so (Python's `asyncio.Condition`).
 *
 * @module
 */

import { CancelledError, RuntimeError } from "../exceptions.ts";
import { type AcquireOptions, Line } from "./line.ts";
import { Lock } from "./lock.ts";

/**
 * A lock whose holder can wait until others have changed something
 * (`asyncio.Condition`): while it waits they hold the lock, and notify it.
 *
 * @example Wait until there is enough
 * ```ts
 * import assert from "node:assert/strict";
 * import { Condition, createTask, run } from "https://tulip.example/loop/mod.ts";
 *
 * await run(async () => {
 *   const changed = new Condition();
 *   let coins = 0;
 *   const buyer = createTask(async () => {
 *     using _held = await changed.acquire();
 *     await changed.waitFor(() => coins >= 2);
 *     coins -= 2;
 *   });
 *   for (const coin of [1, 1, 1]) {
 *     using _held = await changed.acquire();
 *     coins += coin;
 *     changed.notify();
 *   }
 *   await buyer;
 *   assert.equal(coins, 1);
 * });
 * ```
 */
export class Condition {
  readonly #lock: Lock;
  readonly #line: Line<true> = new Line({
    purpose: () => String(this),
    serve: () => true as const,
  });

  /**
   * Makes a condition for which nobody waits.
   *
   * @param lock The lock. Several conditions may share one.
   * @throws {TypeError} If it is no {@linkcode Lock}.
   */
  constructor(lock: Lock = new Lock()) {
    if (!(lock instanceof Lock)) throw new TypeError("A condition needs a Lock");
    this.#lock = lock;
  }

  /**
   * Whether somebody holds the lock.
   *
   * @returns `true` while it is held.
   */
  locked(): boolean {
    return this.#lock.locked();
  }

  /**
   * Waits for the lock, and takes it.
   *
   * @param options What ends the wait.
   * @returns What releases the lock at the end of a `using` block. {@linkcode Condition.release} does it too.
   * @throws {CancelledError} If the task was cancelled meanwhile. The lock is then not held.
   */
  acquire(options?: AcquireOptions): Promise<Disposable> {
    return this.#lock.acquire(options);
  }

  /**
   * Releases the lock, and lets the next one have it.
   *
   * @throws {RuntimeError} If nobody holds it.
   */
  release(): void {
    this.#lock.release();
  }

  /**
   * Releases the lock, waits to be notified, and takes the lock again.
   *
   * Whoever is cancelled takes the lock again as well, before it is thrown
   * the cancellation; a notification that it had got is then another's. So
   * one may be notified without need: {@linkcode Condition.waitFor} looks.
   *
   * @param options What ends the wait; not that for the lock, after it.
   * @returns `true`.
   * @throws {RuntimeError} If the lock is not held.
   */
  async wait(options?: AcquireOptions): Promise<true> {
    if (!this.locked()) throw new RuntimeError("Cannot wait on a lock that is not acquired");
    this.release();
    try {
      try {
        return await this.#line.wait(options);
      } finally {
        await this.#takeAgain();
      }
    } catch (error) {
      this.#line.callNext();
      throw error;
    }
  }

  /**
   * Waits until something is so, which is looked at now and at each notification.
   *
   * @param predicate Says whether it is so. It is called while the lock is held.
   * @param options What ends the wait.
   * @returns What `predicate` returned last: anything that counts as true.
   * @throws {RuntimeError} If it is not so, and the lock is not held.
   */
  async waitFor<T>(predicate: () => T, options?: AcquireOptions): Promise<T> {
    for (;;) {
      const result = predicate();
      if (result) return result;
      await this.wait(options);
    }
  }

  /**
   * Notifies some of those who wait. They go on when they have the lock, so
   * not before the caller has released it.
   *
   * @param n How many at most.
   * @throws {RuntimeError} If the lock is not held.
   */
  notify(n = 1): void {
    if (!this.locked()) throw new RuntimeError("Cannot notify on a lock that is not acquired");
    for (let left = n; left > 0 && this.#line.callNext(); left -= 1);
  }

  /**
   * Notifies all who wait.
   *
   * @throws {RuntimeError} If the lock is not held.
   */
  notifyAll(): void {
    this.notify(Infinity);
  }

  /**
   * The condition for people.
   *
   * @returns For example `<Condition [unlocked, waiters:2]>`.
   */
  toString(): string {
    const state = this.locked() ? "locked" : "unlocked";
    return `<${this.constructor.name} ${this.#line.describe(state)}>`;
  }

  /**
   * The condition as `console.log` shows it.
   *
   * @returns As {@linkcode Condition.toString}.
   */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  /** Takes the lock, even if it is cancelled meanwhile; the last cancellation is thrown afterwards. */
  async #takeAgain(): Promise<void> {
    let cancellation: CancelledError | null = null;
    for (let held = false; !held;) {
      try {
        await this.acquire();
        held = true;
        // deno-lint-ignore tulip/cancellation -- thrown on below, when the lock is held
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
        cancellation = error;
      }
    }
    if (cancellation !== null) throw cancellation;
  }
}
