/**
 * Giving memory to another thread instead of copying it.
 *
 * @module
 */

/** Where the marks are: shared by all copies of this module, and by the program of the workers. */
const MARKS = Symbol.for("tulip.transferring");

interface Marked {
  [MARKS]?: WeakMap<object, readonly Transferable[]>;
}

/**
 * Marks a value, so that what it holds is moved to another thread, not copied:
 * a result of a job, an argument of one. After that it is here no longer.
 *
 * A copy of 64 MiB takes tens of milliseconds, to move them one.
 *
 * @param value What is returned, or given as an argument.
 * @param transfer What is moved with it: array buffers, ports, streams.
 * @returns `value`, as it is.
 * @throws {TypeError} If `value` is no object, and so cannot hold anything.
 *
 * @example A result that is moved
 * ```ts
 * import assert from "node:assert/strict";
 * import { transferring } from "https://tulip.example/loop/executors/transferring.ts";
 *
 * export function noise(size: number): Uint8Array {
 *   const bytes = crypto.getRandomValues(new Uint8Array(size));
 *   return transferring(bytes, [bytes.buffer]);
 * }
 * assert.equal(noise(16).length, 16);
 * ```
 */
export function transferring<T>(value: T, transfer: readonly Transferable[]): T {
  if (value === null || typeof value !== "object") {
    throw new TypeError("Only an object can hold what is to be moved");
  }
  const realm = globalThis as Marked;
  realm[MARKS] ??= new WeakMap();
  realm[MARKS].set(value, [...transfer]);
  return value;
}

/**
 * What is to be moved together with values.
 *
 * @param values The values.
 * @returns What they were marked with.
 * @internal
 */
export function transferOf(...values: unknown[]): Transferable[] {
  const marks = (globalThis as Marked)[MARKS];
  if (marks === undefined) return [];
  return [...new Set(values.flatMap((value) => marks.get(value as object) ?? []))];
}
