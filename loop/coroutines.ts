/**
 * Which functions are asynchronous (Python's `asyncio.coroutines`).
 *
 * @module
 */

/**
 * Whether a value is an async function (`asyncio.iscoroutinefunction`), bound or not.
 *
 * A plain function that returns a promise is none: nobody can tell before it is called. So is no
 * async generator. `createTask()` and its like take all of them but the last.
 *
 * @param value Anything.
 * @returns `true` for what was written as `async`.
 *
 * @example Which of three
 * ```ts
 * import assert from "node:assert/strict";
 * import { iscoroutinefunction } from "https://tulip.example/loop/mod.ts";
 *
 * assert.equal(iscoroutinefunction(async () => {}), true);
 * assert.equal(iscoroutinefunction(() => Promise.resolve()), false);
 * assert.equal(iscoroutinefunction(async function* () {}), false);
 * ```
 */
export function iscoroutinefunction(value: unknown): boolean {
  // The tag tells of functions of other realms, and of bound ones, too.
  return typeof value === "function" &&
    Object.prototype.toString.call(value) === "[object AsyncFunction]";
}
