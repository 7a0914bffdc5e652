/**
 * CPython's `test_tasks`: `gather()`, of futures and of functions.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { EventLoop } from "../../../loop/event_loop.ts";
import { CancelledError, RuntimeError } from "../../../loop/exceptions.ts";
import { Future } from "../../../loop/futures.ts";
import { gather } from "../../../loop/gather.ts";
import { ensureFuture } from "../../../loop/tasks.ts";
import { rejection } from "../../rejection.ts";
import { reportsOf, runBriefly, runOut, testCase, withEventLoop } from "../by_hand.ts";
import { DEFAULT_LOOP, held as heldTask, tasks, ZeroDivisionError } from "./suite.ts";

const ofFutures = testCase(tasks, "FutureGatherTests");
const ofFunctions = testCase(tasks, "CoroutineGatherTests");

type Gather = (loop: EventLoop, futures: Future[], all?: boolean) => Promise<Future<unknown[]>[]>;

/** Futures are gathered outside of the loop. */
const gatherFutures: Gather = (_loop, futures, returnExceptions = false) =>
  Promise.resolve([gather(futures, { returnExceptions })]);

/** Functions that await the futures are gathered inside. */
const gatherFunctions: Gather = (loop, futures, returnExceptions = false) => {
  const functions = futures.map((future) => async () => await future);
  return loop.runUntilComplete(() => [gather(functions, { returnExceptions })]);
};

/** Counts how often a future calls back, and asserts that it hands itself over. */
function countCalls(future: Future<unknown[]>) {
  const calls = { count: 0 };
  future.addDoneCallback((given) => {
    assert.equal(given, future);
    calls.count += 1;
  });
  return calls;
}

function makeFutures(loop: EventLoop, count: number): Future[] {
  return Array.from({ length: count }, () => loop.createFuture());
}

async function checkSuccess(loop: EventLoop, gatherAll: Gather, returnExceptions?: boolean) {
  const [a, b, c] = makeFutures(loop, 3);
  const [all] = await gatherAll(loop, [a!, b!, c!], returnExceptions);
  const calls = countCalls(all!);
  b!.setResult(1);
  a!.setResult(2);
  await runOut(loop);
  assert.equal(calls.count, 0);
  assert.equal(all!.done(), false);
  c!.setResult(3);
  await runOut(loop);
  assert.equal(calls.count, 1);
  assert.deepEqual(all!.result(), [2, 1, 3]);
}

for (
  const [{ held }, gatherAll] of [[ofFutures, gatherFutures], [
    ofFunctions,
    gatherFunctions,
  ]] as const
) {
  held("test_success", async (loop) => {
    await checkSuccess(loop, gatherAll);
    await checkSuccess(loop, gatherAll, false);
  });

  held("test_result_exception_success", (loop) => checkSuccess(loop, gatherAll, true));

  held("test_one_exception", async (loop) => {
    const [a, b, c, d, e] = makeFutures(loop, 5);
    const [all] = await gatherAll(loop, [a!, b!, c!, d!, e!]);
    const calls = countCalls(all!);
    const error = new ZeroDivisionError();
    a!.setResult(1);
    b!.setException(error);
    await runOut(loop);
    assert.equal(all!.done(), true);
    assert.equal(calls.count, 1);
    assert.equal(all!.exception(), error);
    // What comes now changes nothing.
    c!.setResult(3);
    d!.cancel();
    e!.setException(new RuntimeError());
    e!.exception();
    await runOut(loop);
    assert.equal(calls.count, 1);
  });

  held("test_return_exceptions", async (loop) => {
    const [a, b, c, d] = makeFutures(loop, 4);
    const [all] = await gatherAll(loop, [a!, b!, c!, d!], true);
    const calls = countCalls(all!);
    const first = new ZeroDivisionError();
    const second = new RuntimeError();
    b!.setResult(1);
    c!.setException(first);
    a!.setResult(3);
    await runOut(loop);
    assert.equal(all!.done(), false);
    d!.setException(second);
    await runOut(loop);
    assert.equal(all!.done(), true);
    assert.equal(calls.count, 1);
    const results = all!.result();
    assert.deepEqual(results.slice(0, 2), [3, 1]);
    assert.equal(results[2], first);
    assert.equal(results[3], second);
  });
}

ofFutures.differs("test_constructor_empty_sequence_without_loop", DEFAULT_LOOP, async () => {
  assert.deepEqual(await gather(), []);
});

ofFutures.held("test_constructor_empty_sequence_use_running_loop", async (loop) => {
  const [all] = await loop.runUntilComplete(() => [gather()]);
  assert.ok(all instanceof Future);
  assert.equal(all.getLoop(), loop);
  await runOut(loop);
  assert.equal(all.done(), true);
  assert.deepEqual(all.result(), []);
});

ofFutures.held("test_constructor_empty_sequence_use_global_loop", async (loop) => {
  const [all] = await withEventLoop(loop, () => [gather()]);
  assert.ok(all instanceof Future);
  assert.equal(all.getLoop(), loop);
  await runOut(loop);
  assert.equal(all.done(), true);
  assert.deepEqual(all.result(), []);
});

ofFutures.differs(
  "test_constructor_heterogenous_futures",
  "Futures of several loops can be awaited together",
  async (loop, { newLoop }) => {
    const ours = loop.createFuture();
    const theirs = newLoop().createFuture();
    const all = gather(ours, theirs);
    assert.equal(all.getLoop(), loop);
    ours.setResult(1);
    theirs.setResult(2);
    // The loop of the other one does not run, so nobody calls back for it yet.
    await runOut(loop);
    assert.equal(all.done(), false);
    await runOut(theirs.getLoop() as EventLoop);
    assert.deepEqual(all.result(), [1, 2]);
  },
);

ofFutures.held("test_constructor_homogenous_futures", async (_loop, { newLoop }) => {
  const other = newLoop();
  const children = makeFutures(other, 3);
  for (let i = 0; i < 2; i++) {
    const all = gather(...children);
    assert.equal(all.getLoop(), other);
    await runOut(other);
    assert.equal(all.done(), false);
  }
});

ofFutures.held("test_one_cancellation", async (loop) => {
  const [a, b, c, d, e] = makeFutures(loop, 5);
  const all = gather(a!, b!, c!, d!, e!);
  const calls = countCalls(all);
  a!.setResult(1);
  b!.cancel();
  await runOut(loop);
  assert.equal(all.done(), true);
  assert.equal(calls.count, 1);
  assert.equal(all.cancelled(), false);
  assert.ok(all.exception() instanceof CancelledError);
  // What comes now changes nothing.
  c!.setResult(3);
  d!.cancel();
  e!.setException(new RuntimeError());
  e!.exception();
  await runOut(loop);
  assert.equal(calls.count, 1);
});

ofFutures.held("test_result_exception_one_cancellation", async (loop) => {
  const [a, b, c, d, e, f] = makeFutures(loop, 6);
  const all = gather(a!, b!, c!, d!, e!, f!, { returnExceptions: true });
  const calls = countCalls(all);
  a!.setResult(1);
  const first = new ZeroDivisionError();
  b!.setException(first);
  c!.cancel();
  await runOut(loop);
  assert.equal(all.done(), false);
  d!.setResult(3);
  e!.cancel();
  const second = new RuntimeError();
  f!.setException(second);
  const results = await loop.runUntilComplete(all);
  assert.ok(results[2] instanceof CancelledError);
  assert.ok(results[4] instanceof CancelledError);
  assert.deepEqual([results[0], results[3]], [1, 3]);
  assert.equal(results[1], first);
  assert.equal(results[5], second);
  assert.equal(calls.count, 1);
});

ofFunctions.differs("test_constructor_without_loop", DEFAULT_LOOP, async () => {
  assert.deepEqual(await gather(() => "abc", () => "abc"), ["abc", "abc"]);
});

ofFunctions.held("test_constructor_use_running_loop", async (loop) => {
  const [all] = await loop.runUntilComplete(() => [gather(() => "abc", () => "abc")]);
  assert.equal(all!.getLoop(), loop);
  await loop.runUntilComplete(all!);
});

ofFunctions.held("test_constructor_use_global_loop", async (_loop, { newLoop }) => {
  const other = newLoop();
  const [all] = await withEventLoop(other, () => [gather(() => "abc", () => "abc")]);
  assert.equal(all!.getLoop(), other);
  await other.runUntilComplete(all!);
});

ofFunctions.held("test_duplicate_coroutines", async (loop) => {
  let calls = 0;
  const twice = () => {
    calls += 1;
    return "abc";
  };
  const [all] = await loop.runUntilComplete(() => [gather(twice, twice, () => "def", twice)]);
  await runOut(loop);
  assert.deepEqual(all!.result(), ["abc", "abc", "def", "abc"]);
  assert.equal(calls, 1);
});

ofFunctions.held("test_cancellation_broadcast", async (loop) => {
  let proof = 0;
  const waiter = loop.createFuture<void>();
  async function inner() {
    await waiter;
    proof += 1;
  }
  const child1 = ensureFuture(inner, { loop });
  const child2 = ensureFuture(inner.bind(null), { loop });
  let gatherer: Future | undefined;
  const outer = loop.createTask(async () => {
    gatherer = gather(child1, child2);
    await gatherer;
    proof += 100;
  });
  await runBriefly(loop);
  assert.equal(outer.cancel(), true);
  await rejection(loop.runUntilComplete(outer), CancelledError);
  assert.equal(gatherer!.cancel(), false);
  assert.equal(waiter.cancelled(), true);
  assert.equal(child1.cancelled(), true);
  assert.equal(child2.cancelled(), true);
  await runBriefly(loop);
  assert.equal(proof, 0);
});

ofFunctions.held("test_exception_marking", async (loop) => {
  const reports = reportsOf(loop);
  const inner = (future: Future) => async () => {
    await future;
    throw new RuntimeError("should not be ignored");
  };
  const [a, b] = makeFutures(loop, 2);
  const outer = loop.createTask(async () => {
    await gather(inner(a!), inner(b!));
  });
  await runBriefly(loop);
  a!.setResult(null);
  await runBriefly(loop);
  b!.setResult(null);
  await runBriefly(loop);
  assert.ok(outer.exception() instanceof RuntimeError);
  loop._flushUnretrieved();
  assert.deepEqual(reports, []);
});

ofFunctions.adapted(
  "test_issue46672",
  "Where something cannot be awaited, nothing begins",
  async (loop) => {
    const reports = reportsOf(loop);
    let hasRun = false;
    const fn = () => {
      hasRun = true;
    };
    await rejection(loop.runUntilComplete(() => gather(fn, 5 as never)), TypeError);
    await runOut(loop);
    assert.deepEqual(reports, []);
    assert.equal(hasRun, false);
  },
);

heldTask("test_cancel_gather_1", async (loop) => {
  const future = loop.createFuture<number>();
  const [all] = await loop.runUntilComplete(() => {
    // Without a task between, all would be done together with the future.
    const child = async () => await future;
    return [ensureFuture(gather(child))];
  });
  let cancelled: boolean | undefined;
  future.addDoneCallback(() => {
    cancelled = all!.cancel();
  });
  future.setResult(42);
  await loop.runUntilComplete(all!);
  assert.equal(cancelled, false);
  assert.equal(all!.cancelled(), false);
  assert.deepEqual(all!.result(), [42]);
});
