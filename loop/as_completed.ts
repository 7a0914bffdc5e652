/**
 * Several things, as they get done (`asyncio.as_completed`).
 *
 * @module
 */

import type { BaseEventLoop } from "./base_event_loop.ts";
import { type AwaitingTask, currentFrame } from "./context.ts";
import { getEventLoop } from "./events.ts";
import { TimeoutError } from "./exceptions.ts";
import type { Future } from "./future.ts";
import type { TimerHandle } from "./handles.ts";
import { Queue } from "./queues.ts";
import { type Awaitable, checkAwaitable, ensureFuture, type ResultOf } from "./tasks.ts";

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
 * plain `for` gives promises, each of the next result: the first that is
 * awaited is given what is done first. An iteration that was left can be resumed.
 *
 * @param awaitables Functions, which become tasks; futures, tasks or promises.
 * @param options How long.
 * @returns What can be iterated over, once.
 * @throws {TypeError} If something cannot be awaited. Nothing has begun then.
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
  const distinct = [...new Set(awaitables as Iterable<Awaitable<ResultOf<A>>>)];
  distinct.forEach(checkAwaitable);
  const futures = new Set(distinct.map((awaitable) => ensureFuture(awaitable)));
  return new AsCompleted(futures, options.timeout ?? null);
}

/**
 * What `for await` gives of {@linkcode asCompleted}: the future itself, seen as what is done. The
 * type has no `then`, for TypeScript would take an element that has one for its result.
 */
export type Completed<T> = Pick<Future<T>, "result" | "exception" | "done" | "cancelled">;

/** What {@linkcode asCompleted} returns: an iterator of both kinds. */
export class AsCompleted<T> implements AsyncIterable<Completed<T>>, Iterable<Promise<T>> {
  readonly #loop: BaseEventLoop = getEventLoop();
  readonly #done: Queue<Settled<T> | null> = new Queue();
  readonly #pending: Set<Future<T>>;
  /** When the time is over, by the loop's clock; `null` for no limit. */
  readonly #deadline: number | null;
  #timer: TimerHandle | null = null;
  #left: number;
  /** Those who wait for what is done next. */
  readonly #asking: Set<{ readonly task: AwaitingTask | null }> = new Set();

  /**
   * @internal
   * @param futures The futures.
   * @param timeout The limit in milliseconds, or `null` for none.
   */
  constructor(futures: Set<Future<T>>, timeout: number | null) {
    this.#pending = futures;
    this.#left = futures.size;
    this.#deadline = timeout === null ? null : this.#loop.time() + timeout;
    this.#startTimer();
    for (const future of futures) future._onDone(this.#onDone, this);
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
        this.#startTimer();
        const { future } = await this.#next();
        return { done: false, value: future };
      },
      return: () => {
        // Nobody waits any more. Whoever resumes the iteration is held to the same time.
        this.#timer?.cancel();
        this.#timer = null;
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
    this.#startTimer();
    while (this.#left > 0) {
      this.#left -= 1;
      yield new Upcoming(async () => (await this.#next()).future.result());
    }
  }

  /** @internal */
  _waiters(): readonly AwaitingTask[] {
    return [...this.#asking].flatMap(({ task }) => task ?? []);
  }

  async #next(): Promise<Settled<T>> {
    const asking = { task: currentFrame()._task };
    this.#asking.add(asking);
    let settled: Settled<T> | null;
    try {
      settled = await this.#done.get();
    } finally {
      this.#asking.delete(asking);
    }
    if (settled === null) throw new TimeoutError("Not everything was done in time");
    return settled;
  }

  readonly #onDone = (future: Future<T>): void => {
    if (!this.#pending.delete(future)) return;
    this.#done.putNowait({ future });
    if (this.#pending.size === 0) this.#timer?.cancel();
  };

  #startTimer(): void {
    if (this.#deadline === null || this.#timer !== null || this.#pending.size === 0) return;
    this.#timer = this.#loop.callAt(this.#deadline, () => this.#expire());
  }

  #expire(): void {
    for (const future of this.#pending) {
      future.removeDoneCallback(this.#onDone);
      this.#done.putNowait(null);
    }
    this.#pending.clear();
  }
}

/** A promise cannot result in a future, which would be awaited in turn: hence the object. */
interface Settled<T> {
  readonly future: Future<T>;
}

/** A result that is asked for when it is first awaited, by the task that awaits it. */
class Upcoming<T> implements Promise<T> {
  readonly [Symbol.toStringTag] = "Upcoming";
  readonly #ask: () => Promise<T>;
  #asked: Promise<T> | null = null;

  constructor(ask: () => Promise<T>) {
    this.#ask = ask;
  }

  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    // deno-lint-ignore no-explicit-any -- as in Promise
    onRejected?: ((reason: any) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#asked ??= this.#ask();
    return this.#asked.then(onFulfilled, onRejected);
  }

  catch<B = never>(
    // deno-lint-ignore no-explicit-any -- as in Promise
    onRejected?: ((reason: any) => B | PromiseLike<B>) | null,
  ): Promise<T | B> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.then<T>().finally(onFinally);
  }
}
