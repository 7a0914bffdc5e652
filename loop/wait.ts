/**
 * How everything waits that waits for the world: with an `AbortSignal`, within
 * a time limit, and so that the task that waits can be cancelled.
 *
 * @module
 */

// It says what the default loop is, to which waits belong that are made outside of tasks.
import "./event_loop.ts";
import { TimeoutError } from "./exceptions.ts";
import { Future } from "./future.ts";
import type { FutureState } from "./reactions.ts";
import type { TimerHandle } from "./handles.ts";

/** What can end a call that waits for a peer. */
export interface WaitOptions {
  /** Ends the wait: the call rejects with `signal.reason`. */
  signal?: AbortSignal;
  /**
   * The longest time that the peer may be silent, in milliseconds. `Infinity` means no limit.
   *
   * @default {30000}
   */
  timeout?: number;
}

/** The longest silence of a peer where the caller names none, in milliseconds. */
export const DEFAULT_TIMEOUT = 30_000;

/** Options of {@linkcode interruptible}. */
export interface InterruptibleOptions {
  /** Ends the wait: it rejects with `signal.reason`. */
  signal?: AbortSignal;
  /**
   * The longest wait, in milliseconds.
   *
   * @default {Infinity}
   */
  timeout?: number;
  /**
   * Makes the error for when the time is over.
   *
   * @default {a plain TimeoutError}
   */
  timeoutError?: () => unknown;
}

/**
 * Checks a time limit that a user has given.
 *
 * @param ms The limit in milliseconds; `undefined` means that none was given.
 * @param fallback What holds then.
 * @param name The name of the option, for the message.
 * @returns The limit that holds; `Infinity` for none.
 * @throws {RangeError} If the limit is no number above 0: `0` and `NaN` must not mean "no limit".
 */
export function checkTimeout(ms: number | undefined, fallback: number, name = "timeout"): number {
  if (ms === undefined) return fallback;
  if (typeof ms === "number" && ms > 0) return ms;
  throw new RangeError(
    `Cannot set ${name} to ${ms}: need milliseconds above 0, or Infinity for no limit`,
  );
}

/**
 * Joins a promise to the loop, so that the wait for it can be broken off.
 *
 * Awaiting the returned future rejects at once with `CancelledError` when the
 * awaiting task is cancelled, with `signal.reason`, or when the time is over.
 * What the promise does afterwards is ignored, and never an unhandled
 * rejection. It works outside of tasks as well.
 *
 * @param promise The promise. It is not told that nobody waits any more; `abortable()` does that.
 * @param options What ends the wait.
 * @returns A future of the promise's result.
 *
 * @example Give up on a promise that never comes
 * ```ts
 * import assert from "node:assert/strict";
 * import { interruptible } from "https://tulip.example/loop/wait.ts";
 *
 * const never = new Promise<void>(() => {});
 * await assert.rejects(interruptible(never, { timeout: 5 }), { name: "TimeoutError" });
 * ```
 */
export function interruptible<T>(
  promise: PromiseLike<T>,
  options?: InterruptibleOptions,
): Future<T> {
  const wait = new Wait<T>(options);
  if (promise instanceof Future) {
    // Its `then` would count as something that the task awaits, and be cancelled with it.
    promise._onDone((future) => adopt(wait, future), wait);
    return wait;
  }
  promise.then((value) => {
    if (!wait.done()) wait.setResult(value);
  }, (error: unknown) => {
    if (!wait.done()) wait.setException(error);
  });
  return wait;
}

/**
 * A future that fails by itself when a signal is aborted or a time is over.
 *
 * @internal
 */
export class Wait<T> extends Future<T> {
  #timer: TimerHandle | null = null;
  #stopListening: (() => void) | null = null;

  /**
   * Begins to wait.
   *
   * @param options What ends the wait.
   */
  constructor(options?: InterruptibleOptions) {
    super();
    if (options === undefined) return;
    const { signal, timeout } = options;
    if (signal !== undefined) this.#listen(signal);
    if (timeout !== undefined && timeout !== Infinity && !this.done()) {
      this._after(timeout, expire, this, options.timeoutError);
    }
  }

  /** @internal Calls back after a time, unless the wait is over by then. */
  _after<Args extends unknown[]>(
    ms: number,
    callback: (...args: Args) => void,
    ...args: Args
  ): void {
    this.#timer = this._loop.callLater(ms, callback, ...args);
  }

  /** @internal How long it waits at most from now on, in milliseconds. */
  _timeLeft(): number {
    return Math.max(0, (this.#timer?.when() ?? Infinity) - this._loop.time());
  }

  /** @internal */
  override _settle(state: FutureState, value: unknown): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#stopListening?.();
    this.#stopListening = null;
    super._settle(state, value);
  }

  #listen(signal: AbortSignal): void {
    if (signal.aborted) {
      this.setException(signal.reason);
      return;
    }
    const onAbort = () => this.setException(signal.reason);
    signal.addEventListener("abort", onAbort);
    this.#stopListening = () => signal.removeEventListener("abort", onAbort);
  }
}

function expire(wait: Wait<unknown>, timeoutError: (() => unknown) | undefined): void {
  if (wait.done()) return;
  wait.setException(timeoutError === undefined ? new TimeoutError() : timeoutError());
}

function adopt<T>(wait: Wait<T>, future: Future<T>): void {
  if (future._state === "failed") future._retrieved();
  if (wait.done()) return;
  if (future.cancelled()) wait.cancel(future._cancelledError().message);
  else if (future._state === "failed") wait.setException(future._value);
  else wait.setResult(future._value as T);
}
