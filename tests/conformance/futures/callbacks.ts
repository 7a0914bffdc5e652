/**
 * CPython's `test_futures`: done callbacks.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Future } from "../../../loop/future.ts";
import { runBriefly, testCase } from "../by_hand.ts";
import { futures } from "./suite.ts";

const { held, adapted } = testCase(futures, "FutureDoneCallbackTests");

const IDENTITY = "Callbacks are compared by identity, which runs no code of the user's";

/** Makes callbacks that put a number each into a bag. */
function bagAndCallbacks(...numbers: number[]) {
  const bag: number[] = [];
  return { bag, callbacks: numbers.map((number) => () => bag.push(number)) };
}

/** A future with a callback of its own, and one that was added very often. */
function crowded(future: Future) {
  let calls = 0;
  const often = () => {
    calls += 1;
  };
  future.addDoneCallback(() => {});
  for (let i = 0; i < 63; i++) future.addDoneCallback(often);
  return { often, calls: () => calls };
}

held("test_callbacks_remove_first_callback", async (loop) => {
  const future = loop.createFuture<string>();
  const { bag, callbacks } = bagAndCallbacks(42, 17, 100);
  for (const callback of callbacks) future.addDoneCallback(callback);
  future.removeDoneCallback(callbacks[0]!);
  future.removeDoneCallback(callbacks[0]!);
  assert.deepEqual(bag, []);
  future.setResult("foo");
  await runBriefly(loop);
  assert.deepEqual(bag, [17, 100]);
  assert.equal(future.result(), "foo");
});

held("test_callbacks_remove_first_and_second_callback", async (loop) => {
  const future = loop.createFuture<string>();
  const { bag, callbacks } = bagAndCallbacks(42, 17, 100);
  for (const callback of callbacks) future.addDoneCallback(callback);
  future.removeDoneCallback(callbacks[0]!);
  future.removeDoneCallback(callbacks[1]!);
  future.removeDoneCallback(callbacks[0]!);
  assert.deepEqual(bag, []);
  future.setResult("foo");
  await runBriefly(loop);
  assert.deepEqual(bag, [100]);
  assert.equal(future.result(), "foo");
});

held("test_callbacks_remove_third_callback", async (loop) => {
  const future = loop.createFuture<string>();
  const { bag, callbacks } = bagAndCallbacks(42, 17, 100);
  for (const callback of callbacks) future.addDoneCallback(callback);
  future.removeDoneCallback(callbacks[2]!);
  future.removeDoneCallback(callbacks[2]!);
  assert.deepEqual(bag, []);
  future.setResult("foo");
  await runBriefly(loop);
  assert.deepEqual(bag, [42, 17]);
  assert.equal(future.result(), "foo");
});

held("test_callbacks_invoked_on_set_result", async (loop) => {
  const future = loop.createFuture<string>();
  const { bag, callbacks } = bagAndCallbacks(42, 17);
  for (const callback of callbacks) future.addDoneCallback(callback);
  assert.deepEqual(bag, []);
  future.setResult("foo");
  assert.deepEqual(bag, []);
  await runBriefly(loop);
  assert.deepEqual(bag, [42, 17]);
  assert.equal(future.result(), "foo");
});

held("test_callbacks_invoked_on_set_exception", async (loop) => {
  const future = loop.createFuture<string>();
  const { bag, callbacks } = bagAndCallbacks(100);
  future.addDoneCallback(callbacks[0]!);
  assert.deepEqual(bag, []);
  const error = new Error();
  future.setException(error);
  await runBriefly(loop);
  assert.deepEqual(bag, [100]);
  assert.equal(future.exception(), error);
});

held("test_remove_done_callback", async (loop) => {
  const future = loop.createFuture<string>();
  const { bag, callbacks } = bagAndCallbacks(1, 2, 3);
  const [one, two, three] = callbacks;
  future.addDoneCallback(one!);
  future.addDoneCallback(two!);
  assert.equal(future.removeDoneCallback(two!), 1);
  assert.equal(future.removeDoneCallback(three!), 0);

  future.addDoneCallback(two!);
  for (let i = 0; i < 5; i++) future.addDoneCallback(one!);
  assert.equal(future.removeDoneCallback(one!), 6);
  assert.deepEqual(bag, []);
  future.setResult("foo");
  await runBriefly(loop);
  assert.deepEqual(bag, [2]);
  assert.equal(future.result(), "foo");
});

held("test_schedule_callbacks_list_mutation_1", async (loop) => {
  const future = loop.createFuture<number>();
  let calls = 0;
  const count = () => {
    calls += 1;
  };
  future.addDoneCallback(() => future.removeDoneCallback(count));
  future.addDoneCallback(count);
  future.addDoneCallback(count);
  future.setResult(1);
  await runBriefly(loop);
  // All of them were in line already.
  assert.equal(calls, 2);
});

adapted("test_remove_done_callbacks_list_mutation", IDENTITY, async (loop) => {
  const future = loop.createFuture<void>();
  const { calls } = crowded(future);
  assert.equal(future.removeDoneCallback(() => {}), 0);
  future.setResult();
  await runBriefly(loop);
  assert.equal(calls(), 63);
});

adapted("test_remove_done_callbacks_list_clear", IDENTITY, async (loop) => {
  const future = loop.createFuture<void>();
  const { often, calls } = crowded(future);
  assert.equal(future.removeDoneCallback(often), 63);
  future.setResult();
  await runBriefly(loop);
  assert.equal(calls(), 0);
});

adapted("test_schedule_callbacks_list_mutation_2", IDENTITY, async (loop) => {
  const future = loop.createFuture<void>();
  const { often, calls } = crowded(future);
  // Callbacks that are added while callbacks run are called in the next round.
  future.addDoneCallback(() => future.addDoneCallback(often));
  future.setResult();
  await runBriefly(loop);
  await runBriefly(loop);
  assert.equal(calls(), 64);
});
