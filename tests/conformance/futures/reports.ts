/**
 * CPython's `test_futures`: exceptions that nobody retrieves.
 *
 * Python reports them at once, for it counts references. Here they are reported when the future is
 * garbage-collected (`tests/loop/futures_test.ts` has the collector run), and at the end of `run()`:
 * that is what these tests ask for.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { EventLoop } from "../../../loop/event_loop.ts";
import { RuntimeError } from "../../../loop/exceptions.ts";
import type { Future } from "../../../loop/future.ts";
import { reportsOf, runBriefly } from "../by_hand.ts";
import { adapted, held } from "./suite.ts";

const LATE =
  "JavaScript counts no references: the report comes with the garbage collector, at the end of `run()`, or with that of the program";

/** What is reported of a future with which something was done. */
async function reportsAfter(loop: EventLoop, use: (future: Future) => void) {
  const reports = reportsOf(loop);
  use(loop.createFuture());
  await runBriefly(loop);
  loop._flushUnretrieved();
  return reports;
}

held("test_tb_logger_abandoned", async (loop) => {
  assert.deepEqual(await reportsAfter(loop, () => {}), []);
});

held("test_tb_logger_not_called_after_cancel", async (loop) => {
  const reports = await reportsAfter(loop, (future) => {
    future.setException(new Error());
    future.cancel();
  });
  assert.deepEqual(reports, []);
});

held("test_tb_logger_result_unretrieved", async (loop) => {
  assert.deepEqual(await reportsAfter(loop, (future) => future.setResult(42)), []);
});

held("test_tb_logger_result_retrieved", async (loop) => {
  const reports = await reportsAfter(loop, (future) => {
    future.setResult(42);
    future.result();
  });
  assert.deepEqual(reports, []);
});

adapted("test_tb_logger_exception_unretrieved", LATE, async (loop) => {
  const error = new RuntimeError("boom");
  const reports = await reportsAfter(loop, (future) => future.setException(error));
  assert.equal(reports.length, 1);
  assert.equal(reports[0]!.exception, error);
});

held("test_tb_logger_exception_retrieved", async (loop) => {
  const reports = await reportsAfter(loop, (future) => {
    future.setException(new RuntimeError("boom"));
    future.exception();
  });
  assert.deepEqual(reports, []);
});

held("test_tb_logger_exception_result_retrieved", async (loop) => {
  const reports = await reportsAfter(loop, (future) => {
    future.setException(new RuntimeError("boom"));
    assert.throws(() => future.result(), RuntimeError);
  });
  assert.deepEqual(reports, []);
});

for (
  const [name, debug] of [
    ["test_future_exception_never_retrieved", false],
    ["test_future_exception_never_retrieved_debug", true],
  ] as const
) {
  adapted(name, LATE, async (loop) => {
    loop.setDebug(debug);
    const error = new RuntimeError();
    const reports = await reportsAfter(loop, (future) => future.setException(error));
    assert.equal(reports.length, 1);
    assert.match(reports[0]!.message, /^Future exception was never retrieved/);
    assert.equal(reports[0]!.exception, error);
    assert.equal("sourceTraceback" in reports[0]!, debug);
  });
}

adapted(
  "test_future_source_traceback",
  "Where a future was made stands in reports about it",
  async (loop) => {
    loop.setDebug(true);
    const reports = await (function makeFuture() {
      return reportsAfter(loop, (future) => future.setException(new RuntimeError()));
    })();
    assert.match(reports[0]!.sourceTraceback as string, /at makeFuture .*futures\/reports\.ts/);
  },
);
