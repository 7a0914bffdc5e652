/**
 * CPython's `test_events`: signals.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { EventLoop } from "../../../loop/event_loop.ts";
import { LONG } from "../by_hand.ts";
import { adapted } from "./suite.ts";

const SENT = "The test sends the signal to itself, for there is no setitimer()";

/** Runs the loop until it is stopped. A loop that nobody stops fails. */
async function runForever(loop: EventLoop): Promise<void> {
  const guard = setTimeout(() => loop.stop(), LONG);
  await loop.runForever();
  clearTimeout(guard);
}

/** Sends a signal to this process, from outside of the loop. */
function send(signal: Deno.Signal): void {
  setTimeout(() => Deno.kill(Deno.pid, signal), 5);
}

adapted(
  "test_add_signal_handler",
  "Signals have names, not numbers, so that a wrong one is a TypeError. Which signal is sent is another: SIGINT would reach whatever else runs in this process",
  async (loop) => {
    let caught = 0;
    const handler = () => {
      caught += 1;
      loop.stop();
    };
    assert.throws(() => loop.addSignalHandler("boom" as Deno.Signal, handler), TypeError);
    assert.equal(loop.removeSignalHandler("boom" as Deno.Signal), false);
    for (const number of [65, 0, -1]) {
      assert.throws(() => loop.addSignalHandler(number as never, handler), TypeError);
      assert.equal(loop.removeSignalHandler(number as never), false);
    }
    assert.throws(() => loop.addSignalHandler("SIGKILL", handler), { name: "RuntimeError" });
    assert.equal(loop.removeSignalHandler("SIGKILL"), false);

    loop.addSignalHandler("SIGVTALRM", handler);
    send("SIGVTALRM");
    await runForever(loop);
    assert.equal(caught, 1);
    assert.equal(loop.removeSignalHandler("SIGVTALRM"), true);
    assert.equal(loop.removeSignalHandler("SIGVTALRM"), false);
  },
);

adapted("test_signal_handling_while_selecting", SENT, async (loop) => {
  let caught = 0;
  loop.addSignalHandler("SIGALRM", () => {
    caught += 1;
    loop.stop();
  });
  send("SIGALRM");
  await runForever(loop);
  assert.equal(caught, 1);
});

adapted("test_signal_handling_args", SENT, async (loop) => {
  const calls: unknown[][] = [];
  const handler = (...args: unknown[]) => {
    calls.push(args);
    loop.stop();
  };
  loop.addSignalHandler("SIGALRM", handler, 42);
  send("SIGALRM");
  await runForever(loop);
  assert.deepEqual(calls, [[42]]);
});
