/**
 * CPython's `test_futures`: `wrap_future()`, for which the futures of threads are promises here.
 *
 * @module
 */

import assert from "node:assert/strict";
import { getEventLoop } from "../../../loop/events.ts";
import { Future, isfuture, wrapFuture } from "../../../loop/futures.ts";
import { ensureFuture } from "../../../loop/tasks.ts";
import { runBriefly, testCase, withEventLoop } from "../by_hand.ts";
import { adapted, differs, futures, held } from "./suite.ts";

const PROMISES = "A promise stands for the future of another thread";
const LOOKS_ALIKE =
  "Whether something is a future is a question of its class: what only looks like one is wrapped";

adapted("test_wrap_future", PROMISES, async (loop) => {
  const wrapped = wrapFuture(new Promise((resolve) => setTimeout(resolve, 1, "oi")), { loop });
  assert.equal(isfuture(wrapped), true);
  assert.equal(wrapped.getLoop(), loop);
  assert.equal(await loop.runUntilComplete(wrapped), "oi");
});

held("test_wrap_future_future", (loop) => {
  const future = loop.createFuture();
  assert.equal(wrapFuture(future), future);
});

differs(
  "test_wrap_future_without_loop",
  "Outside of loops there is the default loop of the realm",
  async () => {
    const wrapped = wrapFuture(Promise.resolve("oi"));
    assert.equal(wrapped.getLoop(), getEventLoop());
    assert.equal(await wrapped, "oi");
  },
);

adapted("test_wrap_future_use_running_loop", PROMISES, async (loop) => {
  const [wrapped] = await loop.runUntilComplete(() => [wrapFuture(Promise.resolve("oi"))]);
  assert.equal(wrapped!.getLoop(), loop);
});

adapted("test_wrap_future_use_global_loop", PROMISES, async (loop) => {
  const [wrapped] = await withEventLoop(loop, () => [wrapFuture(Promise.resolve("oi"))]);
  assert.equal(wrapped!.getLoop(), loop);
});

differs(
  "test_wrap_future_cancel",
  "A promise cannot be cancelled: only the wait for it is given up",
  async (loop) => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const wrapped = wrapFuture(promise, { loop });
    wrapped.cancel();
    await runBriefly(loop);
    assert.equal(wrapped.cancelled(), true);
    resolve(42);
    assert.equal(await promise, 42);
    await runBriefly(loop);
    assert.equal(wrapped.cancelled(), true);
  },
);

adapted("test_wrap_future_cancel2", PROMISES, async (loop) => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const wrapped = wrapFuture(promise, { loop });
  resolve(42);
  wrapped.cancel();
  await runBriefly(loop);
  assert.equal(await promise, 42);
  assert.equal(wrapped.cancelled(), true);
});

/** Looks like a future, and is none. */
class DuckFuture {
  cancel = () => false;
  done = () => true;
  result = () => 42;
  then: Promise<number>["then"] = (onFulfilled, onRejected) =>
    Promise.resolve(42).then(onFulfilled, onRejected);
}

const duck = testCase(futures, "DuckTests");
for (
  const [name, convert] of [["test_wrap_future", wrapFuture], [
    "test_ensure_future",
    ensureFuture,
  ]] as const
) {
  duck.differs(name, LOOKS_ALIKE, async (loop) => {
    const future = convert(new DuckFuture(), { loop });
    assert.ok(future instanceof Future);
    assert.equal(await loop.runUntilComplete(future), 42);
  });
}
