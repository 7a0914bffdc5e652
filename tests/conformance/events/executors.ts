/**
 * CPython's `test_events`: executors.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { EventLoop } from "../../../loop/event_loop.ts";
import { jobs } from "../../../loop/executors/jobs.ts";
import { WorkerPoolExecutor } from "../../../loop/executors/worker_pool.ts";
import * as own from "../threads/work.ts";
import { events } from "./suite.ts";

const work = jobs<typeof own>(import.meta.resolve("../threads/work.ts"));

events.adapted(
  "EventLoopTestsMixin.test_run_in_executor",
  "A function cannot cross threads: it goes by its module and name",
  async ({ newLoop }) => {
    const loop = newLoop();
    const future = loop.runInExecutor(null, work.here, "yo");
    const [result, ident] = await loop.runUntilComplete(future);
    assert.equal(result, "yo");
    assert.notEqual(ident, own.ident);
  },
);

events.adapted(
  "EventLoopTestsMixin.test_run_in_executor_cancel",
  "A function cannot cross threads: it goes by its module and name. Its worker ends with it",
  async ({ newLoop }) => {
    const loop = newLoop();
    const future = loop.runInExecutor(null, work.sleep, 50);
    future.cancel();
    await loop.runUntilComplete(() => loop.shutdownDefaultExecutor());
    loop.close();
    let called = false;
    const patched = () => {
      called = true;
    };
    const callee = loop as unknown as Record<"callSoon" | "callSoonThreadsafe" | "_push", unknown>;
    callee.callSoon = callee.callSoonThreadsafe = callee._push = patched;
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(called, false);
    assert.equal(future.cancelled(), true);
  },
);

events.adapted(
  "GetEventLoopTestsMixin.test_get_event_loop_new_process",
  "Workers take the place of processes: each thread has event loops of its own",
  async ({ newLoop }) => {
    const loop: EventLoop = newLoop();
    const hello = await loop.runUntilComplete(async () => {
      await using pool = new WorkerPoolExecutor();
      return await loop.runInExecutor(pool, work.helloOfALoop);
    });
    assert.equal(hello, "hello");
  },
);
