/**
 * One job for many arguments, and its results in their order.
 *
 * @module
 */

import type { BaseEventLoop } from "../base_event_loop.ts";
import { currentLoop } from "../loops.ts";
import { TimeoutError } from "../exceptions.ts";
import type { Future } from "../future.ts";
import { Ring } from "../ring.ts";

/** Options of {@linkcode Executor.map}. */
export interface MapOptions {
  /**
   * How many results may be on their way, or wait to be taken. Arguments are read as
   * places become free: so they may come from an iterator without end.
   *
   * @default {Infinity}
   */
  buffersize?: number;
  /**
   * How long the results may take, in milliseconds since the call.
   *
   * @default {Infinity}
   */
  timeout?: number;
}

/**
 * Checks options, and sets their defaults.
 *
 * @param options What was given.
 * @returns Every option.
 * @throws {RangeError} If one is out of its range.
 */
export function checkMapOptions({ buffersize, timeout }: MapOptions): Required<MapOptions> {
  if (buffersize !== undefined && buffersize !== Infinity) {
    if (!Number.isInteger(buffersize) || buffersize < 1) {
      throw new RangeError(`Cannot set buffersize to ${buffersize}: need a whole number above 0`);
    }
  }
  if (timeout !== undefined && !(timeout >= 0)) {
    throw new RangeError(`Cannot set timeout to ${timeout}: need milliseconds, 0 or more`);
  }
  return { buffersize: buffersize ?? Infinity, timeout: timeout ?? Infinity };
}

/**
 * Submits, and hands out what comes of it, in order. The first jobs are submitted at once.
 *
 * @param submissions Makes the futures, one after the other.
 * @param options How many at a time, and how long they may take.
 * @returns Their results. What is left when the iteration ends is cancelled.
 */
export function inOrder<T>(
  submissions: Iterator<Future<T>>,
  { buffersize, timeout }: Required<MapOptions>,
): AsyncGenerator<T, void, undefined> {
  const deadline = (currentLoop() as BaseEventLoop).time() + timeout;
  const pending = new Ring<Future<T>>();
  const submit = () => {
    const { done, value } = submissions.next();
    if (!done) pending.push(value);
    return !done;
  };
  while (pending.size < buffersize && submit());
  return results(pending, buffersize === Infinity ? () => false : submit, deadline);
}

/**
 * Rows of one item from each iterable, until one of them ends (Python's `zip`).
 *
 * @param iterables The iterables.
 * @returns The rows.
 */
export function* zip(iterables: readonly Iterable<unknown>[]): Generator<unknown[], void> {
  const iterators = iterables.map((iterable) => iterable[Symbol.iterator]());
  while (iterators.length > 0) {
    const row: unknown[] = [];
    for (const iterator of iterators) {
      const { done, value } = iterator.next();
      if (done) return;
      row.push(value);
    }
    yield row;
  }
}

async function* results<T>(
  pending: Ring<Future<T>>,
  submit: () => boolean,
  deadline: number,
): AsyncGenerator<T, void, undefined> {
  try {
    // The next one begins before the oldest is awaited, so that the executor has no pause.
    for (submit(); pending.size > 0; submit()) yield await before(deadline, pending.shift()!);
  } finally {
    for (const future of pending) {
      if (!future.cancel()) future._retrieved();
    }
  }
}

async function before<T>(deadline: number, future: Future<T>): Promise<T> {
  if (deadline === Infinity) return await future;
  const timer = future._loop.callAt(deadline, () => {
    if (!future.done()) future.setException(new TimeoutError("The results are not there in time"));
  });
  try {
    return await future;
  } finally {
    timer.cancel();
  }
}
