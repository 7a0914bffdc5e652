/**
 * Waiting for some of several tasks (`asyncio.wait`, `asyncio.as_completed`).
 *
 * @module
 */

import { getEventLoop } from "./event_loop.ts";
import { TimeoutError } from "./exceptions.ts";
import { Future } from "./future.ts";
import type { TimerHandle } from "./handles.ts";
import { Queue } from "./queues.ts";
import { type Awaitable, ensureFuture, type ResultOf } from "./tasks.ts";

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
  for (const future of all) future._onDone(onDone);
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

/** Options of {@linkcode asCompleted}. */
export interface AsCompletedOptions {
  /**
   * The longest wait for all of them, in milliseconds, or `null` for no limit.
   *
   * @default {null}
   */
  timeout?: number | null;
}

/**
 * Several things in the order in which they get done (`asyncio.as_completed`).
 *
 * `for await` gives the futures themselves, which are done (Python 3.13); a
 * plain `for` gives promises, each of the next result.
 *
 * @param awaitables Functions, which become tasks; futures, tasks or promises.
 * @param options How long.
 * @returns What can be iterated over, once.
 * @throws {TypeError} If something cannot be awaited.
 *
 * @example The quickest first
 * ```ts
 * import assert from "node:assert/strict";
 * import { asCompleted, run, sleep } from "https://tulip.example/loop/mod.ts";
 *
 * const order: string[] = [];
 * await run(async () => {
 *   for await (const done of asCompleted([sleep(20, "hare"), sleep(1, "bee")])) {
 *     order.push(done.result());
 *   }
 * });
 * assert.deepEqual(order, ["bee", "hare"]);
 * ```
 */
export function asCompleted<A extends Awaitable<unknown>>(
  awaitables: Iterable<A>,
  options: AsCompletedOptions = {},
): AsCompleted<ResultOf<A>> {
  const distinct = new Set(awaitables as Iterable<Awaitable<ResultOf<A>>>);
  const futures = new Set([...distinct].map((awaitable) => ensureFuture(awaitable)));
  return new AsCompleted(futures, options.timeout ?? null);
}

/**
 * What `for await` gives of {@linkcode asCompleted}: the future itself, seen as what is done. The
 * type has no `then`, for TypeScript would take an element that has one for its result.
 */
export type Completed<T> = Pick<Future<T>, "result" | "exception" | "done" | "cancelled">;

/** What {@linkcode asCompleted} returns: an iterator of both kinds. */
export class AsCompleted<T> implements AsyncIterable<Completed<T>>, Iterable<Promise<T>> {
  readonly #done: Queue<Settled<T> | null> = new Queue();
  readonly #pending: Set<Future<T>>;
  readonly #timer: TimerHandle | null;
  #left: number;

  /**
   * @internal
   * @param futures The futures.
   * @param timeout The limit in milliseconds, or `null` for none.
   */
  constructor(futures: Set<Future<T>>, timeout: number | null) {
    this.#pending = futures;
    this.#left = futures.size;
    this.#timer = timeout === null || futures.size === 0
      ? null
      : getEventLoop().callLater(timeout, () => this.#expire());
    for (const future of futures) future._onDone(this.#onDone);
  }

  /**
   * The futures, each when it is done.
   *
   * @returns An iterator. It throws {@linkcode TimeoutError} when the time is over.
   */
  [Symbol.asyncIterator](): AsyncIterator<Completed<T>, undefined> {
    return {
      next: async () => {
        if (this.#left === 0) return { done: true, value: undefined };
        this.#left -= 1;
        const { future } = await this.#next();
        return { done: false, value: future };
      },
      return: () => {
        this.#stop();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  /**
   * Promises of the results, in the order in which they come.
   *
   * @returns An iterator. Its promises reject with {@linkcode TimeoutError} when the time is over.
   */
  *[Symbol.iterator](): Generator<Promise<T>, void, void> {
    while (this.#left > 0) {
      this.#left -= 1;
      yield this.#next().then(({ future }) => future.result());
    }
  }

  async #next(): Promise<Settled<T>> {
    const settled = await this.#done.get();
    if (settled === null) throw new TimeoutError("Not everything was done in time");
    return settled;
  }

  readonly #onDone = (future: Future<T>): void => {
    if (!this.#pending.delete(future)) return;
    this.#done.putNowait({ future });
    if (this.#pending.size === 0) this.#timer?.cancel();
  };

  #expire(): void {
    for (const future of this.#pending) {
      future.removeDoneCallback(this.#onDone);
      this.#done.putNowait(null);
    }
    this.#pending.clear();
  }

  #stop(): void {
    this.#timer?.cancel();
    this.#left = 0;
    for (const future of this.#pending) future.removeDoneCallback(this.#onDone);
    this.#pending.clear();
  }
}

/** A promise cannot result in a future, which would be awaited in turn: hence the object. */
interface Settled<T> {
  readonly future: Future<T>;
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
