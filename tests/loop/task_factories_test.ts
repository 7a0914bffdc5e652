import assert from "node:assert/strict";
import { ContextVar, copyContext } from "../../loop/context.ts";
import type { TaskFactory } from "../../loop/event_loop.ts";
import { getRunningLoop } from "../../loop/events.ts";
import { Future } from "../../loop/futures.ts";
import { gather } from "../../loop/gather.ts";
import { sleep } from "../../loop/sleep.ts";
import { createEagerTaskFactory, eagerTaskFactory } from "../../loop/task_factories.ts";
import { TaskGroup } from "../../loop/task_group.ts";
import { allTasks, createTask, currentTask, Task } from "../../loop/tasks.ts";
import { inNoTime } from "./in_no_time.ts";

Deno.test("every task of a loop is made by its factory", async () => {
  const made: string[] = [];
  const factory: TaskFactory = (loop, callback, options) => {
    made.push(options.name ?? "nameless");
    return new Task(callback, [], { ...options, loop });
  };
  await inNoTime(async () => {
    const loop = getRunningLoop();
    assert.equal(loop.getTaskFactory(), null);
    loop.setTaskFactory(factory);
    assert.equal(loop.getTaskFactory(), factory);
    assert.equal(await createTask((a: number, b: number) => a + b, 1, 2), 3);
    assert.equal(await loop.createTask({ name: "own" }, () => "x"), "x");
    assert.deepEqual(await gather(() => 1, () => 2), [1, 2]);
    await TaskGroup.run((group) => void group.createTask({ name: "grouped" }, () => 1));
    loop.setTaskFactory(null);
    assert.equal(await createTask(() => 4), 4);
    assert.throws(() => loop.setTaskFactory(1 as never), TypeError);
  });
  assert.deepEqual(made, ["nameless", "own", "nameless", "nameless", "grouped"]);
});

Deno.test("an eager task begins inside the call, as the current task, and goes on later", async () => {
  const log: string[] = [];
  await inNoTime(async () => {
    const outer = currentTask();
    const task = createTask({ eagerStart: true, name: "eager" }, async () => {
      log.push(`begins in ${currentTask()!.getName()}`);
      await sleep(1);
      log.push(`ends in ${currentTask()!.getName()}`);
    });
    log.push("caller");
    assert.equal(currentTask(), outer);
    await task;
  });
  assert.deepEqual(log, ["begins in eager", "caller", "ends in eager"]);
});

Deno.test("a plain function that is begun at once is done at once", async () => {
  await inNoTime(() => {
    getRunningLoop().setTaskFactory(eagerTaskFactory);
    const done = createTask(() => 7);
    assert.equal(done.done(), true);
    assert.equal(done.result(), 7);
    assert.equal(allTasks().has(done), false);
    const failed = createTask(() => {
      throw new RangeError("at once");
    });
    assert.ok(failed.exception() instanceof RangeError);
  });
});

Deno.test("an eager task can be cancelled where it waits", async () => {
  await inNoTime(async () => {
    const task = createTask({ eagerStart: true }, async () => await new Future());
    assert.equal(task.cancel(), true);
    await assert.rejects(task, { name: "CancelledError" });
  });
});

Deno.test("an eager task runs in its context", async () => {
  const variable = new ContextVar("variable", "outer");
  await inNoTime(async () => {
    const context = copyContext();
    context.run(() => variable.set("given"));
    const seen = createTask({ eagerStart: true, context }, () => variable.get());
    assert.equal(await seen, "given");
    assert.equal(variable.get(), "outer");
  });
});

Deno.test("a factory that begins at once makes tasks of a class of one's own", async () => {
  class Job<T> extends Task<T> {}
  await inNoTime(async () => {
    getRunningLoop().setTaskFactory(createEagerTaskFactory(Job));
    const job = createTask(() => sleep(1, "done"));
    assert.ok(job instanceof Job);
    assert.equal(await job, "done");
    const later = createTask({ eagerStart: false }, () => 1);
    assert.equal(later.done(), false, "the caller's wish goes first");
    await later;
  });
});
