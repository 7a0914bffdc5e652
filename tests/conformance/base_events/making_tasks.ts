/**
 * CPython's `test_base_events`: the loop makes tasks.
 *
 * @module
 */

import assert from "node:assert/strict";
import { EventLoop } from "../../../loop/event_loop.ts";
import type { CreateTaskOptions, TaskCallback } from "../../../loop/task_arguments.ts";
import { ensureFuture, Task } from "../../../loop/tasks.ts";
import { adapted, held } from "./suite.ts";

held("test_set_task_factory_invalid", (loop) => {
  assert.throws(() => loop.setTaskFactory(1 as never), {
    name: "TypeError",
    message: /function or null/,
  });
  assert.equal(loop.getTaskFactory(), null);
});

class MyTask<T> extends Task<T> {}

held("test_set_task_factory", async (loop) => {
  const factory = <T>(loop: EventLoop, callback: () => T | PromiseLike<T>) =>
    new MyTask<T>(callback, [], { loop });
  assert.equal(loop.getTaskFactory(), null);
  loop.setTaskFactory(factory);
  assert.equal(loop.getTaskFactory(), factory);
  const mine = loop.createTask(() => {});
  assert.ok(mine instanceof MyTask);
  await loop.runUntilComplete(mine);

  loop.setTaskFactory(null);
  assert.equal(loop.getTaskFactory(), null);
  const plain = loop.createTask(() => {});
  assert.ok(plain instanceof Task);
  assert.ok(!(plain instanceof MyTask));
  await loop.runUntilComplete(plain);
});

adapted(
  "test_create_task",
  "What makes the tasks of a loop, in whatever way they are asked for, is a task factory, or _makeTask of a subclass",
  async () => {
    class Loop extends EventLoop {
      override _makeTask<T>(
        callback: TaskCallback<T>,
        args: readonly unknown[],
        options: CreateTaskOptions,
      ): Task<T> {
        return new MyTask(callback, args, { ...options, loop: this });
      }
    }
    const loop = new Loop();
    const task = ensureFuture(() => 1, { loop });
    assert.ok(task instanceof MyTask);
    await loop.runUntilComplete(task);
    loop.close();
  },
);

adapted(
  "test_create_task_error_closes_coro",
  "There is no coroutine that would have to be closed: the function does not begin",
  (loop) => {
    loop.close();
    let begun = false;
    assert.throws(() => ensureFuture(() => begun = true, { loop }), { name: "RuntimeError" });
    assert.equal(begun, false);
  },
);

held("test_create_named_task_with_default_factory", async (loop) => {
  const task = loop.createTask({ name: "test_task" }, () => {});
  assert.equal(task.getName(), "test_task");
  await loop.runUntilComplete(task);
});

adapted(
  "test_create_named_task_with_custom_factory",
  "A factory is given the name with the other options, as in Python 3.13.3: it is for it to hand them on",
  async (loop) => {
    loop.setTaskFactory((loop, callback, options) => new Task(callback, [], { ...options, loop }));
    const task = loop.createTask({ name: "test_task" }, () => {});
    assert.equal(task.getName(), "test_task");
    await loop.runUntilComplete(task);
  },
);
