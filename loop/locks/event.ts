/**
 * Waiting for something to happen (Python's `asyncio.Event`).
 *
 * @module
 */

import { type AcquireOptions, Line } from "./line.ts";

/**
 * Something that happens, for which many may wait (`asyncio.Event`).
 *
 * @example Start together
 * ```ts
 * import assert from "node:assert/strict";
 * import { createTask, Event, run } from "https://tulip.example/loop/mod.ts";
 *
 * await run(async () => {
 *   const start = new Event();
 *   const runners = [1, 2, 3].map(() => createTask(() => start.wait()));
 *   start.set();
 *   for (const runner of runners) assert.equal(await runner, true);
 * });
 * ```
 */
export class Event {
  #isSet = false;
  readonly #line: Line<true> = new Line({
    purpose: () => String(this),
    serve: () => true as const,
  });

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
    this.#line.callAll();
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
  wait(options?: AcquireOptions): Promise<true> {
    if (this.#isSet) return HAPPENED;
    return this.#line.wait(options);
  }

  /**
   * The event for people.
   *
   * @returns For example `<Event [unset, waiters:2]>`.
   */
  toString(): string {
    const state = this.#isSet ? "set" : "unset";
    return `<${this.constructor.name} ${this.#line.describe(state)}>`;
  }

  /**
   * The event as `console.log` shows it.
   *
   * @returns As {@linkcode Event.toString}.
   */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }
}

/** One promise for all who need not wait. */
const HAPPENED: Promise<true> = Promise.resolve(true);
