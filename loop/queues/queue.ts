/**
 * Handing things from task to task (Python's `asyncio.Queue`).
 *
 * @module
 */

import { Event } from "../locks/event.ts";
import { type Origin, rethrowIfCancelled } from "../exceptions.ts";
import { type AcquireOptions, Line } from "../locks/line.ts";
import { Ring } from "../ring.ts";

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
 * Where a queue keeps its items: what says in which order they come. Python's
 * queues are told by `_init`, `_put` and `_get` of a subclass.
 */
export interface QueueStore<T> {
  /** How many items there are. */
  readonly size: number;
  /**
   * Adds an item.
   *
   * @param item The item.
   */
  push(item: T): void;
  /**
   * Takes the item that is next.
   *
   * @returns The item; there is one.
   */
  shift(): T | undefined;
  /** Drops everything. */
  clear(): void;
}

/** Options of the constructor of {@linkcode Queue}. */
export interface QueueOptions<T> {
  /**
   * Where the items are kept. It is the queue's own from now on.
   *
   * @default {first in, first out}
   */
  store?: QueueStore<T>;
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
  readonly #store: QueueStore<T>;
  readonly #finished = new Event();
  #unfinished = 0;
  #isShutDown = false;

  readonly #getters: Line<T> = new Line({
    purpose: () => `an item of ${this}`,
    isTaken: () => this.#mustWaitToGet(),
    serve: () => this.getNowait(),
    left: (wasCalled) => {
      // An item that was promised, and is not taken, is for the next in line.
      if (wasCalled && !this.empty()) this.#getters.callNext();
    },
  });

  readonly #putters: Line<void, T> = new Line({
    purpose: () => `room in ${this}`,
    isTaken: () => this.#mustWaitToPut(),
    serve: (item: T) => this.putNowait(item),
    left: (wasCalled) => {
      if (wasCalled && !this.full()) this.#putters.callNext();
    },
  });

  /**
   * Makes an empty queue.
   *
   * @param maxsize How many items have room before `put` waits. 0 and less mean any number.
   * @param options Where the items are kept.
   * @throws {TypeError} If `maxsize` is no number.
   * @throws {RangeError} If it is `NaN`.
   */
  constructor(maxsize = 0, options?: QueueOptions<T>) {
    if (typeof maxsize !== "number") {
      throw new TypeError(`Cannot make a queue of ${typeof maxsize} items`);
    }
    if (Number.isNaN(maxsize)) throw new RangeError("Cannot make a queue of NaN items");
    this.maxsize = maxsize;
    this.#store = options?.store ?? new Ring();
    this.#finished.set();
  }

  /**
   * How many items wait.
   *
   * @returns Their number.
   */
  qsize(): number {
    return this.#store.size;
  }

  /**
   * Whether there is nothing to get.
   *
   * @returns `true` without items.
   */
  empty(): boolean {
    return this.#store.size === 0;
  }

  /**
   * Whether there is no room.
   *
   * @returns `true` with {@linkcode Queue.maxsize} items.
   */
  full(): boolean {
    return this.maxsize > 0 && this.#store.size >= this.maxsize;
  }

  /**
   * Adds an item. Waits for room.
   *
   * @param item The item.
   * @param options What ends the wait.
   * @returns When the item is in the queue.
   * @throws {QueueShutDown} If the queue is shut down.
   */
  put(item: T, options?: AcquireOptions): Promise<void> {
    try {
      options?.signal?.throwIfAborted();
      if (this.#mustWaitToPut()) return this.#putters.wait(options, item);
      this.putNowait(item);
      return DONE;
    } catch (error) {
      return Promise.reject(error);
    }
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
    this.#store.push(item);
    this.#unfinished += 1;
    this.#finished.clear();
    this.#getters.callNext();
  }

  /**
   * Takes the next item. Waits for one.
   *
   * @param options What ends the wait.
   * @returns The item.
   * @throws {QueueShutDown} If the queue is shut down, and empty.
   */
  get(options?: AcquireOptions): Promise<T> {
    try {
      options?.signal?.throwIfAborted();
      if (this.#mustWaitToGet()) return this.#getters.wait(options);
      return Promise.resolve(this.getNowait());
    } catch (error) {
      return Promise.reject(error);
    }
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
    const item = this.#store.shift() as T;
    this.#putters.callNext();
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
  async join(options?: AcquireOptions): Promise<void> {
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
      this.#unfinished = Math.max(0, this.#unfinished - this.#store.size);
      this.#store.clear();
      if (this.#unfinished === 0) this.#finished.set();
    }
    this.#getters.callAll();
    this.#putters.callAll();
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

  /**
   * The queue for people.
   *
   * @returns For example `<Queue maxsize=2 items=2 putters=1 tasks=2>`.
   */
  toString(): string {
    const state = Object.entries({
      items: this.#store.size,
      getters: this.#getters.size,
      putters: this.#putters.size,
      tasks: this.#unfinished,
    }).filter(([, number]) => number > 0).map(([name, number]) => ` ${name}=${number}`).join("");
    const end = this.#isShutDown ? " shutdown" : "";
    return `<${this.constructor.name} maxsize=${this.maxsize}${state}${end}>`;
  }

  /**
   * The queue as `console.log` shows it.
   *
   * @returns As {@linkcode Queue.toString}.
   */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  #mustWaitToGet(): boolean {
    return !this.#isShutDown && this.empty();
  }

  #mustWaitToPut(): boolean {
    return !this.#isShutDown && this.full();
  }
}

/** One promise for all who need not wait. */
const DONE: Promise<void> = Promise.resolve();
