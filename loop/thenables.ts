/**
 * What can be awaited.
 *
 * @module
 */

/**
 * Whether a value can be awaited: a promise, a future, or whatever has a `then`.
 *
 * @param value Anything.
 * @returns `true` if it has one.
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return value !== null && (typeof value === "object" || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function";
}
