/**
 * Handing things from task to task (Python's `asyncio.queues`).
 *
 * @module
 */

import { type Origin, rethrowIfCancelled } from "./exceptions.ts";
import type { Future } from "./future.ts";
import { type AcquireOptions, Event } from "./locks.ts";
import { Ring } from "./ring.ts";
import { Wait } from "./wait.ts";

/** There is nothing in the queue, and the caller would not wait. */
export class QueueEmpty extends Error {
  /** The name of the class. */
  override readonly name: string = "QueueEmpty";
  /** Always `"usage"`. */
  readonly origin: Origin = "usage";
}

/** There is no room in the queue, and the caller would not wait. */
export class QueueFull extends Error {
  /** The name of the class. */
  override readonly name: string = "QueueFull";
  /** Always `"usage"`. */
  readonly origin: Origin = "usage";
}

/** The queue was shut down (Python 3.13). */
export class QueueShutDown extends Error {
  /** The name of the class. */
  override readonly name: string = "QueueShutDown";
  /** Always `"usage"`. */
  readonly origin: Origin = "usage";
}

/**
 * A queue between tasks: first in, first out (`asyncio.Queue`).
 *
 * Iterating over it takes items until it is shut down.
 *
 * @example A worker, and a queue that makes its producer wait
 * ```ts
 * import assert from "node:assert/strict";
 * import { createTask, Queue, run } from "https://tulip.example/loop/mod.ts";
 *
 * const seen: number[] = [];
 * await run(async () => {
 *   const queue = new Queue<number>(2);
 *   const worker = createTask(async () => {
 *     for await (const item of queue) seen.push(item);
 *   });
 *   for (const item of [1, 2, 3]) await queue.put(item);
 *   queue.shutdown();
 *   await worker;
 * });
 * assert.deepEqual(seen, [1, 2, 3]);
 * ```
 */
export class Queue<T> implements AsyncIterable<T> {
  /** How many items have room. 0 and less mean any number. */
  readonly maxsize: number;
  readonly #items: Ring<T> = new Ring();
  readonly #getters: Set<Future<void>> = new Set();
  readonly #putters: Set<Future<void>> = new Set();
  readonly #finished = new Event();
  #unfinished = 0;
  #isShutDown = false;

  /**
   * Makes an empty queue.
   *
   * @param maxsize How many items have room before `put` waits. 0 and less mean any number.
   * @throws {RangeError} If it is `NaN`.
   */
  constructor(maxsize = 0) {
    if (Number.isNaN(maxsize)) throw new RangeError("Cannot make a queue of NaN items");
    this.maxsize = maxsize;
    this.#finished.set();
  }

  /**
   * How many items wait.
   *
   * @returns Their number.
   */
  qsize(): number {
    return this.#items.size;
  }

  /**
   * Whether there is nothing to get.
   *
   * @returns `true` without items.
   */
  empty(): boolean {
    return this.#items.size === 0;
  }

  /**
   * Whether there is no room.
   *
   * @returns `true` with {@linkcode Queue.maxsize} items.
   */
  full(): boolean {
    return this.maxsize > 0 && this.#items.size >= this.maxsize;
  }

  /**
   * Adds an item. Waits for room.
   *
   * @param item The item.
   * @param options What ends the wait.
   * @throws {QueueShutDown} If the queue is shut down.
   */
  async put(item: T, options: AcquireOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    while (this.full() && !this.#isShutDown) {
      // Room that we were promised, and do not take, is for the next in line.
      await wait(this.#putters, options, () => !this.full());
    }
    this.putNowait(item);
  }

  /**
   * Adds an item, or throws.
   *
   * @param item The item.
   * @throws {QueueFull} If there is no room.
   * @throws {QueueShutDown} If the queue is shut down.
   */
  putNowait(item: T): void {
    if (this.#isShutDown) throw new QueueShutDown("The queue is shut down");
    if (this.full()) throw new QueueFull(`The queue is full: it has ${this.maxsize} items`);
    this.#items.push(item);
    this.#unfinished += 1;
    this.#finished.clear();
    wakeNext(this.#getters);
  }

  /**
   * Takes the next item. Waits for one.
   *
   * @param options What ends the wait.
   * @returns The item.
   * @throws {QueueShutDown} If the queue is shut down, and empty.
   */
  async get(options: AcquireOptions = {}): Promise<T> {
    options.signal?.throwIfAborted();
    while (this.empty() && !this.#isShutDown) {
      await wait(this.#getters, options, () => !this.empty());
    }
    return this.getNowait();
  }

  /**
   * Takes the next item, or throws.
   *
   * @returns The item.
   * @throws {QueueEmpty} If there is none.
   * @throws {QueueShutDown} If there is none, and there will be none: the queue is shut down.
   */
  getNowait(): T {
    if (this.empty()) {
      if (this.#isShutDown) throw new QueueShutDown("The queue is shut down");
      throw new QueueEmpty("The queue is empty");
    }
    const item = this.#items.shift() as T;
    wakeNext(this.#putters);
    return item;
  }

  /**
   * Says that the work on one item is done, for those who {@linkcode Queue.join}.
   *
   * @throws {RangeError} If it is said more often than items were put (Python: `ValueError`).
   */
  taskDone(): void {
    if (this.#unfinished <= 0) throw new RangeError("taskDone() was called too many times");
    this.#unfinished -= 1;
    if (this.#unfinished === 0) this.#finished.set();
  }

  /**
   * Waits until the work on all items is done.
   *
   * @param options What ends the wait.
   */
  async join(options: AcquireOptions = {}): Promise<void> {
    if (this.#unfinished > 0) await this.#finished.wait(options);
  }

  /**
   * Ends the queue (Python 3.13): nothing more can be put. What is there can
   * still be taken; then, `get` throws {@linkcode QueueShutDown}, and iteration ends.
   *
   * @param immediate Whether to drop what is there, as if its work were done.
   */
  shutdown(immediate = false): void {
    this.#isShutDown = true;
    if (immediate) {
      this.#unfinished = Math.max(0, this.#unfinished - this.#items.size);
      this.#items.clear();
      if (this.#unfinished === 0) this.#finished.set();
    }
    wakeAll(this.#getters);
    wakeAll(this.#putters);
  }

  /**
   * Takes items until the queue is shut down.
   *
   * @returns An iterator of the items.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    for (;;) {
      let item: T;
      try {
        item = await this.get();
      } catch (error) {
        rethrowIfCancelled(error);
        if (error instanceof QueueShutDown) return;
        throw error;
      }
      yield item;
    }
  }
}

async function wait(
  line: Set<Future<void>>,
  options: AcquireOptions,
  isPossible: () => boolean,
): Promise<void> {
  const turn = new Wait<void>(options);
  line.add(turn);
  try {
    await turn;
  } catch (error) {
    line.delete(turn);
    if (turn._state === "finished" && isPossible()) wakeNext(line);
    throw error;
  }
}

function wakeNext(line: Set<Future<void>>): void {
  for (const turn of line) {
    line.delete(turn);
    if (turn.done()) continue;
    turn.setResult();
    return;
  }
}

function wakeAll(line: Set<Future<void>>): void {
  while (line.size > 0) wakeNext(line);
}
