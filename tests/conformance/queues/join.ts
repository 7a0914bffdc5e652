/**
 * CPython's tests of `Queue.join`, for each class of queues.
 *
 * @module
 */

import assert from "node:assert/strict";
import { TaskGroup } from "../../../loop/task_group.ts";
import { QUEUES, queues } from "./suite.ts";

for (const AnyQueue of QUEUES) {
  const tests = `${AnyQueue.name}JoinTests`;

  queues.adapted(
    `${tests}.test_task_done_underflow`,
    "Python's `ValueError` is a `RangeError`",
    () => {
      assert.throws(() => new AnyQueue().taskDone(), RangeError);
    },
  );

  queues.held(`${tests}.test_task_done`, ({ run }) =>
    run(async () => {
      const queue = new AnyQueue<number>();
      for (let item = 0; item < 100; item += 1) queue.putNowait(item);
      let sum = 0;
      let running = true;
      await TaskGroup.run(async (group) => {
        const workers = [1, 2].map(() =>
          group.createTask(async () => {
            while (running) {
              const item = await queue.get();
              sum += item;
              queue.taskDone();
            }
          })
        );
        await queue.join();
        assert.equal(sum, 4950);
        running = false;
        for (const _ of workers) queue.putNowait(0);
      });
    }));

  queues.held(`${tests}.test_join_empty_queue`, ({ run }) =>
    run(async () => {
      const queue = new AnyQueue();
      await queue.join();
      await queue.join();
    }));

  queues.held(`${tests}.test_format`, () => {
    const queue = new AnyQueue<number>();
    assert.equal(String(queue), `<${AnyQueue.name} maxsize=0>`);
    for (const item of [1, 2]) queue.putNowait(item);
    for (const _ of [1, 2]) queue.getNowait();
    assert.equal(String(queue), `<${AnyQueue.name} maxsize=0 tasks=2>`);
  });
}
