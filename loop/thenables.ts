/**
 * What can be awaited, and being told when it is done.
 *
 * @module
 */

import { type Frame, frames } from "./context.ts";

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

/**
 * Has a function called when something is done that a function of a task has returned.
 *
 * @param work A promise; or a future, which is then what the task waits for.
 * @param frame The frame of the task.
 * @param onFulfilled Called with the result.
 * @param onRejected Called with the exception.
 */
export function whenDone<T>(
  work: PromiseLike<T>,
  frame: Frame,
  onFulfilled: (value: T) => void,
  onRejected: (reason: unknown) => void,
): void {
  if (work instanceof Promise) {
    work.then(onFulfilled, onRejected);
    return;
  }
  try {
    const { then } = work;
    frames.run(frame, () => then.call(work, onFulfilled, onRejected));
  } catch (error) {
    onRejected(error);
  }
}
