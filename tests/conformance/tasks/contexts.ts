/**
 * CPython's `test_tasks`: the values that context variables have in tasks.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ContextVar, copyContext } from "../../../loop/context.ts";
import { getRunningLoop } from "../../../loop/events.ts";
import { gather } from "../../../loop/gather.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask, type CreateTaskOptions, Task } from "../../../loop/tasks.ts";
import { held } from "./suite.ts";

held("test_context_1", async (loop) => {
  const variable = new ContextVar("cvar", "nope");
  await loop.runUntilComplete(async () => {
    assert.equal(variable.get(), "nope");
    const subtask = createTask(async () => {
      await sleep(10);
      assert.equal(variable.get(), "nope");
      variable.set("something else");
    });
    variable.set("yes");
    assert.equal(variable.get(), "yes");
    await subtask;
    assert.equal(variable.get(), "yes");
  });
});

held("test_context_2", async (loop) => {
  const variable = new ContextVar("cvar", "nope");
  await loop.runUntilComplete(async () => {
    assert.equal(variable.get(), "nope");
    for (let j = 0; j < 2; j++) {
      const future = loop.createFuture<void>();
      future.addDoneCallback(() => variable.set("something else"));
      variable.set(`yes${j}`);
      loop.callSoon(() => future.setResult());
      await future;
      assert.equal(variable.get(), `yes${j}`);
      for (let i = 0; i < 3; i++) {
        variable.set(`yes${i}-${j}`);
        await sleep(1);
        assert.equal(variable.get(), `yes${i}-${j}`);
      }
    }
  });
  assert.equal(variable.get(), "nope");
});

held("test_context_3", async (loop) => {
  const variable = new ContextVar("cvar", -1);
  async function sub(number: number) {
    for (let i = 0; i < 10; i++) {
      variable.set(number + i);
      // Whole milliseconds: the test clock stops for each time that is somebody's.
      await sleep(1 + Math.floor(Math.random() * 4));
      assert.equal(variable.get(), number + i);
    }
  }
  await loop.runUntilComplete(async () => {
    await gather(Array.from({ length: 100 }, (_, i) => loop.createTask(sub, i % 10)));
  });
  assert.equal(variable.get(), -1);
});

/** The ways to make a task in a given context. */
const WAYS: Record<string, (options: CreateTaskOptions, fn: () => Promise<void>) => Task<void>> = {
  test_context_4: (options, fn) => new Task(fn, [], options),
  test_context_5: (options, fn) => createTask(options, fn),
  test_context_6: (options, fn) => getRunningLoop().createTask(options, fn),
};

for (const [name, make] of Object.entries(WAYS)) {
  held(name, async (loop) => {
    const variable = new ContextVar<number>("cvar");
    const set = (value: number) => async () => {
      await sleep(0);
      variable.set(value);
    };
    const seen = await loop.runUntilComplete(async () => {
      const context = copyContext();
      const seen = [context.get(variable)];
      for (const value of [1, 2]) {
        await make({ context }, set(value));
        seen.push(context.get(variable));
      }
      return seen;
    });
    assert.deepEqual(seen, [undefined, 1, 2]);
  });
}

held("test_get_context", async (loop) => {
  const context = copyContext();
  const task = loop.createTask({ context }, async () => {});
  await loop.runUntilComplete(task);
  assert.equal(task.getContext(), context);
});
