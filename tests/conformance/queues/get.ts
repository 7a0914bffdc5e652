/**
 * CPython's tests of taking items from a `Queue`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { CancelledError, TimeoutError } from "../../../loop/exceptions.ts";
import { Event } from "../../../loop/locks.ts";
import { Queue, QueueEmpty } from "../../../loop/queues.ts";
import { sleep } from "../../../loop/sleep.ts";
import { TaskGroup } from "../../../loop/task_group.ts";
import { createTask, type Task } from "../../../loop/tasks.ts";
import { waitFor } from "../../../loop/timeouts.ts";
import { rejection } from "../../rejection.ts";
import { queues } from "./suite.ts";

queues.held("QueueGetTests.test_blocking_get", ({ run }) =>
  run(async () => {
    const queue = new Queue<number>();
    queue.putNowait(1);
    assert.equal(await queue.get(), 1);
  }));

queues.adapted(
  "QueueGetTests.test_get_with_putters",
  "a task that puts is what waits, for the list of those who do is private",
  ({ run }) =>
    run(async () => {
      const queue = new Queue<number>(1);
      await queue.put(1);
      const putter = createTask(() => queue.put(2));
      await sleep(0);
      assert.equal(await queue.get(), 1);
      await sleep(0);
      assert.ok(putter.done());
      assert.equal(putter.result(), undefined);
    }),
);

queues.held("QueueGetTests.test_blocking_get_wait", ({ run }) =>
  run(async (loop) => {
    const queue = new Queue<number>();
    const started = new Event();
    let finished = false;
    const task = createTask(async () => {
      started.set();
      const item = await queue.get();
      finished = true;
      return item;
    });
    await started.wait();
    assert.equal(finished, false);
    loop.callLater(10, () => queue.putNowait(1));
    assert.equal(await task, 1);
    assert.equal(finished, true);
  }));

queues.held("QueueGetTests.test_nonblocking_get", () => {
  const queue = new Queue<number>();
  queue.putNowait(1);
  assert.equal(queue.getNowait(), 1);
});

queues.held("QueueGetTests.test_nonblocking_get_exception", () => {
  assert.throws(() => new Queue().getNowait(), QueueEmpty);
});

queues.held("QueueGetTests.test_get_cancelled_race", ({ run }) =>
  run(async () => {
    const queue = new Queue<string>();
    const t1 = createTask(() => queue.get());
    const t2 = createTask(() => queue.get());
    await sleep(0);
    t1.cancel();
    await sleep(0);
    assert.ok(t1.done());
    await queue.put("a");
    await sleep(0);
    assert.equal(await t2, "a");
  }));

queues.held("QueueGetTests.test_get_with_waiting_putters", ({ run }) =>
  run(async () => {
    const queue = new Queue<string>(1);
    createTask(() => queue.put("a"));
    createTask(() => queue.put("b"));
    assert.equal(await queue.get(), "a");
    assert.equal(await queue.get(), "b");
  }));

queues.held("QueueGetTests.test_why_are_getters_waiting", ({ run }) =>
  run(async () => {
    const queue = new Queue<number>(1);
    await TaskGroup.run((group) => {
      group.createTask(async () => {
        for (let item = 0; item < 5; item += 1) await queue.put(item);
      });
      group.createTask(async () => {
        for (let left = 5; left > 0; left -= 1) await queue.get();
      });
    });
    assert.equal(queue.empty(), true);
  }));

queues.held(
  "QueueGetTests.test_cancelled_getters_not_being_held_in_self_getters",
  ({ run }) =>
    run(async () => {
      const queue = new Queue<number>(5);
      await rejection(waitFor(() => queue.get(), 10), TimeoutError);
      assert.doesNotMatch(String(queue), /getters/);
    }),
);

queues.held(
  "QueuePutTests.test_get_cancel_drop_one_pending_reader",
  ({ run }) =>
    run(async () => {
      const queue = new Queue<number>();
      const reader = createTask(() => queue.get());
      await sleep(0);
      queue.putNowait(1);
      queue.putNowait(2);
      reader.cancel();
      await rejection(reader, CancelledError);
      assert.equal(await createTask(() => queue.get()), 1);
    }),
);

queues.held(
  "QueuePutTests.test_get_cancel_drop_many_pending_readers",
  ({ run }) =>
    run(async () => {
      const queue = new Queue<number>();
      let readers: Task<number>[] = [];
      await TaskGroup.run(async (group) => {
        readers = [1, 2, 3].map(() => group.createTask(() => queue.get()));
        await sleep(0);
        queue.putNowait(1);
        queue.putNowait(2);
        readers[0]!.cancel();
        await rejection(readers[0]!, CancelledError);
        await readers[2];
      });
      const items = readers.slice(1).map((reader) => reader.result());
      assert.deepEqual(new Set(items), new Set([1, 2]));
    }),
);
