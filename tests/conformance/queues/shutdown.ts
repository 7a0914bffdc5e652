/**
 * CPython's tests of `Queue.shutdown`, for each class of queues.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Queue, QueueShutDown } from "../../../loop/queues.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { rejection } from "../../rejection.ts";
import { QUEUES, queues } from "./suite.ts";

async function assertShutDown(queue: Queue<string>): Promise<void> {
  await rejection(queue.put("data"), QueueShutDown);
  assert.throws(() => queue.putNowait("data"), QueueShutDown);
  await rejection(queue.get(), QueueShutDown);
  assert.throws(() => queue.getNowait(), QueueShutDown);
}

for (const AnyQueue of QUEUES) {
  const tests = `${AnyQueue.name}ShutdownTests`;

  queues.held(`${tests}.test_format`, () => {
    const queue = new AnyQueue();
    queue.shutdown();
    assert.equal(String(queue), `<${AnyQueue.name} maxsize=0 shutdown>`);
  });

  queues.held(`${tests}.test_shutdown_empty`, ({ run }) =>
    run(async () => {
      const queue = new AnyQueue<string>();
      const getting = createTask(() => queue.get());
      await sleep(0);
      queue.shutdown(false);
      assert.equal(queue.qsize(), 0);
      await queue.join();
      await sleep(0);
      assert.ok(getting.done());
      await rejection(getting, QueueShutDown);
      await assertShutDown(queue);
    }));

  queues.held(`${tests}.test_shutdown_nonempty`, ({ run }) =>
    run(async () => {
      const queue = new AnyQueue<string>(1);
      queue.putNowait("data");
      const joining = createTask(() => queue.join());
      const putting = createTask(() => queue.put("data2"));
      await sleep(0);
      assert.equal(putting.done(), false);
      queue.shutdown(false);
      assert.equal(queue.qsize(), 1);
      await sleep(0);
      assert.ok(putting.done());
      await rejection(putting, QueueShutDown);
      assert.equal(await queue.get(), "data");
      await sleep(0);
      assert.equal(joining.done(), false);
      await assertShutDown(queue);

      queue.taskDone();
      await sleep(0);
      assert.ok(joining.done());
      await joining;
      assert.throws(() => queue.taskDone(), RangeError);
    }));

  queues.held(`${tests}.test_shutdown_immediate`, ({ run }) =>
    run(async () => {
      const queue = new AnyQueue<string>();
      queue.putNowait("data");
      const joining = createTask(() => queue.join());
      queue.shutdown(true);
      assert.equal(queue.qsize(), 0);
      await sleep(0);
      assert.ok(joining.done());
      await joining;
      await assertShutDown(queue);
      assert.throws(() => queue.taskDone(), RangeError);
    }));

  queues.held(`${tests}.test_shutdown_immediate_with_unfinished`, ({ run }) =>
    run(async () => {
      const queue = new AnyQueue<string>();
      queue.putNowait("data");
      queue.putNowait("data");
      const joining = createTask(() => queue.join());
      assert.equal(await queue.get(), "data");
      queue.shutdown(true);
      assert.equal(queue.qsize(), 0);
      await sleep(0);
      assert.equal(joining.done(), false);
      await assertShutDown(queue);
      queue.taskDone();
      assert.throws(() => queue.taskDone(), RangeError);
      await sleep(0);
      assert.ok(joining.done());
      await joining;
    }));
}
