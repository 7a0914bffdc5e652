import assert from "node:assert/strict";
import { Future } from "../../../loop/futures.ts";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";

Deno.test("a future is shown with its result, cut short where it is long", () => {
  const future = new Future<unknown>();
  future.setResult(["x".repeat(1000)]);
  const shown = Deno.inspect(future);
  assert.match(shown, /^<Future finished result=\[ "x{10,}\.\.\.x{10,}" \]>$/);
  assert.ok(shown.length < 120);
  assert.equal(String(future), "<Future finished>");
});

Deno.test("a future that contains itself is shown once", () => {
  const future = new Future<unknown>();
  future.setResult([future]);
  assert.equal(Deno.inspect(future), "<Future finished result=[ ... ]>");
  // And again, for nothing is left of it.
  assert.equal(Deno.inspect([future]), "[ <Future finished result=[ ... ]> ]");
});

Deno.test("an exception that is no error is shown as well", () => {
  const future = new Future<unknown>();
  future.setException("just a text");
  assert.equal(Deno.inspect(future), '<Future failed exception="just a text">');
  // To look at it is not to retrieve it.
  assert.equal(future._isUnretrieved(), true);
  future.exception();
});

Deno.test("a task is shown with its function, and with all that it waits for", async () => {
  await run(async () => {
    const [a, b] = [new Future<void>(), new Future<void>()];
    const task = createTask({ name: "both" }, async function waitForBoth() {
      await Promise.all([a, b]);
    });
    await sleep(0);
    assert.equal(
      Deno.inspect(task),
      "<Task pending name='both' coro=<waitForBoth()> waitFor=<Future pending> waitFor=<Future pending>>",
    );
    a.setResult();
    b.setResult();
    await task;
    assert.equal(Deno.inspect(task), "<Task finished name='both' result=undefined>");
  });
});
