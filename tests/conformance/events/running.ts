/**
 * CPython's `test_events`: running a loop.
 *
 * @module
 */

import assert from "node:assert/strict";
import { CancelledError } from "../../../loop/exceptions.ts";
import { sleep } from "../../../loop/sleep.ts";
import { interruptible } from "../../../loop/wait.ts";
import { adapted, differs, held } from "./suite.ts";

adapted(
  "test_run_until_complete_nesting",
  "It is a promise that is rejected, as nothing blocks; and nothing reports the function that has not begun",
  async (loop) => {
    await assert.rejects(
      loop.runUntilComplete(async () => {
        assert.equal(loop.isRunning(), true);
        await loop.runUntilComplete(() => sleep(0));
      }),
      { name: "RuntimeError" },
    );
  },
);

held("test_run_until_complete", async (loop) => {
  const began = loop.time();
  await loop.runUntilComplete(() => sleep(20));
  assert.ok(loop.time() - began >= 20 - 0.01);
});

held("test_run_until_complete_stopped", async (loop) => {
  await assert.rejects(
    loop.runUntilComplete(async () => {
      loop.stop();
      await sleep(10);
    }),
    { name: "RuntimeError" },
  );
});

held("test_call_later", async (loop) => {
  const results: string[] = [];
  loop.callLater(10, (arg: string) => {
    results.push(arg);
    loop.stop();
  }, "hello world");
  await loop.runForever();
  assert.deepEqual(results, ["hello world"]);
});

held("test_call_soon", async (loop) => {
  const results: [string, string][] = [];
  loop.callSoon(
    (one: string, two: string) => {
      results.push([one, two]);
      loop.stop();
    },
    "hello",
    "world",
  );
  await loop.runForever();
  assert.deepEqual(results, [["hello", "world"]]);
});

adapted(
  "test_call_soon_threadsafe",
  "Functions cannot cross threads: a callback of the runtime, outside of every loop, takes the place of the thread",
  async (loop) => {
    const results: string[] = [];
    const callback = (arg: string) => {
      results.push(arg);
      if (results.length >= 2) loop.stop();
    };
    await new Promise<void>((resolve) =>
      setTimeout(() => {
        loop.callSoonThreadsafe(callback, "hello");
        resolve();
      }, 1)
    );
    loop.callSoon(callback, "world");
    await loop.runForever();
    assert.deepEqual(results, ["hello", "world"]);
  },
);

held("test_call_soon_threadsafe_same_thread", async (loop) => {
  const results: string[] = [];
  const callback = (arg: string) => {
    results.push(arg);
    if (results.length >= 2) loop.stop();
  };
  loop.callSoonThreadsafe(callback, "hello");
  loop.callSoon(callback, "world");
  await loop.runForever();
  assert.deepEqual(results, ["hello", "world"]);
});

adapted(
  "test_prompt_cancellation",
  "There are no raw sockets: a promise that never comes takes the place of one that receives nothing",
  async (loop) => {
    const receives = loop.createTask(() => interruptible(new Promise<never>(() => {})));
    const main = loop.createTask(async () => {
      try {
        loop.callSoon(() => receives.cancel());
        await receives;
        return null;
      } catch (error) {
        assert.ok(error instanceof CancelledError);
        return "cancelled";
      } finally {
        loop.stop();
      }
    });
    await loop.runForever();
    assert.equal(main.result(), "cancelled");
    assert.throws(() => receives.result(), CancelledError);
  },
);

held("test_timeout_rounding", async (loop) => {
  const before = loop.rounds;
  await loop.runUntilComplete(async () => {
    for (const ms of [10, 1e-1, 1e-3, 1e-5, 1e-7]) await sleep(ms);
  });
  assert.ok(loop.rounds - before <= 20, `${loop.rounds - before} rounds`);
});

held("test_close_running_event_loop", async (loop) => {
  await assert.rejects(loop.runUntilComplete(() => loop.close()), { name: "RuntimeError" });
});

held("test_close", async (loop) => {
  loop.close();
  const closed = { name: "RuntimeError", message: /closed/ };
  const callback = () => false;
  await assert.rejects(loop.runForever(), closed);
  await assert.rejects(loop.runUntilComplete(loop.createFuture()), closed);
  assert.throws(() => loop.callSoon(callback), closed);
  assert.throws(() => loop.callSoonThreadsafe(callback), closed);
  assert.throws(() => loop.callLater(1000, callback), closed);
  assert.throws(() => loop.callAt(loop.time(), callback), closed);
  assert.throws(() => loop.createTask(callback), closed);
  assert.throws(() => loop.addSignalHandler("SIGTERM", callback), closed);
  assert.throws(
    () => loop.runInExecutor(null, { module: "file:///work.ts", name: "work" }),
    closed,
  );
});

const NO_READINESS =
  "The runtime owns the poller, and tells nobody when a descriptor is ready: streams take their place";
const refused = { name: "NotImplementedError", message: /openConnection/ };

differs("test_reader_callback", NO_READINESS, (loop) => {
  assert.throws(() => loop.addReader(0, () => {}), refused);
});

differs("test_writer_callback", NO_READINESS, (loop) => {
  assert.throws(() => loop.addWriter(1, () => {}), refused);
});

differs("test_remove_fds_after_closing", NO_READINESS, (loop) => {
  loop.close();
  assert.throws(() => loop.removeReader(0), refused);
  assert.throws(() => loop.removeWriter(1), refused);
});

differs("test_add_fds_after_closing", NO_READINESS, (loop) => {
  loop.close();
  assert.throws(() => loop.addReader(0, () => {}), refused);
  assert.throws(() => loop.addWriter(1, () => {}), refused);
});
