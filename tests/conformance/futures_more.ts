/**
 * CPython's `test_futures2`: futures and tasks, seen from inside the loop.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ContextVar } from "../../loop/context.ts";
import { sleep } from "../../loop/sleep.ts";
import { allTasks, createTask, Task } from "../../loop/tasks.ts";
import { waitFor } from "../../loop/timeouts.ts";
import { rejection } from "../rejection.ts";
import { Suite } from "./behaviour.ts";

/** CPython's `test_futures2`. */
export const futuresMore = new Suite("test_futures2");

futuresMore.held("FutureTests.test_future_traceback", ({ run }) =>
  run(async () => {
    const future = createTask(function raise() {
      throw new TypeError("42");
    });
    const stacks = new Set<string>();
    for (let i = 0; i < 5; i++) stacks.add((await rejection(future, TypeError)).stack!);
    assert.equal(stacks.size, 1);
  }));

futuresMore.adapted(
  "FutureTests.test_task_exc_handler_correct_context",
  "JavaScript counts no references: the handler is told when the future is collected, or `run()` ends",
  ({ run }) =>
    run(async (loop) => {
      const name = new ContextVar("name", "foo");
      const seen: string[] = [];
      loop.setExceptionHandler(() => seen.push(name.get()));
      createTask(() => {
        name.set("bar");
        throw new RangeError("unseen");
      });
      await sleep(0);
      loop._flushUnretrieved();
      assert.deepEqual(seen, ["bar"]);
      assert.equal(name.get(), "foo");
    }),
);

futuresMore.held(
  "FutureTests.test_handle_exc_handler_correct_context",
  ({ run }) =>
    run(async (loop) => {
      const name = new ContextVar("name", "foo");
      const seen: string[] = [];
      loop.setExceptionHandler(() => seen.push(name.get()));
      const fail = () => {
        name.set("bar");
        throw new RangeError("reported");
      };
      loop.callSoon(fail);
      await sleep(0);
      assert.deepEqual(seen, ["bar"]);

      // And where the caller has a context with values of its own.
      name.set("mine");
      loop.callSoon(fail);
      await sleep(0);
      assert.deepEqual(seen, ["bar", "bar"]);
      assert.equal(name.get(), "mine");
    }),
);

futuresMore.adapted(
  "FutureReprTests.test_recursive_repr_for_pending_tasks",
  "`console.log` shows what Python's `repr()` does",
  ({ run }) =>
    run(async () => {
      const task = new Task(() => allTasks());
      // A task whose result has the task itself in it.
      assert.equal((await waitFor(task, 10_000)).has(task), true);
      assert.match(Deno.inspect(task), /result=Set\(\d\) \{.*\.\.\./);
    }),
);
