/**
 * CPython's `test_tasks`: how tasks are cancelled, and how they take it.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { EventLoop } from "../../../loop/event_loop.ts";
import { CancelledError, RuntimeError, TimeoutError } from "../../../loop/exceptions.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask, currentTask, type Task } from "../../../loop/tasks.ts";
import { wait } from "../../../loop/wait_tasks.ts";
import { rejection } from "../../rejection.ts";
import { assertTime, LONG, runBriefly } from "../by_hand.ts";
import { adapted, held } from "./suite.ts";

/** Runs a loop until a task is cancelled. */
function untilCancelled(loop: EventLoop, task: Task): Promise<CancelledError> {
  return rejection(loop.runUntilComplete(task), CancelledError);
}

held("test_cancel", async (loop, setting) => {
  const task = loop.createTask(async () => {
    await sleep(LONG);
    return 12;
  });
  loop.callSoon(() => task.cancel());
  await untilCancelled(loop, task);
  assert.equal(task.done(), true);
  assert.equal(task.cancelled(), true);
  assert.equal(task.cancel(), false);
  assertTime(setting, 0);
});

held("test_cancelling", async (loop) => {
  const task = loop.createTask(() => sleep(LONG));
  assert.equal(task.cancelling(), 0);
  assert.doesNotMatch(String(task), / cancelling /);
  assert.equal(task.cancel(), true);
  assert.equal(task.cancelling(), 1);
  assert.match(String(task), / cancelling /);
  assert.equal(task.cancel(), true);
  await untilCancelled(loop, task);
});

held("test_uncancel_basic", async (loop) => {
  const task = loop.createTask(async () => {
    await rejection(sleep(LONG), CancelledError);
    currentTask()!.uncancel();
    await sleep(LONG);
  });
  const nap = () => loop.runUntilComplete(() => sleep(10));
  await nap();

  assert.equal(task.cancel(), true);
  assert.match(String(task), / cancelling /);
  assert.equal(task.cancelling(), 1);
  assert.equal(task.cancelled(), false);
  await nap();

  assert.doesNotMatch(String(task), / cancelling /);
  assert.equal(task.cancelling(), 0);
  assert.equal(task.cancelled(), false);

  assert.equal(task.cancel(), true);
  assert.equal(task.cancelling(), 1);
  assert.equal(task.cancelled(), false);
  await untilCancelled(loop, task);
  assert.equal(task.cancelled(), true);
  assert.equal(task.done(), true);

  task.uncancel();
  assert.equal(task.cancelled(), true);
  assert.equal(task.done(), true);
});

held("test_uncancel_structured_blocks", async (loop) => {
  // How a time limit is made by hand: it counts what it has cancelled itself.
  async function makeRequest(ms: number, limit: number) {
    const task = currentTask()!;
    let timedOut = false;
    let finished = false;
    const timer = loop.callLater(limit, () => {
      timedOut = true;
      task.cancel();
    });
    let thrown: unknown;
    try {
      try {
        await sleep(ms);
        finished = true;
      } catch (error) {
        thrown = error;
        throw error;
      } finally {
        timer.cancel();
        if (timedOut && task.uncancel() === 0 && thrown instanceof CancelledError) {
          // deno-lint-ignore no-unsafe-finally -- as Python's timeout does
          throw new TimeoutError();
        }
      }
    } catch (error) {
      assert.ok(error instanceof TimeoutError);
      assert.equal(timedOut, true);
    }
    await sleep(0);
    return { timedOut, finished };
  }

  const late = loop.createTask(makeRequest, LONG, 10);
  assert.deepEqual(await loop.runUntilComplete(late), { timedOut: true, finished: false });
  assert.equal(late.cancelling(), 0);

  const inTime = loop.createTask(makeRequest, 0, LONG);
  assert.deepEqual(await loop.runUntilComplete(inTime), { timedOut: false, finished: true });
  assert.equal(inTime.cancelling(), 0);
});

held("test_uncancel_resets_must_cancel", async (loop) => {
  const future = loop.createFuture<void>();
  const task = loop.createTask(async () => {
    await future;
    return 42;
  });
  await loop.runUntilComplete(() => sleep(0));
  future.setResult();
  task.cancel();
  assert.equal(task.cancelling(), 1);
  assert.equal(task._mustCancel, true);
  task.uncancel();
  assert.equal(task.cancelling(), 0);
  assert.equal(task._mustCancel, false);
  assert.equal(await loop.runUntilComplete(task), 42);
});

held("test_cancel_yield", async (loop) => {
  const task = loop.createTask(async () => {
    await sleep(0);
    await sleep(0);
    return 12;
  });
  await runBriefly(loop);
  task.cancel();
  await untilCancelled(loop, task);
  assert.equal(task.done(), true);
  assert.equal(task.cancelled(), true);
  assert.equal(task.cancel(), false);
});

held("test_cancel_inner_future", async (loop) => {
  const future = loop.createFuture();
  const task = loop.createTask(async () => {
    await future;
    return 12;
  });
  await runBriefly(loop);
  future.cancel();
  await untilCancelled(loop, task);
  assert.equal(future.cancelled(), true);
  assert.equal(task.cancelled(), true);
});

held("test_cancel_both_task_and_inner_future", async (loop) => {
  const future = loop.createFuture();
  const task = loop.createTask(async () => {
    await future;
    return 12;
  });
  await runBriefly(loop);
  future.cancel();
  task.cancel();
  await untilCancelled(loop, task);
  assert.equal(task.done(), true);
  assert.equal(future.cancelled(), true);
  assert.equal(task.cancelled(), true);
});

held("test_cancel_task_catching", async (loop) => {
  const first = loop.createFuture<void>();
  const second = loop.createFuture<void>();
  const task = loop.createTask(async () => {
    await first;
    await rejection(second, CancelledError);
    return 42;
  });
  await runBriefly(loop);
  first.setResult();
  await runBriefly(loop);
  task.cancel();
  assert.equal(second.cancelled(), true);
  assert.equal(await loop.runUntilComplete(task), 42);
  assert.equal(task.cancelled(), false);
});

held("test_cancel_task_ignoring", async (loop) => {
  const first = loop.createFuture<void>();
  const second = loop.createFuture<void>();
  const third = loop.createFuture<number>();
  const task = loop.createTask(async () => {
    await first;
    await rejection(second, CancelledError);
    return await third;
  });
  await runBriefly(loop);
  first.setResult();
  await runBriefly(loop);
  task.cancel();
  assert.equal(second.cancelled(), true);
  await runBriefly(loop);
  third.setResult(42);
  assert.equal(await loop.runUntilComplete(task), 42);
  assert.equal(third.cancelled(), false);
  assert.equal(task.cancelled(), false);
});

held("test_cancel_current_task", async (loop, setting) => {
  const task: Task = loop.createTask(async () => {
    task.cancel();
    assert.equal(task._mustCancel, true);
    // This is cancelled at once.
    await sleep(LONG);
    return 12;
  });
  assert.equal(task.cancelled(), false);
  await untilCancelled(loop, task);
  assert.equal(task.done(), true);
  assert.equal(task.cancelled(), true);
  assert.equal(task._mustCancel, false);
  assert.equal(task.cancel(), false);
  assertTime(setting, 0);
});

held("test_cancel_at_end", async (loop) => {
  // deno-lint-ignore require-await -- as a coroutine function in Python
  const task: Task = loop.createTask(async () => {
    task.cancel();
    assert.equal(task._mustCancel, true);
    return 12;
  });
  assert.equal(task.cancelled(), false);
  await untilCancelled(loop, task);
  assert.equal(task.done(), true);
  assert.equal(task.cancelled(), true);
  assert.equal(task._mustCancel, false);
  assert.equal(task.cancel(), false);
});

held("test_cancel_awaited_task", async (loop) => {
  const future = loop.createFuture();
  let nested: Task | undefined;
  const task: Task = loop.createTask(async () => {
    nested = createTask(async () => {
      await future;
    });
    await sleep(0);
    task.cancel();
    await nested;
  });
  await untilCancelled(loop, task);
  assert.equal(task.cancelled(), true);
  assert.equal(nested!.cancelled(), true);
  assert.equal(future.cancelled(), true);
});

held("test_stop_while_run_in_complete", async (loop, setting) => {
  let x = 0;
  const task = loop.createTask(async () => {
    while (x < 10) {
      await sleep(10);
      x += 1;
      if (x === 2) loop.stop();
    }
  });
  await rejection(loop.runUntilComplete(task), RuntimeError);
  assert.equal(task.done(), false);
  assert.equal(x, 2);
  assertTime(setting, 20);

  task.cancel();
  await untilCancelled(loop, task);
});

held("test_task_cancel_sleeping_task", async (loop, setting) => {
  const outcome = await loop.runUntilComplete(async () => {
    const sleeper = loop.createTask(() => sleep(LONG));
    loop.callLater(10, () => sleeper.cancel());
    try {
      await sleeper;
    } catch (error) {
      assert.ok(error instanceof CancelledError);
      return "cancelled";
    }
    return "slept in";
  });
  assert.equal(outcome, "cancelled");
  assertTime(setting, 10);
});

held("test_task_cancel_waiter_future", async (loop) => {
  const future = loop.createFuture();
  const task = loop.createTask(async () => {
    await future;
  });
  await runBriefly(loop);
  task.cancel();
  await runBriefly(loop);
  await untilCancelled(loop, task);
  assert.equal(future.cancelled(), true);
});

adapted(
  "test_baseexception_during_cancel",
  "JavaScript has one kind of exceptions: none of them ends the loop, whatever it is",
  async (loop) => {
    class SystemExit extends Error {}
    const exit = new SystemExit();
    const task = loop.createTask(async () => {
      await rejection(sleep(LONG), CancelledError);
      throw exit;
    });
    await runBriefly(loop);
    task.cancel();
    assert.equal(task.done(), false);
    await runBriefly(loop);
    assert.equal(task.done(), true);
    assert.equal(task.cancelled(), false);
    assert.equal(task.exception(), exit);
  },
);

held("test_yield_future_passes_cancel", async (loop) => {
  let proof = 0;
  const waiter = loop.createFuture();
  async function inner() {
    const error = await rejection(waiter, CancelledError);
    proof += 1;
    throw error;
  }
  const task = loop.createTask(async () => {
    await rejection(inner(), CancelledError);
    proof += 100;
  });
  await runBriefly(loop);
  task.cancel();
  await loop.runUntilComplete(task);
  assert.equal(proof, 101);
  assert.equal(waiter.cancelled(), true);
});

held("test_yield_wait_does_not_shield_cancel", async (loop) => {
  let proof = 0;
  const waiter = loop.createFuture<void>();
  const task = loop.createTask(async () => {
    await wait([createTask(async () => {
      await waiter;
      proof += 1;
    })]);
    proof += 100;
  });
  await runBriefly(loop);
  task.cancel();
  await untilCancelled(loop, task);
  waiter.setResult();
  await runBriefly(loop);
  assert.equal(proof, 1);
});
