/**
 * Taking turns, and waiting for something to happen (Python's `asyncio.locks`).
 *
 * @module
 */

import { RuntimeError } from "./exceptions.ts";
import type { Future } from "./future.ts";
import { Wait } from "./wait.ts";

/** Options of {@linkcode Lock.acquire} and {@linkcode Event.wait}. */
export interface AcquireOptions {
  /** Ends the wait: the call rejects with `signal.reason`. */
  signal?: AbortSignal;
}

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
  readonly #waiters: Set<Future<void>> = new Set();

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
  async acquire(options: AcquireOptions = {}): Promise<Disposable> {
    options.signal?.throwIfAborted();
    if (this.#locked || !this.#nobodyWaits()) {
      const turn = new Wait<void>(options);
      this.#waiters.add(turn);
      try {
        await turn;
      } catch (error) {
        this.#waiters.delete(turn);
        // It may have been our turn already, which now somebody else shall have.
        if (!this.#locked) this.#wakeFirst();
        throw error;
      }
      this.#waiters.delete(turn);
    }
    this.#locked = true;
    return new Held(this);
  }

  /**
   * Releases the lock, and lets the next one have it.
   *
   * @throws {RuntimeError} If nobody holds it.
   */
  release(): void {
    if (!this.#locked) throw new RuntimeError("Lock is not acquired");
    this.#locked = false;
    this.#wakeFirst();
  }

  #nobodyWaits(): boolean {
    for (const waiter of this.#waiters) {
      if (waiter._state === "pending" || waiter._state === "finished") return false;
    }
    return true;
  }

  #wakeFirst(): void {
    // Whoever was woken stays first in line until it runs: it is woken once only.
    for (const waiter of this.#waiters) {
      if (!waiter.done()) waiter.setResult();
      return;
    }
  }
}

/**
 * Something that happens, for which many may wait (`asyncio.Event`).
 *
 * @example Start together
 * ```ts
 * import { createTask, Event, run } from "https://tulip.example/loop/mod.ts";
 *
 * await run(async () => {
 *   const start = new Event();
 *   const runners = [1, 2, 3].map(() => createTask(() => start.wait()));
 *   start.set();
 *   for (const runner of runners) await runner;
 * });
 * ```
 */
export class Event {
  #isSet = false;
  readonly #waiters: Set<Future<void>> = new Set();

  /**
   * Whether it has happened.
   *
   * @returns `true` after {@linkcode Event.set}.
   */
  isSet(): boolean {
    return this.#isSet;
  }

  /** It has happened: wakes everybody who waits. */
  set(): void {
    if (this.#isSet) return;
    this.#isSet = true;
    for (const waiter of this.#waiters) {
      if (!waiter.done()) waiter.setResult();
    }
  }

  /** As if it had not happened. */
  clear(): void {
    this.#isSet = false;
  }

  /**
   * Waits until it has happened.
   *
   * @param options What ends the wait.
   * @returns `true`.
   */
  async wait(options: AcquireOptions = {}): Promise<true> {
    if (this.#isSet) return true;
    const waiter = new Wait<void>(options);
    this.#waiters.add(waiter);
    try {
      await waiter;
    } finally {
      this.#waiters.delete(waiter);
    }
    return true;
  }
}

class Held implements Disposable {
  #lock: Lock | null;

  constructor(lock: Lock) {
    this.#lock = lock;
  }

  [Symbol.dispose](): void {
    this.#lock?.release();
    this.#lock = null;
  }
}
