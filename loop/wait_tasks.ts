/**
 * Waiting for some of several tasks (`asyncio.wait`).
 *
 * @module
 */

import { getEventLoop } from "./events.ts";
import { Future } from "./future.ts";

/** {@linkcode wait} returns when the first future is done. */
export const FIRST_COMPLETED = "FIRST_COMPLETED";
/** {@linkcode wait} returns when the first future has failed, or all are done. */
export const FIRST_EXCEPTION = "FIRST_EXCEPTION";
/** {@linkcode wait} returns when all futures are done. */
export const ALL_COMPLETED = "ALL_COMPLETED";

/** Options of {@linkcode wait}. */
export interface WaitTasksOptions {
  /**
   * The longest wait in milliseconds, or `null` for no limit. When it is over, nothing is cancelled and nothing thrown.
   *
   * @default {null}
   */
  timeout?: number | null;
  /**
   * What to wait for.
   *
   * @default {ALL_COMPLETED}
   */
  returnWhen?: typeof FIRST_COMPLETED | typeof FIRST_EXCEPTION | typeof ALL_COMPLETED;
}

/** What {@linkcode wait} returns. Python has a pair of the same. */
export interface WaitResult<F> {
  /** The futures that are done, in the order in which they were given. */
  done: Set<F>;
  /** The futures that are not. */
  pending: Set<F>;
}

/**
 * Waits for some or all of several futures (`asyncio.wait`). It does not
 * cancel them, and does not throw what they throw.
 *
 * @param futures The futures or tasks, one at least.
 * @param options How long, and for what.
 * @returns Which ones are done, and which are not.
 * @throws {TypeError} If something else than futures and tasks is given: make tasks of functions first.
 * @throws {RangeError} If there are none, or `returnWhen` is unknown.
 *
 * @example The first of two
 * ```ts
 * import assert from "node:assert/strict";
 * import { createTask, FIRST_COMPLETED, run, sleep, wait } from "https://tulip.example/loop/mod.ts";
 *
 * await run(async () => {
 *   const quick = createTask(() => sleep(1, "quick"));
 *   const slow = createTask(() => sleep(60_000, "slow"));
 *   const { done, pending } = await wait([quick, slow], { returnWhen: FIRST_COMPLETED });
 *   assert.deepEqual([...done], [quick]);
 *   for (const task of pending) task.cancel();
 * });
 * ```
 */
export async function wait<F extends Future>(
  futures: Iterable<F>,
  options: WaitTasksOptions = {},
): Promise<WaitResult<F>> {
  const { timeout = null, returnWhen = ALL_COMPLETED } = options;
  const all = checkedSet(futures);
  if (![FIRST_COMPLETED, FIRST_EXCEPTION, ALL_COMPLETED].includes(returnWhen)) {
    throw new RangeError(`Cannot wait for returnWhen ${returnWhen}`);
  }

  const enough = getEventLoop().createFuture<void>();
  const release = () => {
    if (!enough.done()) enough.setResult();
  };
  let unfinished = all.size;
  const onDone = (future: Future) => {
    unfinished -= 1;
    const first = returnWhen === FIRST_COMPLETED ||
      returnWhen === FIRST_EXCEPTION && !future.cancelled() && future.exception() !== null;
    if (unfinished === 0 || first) release();
  };
  const timer = timeout === null ? null : enough._loop.callLater(timeout, release);
  for (const future of all) future._onDone(onDone, enough);
  try {
    await enough;
  } finally {
    timer?.cancel();
    for (const future of all) future.removeDoneCallback(onDone);
  }

  const result: WaitResult<F> = { done: new Set(), pending: new Set() };
  for (const future of all) (future.done() ? result.done : result.pending).add(future);
  return result;
}

function checkedSet<F>(futures: Iterable<F>): Set<F> {
  if (futures instanceof Future || typeof futures !== "object" || futures === null) {
    throw new TypeError("wait() needs a list of futures or tasks");
  }
  const all = new Set(futures);
  for (const future of all) {
    if (!(future instanceof Future)) {
      throw new TypeError("wait() takes futures and tasks only: use createTask() for functions");
    }
  }
  if (all.size === 0) throw new RangeError("wait() needs one future at least");
  return all;
}
