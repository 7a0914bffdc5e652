/**
 * Taking turns (Python's `asyncio.Lock`).
 *
 * @module
 */

import { RuntimeError } from "../exceptions.ts";
import { Held } from "./held.ts";
import { type AcquireOptions, Line } from "./line.ts";

/**
 * A lock, which one task at a time holds (`asyncio.Lock`). Tasks get it in the
 * order in which they asked.
 *
 * @example Leave the block, release the lock
 * ```ts
 * import assert from "node:assert/strict";
 * import { Lock } from "https://tulip.example/loop/locks.ts";
 *
 * const lock = new Lock();
 * {
 *   using _held = await lock.acquire();
 *   assert.equal(lock.locked(), true);
 * }
 * assert.equal(lock.locked(), false);
 * ```
 */
export class Lock {
  #locked = false;
  readonly #line: Line<Disposable> = new Line({
    purpose: () => String(this),
    serve: () => this.#take(),
    left: () => {
      // It may have been its turn already, which now somebody else shall have.
      if (!this.#locked) this.#line.callFirst();
    },
  });

  /**
   * Whether somebody holds the lock.
   *
   * @returns `true` while it is held.
   */
  locked(): boolean {
    return this.#locked;
  }

  /**
   * Waits for the lock, and takes it.
   *
   * @param options What ends the wait.
   * @returns What releases the lock at the end of a `using` block. {@linkcode Lock.release} does it too.
   * @throws {CancelledError} If the task was cancelled meanwhile. The lock is then not held.
   */
  acquire(options?: AcquireOptions): Promise<Disposable> {
    if (options?.signal?.aborted) return Promise.reject(options.signal.reason);
    if (this.#locked || this.#line.isWaitedIn()) return this.#line.wait(options);
    return Promise.resolve(this.#take());
  }

  /**
   * Releases the lock, and lets the next one have it.
   *
   * @throws {RuntimeError} If nobody holds it.
   */
  release(): void {
    if (!this.#locked) throw new RuntimeError("Lock is not acquired");
    this.#locked = false;
    this.#line.callFirst();
  }

  /**
   * The lock for people.
   *
   * @returns For example `<Lock [locked, waiters:2]>`.
   */
  toString(): string {
    const state = this.#locked ? "locked" : "unlocked";
    return `<${this.constructor.name} ${this.#line.describe(state)}>`;
  }

  /**
   * The lock as `console.log` shows it.
   *
   * @returns As {@linkcode Lock.toString}.
   */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  #take(): Disposable {
    this.#locked = true;
    return new Held(this);
  }
}
