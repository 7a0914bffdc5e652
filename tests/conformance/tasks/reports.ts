/**
 * CPython's `test_tasks`: what is reported of tasks, and what is not.
 *
 * @module
 */

import assert from "node:assert/strict";
import { RuntimeError } from "../../../loop/exceptions.ts";
import { sleep } from "../../../loop/sleep.ts";
import { allTasks, createTask } from "../../../loop/tasks.ts";
import { reportsOf, runBriefly } from "../by_hand.ts";
import { adapted, held } from "./suite.ts";

adapted(
  "test_log_destroyed_pending_task",
  "JavaScript's garbage collector may never run: a task that is lost is reported when its loop is closed",
  async (loop) => {
    loop.setDebug(true);
    const reports = reportsOf(loop);
    const task = loop.createTask(async function killMe() {
      await loop.createFuture();
      throw new Error("code never reached");
    });
    assert.equal(allTasks(loop).size, 1);
    assert.ok(allTasks(loop).has(task));
    await runBriefly(loop);
    assert.equal(reports.length, 0);

    loop.close();
    assert.equal(allTasks(loop).size, 0);
    assert.equal(reports.length, 1);
    const report = reports[0]!;
    assert.deepEqual(Object.keys(report).sort(), ["message", "sourceTraceback", "task"]);
    assert.equal(report.message, "Task was destroyed but it is pending!");
    assert.equal(report.task, task);
    assert.match(report.sourceTraceback as string, /tasks\/reports\.ts/);
  },
);

held("test_tb_logger_not_called_after_cancel", async (loop) => {
  const reports = reportsOf(loop);
  await loop.runUntilComplete(async () => {
    const task = createTask(() => {
      throw new TypeError();
    });
    await sleep(10);
    task.cancel();
  });
  loop._flushUnretrieved();
  assert.deepEqual(reports, []);
});

adapted(
  "test_task_source_traceback",
  "Where a task was made stands in reports about it",
  async (loop) => {
    loop.setDebug(true);
    const reports = reportsOf(loop);
    (function makeTask() {
      loop.createTask(() => {
        throw new TypeError("unseen");
      });
    })();
    await runBriefly(loop);
    loop._flushUnretrieved();
    assert.equal(reports.length, 1);
    assert.match(reports[0]!.message, /^Task exception was never retrieved/);
    assert.match(reports[0]!.sourceTraceback as string, /at makeTask .*tasks\/reports\.ts/);
  },
);

adapted(
  "test_error_in_call_soon",
  "What can refuse a task is a closed loop; the task was then never made, and is not reported",
  (loop) => {
    const reports = reportsOf(loop);
    loop.close();
    assert.throws(() => loop.createTask(() => {}), RuntimeError);
    assert.deepEqual(reports, []);
    assert.equal(allTasks(loop).size, 0);
  },
);
