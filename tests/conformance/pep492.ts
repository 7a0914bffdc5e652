/**
 * CPython's `test_pep492`: async functions.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Condition } from "../../loop/locks/condition.ts";
import { iscoroutinefunction } from "../../loop/coroutines.ts";
import { Lock } from "../../loop/locks/lock.ts";
import { BoundedSemaphore, Semaphore } from "../../loop/locks/semaphores.ts";
import { sleep } from "../../loop/sleep.ts";
import { createTask, type Task } from "../../loop/tasks.ts";
import { Suite } from "./behaviour.ts";
import { testCase } from "./by_hand.ts";

/** CPython's `test_pep492`. */
export const pep492 = new Suite("test_pep492");

const locks = testCase(pep492, "LockTests");
const coroutines = testCase(pep492, "CoroutineTests");

function primitives(): (Lock | Condition | Semaphore)[] {
  return [new Lock(), new Condition(), new Semaphore(), new BoundedSemaphore()];
}

locks.adapted(
  "test_context_manager_async_with",
  "The block begins with `using _ = await lock.acquire()`",
  async (loop) => {
    for (const primitive of primitives()) {
      await loop.runUntilComplete(async () => {
        await sleep(1);
        assert.equal(primitive.locked(), false);
        {
          using _held = await primitive.acquire();
          assert.equal(primitive.locked(), true);
          await sleep(1);
          assert.equal(primitive.locked(), true);
        }
        assert.equal(primitive.locked(), false);
      });
      assert.equal(primitive.locked(), false);
    }
  },
);

locks.adapted(
  "test_context_manager_with_await",
  "`await` takes any value here; a lock is none that `using` takes, so that nobody believes to hold it",
  async (loop) => {
    for (const primitive of primitives()) {
      await assert.rejects(
        loop.runUntilComplete(async () => {
          await sleep(1);
          assert.equal(primitive.locked(), false);
          using _held = await (primitive as unknown as Promise<Disposable>);
        }),
        TypeError,
      );
      assert.equal(primitive.locked(), false);
    }
  },
);

coroutines.held("test_iscoroutinefunction", () => {
  async function foo(): Promise<void> {}
  assert.equal(iscoroutinefunction(foo), true);
});

coroutines.held("test_async_def_coroutines", async (loop) => {
  // deno-lint-ignore require-await -- as a coroutine function in Python
  async function bar(): Promise<string> {
    return "spam";
  }
  async function foo(): Promise<string> {
    return await bar();
  }
  loop.setDebug(false);
  assert.equal(await loop.runUntilComplete(foo), "spam");
  loop.setDebug(true);
  assert.equal(await loop.runUntilComplete(foo), "spam");
});

coroutines.adapted(
  "test_task_print_stack",
  "The newest functions are kept, of all that await each other",
  async (loop) => {
    let names: string[] = [];
    let task: Task | undefined;
    async function foo(): Promise<void> {
      await null;
      names = task!.getStack({ limit: 1 }).map(({ functionName }) => functionName);
    }
    await loop.runUntilComplete(async () => {
      task = createTask(foo);
      await task;
    });
    assert.deepEqual(names, ["foo"]);
  },
);

coroutines.differs(
  "test_double_await",
  "What an async function returns is a promise, which any number may await",
  async (loop) => {
    const result = (async () => await sleep(1, "slept"))();
    const twice = loop.createTask(() => result);
    assert.equal(await loop.runUntilComplete(() => result), "slept");
    assert.equal(await loop.runUntilComplete(twice), "slept");
  },
);
