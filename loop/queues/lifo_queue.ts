/**
 * A queue whose newest item comes first (Python's `asyncio.LifoQueue`).
 *
 * @module
 */

import { Queue, type QueueStore } from "./queue.ts";

/**
 * A queue between tasks: last in, first out (`asyncio.LifoQueue`).
 *
 * @example The newest first
 * ```ts
 * import assert from "node:assert/strict";
 * import { LifoQueue } from "https://tulip.example/loop/queues.ts";
 *
 * const queue = new LifoQueue<string>();
 * queue.putNowait("old");
 * queue.putNowait("new");
 * assert.equal(await queue.get(), "new");
 * ```
 */
export class LifoQueue<T> extends Queue<T> {
  /**
   * Makes an empty queue.
   *
   * @param maxsize How many items have room before `put` waits. 0 and less mean any number.
   * @throws {TypeError} If it is no number.
   * @throws {RangeError} If it is `NaN`.
   */
  constructor(maxsize = 0) {
    super(maxsize, { store: new Stack() });
  }
}

class Stack<T> implements QueueStore<T> {
  #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    return this.#items.pop();
  }

  clear(): void {
    this.#items = [];
  }
}
