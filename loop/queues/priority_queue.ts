/**
 * A queue whose least item comes first (Python's `asyncio.PriorityQueue`).
 *
 * @module
 */

import { Heap } from "./heap.ts";
import type { AcquireOptions } from "../locks/line.ts";
import { type Compare, compare as byValue, hasOrder } from "./order.ts";
import { Queue } from "./queue.ts";

/** Options of the constructor of {@linkcode PriorityQueue}. */
export interface PriorityQueueOptions<T> {
  /**
   * Says which of two items comes first, as for `Array.prototype.sort`: below
   * 0 for the first of the two, above 0 for the second.
   *
   * @default {numbers by size, strings by their characters, arrays element by element}
   */
  compare?: (a: T, b: T) => number;
}

/**
 * A queue between tasks: the least item first (`asyncio.PriorityQueue`), and of
 * equal ones that which was put first, as Python does not promise.
 *
 * Without `compare`, items are numbers, strings, dates, or arrays of these,
 * which are compared like Python's tuples. So `[priority, job]` will do: two
 * jobs of the same priority are equal, where Python would compare the jobs.
 *
 * @example Jobs by priority
 * ```ts
 * import assert from "node:assert/strict";
 * import { PriorityQueue } from "https://tulip.example/loop/queues.ts";
 *
 * const queue = new PriorityQueue<[number, string]>();
 * queue.putNowait([2, "eat"]);
 * queue.putNowait([1, "cook"]);
 * assert.deepEqual(await queue.get(), [1, "cook"]);
 *
 * const longestFirst = new PriorityQueue<string>(0, { compare: (a, b) => b.length - a.length });
 * for (const word of ["a", "long", "word"]) longestFirst.putNowait(word);
 * assert.equal(await longestFirst.get(), "long");
 * ```
 */
export class PriorityQueue<T> extends Queue<T> {
  readonly #needsOrder: boolean;

  /**
   * Makes an empty queue.
   *
   * @param maxsize How many items have room before `put` waits. 0 and less mean any number.
   * @param options The order of the items.
   * @throws {TypeError} If `maxsize` is no number, or `compare` no function.
   * @throws {RangeError} If `maxsize` is `NaN`.
   */
  constructor(maxsize = 0, { compare }: PriorityQueueOptions<T> = {}) {
    if (compare !== undefined && typeof compare !== "function") {
      throw new TypeError(`A queue compares by a function, not by a ${typeof compare}`);
    }
    super(maxsize, { store: new Heap<T>(compare ?? byValue as Compare<T>) });
    this.#needsOrder = compare === undefined;
  }

  /**
   * Adds an item. Waits for room.
   *
   * @param item The item.
   * @param options What ends the wait.
   * @returns When the item is in the queue.
   * @throws {QueueShutDown} If the queue is shut down.
   * @throws {TypeError} If the item cannot be compared with what is there.
   * @throws {RangeError} If it is `NaN`.
   */
  override put(item: T, options?: AcquireOptions): Promise<void> {
    try {
      this.#check(item);
    } catch (error) {
      return Promise.reject(error);
    }
    return super.put(item, options);
  }

  /**
   * Adds an item, or throws.
   *
   * @param item The item.
   * @throws {QueueFull} If there is no room.
   * @throws {QueueShutDown} If the queue is shut down.
   * @throws {TypeError} If the item cannot be compared with what is there.
   * @throws {RangeError} If it is `NaN`.
   */
  override putNowait(item: T): void {
    this.#check(item);
    super.putNowait(item);
  }

  #check(item: T): void {
    if (this.#needsOrder && !hasOrder(item)) {
      throw new TypeError(
        "The item has no order: put [priority, item], or give the queue a compare function",
      );
    }
  }
}
