/**
 * Results that are not there yet (Python's `asyncio.futures`).
 *
 * @module
 */

// It says what the default loop is, to which a future belongs that is made outside of tasks.
import "./event_loop.ts";
import { Future } from "./future.ts";

export { type DoneCallbackOptions, Future, type FutureOptions } from "./future.ts";

/**
 * Whether a value is a future or a task (`asyncio.isfuture`).
 *
 * @param value Anything.
 * @returns `true` for a {@linkcode Future}.
 */
export function isfuture(value: unknown): value is Future<unknown> {
  return value instanceof Future;
}
