/**
 * Waiting for one another (Python's `asyncio.Barrier`).
 *
 * @module
 */

import { Condition } from "./condition.ts";
import { RuntimeError } from "../exceptions.ts";
import type { AcquireOptions } from "./line.ts";

/** A barrier was aborted, or was reset while tasks waited at it. */
export class BrokenBarrierError extends RuntimeError {
  /** The name of the class. */
  override readonly name: string = "BrokenBarrierError";
}

/**
 * What a barrier does: it lets tasks gather, lets all of them go, or sends
 * them away; or it does nothing any more.
 */
type BarrierState = "filling" | "draining" | "resetting" | "broken";

/**
 * A point at which a number of tasks wait for one another, and then go on
 * together (`asyncio.Barrier`). It can be used again and again.
 *
 * Python's `async with barrier as position` is
 * `const position = await barrier.wait()`: the end of that block does nothing.
 *
 * @example Nobody begins the second round before all have ended the first
 * ```ts
 * import assert from "node:assert/strict";
 * import { Barrier, gather, run, sleep } from "https://tulip.example/loop/mod.ts";
 *
 * const log: string[] = [];
 * await run(async () => {
 *   const barrier = new Barrier(3);
 *   await gather([1, 2, 3].map((n) => async () => {
 *     await sleep(n);
 *     log.push("first");
 *     const position = await barrier.wait();
 *     if (position === 0) log.push("all here");
 *     await barrier.wait();
 *     log.push("second");
 *   }));
 * });
 * assert.deepEqual(log, [...Array(3).fill("first"), "all here", ...Array(3).fill("second")]);
 * ```
 */
export class Barrier {
  /** How many tasks wait for one another. */
  readonly parties: number;
  readonly #changed = new Condition();
  #state: BarrierState = "filling";
  /** How many are inside: they wait, or have not left yet. */
  #count = 0;

  /**
   * Makes a barrier at which nobody waits.
   *
   * @param parties How many tasks will wait for one another.
   * @throws {RangeError} If it is no whole number from 1 on (Python: `ValueError`).
   */
  constructor(parties: number) {
    if (!(Number.isInteger(parties) && parties >= 1)) {
      throw new RangeError(`Cannot make a barrier for ${parties}: need a whole number from 1 on`);
    }
    this.parties = parties;
  }

  /** How many tasks wait for the others. */
  get nWaiting(): number {
    return this.#state === "filling" ? this.#count : 0;
  }

  /** Whether the barrier was aborted. */
  get broken(): boolean {
    return this.#state === "broken";
  }

  /**
   * Waits until as many tasks wait as the barrier is for.
   *
   * A task that is cancelled does not count any more. One that comes while
   * the last round is leaving waits for the next.
   *
   * @param options What ends the wait.
   * @returns The position of the task among them: 0 for the first that came.
   * @throws {BrokenBarrierError} If the barrier is aborted, or was reset meanwhile.
   */
  async wait(options?: AcquireOptions): Promise<number> {
    using _held = await this.#changed.acquire(options);
    await this.#enter(options);
    const position = this.#count;
    this.#count += 1;
    try {
      if (this.#count === this.parties) this.#change("draining");
      else await this.#waitForTheOthers(options);
      return position;
    } finally {
      this.#leave();
    }
  }

  /**
   * Makes the barrier as new. Tasks that wait at it throw {@linkcode BrokenBarrierError}.
   *
   * @param options What ends the wait for tasks that are just entering or leaving.
   */
  async reset(options?: AcquireOptions): Promise<void> {
    using _held = await this.#changed.acquire(options);
    this.#change(this.#count > 0 ? "resetting" : "filling");
  }

  /**
   * Breaks the barrier, until it is reset: tasks that wait at it, and those
   * that come, throw {@linkcode BrokenBarrierError}.
   *
   * @param options What ends the wait for tasks that are just entering or leaving.
   */
  async abort(options?: AcquireOptions): Promise<void> {
    using _held = await this.#changed.acquire(options);
    this.#change("broken");
  }

  /**
   * The barrier for people.
   *
   * @returns For example `<Barrier [filling, waiters:2/5]>` or `<Barrier [broken]>`.
   */
  toString(): string {
    const waiters = this.broken ? "" : `, waiters:${this.nWaiting}/${this.parties}`;
    return `<${this.constructor.name} [${this.#state}${waiters}]>`;
  }

  /**
   * The barrier as `console.log` shows it.
   *
   * @returns As {@linkcode Barrier.toString}.
   */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  async #enter(options: AcquireOptions | undefined): Promise<void> {
    const isOpen = () => this.#state === "filling" || this.#state === "broken";
    if (!isOpen()) await this.#changed.waitFor(isOpen, options);
    if (this.broken) throw new BrokenBarrierError("The barrier is broken: it was aborted");
  }

  async #waitForTheOthers(options: AcquireOptions | undefined): Promise<void> {
    await this.#changed.waitFor(() => this.#state !== "filling", options);
    if (this.#state !== "draining") {
      throw new BrokenBarrierError(`The barrier was ${this.broken ? "aborted" : "reset"}`);
    }
  }

  #leave(): void {
    this.#count -= 1;
    if (this.#count === 0) this.#change(this.broken ? "broken" : "filling");
  }

  #change(state: BarrierState): void {
    this.#state = state;
    this.#changed.notifyAll();
  }
}
