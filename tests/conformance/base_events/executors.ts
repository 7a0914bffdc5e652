/**
 * CPython's `test_base_events`: executors.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Executor } from "../../../loop/executors/executor.ts";
import { NotImplementedError } from "../../../loop/exceptions.ts";
import type { Future } from "../../../loop/future.ts";
import { WorkerPoolExecutor } from "../../../loop/executors/worker_pool.ts";
import { printed } from "../../printed.ts";
import { baseEvents } from "./suite.ts";

const job = { module: "file:///work.ts", name: "work" };

baseEvents.held("BaseEventLoopTests.test_set_default_executor", ({ newLoop }) => {
  class DummyExecutor extends WorkerPoolExecutor {
    override submit(): never {
      throw new NotImplementedError("cannot submit into a dummy executor");
    }
  }
  const loop = newLoop();
  loop.setDefaultExecutor(new DummyExecutor());
  assert.throws(() => loop.runInExecutor(null, job), {
    name: "NotImplementedError",
    message: "cannot submit into a dummy executor",
  });
});

baseEvents.held("BaseEventLoopTests.test_set_default_executor_error", async ({ newLoop }) => {
  const loop = newLoop();
  assert.throws(() => loop.setDefaultExecutor({} as Executor), TypeError);
  // There is still none: to shut it down is nothing to wait for.
  await loop.runUntilComplete(() => loop.shutdownDefaultExecutor());
});

baseEvents.adapted(
  "BaseEventLoopTests.test_shutdown_default_executor_timeout",
  "What Python gives as a RuntimeWarning is printed as a warning",
  async ({ newLoop }) => {
    class DummyExecutor extends WorkerPoolExecutor {
      override shutdown({ wait = true } = {}): Future<void> {
        const ended = loop.createFuture<void>();
        if (!wait) ended.setResult();
        return ended;
      }
    }
    const loop = newLoop();
    loop.setDefaultExecutor(new DummyExecutor());
    const warnings = await printed(
      () => loop.runUntilComplete(() => loop.shutdownDefaultExecutor(10)),
      "warn",
    );
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /^The default executor did not finish .* within 10 milliseconds$/);
  },
);
