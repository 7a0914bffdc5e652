/**
 * CPython's tests of what a `Queue` is.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Queue } from "../../../loop/queues.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import type { Setting } from "../behaviour.ts";
import { queues } from "./suite.ts";

const WORDS =
  "says how many items, getters and putters there are; Python shows the items themselves, " +
  "and the names of private attributes";

function showTest(show: (queue: Queue<number>) => string): (setting: Setting) => Promise<void> {
  return ({ run }) =>
    run(async () => {
      let queue = new Queue<number>();
      assert.ok(show(queue).startsWith("<Queue"));
      const getter = createTask(() => queue.get());
      await sleep(0);
      assert.match(show(queue), / getters=1\b/);
      queue.putNowait(0);
      assert.equal(await getter, 0);

      queue = new Queue(1);
      queue.putNowait(1);
      const putter = createTask(() => queue.put(2));
      await sleep(0);
      assert.match(show(queue), / putters=1\b/);
      queue.getNowait();
      await putter;

      queue = new Queue();
      queue.putNowait(1);
      assert.match(show(queue), / items=1\b/);
    });
}

queues.adapted("QueueBasicTests.test_repr", WORDS, showTest((queue) => Deno.inspect(queue)));
queues.adapted("QueueBasicTests.test_str", WORDS, showTest((queue) => String(queue)));

queues.held("QueueBasicTests.test_empty", ({ run }) =>
  run(async () => {
    const queue = new Queue<number>();
    assert.equal(queue.empty(), true);
    await queue.put(1);
    assert.equal(queue.empty(), false);
    assert.equal(await queue.get(), 1);
    assert.equal(queue.empty(), true);
  }));

queues.held("QueueBasicTests.test_full", ({ run }) =>
  run(async () => {
    assert.equal(new Queue().full(), false);
    const queue = new Queue<number>(1);
    await queue.put(1);
    assert.equal(queue.full(), true);
  }));

queues.held("QueueBasicTests.test_maxsize", ({ run }) =>
  run(async () => {
    const queue = new Queue<number>(2);
    assert.equal(queue.maxsize, 2);
    const put: number[] = [];
    const task = createTask(async () => {
      for (const item of [0, 1, 2]) {
        await queue.put(item);
        put.push(item);
      }
      return true;
    });
    await sleep(0);
    await sleep(0);
    assert.deepEqual(put, [0, 1]);
    assert.equal(await queue.get(), 0);
    await sleep(0);
    assert.deepEqual(put, [0, 1, 2]);
    assert.equal(await queue.get(), 1);
    assert.equal(await queue.get(), 2);
    assert.ok(task.done());
    assert.equal(task.result(), true);
  }));
