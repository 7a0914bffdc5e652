/**
 * What a promise is rejected with.
 *
 * @module
 */

import assert from "node:assert/strict";

/** Asserts that a promise is rejected with an error of this class, and gives the error. */
export async function rejection<E extends Error>(
  promise: PromiseLike<unknown>,
  // deno-lint-ignore no-explicit-any
  type: abstract new (...args: any[]) => E,
): Promise<E> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof type) return error;
    throw error;
  }
  assert.fail(`Expected a rejection with ${type.name}`);
}
