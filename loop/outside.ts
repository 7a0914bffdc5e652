/**
 * Leaving the frame of the caller.
 *
 * @module
 */

import { Context, frames } from "./context.ts";

/**
 * Calls a function outside of every task and loop. What it starts of the
 * runtime, as a Worker, goes on there: so it keeps no task alive, and its
 * events are nobody's.
 *
 * @param callback The function.
 * @returns What the function returns.
 */
export function runOutside<T>(callback: () => T): T {
  return frames.run({ _task: null, _loop: null, _context: new Context() }, callback);
}
