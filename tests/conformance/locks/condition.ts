/**
 * CPython's tests of `Condition`, without those of cancellation.
 *
 * @module
 */

import assert from "node:assert/strict";
import { RuntimeError, TimeoutError } from "../../../loop/exceptions.ts";
import { Condition, Lock } from "../../../loop/locks.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask, type Task } from "../../../loop/tasks.ts";
import { waitFor } from "../../../loop/timeouts.ts";
import { rejection } from "../../rejection.ts";
import { assertState } from "./state.ts";
import { locks } from "./suite.ts";

function assertTrue(tasks: Task<boolean>[]): void {
  for (const task of tasks) {
    assert.ok(task.done());
    assert.equal(task.result(), true);
  }
}

/** Tasks that wait for a condition, and then note their numbers. */
function waiting(condition: Condition, count: number, { release }: { release: boolean }) {
  const result: number[] = [];
  const tasks = Array.from({ length: count }, (_, i) =>
    createTask(async () => {
      await condition.acquire();
      if (await condition.wait()) {
        result.push(i + 1);
        if (release) condition.release();
      }
      return true;
    }));
  return { result, tasks };
}

locks.held("ConditionTests.test_wait", ({ run }) =>
  run(async () => {
    const condition = new Condition();
    const { result, tasks } = waiting(condition, 3, { release: false });
    await sleep(0);
    assert.deepEqual(result, []);
    assert.equal(condition.locked(), false);

    assert.ok(await condition.acquire());
    condition.notify();
    await sleep(0);
    assert.deepEqual(result, []);
    assert.equal(condition.locked(), true);

    condition.release();
    await sleep(0);
    assert.deepEqual(result, [1]);
    assert.equal(condition.locked(), true);

    condition.notify(2);
    await sleep(0);
    assert.deepEqual(result, [1]);
    assert.equal(condition.locked(), true);

    condition.release();
    await sleep(0);
    assert.deepEqual(result, [1, 2]);
    assert.equal(condition.locked(), true);

    condition.release();
    await sleep(0);
    assert.deepEqual(result, [1, 2, 3]);
    assert.equal(condition.locked(), true);
    assertTrue(tasks);
  }));

locks.held("ConditionTests.test_wait_unacquired", ({ run }) =>
  run(async () => {
    const condition = new Condition();
    await rejection(condition.wait(), RuntimeError);
  }));

locks.held("ConditionTests.test_wait_for", ({ run }) =>
  run(async () => {
    const condition = new Condition();
    let isSo = false;
    const result: number[] = [];
    const task = createTask(async () => {
      await condition.acquire();
      if (await condition.waitFor(() => isSo)) {
        result.push(1);
        condition.release();
      }
      return true;
    });
    async function notify(): Promise<void> {
      await condition.acquire();
      condition.notify();
      condition.release();
      await sleep(0);
    }
    await sleep(0);
    assert.deepEqual(result, []);
    await notify();
    assert.deepEqual(result, []);
    isSo = true;
    await notify();
    assert.deepEqual(result, [1]);
    assertTrue([task]);
  }));

locks.held("ConditionTests.test_wait_for_unacquired", ({ run }) =>
  run(async () => {
    const condition = new Condition();
    assert.deepEqual(await condition.waitFor(() => [1, 2, 3]), [1, 2, 3]);
    await rejection(condition.waitFor(() => false), RuntimeError);
  }));

locks.held("ConditionTests.test_notify", ({ run }) =>
  run(async () => {
    const condition = new Condition();
    const { result, tasks } = waiting(condition, 3, { release: true });
    await sleep(0);
    assert.deepEqual(result, []);

    await condition.acquire();
    condition.notify(1);
    condition.release();
    await sleep(0);
    assert.deepEqual(result, [1]);

    await condition.acquire();
    condition.notify(1);
    condition.notify(2048);
    condition.release();
    await sleep(0);
    assert.deepEqual(result, [1, 2, 3]);
    assertTrue(tasks);
  }));

locks.held("ConditionTests.test_notify_all", ({ run }) =>
  run(async () => {
    const condition = new Condition();
    const { result, tasks } = waiting(condition, 2, { release: true });
    await sleep(0);
    assert.deepEqual(result, []);
    await condition.acquire();
    condition.notifyAll();
    condition.release();
    await sleep(0);
    assert.deepEqual(result, [1, 2]);
    assertTrue(tasks);
  }));

locks.held("ConditionTests.test_notify_unacquired", () => {
  const condition = new Condition();
  assert.throws(() => condition.notify(), RuntimeError);
});

locks.held("ConditionTests.test_notify_all_unacquired", () => {
  const condition = new Condition();
  assert.throws(() => condition.notifyAll(), RuntimeError);
});

locks.held("ConditionTests.test_repr", ({ run }) =>
  run(async () => {
    const condition = new Condition();
    assertState(condition, "unlocked");
    await condition.acquire();
    assertState(condition, "locked");
    condition.release();
    const { tasks } = waiting(condition, 2, { release: true });
    await sleep(0);
    assertState(condition, "unlocked, waiters:2");
    await condition.acquire();
    assertState(condition, "locked, waiters:2");
    condition.notifyAll();
    condition.release();
    for (const task of tasks) await task;
  }));

locks.held("ConditionTests.test_context_manager", ({ run }) =>
  run(async () => {
    const condition = new Condition();
    assert.equal(condition.locked(), false);
    {
      using _held = await condition.acquire();
      assert.equal(condition.locked(), true);
    }
    assert.equal(condition.locked(), false);
  }));

locks.held("ConditionTests.test_explicit_lock", ({ run }) =>
  run(async () => {
    async function check(lock: Lock, condition: Condition): Promise<void> {
      const areLocked = () => [lock.locked(), condition.locked()];
      for (const held of [condition, lock]) {
        assert.deepEqual(areLocked(), [false, false]);
        using _held = await held.acquire();
        assert.deepEqual(areLocked(), [true, true]);
      }
      assert.deepEqual(areLocked(), [false, false]);
    }
    const lock = new Lock();
    await check(lock, new Condition(lock));
  }));

locks.differs(
  "ConditionTests.test_ambiguous_loops",
  "nothing is bound to a loop: one lock may serve the tasks of several, for they share one thread",
  async ({ run }) => {
    const lock = new Lock();
    const condition = new Condition(lock);
    let isSo = false;
    const waiting = run(async () => {
      using _held = await condition.acquire();
      await condition.waitFor(() => isSo);
      assert.equal(lock.locked(), true);
    });
    await run(async () => {
      await sleep(10);
      using _held = await lock.acquire();
      isSo = true;
      condition.notify();
    });
    await waiting;
    assert.equal(lock.locked(), false);
  },
);

locks.held("ConditionTests.test_timeout_in_block", ({ run }) =>
  run(async () => {
    const condition = new Condition();
    using _held = await condition.acquire();
    await rejection(waitFor(() => condition.wait(), 20), TimeoutError);
  }));
