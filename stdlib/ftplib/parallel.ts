/**
 * Doing one thing with many items, several at a time.
 *
 * @module
 */

import { gather } from "../../loop/gather.ts";
import { interruptible } from "../../loop/wait.ts";

/** What is done with one item; the signal says that there is no point in it any more. */
export type Work<T> = (item: T, index: number, signal: AbortSignal) => Promise<void>;

/**
 * Does something with each item, so many at a time, in tasks of their own. Items are taken one by
 * one, when somebody has time for the next.
 *
 * The first failure ends it: the others are told by their signal, and waited for.
 *
 * @param items The items.
 * @param width How many at a time.
 * @param work What is done.
 * @param signal What ends it from outside.
 * @throws {unknown} The first error, or the reason of the signal.
 */
export async function forEachInParallel<T>(
  items: Iterable<T> | AsyncIterable<T>,
  width: number,
  work: Work<T>,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  const failing = new AbortController();
  const ended = signal ? AbortSignal.any([signal, failing.signal]) : failing.signal;
  const source = Symbol.asyncIterator in items
    ? items[Symbol.asyncIterator]()
    : items[Symbol.iterator]();
  let taken = 0;
  let failure: { error: unknown } | undefined;

  const worker = async (): Promise<void> => {
    try {
      while (!ended.aborted) {
        const index = taken++;
        const { done, value } = await interruptible(Promise.resolve(source.next()), {
          signal: ended,
        });
        if (done) return;
        await work(value, index, ended);
      }
    } catch (error) {
      failure ??= { error };
      failing.abort(error);
      throw error;
    }
  };
  try {
    await gather(Array.from({ length: width }, () => () => worker()), { returnExceptions: true });
  } finally {
    // Not awaited: a source that hangs must not hold us.
    Promise.try(() => source.return?.()).catch(() => {});
  }
  signal?.throwIfAborted();
  if (failure !== undefined) throw failure.error;
}
