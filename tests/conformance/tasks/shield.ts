/**
 * CPython's `test_tasks`: `shield()`, reports of Python 3.14 included.
 *
 * @module
 */

import assert from "node:assert/strict";
import { CancelledError, RuntimeError } from "../../../loop/exceptions.ts";
import { gather } from "../../../loop/gather.ts";
import { shield } from "../../../loop/tasks.ts";
import { rejection } from "../../rejection.ts";
import { reportsOf, runBriefly, withEventLoop } from "../by_hand.ts";
import { DEFAULT_LOOP, differs, held } from "./suite.ts";

held("test_shield_result", async (loop) => {
  const inner = loop.createFuture<number>();
  const outer = shield(inner);
  inner.setResult(42);
  assert.equal(await loop.runUntilComplete(outer), 42);
});

held("test_shield_exception", async (loop) => {
  const inner = loop.createFuture();
  const outer = shield(inner);
  await runBriefly(loop);
  const error = new RuntimeError("expected");
  inner.setException(error);
  await runBriefly(loop);
  assert.equal(outer.exception(), error);
});

held("test_shield_cancel_inner", async (loop) => {
  const inner = loop.createFuture();
  const outer = shield(inner);
  await runBriefly(loop);
  inner.cancel();
  await runBriefly(loop);
  assert.equal(outer.cancelled(), true);
});

held("test_shield_cancel_outer", async (loop) => {
  const inner = loop.createFuture();
  const outer = shield(inner);
  await runBriefly(loop);
  outer.cancel();
  await runBriefly(loop);
  assert.equal(outer.cancelled(), true);
  assert.equal(inner.done(), false);
});

held("test_shield_cancel_outer_result", async (loop) => {
  const reports = reportsOf(loop);
  const inner = loop.createFuture<number>();
  const outer = shield(inner);
  await runBriefly(loop);
  outer.cancel();
  await runBriefly(loop);
  inner.setResult(1);
  await runBriefly(loop);
  assert.deepEqual(reports, []);
});

held("test_shield_cancel_outer_exception", async (loop) => {
  const reports = reportsOf(loop);
  const inner = loop.createFuture();
  const outer = shield(inner);
  await runBriefly(loop);
  outer.cancel();
  await runBriefly(loop);
  const error = new Error("foo");
  inner.setException(error);
  await runBriefly(loop);
  loop._flushUnretrieved();
  assert.equal(reports.length, 1);
  assert.equal(reports[0]!.message, "Error exception in shielded future");
  assert.equal(reports[0]!.exception, error);
  assert.equal(reports[0]!.future, inner);
});

held("test_shield_duplicate_log_once", async (loop) => {
  const reports = reportsOf(loop);
  const inner = loop.createFuture();
  for (let i = 0; i < 2; i++) {
    const outer = shield(inner);
    await runBriefly(loop);
    outer.cancel();
    await runBriefly(loop);
  }
  inner.setException(new Error("foo"));
  await runBriefly(loop);
  loop._flushUnretrieved();
  assert.equal(reports.length, 1);
});

held("test_shield_shortcut", async (loop) => {
  const future = loop.createFuture<number>();
  future.setResult(42);
  assert.equal(shield(future), future);
  assert.equal(await loop.runUntilComplete(shield(future)), 42);
});

held("test_shield_effect", async (loop) => {
  let proof = 0;
  const waiter = loop.createFuture<void>();
  async function inner() {
    await waiter;
    proof += 1;
  }
  const task = loop.createTask(async () => {
    await shield(inner);
    proof += 100;
  });
  await runBriefly(loop);
  task.cancel();
  await rejection(loop.runUntilComplete(task), CancelledError);
  waiter.setResult();
  await runBriefly(loop);
  assert.equal(proof, 1);
});

held("test_shield_gather", async (loop) => {
  const child1 = loop.createFuture<number>();
  const child2 = loop.createFuture<number>();
  const parent = gather(child1, child2);
  const outer = shield(parent);
  await runBriefly(loop);
  outer.cancel();
  await runBriefly(loop);
  assert.equal(outer.cancelled(), true);
  child1.setResult(1);
  child2.setResult(2);
  await runBriefly(loop);
  assert.deepEqual(parent.result(), [1, 2]);
});

held("test_gather_shield", async (loop) => {
  const child1 = loop.createFuture<number>();
  const child2 = loop.createFuture<number>();
  const inner1 = shield(child1);
  const inner2 = shield(child2);
  const parent = gather(inner1, inner2);
  await runBriefly(loop);
  parent.cancel();
  await runBriefly(loop);
  assert.ok(parent.exception() instanceof CancelledError);
  assert.equal(inner1.cancelled(), true);
  assert.equal(inner2.cancelled(), true);
  child1.setResult(1);
  child2.setResult(2);
  await runBriefly(loop);
});

differs("test_shield_coroutine_without_loop", DEFAULT_LOOP, async () => {
  assert.equal(await shield(() => 42), 42);
});

held("test_shield_coroutine_use_running_loop", async (loop) => {
  const [outer] = await loop.runUntilComplete(() => [shield(() => 42)]);
  assert.equal(outer!.getLoop(), loop);
  assert.equal(await loop.runUntilComplete(outer!), 42);
});

held("test_shield_coroutine_use_global_loop", async (loop) => {
  const [outer] = await withEventLoop(loop, () => [shield(() => 42)]);
  assert.equal(outer!.getLoop(), loop);
  assert.equal(await loop.runUntilComplete(outer!), 42);
});
