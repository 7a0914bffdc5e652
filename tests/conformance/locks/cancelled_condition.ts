/**
 * CPython's tests of a `Condition` whose waiters are cancelled.
 *
 * @module
 */

import assert from "node:assert/strict";
import { CancelledError, TimeoutError } from "../../../loop/exceptions.ts";
import { Condition } from "../../../loop/locks.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask, type Task } from "../../../loop/tasks.ts";
import { timeout } from "../../../loop/timeouts.ts";
import { rejection } from "../../rejection.ts";
import { waiters } from "./state.ts";
import { locks } from "./suite.ts";

/** A task that waits for a condition, and throws on the cancellation that it is thrown. */
function throwingOn(condition: Condition, isSo: () => boolean) {
  const seen: { error?: unknown } = {};
  const task = createTask(async () => {
    using _held = await condition.acquire();
    try {
      await condition.waitFor(isSo);
    } catch (error) {
      seen.error = error;
      throw error;
    }
  });
  return { seen, task };
}

/** What is produced one by one, and consumed by two tasks; below 0 they end. */
interface Store {
  condition: Condition;
  items: number;
  consumers: [Task<void>, Task<void>];
}

function newStore(): Store {
  const condition = new Condition();
  const store: Store = {
    condition,
    items: 0,
    consumers: [createTask(consume), createTask(consume)],
  };
  async function consume(): Promise<void> {
    using _held = await condition.acquire();
    for (;;) {
      await condition.waitFor(() => store.items !== 0);
      if (store.items < 0) return;
      store.items -= 1;
    }
  }
  return store;
}

/** Sees that the item is consumed, although the one that was notified is cancelled; and ends. */
async function assertConsumed(store: Store): Promise<void> {
  const { condition } = store;
  // Nobody notifies this one.
  await rejection(timeout(10, () => condition.waitFor(() => store.items === 0)), TimeoutError);
  assert.equal(store.items, 0);
  store.items = -1;
  condition.notifyAll();
}

locks.held("ConditionTests.test_wait_cancel", ({ run }) =>
  run(async (loop) => {
    const condition = new Condition();
    await condition.acquire();
    const task = createTask(() => condition.wait());
    loop.callSoon(() => task.cancel());
    await rejection(task, CancelledError);
    assert.equal(waiters(condition), 0);
    assert.equal(condition.locked(), true);
  }));

locks.held("ConditionTests.test_wait_cancel_contested", ({ run }) =>
  run(async (loop) => {
    const condition = new Condition();
    await condition.acquire();
    assert.equal(condition.locked(), true);
    const task = createTask(() => condition.wait());
    await sleep(0);
    assert.equal(condition.locked(), false);

    await condition.acquire();
    assert.equal(condition.locked(), true);
    condition.notify();
    loop.callSoon(() => task.cancel());
    loop.callSoon(() => condition.release());
    await rejection(task, CancelledError);
    assert.equal(condition.locked(), true);
  }));

locks.held("ConditionTests.test_wait_cancel_after_notify", ({ run }) =>
  run(async () => {
    let waited = false;
    const condition = new Condition();
    const task = createTask(async () => {
      using _held = await condition.acquire();
      waited = true;
      await condition.wait();
    });
    await sleep(0);
    await condition.acquire();
    condition.notify();
    await sleep(0);
    task.cancel();
    await sleep(0);
    condition.release();
    await sleep(0);
    assert.ok(task.cancelled());
    assert.ok(waited);
  }));

locks.held("ConditionTests.test_cancelled_error_wakeup", ({ run }) =>
  run(async () => {
    const { seen, task } = throwingOn(new Condition(), () => false);
    await sleep(0);
    task.cancel("foo");
    const error = await rejection(task, CancelledError);
    assert.equal(error.message, "foo");
    assert.equal(error, seen.error);
  }));

locks.held("ConditionTests.test_cancelled_error_re_aquire", ({ run }) =>
  run(async () => {
    const condition = new Condition();
    let isSo = false;
    const { seen, task } = throwingOn(condition, () => isSo);
    await sleep(0);
    await condition.acquire();
    isSo = true;
    condition.notify();
    await sleep(0);
    task.cancel("foo");
    condition.release();
    const error = await rejection(task, CancelledError);
    assert.equal(error.message, "foo");
    assert.equal(error, seen.error);
  }));

locks.held("ConditionTests.test_cancelled_wakeup", ({ run }) =>
  run(async () => {
    const store = newStore();
    const { condition, consumers } = store;
    await sleep(0);
    {
      using _held = await condition.acquire();
      store.items += 1;
      condition.notify(1);
      consumers[0].cancel();
      await assertConsumed(store);
    }
    await consumers[1];
  }));

locks.held("ConditionTests.test_cancelled_wakeup_relock", ({ run }) =>
  run(async () => {
    const store = newStore();
    const { condition, consumers } = store;
    await sleep(0);
    {
      using _held = await condition.acquire();
      store.items += 1;
      condition.notify(1);
      await sleep(0);
      consumers[0].cancel();
      await assertConsumed(store);
    }
    await consumers[1];
  }));
