/**
 * CPython's tests of `Event`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { CancelledError } from "../../../loop/exceptions.ts";
import { Event } from "../../../loop/locks.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { rejection } from "../../rejection.ts";
import { assertState, waiters } from "./state.ts";
import { locks } from "./suite.ts";

locks.held("EventTests.test_repr", ({ run }) =>
  run(async () => {
    const event = new Event();
    assertState(event, "unset");
    event.set();
    assertState(event, "set");
    event.clear();
    const task = createTask(() => event.wait());
    await sleep(0);
    assertState(event, "unset, waiters:1");
    event.set();
    await task;
  }));

locks.held("EventTests.test_wait", ({ run }) =>
  run(async () => {
    const event = new Event();
    assert.equal(event.isSet(), false);
    const result: number[] = [];
    async function wait(n: number): Promise<void> {
      if (await event.wait()) result.push(n);
    }
    const t1 = createTask(wait, 1);
    const t2 = createTask(wait, 2);
    await sleep(0);
    assert.deepEqual(result, []);
    const t3 = createTask(wait, 3);
    event.set();
    await sleep(0);
    assert.deepEqual(result, [3, 1, 2]);
    for (const task of [t1, t2, t3]) {
      assert.ok(task.done());
      assert.equal(task.result(), undefined);
    }
  }));

locks.held("EventTests.test_wait_on_set", ({ run }) =>
  run(async () => {
    const event = new Event();
    event.set();
    assert.equal(await event.wait(), true);
  }));

locks.held("EventTests.test_wait_cancel", ({ run }) =>
  run(async (loop) => {
    const event = new Event();
    const task = createTask(() => event.wait());
    loop.callSoon(() => task.cancel());
    await rejection(task, CancelledError);
    assert.equal(waiters(event), 0);
  }));

locks.held("EventTests.test_clear", () => {
  const event = new Event();
  assert.equal(event.isSet(), false);
  event.set();
  assert.equal(event.isSet(), true);
  event.clear();
  assert.equal(event.isSet(), false);
});

locks.held("EventTests.test_clear_with_waiters", ({ run }) =>
  run(async () => {
    const event = new Event();
    const result: number[] = [];
    const task = createTask(async () => {
      if (await event.wait()) result.push(1);
      return true;
    });
    await sleep(0);
    assert.deepEqual(result, []);
    event.set();
    event.clear();
    assert.equal(event.isSet(), false);
    event.set();
    event.set();
    assert.equal(waiters(event), 1);
    await sleep(0);
    assert.deepEqual(result, [1]);
    assert.equal(waiters(event), 0);
    assert.ok(task.done());
    assert.equal(task.result(), true);
  }));
