/**
 * CPython's `test_tasks`: `ensure_future()`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { sleep } from "../../../loop/sleep.ts";
import { ensureFuture, Task } from "../../../loop/tasks.ts";
import { withEventLoop } from "../by_hand.ts";
import { adapted, held } from "./suite.ts";

const THENABLE = "What can be awaited and is neither function nor future is a thenable";

adapted(
  "test_ensure_future_coroutine",
  "A function stands for the coroutine; outside of loops it runs in the default loop, where Python refuses",
  async (loop) => {
    const notMuch = () => "ok";
    const task = ensureFuture(notMuch, { loop });
    assert.equal(task.getLoop(), loop);
    await loop.runUntilComplete(task);
    assert.equal(task.done(), true);
    assert.equal(task.result(), "ok");

    const [inside] = await loop.runUntilComplete(() => [ensureFuture(notMuch)]);
    assert.equal(inside!.getLoop(), loop);
    assert.equal(await loop.runUntilComplete(inside!), "ok");

    const outside = await withEventLoop(loop, () => [ensureFuture(notMuch)]);
    assert.equal(outside[0]!.getLoop(), loop);
    assert.equal(await loop.runUntilComplete(outside[0]!), "ok");

    assert.equal(await ensureFuture(notMuch), "ok");
  },
);

held("test_ensure_future_future", async (loop, { newLoop }) => {
  const future = loop.createFuture<string>();
  future.setResult("ko");
  const same = ensureFuture(future);
  await loop.runUntilComplete(same);
  assert.equal(same.done(), true);
  assert.equal(same.result(), "ko");
  assert.equal(same, future);

  assert.throws(() => ensureFuture(future, { loop: newLoop() }), RangeError);
  assert.equal(ensureFuture(future, { loop }), future);
});

held("test_ensure_future_task", async (loop, { newLoop }) => {
  const task = loop.createTask(() => "ok");
  const same = ensureFuture(task);
  await loop.runUntilComplete(same);
  assert.equal(same.done(), true);
  assert.equal(same.result(), "ok");
  assert.equal(same, task);

  assert.throws(() => ensureFuture(task, { loop: newLoop() }), RangeError);
  assert.equal(ensureFuture(task, { loop }), task);
});

adapted("test_ensure_future_awaitable", THENABLE, async (loop) => {
  const thenable: PromiseLike<string> = {
    then: (onFulfilled) => Promise.resolve("ok").then(onFulfilled),
  };
  const future = ensureFuture(thenable, { loop });
  assert.equal(future.getLoop(), loop);
  assert.equal(await loop.runUntilComplete(future), "ok");
});

adapted(
  "test_ensure_future_task_awaitable",
  `${THENABLE}; it becomes a future, for there is nothing to begin`,
  async (loop) => {
    const thenable: PromiseLike<string> = {
      then: (onFulfilled) => sleep(0, "ok").then(onFulfilled),
    };
    const future = ensureFuture(thenable, { loop });
    await loop.runUntilComplete(future);
    assert.equal(future.done(), true);
    assert.equal(future.result(), "ok");
    assert.equal(future instanceof Task, false);
  },
);

held("test_ensure_future_neither", () => {
  assert.throws(() => ensureFuture("ok" as never), TypeError);
});

held("test_ensure_future_error_msg", (loop, { newLoop }) => {
  const future = loop.createFuture();
  assert.throws(() => ensureFuture(future, { loop: newLoop() }), {
    name: "RangeError",
    message: /belongs to another loop than the one that is asked for/,
  });
});
