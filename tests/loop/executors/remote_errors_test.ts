import assert from "node:assert/strict";
import { RemoteTraceback } from "../../../loop/executors/executor_errors.ts";
import {
  CancelledError,
  ExceptionGroup,
  NotImplementedError,
  TimeoutError,
} from "../../../loop/exceptions.ts";
import { jobs } from "../../../loop/executors/jobs.ts";
import { run } from "../../../loop/runners.ts";
import { WorkerPoolExecutor } from "../../../loop/executors/worker_pool.ts";

const module = import.meta.resolve("./work.ts");
const work = jobs<typeof import("./work.ts")>(module);

/** What arrives here of what a worker throws. */
async function thrown(kind: string): Promise<unknown> {
  return await run(async () => {
    await using pool = new WorkerPoolExecutor({ maxWorkers: 1 });
    return await pool.submit(work.throws, kind).then(() => assert.fail(), (error) => error);
  });
}

/** What is thrown, as an error of its class. */
async function thrownAs<T extends Error>(
  kind: string,
  // deno-lint-ignore no-explicit-any -- any class
  type: new (...args: any[]) => T,
): Promise<T> {
  const error = await thrown(kind);
  assert.ok(error instanceof type, `${error}`);
  return error;
}

Deno.test("an error keeps its class, its message and the stack of the worker", async () => {
  const error = await thrownAs("range", RangeError);
  assert.equal(Object.getPrototypeOf(error), RangeError.prototype);
  assert.equal(error.message, "out of range");
  assert.deepEqual(Object.keys(error), []);
  assert.match(error.stack!, /^RangeError: out of range\n +at throws \(.*work\.ts:\d+:\d+\)/);
  assert.ok(Error.isError(error));
});

Deno.test("its last cause says from where it comes", async () => {
  const { cause } = await thrownAs("range", RangeError);
  assert.ok(cause instanceof RemoteTraceback);
  assert.equal(cause.message, `Thrown by throws of ${module}, in a worker`);
  assert.equal(cause.stack, `RemoteTraceback: ${cause.message}`);
});

Deno.test("an error keeps its causes, errors or not", async () => {
  const error = await thrownAs("cause", TypeError);
  const inner = error.cause;
  assert.ok(inner instanceof SyntaxError);
  assert.equal(inner.message, "inner");
  assert.equal(inner.cause, 7);
});

Deno.test("an error of the user's own class keeps its name and fields, and is of the next known class", async () => {
  const error = await thrownAs("own", RangeError);
  assert.equal(error.name, "QuotaError");
  assert.equal(String(error), "QuotaError: too much");
  // What cannot be copied is left out.
  assert.deepEqual({ ...error }, { name: "QuotaError", limit: 10 });
  const named = await thrownAs("named", Error);
  assert.equal(named.name, "NamedError");
  assert.deepEqual(Object.keys(named), []);
});

Deno.test("the library's own errors arrive as such", async () => {
  const timeout = await thrownAs("timeout", TimeoutError);
  assert.deepEqual([timeout.name, timeout.message, timeout.origin], [
    "TimeoutError",
    "too late",
    "peer",
  ]);
  assert.equal((await thrownAs("cancelled", CancelledError)).message, "enough");
});

Deno.test("a group of errors can be taken apart as before", async () => {
  const group = await thrownAs("group", ExceptionGroup);
  assert.equal(group.message, "several (2 sub-exceptions)");
  const [ranges, rest] = group.split(RangeError);
  assert.equal(ranges?.message, "several (1 sub-exception)");
  const more = rest?.exceptions[0];
  assert.ok(more instanceof ExceptionGroup);
  assert.deepEqual(more.exceptions, [1]);
  const all = await thrownAs("aggregate", AggregateError);
  assert.ok(all.errors[0] instanceof TypeError);
});

Deno.test("errors of the platform arrive as such", async () => {
  const aborted = await thrownAs("dom", DOMException);
  assert.deepEqual([aborted.name, aborted.message, aborted.code], ["AbortError", "aborted", 20]);
  assert.equal((await thrownAs("deno", Deno.errors.NotFound)).message, "not there");
});

Deno.test("causes that go round in a circle come to an end", async () => {
  let depth = 0;
  for (let error = await thrown("circle"); error instanceof Error; error = error.cause) depth += 1;
  assert.ok(depth > 1 && depth < 100, `${depth}`);
});

Deno.test("what is thrown and is no error arrives as a copy, else as text", async () => {
  assert.deepEqual(await thrown("value"), { code: 7 });
  assert.match(String(await thrown("function")), /^\(\) ?=> ?kind$/);
});

Deno.test("nothing but the class of an error is taken for one", async () => {
  const { unpackError } = await import("../../../loop/executors/remote_errors.ts");
  const packed = { fields: [], name: "Function", message: "x", stack: "" };
  for (const name of ["Function", "Object", "rethrowIfCancelled", "nowhere", "constructor"]) {
    const error = unpackError({ ...packed, classes: [name] }, "here");
    assert.equal(Object.getPrototypeOf(error), Error.prototype);
  }
  const own = unpackError({ ...packed, classes: ["NotImplementedError"] }, "here");
  assert.ok(own instanceof NotImplementedError);
});
