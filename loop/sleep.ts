/**
 * Waiting for time to pass (`asyncio.sleep`).
 *
 * @module
 */

import { Future } from "./future.ts";
import type { Reaction } from "./reactions.ts";
import { Wait } from "./wait.ts";

/** Options of {@linkcode sleep}. */
export interface SleepOptions {
  /** Ends the sleep: it rejects with `signal.reason`. */
  signal?: AbortSignal;
}

/**
 * Waits (`asyncio.sleep`; in milliseconds here). Others run meanwhile.
 *
 * `sleep(0)` gives everybody else who is ready one turn.
 *
 * @param ms How long, in milliseconds. The grain of the system's timers is 1 to 2 ms.
 * @param value What the sleep results in.
 * @param options What ends it early.
 * @returns A future of `value`.
 * @throws {RangeError} If `ms` is `NaN`.
 *
 * @example Sleep for five milliseconds
 * ```ts
 * import assert from "node:assert/strict";
 * import { sleep } from "https://tulip.example/loop/sleep.ts";
 *
 * assert.equal(await sleep(5, "rested"), "rested");
 * ```
 */
export function sleep(ms: number): Future<void>;
/** Waits, and results in a value. See above. */
export function sleep<T>(ms: number, value: T, options?: SleepOptions): Future<T>;
export function sleep<T>(ms: number, value?: T, options?: SleepOptions): Future<T | undefined> {
  if (Number.isNaN(ms)) throw new RangeError("Cannot sleep for NaN milliseconds");
  if (ms <= 0 && options?.signal === undefined) return new Turn(value);
  const nap = new Nap<T | undefined>(options);
  if (!nap.done()) nap._after(ms, wake, nap, value);
  return nap;
}

class Nap<T> extends Wait<T> {
  _purpose(): string {
    return `a sleep of ${this._timeLeft().toFixed(0)} ms more`;
  }
}

/** A future that is done from the start, but gives all others a turn when it is awaited. */
class Turn<T> extends Future<T> {
  constructor(value: T) {
    super();
    this._state = "finished";
    this._value = value;
  }

  override _react(reaction: Reaction): void {
    reaction.task?._suspend(reaction);
    reaction.notify(this);
  }
}

function wake<T>(nap: Future<T>, value: T): void {
  if (!nap.done()) nap.setResult(value);
}
