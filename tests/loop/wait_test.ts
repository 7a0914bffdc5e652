import assert from "node:assert/strict";
import { CancelledError } from "../../loop/exceptions.ts";
import { Future } from "../../loop/futures.ts";
import { sleep } from "../../loop/sleep.ts";
import { createTask } from "../../loop/tasks.ts";
import { checkTimeout, DEFAULT_TIMEOUT, interruptible } from "../../loop/wait.ts";
import { inNoTime } from "./in_no_time.ts";

const never = new Promise<never>(() => {});

Deno.test("interruptible gives what its promise gives, outside of tasks as well", async () => {
  assert.equal(await interruptible(Promise.resolve(1)), 1);
  assert.equal(await interruptible(Promise.resolve(2), { timeout: 60_000 }), 2);
  await assert.rejects(interruptible(Promise.reject(new RangeError("x"))), { message: "x" });
});

Deno.test("interruptible ends with its signal", async () => {
  const reason = new RangeError("no longer");
  await assert.rejects(interruptible(never, { signal: AbortSignal.abort(reason) }), reason);
  const controller = new AbortController();
  const wait = interruptible(never, { signal: controller.signal });
  setTimeout(() => controller.abort(reason), 1);
  await assert.rejects(wait, reason);
});

Deno.test("interruptible ends with its time, and the error it is given", async () => {
  await inNoTime(async (clock) => {
    await assert.rejects(interruptible(never, { timeout: 30_000 }), {
      name: "TimeoutError",
      origin: "transport",
    });
    assert.equal(clock.now(), 30_000);
    const timeoutError = () => new RangeError("mine");
    await assert.rejects(interruptible(never, { timeout: 5, timeoutError }), { message: "mine" });
  });
});

Deno.test("interruptible ends with its task, at once", async () => {
  await inNoTime(async (clock) => {
    const task = createTask(() => interruptible(never, { timeout: 30_000 }));
    await sleep(1);
    task.cancel();
    await assert.rejects(task, CancelledError);
    assert.equal(clock.now(), 1);
  });
});

Deno.test("what the promise does afterwards is ignored", async () => {
  const { promise, reject } = Promise.withResolvers<void>();
  await assert.rejects(interruptible(promise, { timeout: 1 }), { name: "TimeoutError" });
  reject(new RangeError("too late"));
  // An unhandled rejection would fail the test.
  await new Promise((resolve) => setTimeout(resolve, 1));
});

Deno.test("interruptible leaves neither listener nor timer behind", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: unknown[]) => {
    listeners += 1;
    Reflect.apply(addEventListener, signal, args);
  };
  signal.removeEventListener = (...args: unknown[]) => {
    listeners -= 1;
    Reflect.apply(removeEventListener, signal, args);
  };
  const wait = interruptible(Promise.resolve(), { signal, timeout: 60_000 });
  assert.equal(listeners, 1);
  await wait;
  assert.equal(listeners, 0);
  controller.abort();
});

Deno.test("interruptible does not cancel the future that it waits for", async () => {
  await inNoTime(async () => {
    const inner = createTask(() => sleep(100, "kept"));
    const task = createTask(async () => await interruptible(inner));
    await sleep(1);
    task.cancel();
    await assert.rejects(task, { name: "CancelledError" });
    assert.equal(await inner, "kept");

    const future = new Future();
    const wait = interruptible(future);
    future.cancel("gone");
    await assert.rejects(wait, { name: "CancelledError", message: "gone" });
  });
});

Deno.test("a timeout is a number above 0, and nothing switches it off by accident", () => {
  assert.equal(checkTimeout(undefined, DEFAULT_TIMEOUT), 30_000);
  assert.equal(checkTimeout(5, 1), 5);
  assert.equal(checkTimeout(Infinity, 1), Infinity);
  for (const wrong of [0, -1, NaN, -Infinity, null, "5"]) {
    assert.throws(() => checkTimeout(wrong as never, 1, "connectTimeout"), {
      name: "RangeError",
      message: /connectTimeout/,
    });
  }
});

Deno.test("sleep waits its time, gives its value, and takes a signal", async () => {
  await inNoTime(async (clock) => {
    assert.equal(await sleep(1500, "rested"), "rested");
    assert.equal(clock.now(), 1500);
    await sleep(-5);
    await sleep(0, undefined, { signal: new AbortController().signal });
    assert.equal(clock.now(), 1500);
    const reason = new RangeError("up!");
    await assert.rejects(sleep(10, 0, { signal: AbortSignal.abort(reason) }), reason);
  });
});
