/**
 * CPython's `test_base_events`: debug mode.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { EventLoop } from "../../../loop/event_loop.ts";
import { createTask } from "../../../loop/tasks.ts";
import { printed } from "../../printed.ts";
import { adapted, held } from "./suite.ts";

held("test_set_debug", (loop) => {
  loop.setDebug(true);
  assert.equal(loop.getDebug(), true);
  loop.setDebug(false);
  assert.equal(loop.getDebug(), false);
});

function checkCaller(loop: EventLoop, debug: boolean): void {
  loop.setDebug(debug);
  const callback = () => {};
  const calls = [
    () => loop.callSoon(callback),
    () => loop.callLater(60_000, callback),
    () => loop.callAt(loop.time() + 60_000, callback),
  ];
  for (const call of calls) {
    if (debug) {
      assert.throws(call, {
        name: "RuntimeError",
        message: /another event loop.*callSoonThreadsafe/,
      });
    } else call().cancel();
  }
  loop.callSoonThreadsafe(callback).cancel();
}

adapted(
  "test_check_thread",
  "All loops of a thread may run side by side: the code of another loop takes the place of another thread, code outside of loops is free to call",
  async (loop, { newLoop }) => {
    const other = newLoop();
    const over = loop.createFuture<void>();
    const running = loop.runUntilComplete(over);
    for (const debug of [true, false]) {
      await other.runUntilComplete(() => checkCaller(loop, debug));
      loop.setDebug(debug);
      loop.callSoon(() => {});
    }
    over.setResult();
    await running;
    // A loop that does not run is nobody's: whoever makes it may fill it.
    loop.setDebug(true);
    await other.runUntilComplete(() => loop.callSoon(() => {}).cancel());
  },
);

adapted(
  "test_call_coroutine",
  "A coroutine object does not exist: async functions are refused",
  (loop) => {
    loop.setDebug(true);
    const coroutine = async () => {};
    const refused = { name: "TypeError", message: /createTask/ };
    assert.throws(() => loop.callSoon(coroutine), refused);
    assert.throws(() => loop.callSoonThreadsafe(coroutine), refused);
    assert.throws(() => loop.callLater(60_000, coroutine), refused);
    assert.throws(() => loop.callAt(loop.time() + 60_000, coroutine), refused);
    loop.setDebug(false);
    loop.callSoon(coroutine).cancel();
  },
);

adapted(
  "test_log_slow_callbacks",
  "A task is told by its name, and by where it was made",
  async (loop) => {
    loop.setDebug(true);
    loop.slowCallbackDuration = 0;
    let lines = await printed(async () => {
      loop.callSoon(function stopLoop() {
        loop.stop();
      });
      await loop.runForever();
    }, "warn");
    assert.match(
      lines.at(-1)!,
      /^Executing <Handle stopLoop created at .*debugging\.ts:\d+:\d+> took \d+ milliseconds$/,
    );

    lines = await printed(async () => {
      await loop.runUntilComplete(async () => {
        await createTask({ name: "slow" }, async function stopLoop() {
          await loop.createTask(() => {});
        });
      });
    }, "warn");
    const slow = lines.filter((line) =>
      line.startsWith("Executing <Task") && line.includes("slow")
    );
    assert.match(
      slow[0]!,
      /^Executing <Task .* name='slow'> created at .*debugging\.ts:\d+:\d+ took \d+ milliseconds/,
    );
  },
);
