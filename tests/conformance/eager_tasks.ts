/**
 * CPython's `test_eager_task_factory`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ContextVar } from "../../loop/context.ts";
import type { EventLoop } from "../../loop/event_loop.ts";
import { CancelledError } from "../../loop/exceptions.ts";
import { gather } from "../../loop/gather.ts";
import { sleep } from "../../loop/sleep.ts";
import { createEagerTaskFactory, type TaskConstructor } from "../../loop/task_factories.ts";
import { TaskGroup } from "../../loop/task_group.ts";
import { allTasks, currentTask, Task, type TaskOptions } from "../../loop/tasks.ts";
import type { TaskCallback } from "../../loop/task_arguments.ts";
import { rejection } from "../rejection.ts";
import { type Setting, Suite } from "./behaviour.ts";

/** CPython's `test_eager_task_factory`. */
export const eagerTasks = new Suite("test_eager_task_factory");

const IN_A_MICROTASK =
  "A plain function that does not wait is over at once; an async one ends a microtask later, for JavaScript tells nobody sooner";

/** Runs a main function in a loop whose tasks begin at once. */
function eagerly(main: (loop: EventLoop) => unknown): (setting: Setting) => Promise<void> {
  return async ({ newLoop }) => {
    const loop = newLoop();
    const factory = createEagerTaskFactory(Task);
    loop.setTaskFactory(factory);
    assert.equal(loop.getTaskFactory(), factory);
    await loop.runUntilComplete(() => main(loop));
  };
}

function held(name: string, main: (loop: EventLoop) => unknown): void {
  eagerTasks.held(`EagerTaskFactoryLoopTests.${name}`, eagerly(main));
}

function adapted(name: string, why: string, main: (loop: EventLoop) => unknown): void {
  eagerTasks.adapted(`EagerTaskFactoryLoopTests.${name}`, why, eagerly(main));
}

held("test_eager_task_factory_set", async (loop) => {
  const task = loop.createTask(() => {});
  assert.ok(task instanceof Task);
  await task;
});

adapted("test_await_future_during_eager_step", IN_A_MICROTASK, async (loop) => {
  const future = loop.createFuture<string>();
  const task = loop.createTask((value: string) => future.setResult(value), "my message");
  assert.equal(task.done(), true);
  assert.equal(await future, "my message");
});

adapted("test_eager_completion", IN_A_MICROTASK, async (loop) => {
  const plain = loop.createTask(() => "hello");
  assert.equal(plain.done(), true);
  assert.equal(await plain, "hello");

  let begun = false;
  // deno-lint-ignore require-await -- as a coroutine function in Python
  const asynchronous = loop.createTask(async () => {
    begun = true;
    return "hello";
  });
  assert.equal(begun, true);
  assert.equal(asynchronous.done(), false);
  assert.equal(await asynchronous, "hello");
});

held("test_block_after_eager_step", async (loop) => {
  const task = loop.createTask(async () => {
    await sleep(10);
    return "finished after blocking";
  });
  assert.equal(task.done(), false);
  assert.equal(await task, "finished after blocking");
  assert.equal(task.done(), true);
});

adapted("test_cancellation_after_eager_completion", IN_A_MICROTASK, async (loop) => {
  const task = loop.createTask(() => "finished without blocking");
  assert.equal(task.cancel(), false);
  assert.equal(await task, "finished without blocking");
  assert.equal(task.cancelled(), false);
});

held("test_cancellation_after_eager_step_blocks", async (loop) => {
  const task = loop.createTask(async () => {
    await sleep(10);
    return "finished after blocking";
  });
  task.cancel("cancellation message");
  assert.ok(task.cancelling() > 0);
  const error = await rejection(task, CancelledError);
  assert.equal(error.message, "cancellation message");
});

held("test_current_task", async (loop) => {
  let captured: Task | null = null;
  const task: Task<void> = loop.createTask(async () => {
    captured = currentTask();
    await sleep(10);
    assert.equal(currentTask(), captured);
  });
  assert.equal(captured, task);
  const outer = currentTask();
  await task;
  assert.equal(currentTask(), outer);
});

adapted("test_all_tasks_with_eager_completion", IN_A_MICROTASK, (loop) => {
  let captured: Set<Task> | undefined;
  const task = loop.createTask(() => {
    captured = allTasks();
  });
  assert.equal(captured!.has(task), true);
  assert.equal(allTasks().has(task), false);
});

held("test_all_tasks_with_blocking", async (loop) => {
  let captured: Set<Task> | undefined;
  const first = loop.createFuture<void>();
  const second = loop.createFuture<void>();
  const task = loop.createTask(async () => {
    captured = allTasks();
    await first;
    second.setResult();
  });
  assert.equal(captured!.has(task), true);
  assert.equal(allTasks().has(task), true);
  first.setResult();
  await second;
  assert.equal(allTasks().has(task), false);
});

held("test_context_vars", async (loop) => {
  const variable = new ContextVar("cv", 0);
  const steps: string[] = [];
  variable.set(1);
  const task = loop.createTask(async () => {
    assert.equal(variable.get(), 1);
    variable.set(2);
    assert.equal(variable.get(), 2);
    steps.push("first");
    await sleep(10);
    assert.equal(variable.get(), 2);
    variable.set(3);
    assert.equal(variable.get(), 3);
    steps.push("second");
  });
  assert.deepEqual(steps, ["first"]);
  assert.equal(variable.get(), 1);
  await task;
  assert.deepEqual(steps, ["first", "second"]);
  assert.equal(variable.get(), 1);
});

held("test_eager_start_false", async (loop) => {
  let name: string | undefined;
  const task = loop.createTask({ eagerStart: false, name: "example" }, () => {
    name = currentTask()!.getName();
  });
  assert.equal(task.done(), false);
  assert.equal(name, undefined);
  await task;
  assert.equal(name, "example");
});

eagerTasks.adapted(
  "CEagerTaskFactoryLoopTests.test_issue122332",
  "It is the function of a task that is asked for, as there is no coroutine",
  eagerly(async (loop) => {
    const task = loop.createTask(() => {});
    await task;
    assert.equal(task.getCoro(), null);
  }),
);

/** Has the tasks of a loop counted that do not begin at once. */
function countTasks(loop: EventLoop, eager: boolean): () => number {
  let count = 0;
  class CountingTask<T> extends Task<T> {
    constructor(callback: TaskCallback<T>, args: readonly unknown[], options: TaskOptions) {
      if (!options.eagerStart) count += 1;
      super(callback, args, options);
    }
  }
  const taskClass: TaskConstructor = CountingTask;
  loop.setTaskFactory(
    eager
      ? createEagerTaskFactory(taskClass)
      : (loop, callback, options) => new taskClass(callback, [], { ...options, loop }),
  );
  return () => count;
}

async function chain(depth: number): Promise<number> {
  return depth === 0 ? 0 : 1 + await chain(depth - 1);
}

async function recursiveGroups(width: number, depth: number): Promise<void> {
  if (depth === 0) return;
  await TaskGroup.run((group) => {
    for (let i = 0; i < width; i++) group.createTask(recursiveGroups, width, depth - 1);
  });
}

async function recursiveGather(width: number, depth: number): Promise<void> {
  if (depth === 0) return;
  await gather(Array.from({ length: width }, () => () => recursiveGather(width, depth - 1)));
}

for (const [testCase, eager] of [["NonEagerTests", false], ["EagerTests", true]] as const) {
  /** 1 + 5 + 5² + 5³ + 5⁴, or none. */
  const expected = eager ? 0 : 781;
  const held = (name: string, test: (loop: EventLoop, count: () => number) => Promise<void>) =>
    eagerTasks.held(`${testCase}.${name}`, async ({ newLoop }) => {
      const loop = newLoop();
      await test(loop, countTasks(loop, eager));
    });

  held("test_awaitables_chain", async (loop, count) => {
    assert.equal(await loop.runUntilComplete(() => chain(100)), 100);
    assert.equal(count(), eager ? 0 : 1);
  });

  held("test_recursive_taskgroups", async (loop, count) => {
    await loop.runUntilComplete(() => recursiveGroups(5, 4));
    assert.equal(count(), expected);
  });

  held("test_recursive_gather", async (loop, count) => {
    await loop.runUntilComplete(() => recursiveGather(5, 4));
    assert.equal(count(), expected);
  });
}
