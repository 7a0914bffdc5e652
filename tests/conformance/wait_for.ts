/**
 * CPython's `test_waitfor`.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { EventLoop } from "../../loop/event_loop.ts";
import { getRunningLoop } from "../../loop/events.ts";
import { CancelledError, TimeoutError } from "../../loop/exceptions.ts";
import { sleep } from "../../loop/sleep.ts";
import { createTask, shield } from "../../loop/tasks.ts";
import { waitFor } from "../../loop/timeouts.ts";
import { wait } from "../../loop/wait_tasks.ts";
import { rejection } from "../rejection.ts";
import { Suite } from "./behaviour.ts";

export const waitForSuite = new Suite("test_waitfor");

/** Longer than any of these tests may take, in milliseconds. */
const LONG = 10_000;
/** Above 0, and almost nothing. */
const EPSILON = 0.1;

function held(name: string, test: (loop: EventLoop) => Promise<void>): void {
  waitForSuite.held(name, ({ run }) => run(test));
}

/** Takes its time, whoever cancels it. */
class SlowTask {
  static readonly TIME = 30;
  exited = false;

  readonly run = async (): Promise<void> => {
    const loop = getRunningLoop();
    const end = loop.time() + SlowTask.TIME;
    while (loop.time() < end) {
      try {
        await sleep(end - loop.time());
      } catch (error) {
        assert.ok(error instanceof CancelledError);
      }
    }
    this.exited = true;
  };
}

held("AsyncioWaitForTest.test_asyncio_wait_for_cancelled", async () => {
  const slow = new SlowTask();
  const task = createTask(() => waitFor(slow.run, SlowTask.TIME * 2));
  await sleep(0);
  task.cancel();
  await wait([task]);
  assert.equal(slow.exited, true);
});

held("AsyncioWaitForTest.test_asyncio_wait_for_timeout", async () => {
  const slow = new SlowTask();
  try {
    await waitFor(slow.run, SlowTask.TIME / 2);
  } catch (error) {
    assert.ok(error instanceof TimeoutError);
  }
  assert.equal(slow.exited, true);
});

held(
  "AsyncioWaitForTest.test_wait_for_timeout_less_then_0_or_0_future_done",
  async (loop) => {
    const future = loop.createFuture<string>();
    future.setResult("done");
    assert.equal(await waitFor(future, 0), "done");
    assert.equal(future.done(), true);
  },
);

held(
  "AsyncioWaitForTest.test_wait_for_timeout_less_then_0_or_0_coroutine_do_not_started",
  async () => {
    let started = false;
    function start() {
      started = true;
    }
    await rejection(waitFor(start, 0), TimeoutError);
    assert.equal(started, false);
  },
);

held("AsyncioWaitForTest.test_wait_for_timeout_less_then_0_or_0", async (loop) => {
  for (const ms of [0, -1]) {
    let running: boolean | undefined;
    const started = loop.createFuture<void>();
    const task = createTask(async () => {
      running = true;
      started.setResult();
      try {
        await sleep(LONG);
      } finally {
        running = false;
      }
      return "done";
    });
    await started;
    assert.equal(running, true);
    await rejection(waitFor(task, ms), TimeoutError);
    assert.equal(task.done(), true);
    assert.equal(task.cancelled(), true);
    assert.equal(running, false);
  }
});

held("AsyncioWaitForTest.test_wait_for", async () => {
  let running: boolean | undefined;
  const task = createTask(async () => {
    running = true;
    try {
      await sleep(LONG);
    } finally {
      running = false;
    }
    return "done";
  });
  await rejection(waitFor(task, 10), TimeoutError);
  assert.equal(task.done(), true);
  assert.equal(task.cancelled(), true);
  assert.equal(running, false);
});

held("AsyncioWaitForTest.test_wait_for_blocking", async () => {
  // deno-lint-ignore require-await -- as a coroutine function in Python
  assert.equal(await waitFor(async () => "done", null), "done");
});

held("AsyncioWaitForTest.test_wait_for_race_condition", async (loop) => {
  const future = loop.createFuture<string>();
  const result = waitFor(future, 20);
  loop.callSoon(() => future.setResult("ok"));
  assert.equal(await result, "ok");
});

held("AsyncioWaitForTest.test_wait_for_cancellation_race_condition", async () => {
  async function inner() {
    await rejection(sleep(LONG), CancelledError);
    return 1;
  }
  assert.equal(await waitFor(inner, 10), 1);
});

async function cleanUpSlowly(onDone: () => void): Promise<void> {
  try {
    await sleep(LONG);
  } catch (error) {
    await sleep(EPSILON);
    throw error;
  } finally {
    onDone();
  }
}

held("AsyncioWaitForTest.test_wait_for_waits_for_task_cancellation", async () => {
  let done = false;
  const task = createTask(cleanUpSlowly, () => {
    done = true;
  });
  const error = await rejection(waitFor(task, EPSILON), TimeoutError);
  assert.equal(done, true);
  assert.ok(error.cause instanceof CancelledError);
});

held(
  "AsyncioWaitForTest.test_wait_for_waits_for_task_cancellation_w_timeout_0",
  async () => {
    let done = false;
    const task = createTask(cleanUpSlowly, () => {
      done = true;
    });
    await sleep(EPSILON);
    const error = await rejection(waitFor(task, 0), TimeoutError);
    assert.equal(done, true);
    assert.ok(error.cause instanceof CancelledError);
  },
);

held(
  "AsyncioWaitForTest.test_wait_for_reraises_exception_during_cancellation",
  async () => {
    class FooException extends Error {}
    const task = createTask(async () => {
      try {
        await sleep(LONG);
      } finally {
        // deno-lint-ignore no-unsafe-finally -- that is what is tested
        throw new FooException();
      }
    });
    await rejection(waitFor(task, EPSILON), FooException);
  },
);

for (
  const [name, ms] of [["test_cancel_blocking_wait_for", null], [
    "test_cancel_wait_for",
    60_000,
  ]] as const
) {
  held(`AsyncioWaitForTest.${name}`, async (loop) => {
    const task = createTask(async () => {
      await loop.createFuture();
    });
    const waiting = createTask(() => waitFor(task, ms));
    loop.callSoon(() => waiting.cancel());
    await rejection(waiting, CancelledError);
    assert.equal(task.cancelled(), true);
  });
}

held("AsyncioWaitForTest.test_wait_for_cancel_suppressed", async () => {
  async function return42() {
    await rejection(sleep(LONG), CancelledError);
    return 42;
  }
  assert.equal(await waitFor(return42, 10), 42);
});

held("AsyncioWaitForTest.test_wait_for_issue86296", async () => {
  // deno-lint-ignore require-await -- as a coroutine function in Python
  const inner = createTask(async () => "done");
  let reachedEnd = false;
  const task = createTask(async () => {
    await waitFor(inner, 100);
    await sleep(LONG);
    reachedEnd = true;
  });
  assert.equal(task.done(), false);
  await sleep(0);
  task.cancel();
  await rejection(task, CancelledError);
  assert.equal(inner.done(), true);
  assert.equal(await inner, "done");
  assert.equal(reachedEnd, false);
});

waitForSuite.differs(
  "AsyncioWaitForTest.test_wait_for_self_cancellation",
  "As in Python since 3.12, which dropped this test: to cancel the wait cancels the task once more, and what the task then returns counts",
  ({ run }) =>
    run(async () => {
      const inner = createTask(async () => {
        await rejection(sleep(LONG), CancelledError);
        await rejection(sleep(LONG), CancelledError);
        await sleep(10);
        return 42;
      });
      const task = createTask(() => waitFor(inner, 10));
      await sleep(30);
      task.cancel();
      assert.equal(await task, 42);
      assert.equal(await inner, 42);
    }),
);

held("WaitForShieldTests.test_zero_timeout", async () => {
  const task = createTask(() => sleep(10, "done"));
  const shielded = shield(task);
  await rejection(waitFor(shielded, 0), TimeoutError);
  assert.equal(task.done(), false);
  assert.equal(task.cancelled(), false);
  assert.equal(shielded.cancelled(), true);
  await sleep(30);
  assert.equal(task.done(), true);
});

held("WaitForShieldTests.test_none_timeout", async () => {
  const task = createTask(() => sleep(10, "done"));
  await waitFor(shield(task), null);
  assert.equal(task.done(), true);
  assert.equal(await task, "done");
});

held("WaitForShieldTests.test_shielded_timeout", async () => {
  const task = createTask(() => sleep(30, "done"));
  await rejection(waitFor(shield(task), 10), TimeoutError);
  assert.equal(task.done(), false);
  assert.equal(task.cancelled(), false);
  assert.equal(await task, "done");
});
