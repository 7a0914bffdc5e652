/**
 * CPython's `test_tasks`: `wait()`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { sleep } from "../../../loop/sleep.ts";
import { createTask, type Task } from "../../../loop/tasks.ts";
import {
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  wait,
  type WaitResult,
} from "../../../loop/wait_tasks.ts";
import { rejection } from "../../rejection.ts";
import { assertTime, LONG } from "../by_hand.ts";
import { held, ZeroDivisionError } from "./suite.ts";

/** Fails after a time, or at once. */
async function fail(ms?: number): Promise<void> {
  if (ms !== undefined) await sleep(ms);
  throw new ZeroDivisionError("err");
}

/** Asserts which tasks are done and which are not, by identity. */
function assertResult(result: WaitResult<Task>, done: Task[], pending: Task[]): void {
  assert.equal(result.done.size, done.length);
  for (const task of done) assert.ok(result.done.has(task));
  assert.equal(result.pending.size, pending.length);
  for (const task of pending) assert.ok(result.pending.has(task));
}

held("test_wait", async (loop, setting) => {
  const a = loop.createTask(() => sleep(10));
  const b = loop.createTask(() => sleep(20));
  async function foo() {
    assertResult(await wait([b, a]), [a, b], []);
    return 42;
  }
  assert.equal(await loop.runUntilComplete(loop.createTask(foo)), 42);
  assertTime(setting, 20);
  // Once more, where all is done already.
  assert.equal(await loop.runUntilComplete(loop.createTask(foo)), 42);
  assertTime(setting, 20);
});

held("test_wait_duplicate_coroutines", async (loop) => {
  const twice = loop.createTask(() => "test");
  const once = loop.createTask(() => "spam");
  const { done, pending } = await loop.runUntilComplete(() => wait([twice, twice, once]));
  assert.equal(pending.size, 0);
  assert.deepEqual([...done].map((task) => task.result()).sort(), ["spam", "test"]);
});

held("test_wait_errors", async (loop) => {
  await rejection(loop.runUntilComplete(() => wait(new Set<Task>())), RangeError);
  const sleeping = loop.createTask(() => sleep(LONG));
  await rejection(
    loop.runUntilComplete(() => wait([sleeping], { returnWhen: -1 as never })),
    RangeError,
  );
  sleeping.cancel();
  await loop.runUntilComplete(() => wait([sleeping]));
});

held("test_wait_first_completed", async (loop, setting) => {
  const a = loop.createTask(() => sleep(1000));
  const b = loop.createTask(() => sleep(10));
  const task = loop.createTask(() => wait([b, a], { returnWhen: FIRST_COMPLETED }));
  assertResult(await loop.runUntilComplete(task), [b], [a]);
  assert.equal(a.done(), false);
  assert.equal(b.done(), true);
  assert.equal(b.result(), undefined);
  assertTime(setting, 10);
  a.cancel();
  await loop.runUntilComplete(() => wait([a, b]));
});

held("test_wait_really_done", async (loop) => {
  // The second is done as well when the callback of the first is called.
  const a = loop.createTask(async () => {
    await sleep(0);
  });
  const b = loop.createTask(async () => {
    await sleep(0);
    await sleep(0);
  });
  const task = loop.createTask(() => wait([b, a], { returnWhen: FIRST_COMPLETED }));
  assertResult(await loop.runUntilComplete(task), [a, b], []);
  assert.equal(a.result(), undefined);
  assert.equal(b.result(), undefined);
});

held("test_wait_first_exception", async (loop, setting) => {
  const a = loop.createTask(() => sleep(LONG));
  const b = loop.createTask(fail);
  const task = loop.createTask(() => wait([b, a], { returnWhen: FIRST_EXCEPTION }));
  assertResult(await loop.runUntilComplete(task), [b], [a]);
  assertTime(setting, 0);
  a.cancel();
  await loop.runUntilComplete(() => wait([a, b]));
});

held("test_wait_first_exception_in_wait", async (loop, setting) => {
  const a = loop.createTask(() => sleep(LONG));
  const b = loop.createTask(fail, 10);
  const result = await loop.runUntilComplete(() => wait([b, a], { returnWhen: FIRST_EXCEPTION }));
  assertResult(result, [b], [a]);
  assertTime(setting, 10);
  a.cancel();
  await loop.runUntilComplete(() => wait([a, b]));
});

held("test_wait_with_exception", async (loop, setting) => {
  const a = loop.createTask(() => sleep(10));
  const b = loop.createTask(fail, 20);
  async function foo() {
    const { done, pending } = await wait([b, a]);
    assert.equal(done.size, 2);
    assert.equal(pending.size, 0);
    assert.equal([...done].filter((task) => task.exception() !== null).length, 1);
  }
  await loop.runUntilComplete(loop.createTask(foo));
  assertTime(setting, 20);
  await loop.runUntilComplete(loop.createTask(foo));
  assertTime(setting, 20);
});

held("test_wait_with_timeout", async (loop, setting) => {
  const a = loop.createTask(() => sleep(10));
  const b = loop.createTask(() => sleep(LONG));
  await loop.runUntilComplete(loop.createTask(async () => {
    assertResult(await wait([b, a], { timeout: 30 }), [a], [b]);
  }));
  assertTime(setting, 30);
  b.cancel();
  await loop.runUntilComplete(() => wait([a, b]));
});

held("test_wait_concurrent_complete", async (loop, setting) => {
  const a = loop.createTask(() => sleep(10));
  const b = loop.createTask(() => sleep(LONG));
  const result = await loop.runUntilComplete(() => wait([b, a], { timeout: 10 }));
  assertResult(result, [a], [b]);
  assertTime(setting, 10);
  b.cancel();
  await loop.runUntilComplete(() => wait([a, b]));
});

held("test_wait_with_iterator_of_tasks", async (loop, setting) => {
  const a = loop.createTask(() => sleep(10));
  const b = loop.createTask(() => sleep(20));
  const result = await loop.runUntilComplete(() => wait([b, a].values()));
  assertResult(result, [a, b], []);
  assertTime(setting, 20);
});

held("test_wait_generator", async (loop) => {
  await loop.runUntilComplete(async () => {
    function* tasks() {
      for (let i = 0; i < 10; i++) yield createTask(() => i);
    }
    const { done, pending } = await wait(tasks());
    assert.equal(done.size, 10);
    assert.equal(pending.size, 0);
  });
});

held("test_wait_invalid_args", async (loop) => {
  const future = loop.createFuture();
  await rejection(loop.runUntilComplete(() => wait(future as never)), TypeError);
  await rejection(loop.runUntilComplete(() => wait((async () => {}) as never)), TypeError);
  await rejection(loop.runUntilComplete(() => wait([])), RangeError);
});
