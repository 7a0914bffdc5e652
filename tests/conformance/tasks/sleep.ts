/**
 * CPython's `test_tasks`: `sleep()`.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { TimerHandle } from "../../../loop/handles.ts";
import { sleep } from "../../../loop/sleep.ts";
import { rejection } from "../../rejection.ts";
import { assertTime, LONG, runBriefly, testCase } from "../by_hand.ts";
import { held, tasks } from "./suite.ts";

held("test_sleep", async (loop, setting) => {
  async function sleeper(ms: number, value: string) {
    await sleep(ms / 2);
    return await sleep(ms / 2, value);
  }
  const task = loop.createTask(sleeper, 20, "yeah");
  await loop.runUntilComplete(task);
  assert.equal(task.done(), true);
  assert.equal(task.result(), "yeah");
  assertTime(setting, 20);
});

held("test_sleep_when_delay_is_nan", async (loop) => {
  const task = loop.createTask(() => sleep(NaN));
  await rejection(loop.runUntilComplete(task), RangeError);
});

held("test_sleep_cancel", async (loop) => {
  const timers: TimerHandle[] = [];
  const callLater = loop.callLater.bind(loop);
  loop.callLater = (...args) => {
    const timer = callLater(...args);
    timers.push(timer);
    return timer;
  };
  const task = loop.createTask(() => sleep(LONG, "yeah"));
  await runBriefly(loop);
  assert.equal(timers.length, 1);
  assert.equal(timers[0]!.cancelled(), false);
  task.cancel();
  await runBriefly(loop);
  assert.equal(timers[0]!.cancelled(), true);
});

testCase(tasks, "SleepTests").held("test_sleep_zero", async (loop) => {
  let result = 0;
  function increment(by: number) {
    result += by;
  }
  await loop.runUntilComplete(async () => {
    loop.callSoon(increment, 1);
    assert.equal(result, 0);
    const by = await sleep(0, 10);
    assert.equal(result, 1);
    increment(by);
  });
  assert.equal(result, 11);
});
