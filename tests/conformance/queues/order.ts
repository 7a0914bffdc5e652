/**
 * CPython's tests of the order of items, for each class of queues.
 *
 * @module
 */

import assert from "node:assert/strict";
import { LifoQueue, PriorityQueue, Queue } from "../../../loop/queues.ts";
import { queues } from "./suite.ts";

/** Puts three, and expects them in an order. */
function order(tests: string, newQueue: () => Queue<number>, expected: number[]): void {
  queues.held(`${tests}.test_order`, ({ run }) =>
    run(async () => {
      const queue = newQueue();
      for (const item of [1, 3, 2]) await queue.put(item);
      const items: number[] = [];
      while (items.length < 3) items.push(await queue.get());
      assert.deepEqual(items, expected);
    }));
}

order("QueueBasicTests", () => new Queue(), [1, 3, 2]);
order("LifoQueueTests", () => new LifoQueue(), [2, 3, 1]);
order("PriorityQueueTests", () => new PriorityQueue(), [1, 2, 3]);
