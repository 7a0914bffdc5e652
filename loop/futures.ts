/**
 * Results that are not there yet (Python's `asyncio.futures`).
 *
 * @module
 */

// This import says what the default loop is, to which a future belongs that is made outside of tasks.
import type { EventLoop } from "./event_loop.ts";
import "./event_loop.ts";
import { Future } from "./future.ts";

export { Future } from "./future.ts";
export type { DoneCallbackOptions, FutureOptions } from "./future_options.ts";

/**
 * Whether a value is a future or a task (`asyncio.isfuture`).
 *
 * @param value Anything.
 * @returns `true` for a {@linkcode Future}.
 */
export function isfuture(value: unknown): value is Future<unknown> {
  return value instanceof Future;
}

/** Options of {@linkcode wrapFuture}. */
export interface WrapFutureOptions {
  /**
   * The loop of the new future.
   *
   * @default {the loop of the calling code, else the default loop}
   */
  loop?: EventLoop;
}

/**
 * Makes a future of a promise (`asyncio.wrap_future`), so that the wait for it can be cancelled.
 *
 * The promise itself goes on, and what it does afterwards is ignored: `abortable()` ends the work
 * as well.
 *
 * @param future A promise or thenable; a future, which is returned as it is.
 * @param options The loop.
 * @returns A future of the same result.
 * @throws {TypeError} If it is none of these.
 *
 * @example Give up on a promise
 * ```ts
 * import assert from "node:assert/strict";
 * import { wrapFuture } from "https://tulip.example/loop/mod.ts";
 *
 * const future = wrapFuture(new Promise(() => {}));
 * assert.equal(wrapFuture(future), future);
 * future.cancel();
 * await assert.rejects(future, { name: "CancelledError" });
 * ```
 */
export function wrapFuture<T>(
  future: PromiseLike<T>,
  { loop }: WrapFutureOptions = {},
): Future<T> {
  if (future instanceof Future) return future;
  if (typeof future?.then !== "function") throw new TypeError("A future or a promise is required");
  const wrapped = new Future<T>({ loop });
  future.then((value) => {
    if (!wrapped.done()) wrapped.setResult(value);
  }, (error: unknown) => {
    if (!wrapped.done()) wrapped.setException(error);
  });
  return wrapped;
}
