/**
 * Waiting for the caller's code: as long as it likes, but not longer than the call.
 *
 * @module
 */

import { interruptible, type WaitOptions } from "../../loop/wait.ts";

/**
 * What there is to wait for after a callback has returned.
 *
 * @param result What it returned, of whatever type.
 * @param options Whose signal ends the wait; cancellation of the task does in any case.
 * @returns The rest of its work, or `undefined` where it is done.
 */
export function restOf(
  result: unknown,
  { signal }: WaitOptions,
): PromiseLike<unknown> | undefined {
  if (typeof (result as PromiseLike<unknown> | undefined)?.then !== "function") return undefined;
  return interruptible(result as PromiseLike<unknown>, { signal });
}
