/**
 * CPython's `test_tasks`: `run_coroutine_threadsafe()`.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { EventLoop } from "../../../loop/event_loop.ts";
import { CancelledError, RuntimeError, TimeoutError } from "../../../loop/exceptions.ts";
import { jobs } from "../../../loop/executors/jobs.ts";
import { shareLoop } from "../../../loop/executors/shared_loop.ts";
import { sleep } from "../../../loop/sleep.ts";
import { allTasks, currentTask } from "../../../loop/tasks.ts";
import { transferring } from "../../../loop/executors/transferring.ts";
import { rejection } from "../../rejection.ts";
import { reportsOf, runBriefly, testCase } from "../by_hand.ts";
import type { TargetOptions } from "../threads/work.ts";
import { tasks } from "./suite.ts";

const { adapted } = testCase(tasks, "RunCoroutineThreadsafeTests");

/** Why the coroutine goes by a name. */
const BY_NAME =
  "A coroutine cannot cross threads: the loop shares functions by their names, over a port";

const work = jobs<typeof import("../threads/work.ts")>(import.meta.resolve("../threads/work.ts"));

/** Has a thread of the loop's executor run `add` in the loop, and waits for the thread. */
async function target(loop: EventLoop, options?: TargetOptions): Promise<unknown> {
  async function add(a: number, b: number, fail = false, cancel = false) {
    await sleep(50);
    if (fail) throw new RuntimeError("Fail!");
    if (cancel) {
      currentTask(loop)!.cancel();
      await sleep(0);
    }
    return a + b;
  }
  using shared = shareLoop({ add }, { loop });
  const port = transferring(shared.port, [shared.port]);
  return await loop.runUntilComplete(loop.runInExecutor(null, work.target, port, options));
}

adapted("test_run_coroutine_threadsafe", BY_NAME, async (loop) => {
  assert.equal(await target(loop), 3);
});

adapted("test_run_coroutine_threadsafe_with_exception", BY_NAME, async (loop) => {
  const error = await rejection(target(loop, { fail: true }), RuntimeError);
  assert.equal(error.message, "Fail!");
});

adapted("test_run_coroutine_threadsafe_with_timeout", BY_NAME, async (loop) => {
  await rejection(target(loop, { timeout: 0 }), TimeoutError);
  await runBriefly(loop);
  assert.equal(allTasks(loop).size, 0);
});

adapted("test_run_coroutine_threadsafe_task_cancelled", BY_NAME, async (loop) => {
  await rejection(target(loop, { cancel: true }), CancelledError);
});

adapted("test_run_coroutine_threadsafe_task_factory_exception", BY_NAME, async (loop) => {
  const reports = reportsOf(loop);
  const factory = loop.getTaskFactory();
  loop.setTaskFactory(() => {
    throw new ReferenceError("no such name");
  });
  const error = await rejection(target(loop), ReferenceError);
  loop.setTaskFactory(factory);
  assert.equal(reports.length, 1);
  const { exception } = reports[0]!;
  // The one that the thread was given is a copy.
  assert.ok(exception instanceof ReferenceError);
  assert.equal(exception.message, error.message);
});
