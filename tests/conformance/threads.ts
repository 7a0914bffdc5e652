/**
 * CPython's `test_threads`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ContextVar } from "../../loop/context.ts";
import { RuntimeError } from "../../loop/exceptions.ts";
import { gather } from "../../loop/gather.ts";
import { jobs } from "../../loop/executors/jobs.ts";
import { toThread } from "../../loop/executors/threads.ts";
import { rejection } from "../rejection.ts";
import { Suite } from "./behaviour.ts";

export const threads = new Suite("test_threads");

/** Why a job is no function. */
const BY_NAME = "A function cannot cross threads: it goes by its module and name";

const work = jobs<typeof import("./threads/work.ts")>(import.meta.resolve("./threads/work.ts"));

/** Memory that all threads see. */
function counter(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}

threads.adapted("ToThreadTests.test_to_thread", BY_NAME, async ({ run }) => {
  assert.equal(await run(() => toThread(work.sum, [40, 2])), 42);
});

threads.adapted("ToThreadTests.test_to_thread_exception", BY_NAME, async ({ run }) => {
  const error = await rejection(run(() => toThread(work.raiseRuntime)), RuntimeError);
  assert.equal(error.message, "test");
});

threads.adapted("ToThreadTests.test_to_thread_once", BY_NAME, async ({ run }) => {
  const calls = counter();
  await run(() => toThread(work.count, calls));
  assert.equal(calls[0], 1);
});

threads.adapted("ToThreadTests.test_to_thread_concurrent", BY_NAME, async ({ run }) => {
  const calls = counter();
  await run(async () => {
    await gather(Array.from({ length: 10 }, () => toThread(work.count, calls)));
  });
  assert.equal(calls[0], 10);
});

threads.adapted(
  "ToThreadTests.test_to_thread_args_kwargs",
  `${BY_NAME}; an object takes the place of keyword arguments`,
  async ({ run }) => {
    const args = await run(() => toThread(work.given, "test", { something: true }));
    assert.deepEqual(args, ["test", { something: true }]);
  },
);

threads.differs(
  "ToThreadTests.test_to_thread_contextvars",
  "A thread has its own memory, and so its own context variables: a value goes as an argument",
  async ({ run }) => {
    const { testContext } = await import("./threads/work.ts");
    assert.ok(testContext instanceof ContextVar);
    await run(async () => {
      using _value = testContext.set("parrot");
      assert.equal(await toThread(work.getContext), "no value");
      assert.deepEqual(await toThread(work.given, testContext.get()), ["parrot"]);
    });
  },
);
