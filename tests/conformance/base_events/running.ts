/**
 * CPython's `test_base_events`: running, stopping and closing a loop.
 *
 * @module
 */

import assert from "node:assert/strict";
import { newEventLoop } from "../../../loop/events.ts";
import { KeyboardInterrupt } from "../../../loop/exceptions.ts";
import { sleep } from "../../../loop/sleep.ts";
import { reportsOf, runBriefly } from "../by_hand.ts";
import { adapted, baseEvents, differs, held } from "./suite.ts";

const NO_BASE_EXCEPTION =
  "JavaScript has no BaseException: an error of a callback goes to the exception handler, and the loop goes on";

held("test_close", async (loop) => {
  assert.equal(loop.isClosed(), false);
  loop.close();
  assert.equal(loop.isClosed(), true);
  loop.close();
  loop.close();
  const future = loop.createFuture();
  await assert.rejects(loop.runForever(), { name: "RuntimeError" });
  await assert.rejects(loop.runUntilComplete(future), { name: "RuntimeError" });
});

held("test_run_until_complete_type_error", async (loop) => {
  await assert.rejects(loop.runUntilComplete("blah" as never), { name: "TypeError" });
});

held("test_run_until_complete_loop", async (loop, { newLoop }) => {
  const task = loop.createFuture();
  const other = newLoop();
  // Python's ValueError.
  await assert.rejects(other.runUntilComplete(task), { name: "RangeError" });
});

adapted(
  "test_run_until_complete_loop_orphan_future_close_loop",
  NO_BASE_EXCEPTION + ". What ends a run early is stop()",
  async (loop) => {
    const foo = (delay: number) => sleep(delay, delay);
    loop.callSoon(() => loop.stop());
    await assert.rejects(loop.runUntilComplete(() => foo(10)), { name: "RuntimeError" });
    // The first run has left nothing behind that would stop this one.
    assert.equal(await loop.runUntilComplete(() => foo(20)), 20);
  },
);

adapted(
  "test_run_forever_keyboard_interrupt",
  "KeyboardInterrupt is an error like others, in the middle of code: whoever awaits the task gets it",
  async (loop) => {
    const reports = reportsOf(loop);
    await assert.rejects(
      loop.runUntilComplete(() => {
        throw new KeyboardInterrupt();
      }),
      KeyboardInterrupt,
    );
    loop._flushUnretrieved();
    loop.close();
    assert.deepEqual(reports, []);
  },
);

held("test_run_until_complete_baseexception", async (loop) => {
  await assert.rejects(
    loop.runUntilComplete(() => {
      throw new KeyboardInterrupt();
    }),
    KeyboardInterrupt,
  );
  let called = false;
  // If a stop() was left over, the second round never came.
  loop.callSoon(() =>
    loop.callSoon(() => {
      loop.stop();
      called = true;
    })
  );
  await loop.runForever();
  assert.equal(called, true);
});

adapted(
  "test_single_selecter_event_callback_after_stopping",
  "The runtime calls back from outside of the loop, in the place of a selector",
  async (loop) => {
    let count = 0;
    const onEvent = () => {
      count += 1;
      loop.stop();
    };
    setTimeout(() => loop.callSoonThreadsafe(onEvent), 1);
    await loop.runForever();
    assert.equal(count, 1);
    loop.callSoon(() => loop.stop());
    await loop.runForever();
    assert.equal(count, 1);
  },
);

adapted(
  "test_run_forever_pre_stopped",
  "There is no selector to count: what is ready runs, for one round",
  async (loop) => {
    const log: string[] = [];
    loop.callSoon(() => {
      log.push("first round");
      loop.callSoon(() => log.push("second round"));
    });
    loop.stop();
    await loop.runForever();
    assert.deepEqual(log, ["first round"]);
  },
);

adapted(
  "test_custom_run_forever_integration",
  "A loop is not driven from outside, round by round: stop() before each run comes to the same",
  async (loop) => {
    let count = 0;
    loop.callSoon(() => count++);
    const before = loop.rounds;
    for (let i = 0; i < 10; i++) {
      loop.stop();
      const running = loop.runForever();
      assert.equal(loop.isRunning(), true);
      await running;
      assert.equal(loop.isRunning(), false);
    }
    assert.equal(loop.rounds - before, 10);
    assert.equal(count, 1);
  },
);

const NO_GENERATORS =
  "JavaScript keeps no list of generators, and its collector runs no code of theirs: `for await` closes its own";

for (
  const name of [
    "test_asyncgen_finalization_by_gc",
    "test_asyncgen_finalization_by_gc_in_other_thread",
  ]
) {
  differs(name, NO_GENERATORS, async (loop) => {
    const status = { started: false, finalized: false };
    async function* generate() {
      status.started = true;
      try {
        yield await sleep(0, "ZERO");
        yield "ONE";
      } finally {
        status.finalized = true;
      }
    }
    await loop.runUntilComplete(async () => {
      const left = generate();
      await left.next();
    });
    assert.deepEqual(status, { started: true, finalized: false });
    await loop.runUntilComplete(async () => {
      for await (const _ of generate()) break;
    });
    assert.equal(status.finalized, true);
  });
}

baseEvents.held("RunningLoopTests.test_running_loop_within_a_loop", async ({ newLoop }) => {
  const loop = newLoop();
  const outer = newLoop();
  await assert.rejects(outer.runUntilComplete(() => loop.runForever()), {
    name: "RuntimeError",
    message: /while another loop is running/,
  });
});

differs(
  "test_env_var_debug",
  "A library reads no environment without being asked: debug mode is an option of run(), and a method of the loop",
  async (loop, { newLoop }) => {
    const fresh = newEventLoop();
    assert.equal(fresh.getDebug(), false);
    fresh.close();
    loop.setDebug(true);
    assert.equal(loop.getDebug(), true);
    await runBriefly(loop);
    assert.equal(newLoop().isRunning(), false);
  },
);
