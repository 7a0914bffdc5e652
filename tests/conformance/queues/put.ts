/**
 * CPython's tests of putting items in a `Queue`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { CancelledError } from "../../../loop/exceptions.ts";
import { Event } from "../../../loop/locks.ts";
import { Queue, QueueFull } from "../../../loop/queues.ts";
import { sleep } from "../../../loop/sleep.ts";
import { TaskGroup } from "../../../loop/task_group.ts";
import { createTask } from "../../../loop/tasks.ts";
import { rejection } from "../../rejection.ts";
import { queues } from "./suite.ts";

queues.held("QueuePutTests.test_blocking_put", ({ run }) =>
  run(async () => {
    const queue = new Queue<number>();
    await queue.put(1);
    assert.equal(await queue.get(), 1);
  }));

queues.held("QueuePutTests.test_blocking_put_wait", ({ run }) =>
  run(async (loop) => {
    const queue = new Queue<number>(1);
    const started = new Event();
    let finished = false;
    loop.callLater(10, () => queue.getNowait());
    const task = createTask(async () => {
      started.set();
      await queue.put(1);
      await queue.put(2);
      finished = true;
    });
    await started.wait();
    assert.equal(finished, false);
    await task;
    assert.equal(finished, true);
  }));

queues.held("QueuePutTests.test_nonblocking_put", () => {
  const queue = new Queue<number>();
  queue.putNowait(1);
  assert.equal(queue.getNowait(), 1);
});

queues.held("QueuePutTests.test_put_cancel_drop", ({ run }) =>
  run(async () => {
    const queue = new Queue<number>(1);
    queue.putNowait(1);
    const writer = createTask(() => queue.put(2));
    await sleep(0);
    assert.equal(queue.getNowait(), 1);
    writer.cancel();
    await rejection(writer, CancelledError);
    await createTask(() => queue.put(2));
    assert.equal(queue.getNowait(), 2);
    assert.equal(queue.qsize(), 0);
  }));

queues.held("QueuePutTests.test_nonblocking_put_exception", () => {
  const queue = new Queue<number>(1);
  queue.putNowait(1);
  assert.throws(() => queue.putNowait(2), QueueFull);
});

queues.held("QueuePutTests.test_float_maxsize", ({ run }) =>
  run(async () => {
    let queue = new Queue<number>(1.3);
    queue.putNowait(1);
    queue.putNowait(2);
    assert.equal(queue.full(), true);
    assert.throws(() => queue.putNowait(3), QueueFull);

    queue = new Queue(1.3);
    await queue.put(1);
    await queue.put(2);
    assert.equal(queue.full(), true);
  }));

queues.held("QueuePutTests.test_put_cancelled", ({ run }) =>
  run(async () => {
    const queue = new Queue<number>();
    const task = createTask(async () => {
      await queue.put(1);
      return true;
    });
    assert.equal(await queue.get(), 1);
    assert.ok(task.done());
    assert.equal(task.result(), true);
  }));

queues.held("QueuePutTests.test_put_cancelled_race", ({ run }) =>
  run(async () => {
    const queue = new Queue<string>(1);
    const a = createTask(() => queue.put("a"));
    const b = createTask(() => queue.put("b"));
    const c = createTask(() => queue.put("X"));
    await sleep(0);
    assert.ok(a.done());
    assert.equal(b.done(), false);
    c.cancel();
    await sleep(0);
    assert.ok(c.done());
    assert.equal(queue.getNowait(), "a");
    await sleep(0);
    assert.equal(queue.getNowait(), "b");
    await b;
  }));

queues.held("QueuePutTests.test_put_with_waiting_getters", ({ run }) =>
  run(async () => {
    const queue = new Queue<string>();
    const task = createTask(() => queue.get());
    await sleep(0);
    await queue.put("a");
    assert.equal(await task, "a");
  }));

queues.held("QueuePutTests.test_why_are_putters_waiting", ({ run }) =>
  run(async () => {
    const queue = new Queue<number>(2);
    await TaskGroup.run((group) => {
      group.createTask(async () => {
        await sleep(0);
        for (let left = queue.qsize(); left > 0; left -= 1) queue.getNowait();
      });
      for (const item of [0, 1, 2, 3]) group.createTask(() => queue.put(item));
    });
    assert.equal(queue.qsize(), 2);
  }));

queues.held(
  "QueuePutTests.test_cancelled_puts_not_being_held_in_self_putters",
  ({ run }) =>
    run(async () => {
      const queue = new Queue<number>(1);
      queue.putNowait(1);
      const task = createTask(() => queue.put(1));
      await sleep(0);
      assert.match(String(queue), / putters=1\b/);
      task.cancel();
      await rejection(task, CancelledError);
      assert.doesNotMatch(String(queue), /putters/);
    }),
);

queues.held(
  "QueuePutTests.test_cancelled_put_silence_value_error_exception",
  ({ run }) =>
    run(async () => {
      const queue = new Queue<number>(1);
      queue.putNowait(1);
      const task = createTask(() => queue.put(1));
      await sleep(0);
      queue.getNowait();
      task.cancel();
      await rejection(task, CancelledError);
    }),
);
