import assert from "node:assert/strict";
import { Future } from "../../loop/futures.ts";
import { run } from "../../loop/runners.ts";
import { sleep } from "../../loop/sleep.ts";
import { createTask } from "../../loop/tasks.ts";
import { timeout } from "../../loop/timeouts.ts";
import { rejection } from "../rejection.ts";
import { CancelledError } from "../../loop/exceptions.ts";
import { seesAwaits } from "../engine.ts";

async function sleepLong(): Promise<void> {
  await sleep(60_000);
}

/** The functions that a stack names. */
function functionsIn(stack: string): string[] {
  return [...stack.matchAll(/^ +at (?:async )?(\w+)/gm)].map(([, name]) => name!);
}

Deno.test({
  name: "in debug mode a cancellation says where it was thrown into code, task by task",
  ignore: !seesAwaits,
  async fn() {
    await run(async () => {
      const inner = createTask(sleepLong);
      const outer = createTask(async function waitForInner() {
        await inner;
      });
      await sleep(0);
      outer.cancel("enough");
      const { stack } = await rejection(outer, CancelledError);
      assert.match(stack!, /^CancelledError: enough\n {4}at async sleepLong \(.*awaits_test\.ts/);
      assert.deepEqual(functionsIn(stack!).slice(0, 2), ["sleepLong", "waitForInner"]);
    }, { debug: true });
  },
});

Deno.test({
  name: "in debug mode a cancellation in a block with a time limit keeps what it said before",
  ignore: !seesAwaits,
  async fn() {
    await run(async () => {
      const inner = createTask(sleepLong);
      const outer = createTask(() =>
        timeout(60_000, async function waitForInner() {
          await inner;
        })
      );
      await sleep(0);
      outer.cancel();
      const { stack } = await rejection(outer, CancelledError);
      assert.deepEqual(functionsIn(stack!).slice(0, 2), ["sleepLong", "waitForInner"]);
    }, { debug: true });
  },
});

Deno.test("a cancellation is not traced outside of debug mode, nor outside of tasks", async () => {
  for (const debug of [false, true]) {
    await run(async () => {
      const future = new Future();
      const chain = debug ? future.then(() => {}) : createTask(() => future);
      await sleep(0);
      future.cancel();
      const { stack } = await rejection(chain, CancelledError);
      assert.match(stack!, /^CancelledError\n/);
    }, { debug });
  }
});
