/**
 * CPython's `test_timeouts`: how limits end. What they refuse, and how they
 * meet other errors, is in `rules.ts`. Each behaviour holds for a limit
 * that has its block as a function, and for one that is declared with `using`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { EventLoop } from "../../../loop/event_loop.ts";
import { CancelledError, TimeoutError } from "../../../loop/exceptions.ts";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask, currentTask } from "../../../loop/tasks.ts";
import type { Timeout } from "../../../loop/timeouts.ts";
import { rejection } from "../../rejection.ts";
import type { Setting } from "../behaviour.ts";
import { FORMS, type FormTest, held, LONG, timeouts } from "./suite.ts";

/** Keeps the loop busy, in a loop by the machine's clock: the test clock would stand still. */
async function whileBusy({ newLoop }: Setting, test: FormTest): Promise<void> {
  const debug = newLoop().getDebug();
  for (const form of FORMS) {
    const loop = new EventLoop({ debug });
    await run(() => test(form, loop), { loopFactory: () => loop, handleSigint: false });
  }
}

function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

held("test_timeout_basic", async ({ timeout }) => {
  let limit: Timeout | undefined;
  await rejection(
    timeout(10, async (it) => {
      limit = it;
      await sleep(LONG);
    }),
    TimeoutError,
  );
  assert.equal(limit!.expired(), true);
});

held("test_timeout_at_basic", async ({ timeoutAt }, loop) => {
  let limit: Timeout | undefined;
  const deadline = loop.time() + 10;
  await rejection(
    timeoutAt(deadline, async (it) => {
      limit = it;
      await sleep(LONG);
    }),
    TimeoutError,
  );
  assert.equal(limit!.expired(), true);
  assert.equal(limit!.when(), deadline);
});

held("test_nested_timeouts", async ({ timeoutAt }, loop) => {
  const limits: Timeout[] = [];
  let cancelled = false;
  const deadline = loop.time() + 10;
  await rejection(
    timeoutAt(deadline, async (outer) => {
      // Only the outer block is left with a TimeoutError.
      const inner = timeoutAt(deadline, async (inner) => {
        limits.push(outer, inner);
        await sleep(LONG);
      });
      const error = await rejection(inner, CancelledError);
      cancelled = true;
      throw error;
    }),
    TimeoutError,
  );
  assert.equal(cancelled, true);
  assert.deepEqual(limits.map((limit) => limit.expired()), [true, true]);
});

held("test_waiter_cancelled", async ({ timeout }) => {
  let cancelled = false;
  await rejection(
    timeout(10, async () => {
      const error = await rejection(sleep(LONG), CancelledError);
      cancelled = true;
      throw error;
    }),
    TimeoutError,
  );
  assert.equal(cancelled, true);
});

held("test_timeout_not_called", async ({ timeout }, loop) => {
  const limit = await timeout(LONG, async (limit) => {
    await sleep(10);
    return limit;
  });
  assert.equal(limit.expired(), false);
  assert.ok(limit.when()! > loop.time());
});

held("test_timeout_disabled", async ({ timeout }) => {
  const limit = await timeout(null, async (limit) => {
    await sleep(10);
    return limit;
  });
  assert.equal(limit.expired(), false);
  assert.equal(limit.when(), null);
});

held("test_timeout_at_disabled", async ({ timeoutAt }) => {
  const limit = await timeoutAt(null, async (limit) => {
    await sleep(10);
    return limit;
  });
  assert.equal(limit.expired(), false);
  assert.equal(limit.when(), null);
});

for (
  const [name, ms, wait] of [
    ["test_timeout_zero", 0, LONG],
    ["test_timeout_zero_sleep_zero", 0, 0],
    ["test_timeout_in_the_past_sleep_zero", -11, 0],
  ] as const
) {
  held(name, async ({ timeout }, loop) => {
    let limit: Timeout | undefined;
    const before = loop.time();
    await rejection(
      timeout(ms, async (it) => {
        limit = it;
        await sleep(wait);
      }),
      TimeoutError,
    );
    const after = loop.time();
    assert.equal(limit!.expired(), true);
    const when = limit!.when()!;
    assert.ok(when <= after);
    assert.ok(ms === 0 ? before <= when : before >= when);
  });
}

held("test_foreign_cancel_doesnt_timeout_if_not_expired", async ({ timeout }) => {
  let limit: Timeout | undefined;
  await rejection(
    timeout(LONG, async (it) => {
      limit = it;
      currentTask()!.cancel();
      await sleep(LONG);
    }),
    CancelledError,
  );
  assert.equal(limit!.expired(), false);
  currentTask()!.uncancel();
});

held("test_outer_task_is_not_cancelled", async ({ timeout }) => {
  const task = createTask(async () => {
    await rejection(timeout(1, () => sleep(LONG)), TimeoutError);
  });
  await task;
  assert.equal(task.cancelled(), false);
  assert.equal(task.done(), true);
});

timeouts.held(
  "TimeoutTests.test_nested_timeouts_concurrent",
  (setting) =>
    whileBusy(setting, async ({ timeout }) => {
      await rejection(
        timeout(2, async () => {
          // The time of the outer block is over before this one waits at all.
          await rejection(
            timeout(100, async () => {
              spin(10);
              await sleep(LONG);
            }),
            TimeoutError,
          );
        }),
        TimeoutError,
      );
    }),
);

timeouts.held(
  "TimeoutTests.test_nested_timeouts_loop_busy",
  (setting) =>
    whileBusy(setting, async ({ timeout }, loop) => {
      const before = loop.time();
      await rejection(
        timeout(20, async () => {
          await rejection(
            timeout(2, async () => {
              spin(20);
              await sleep(LONG);
            }),
            TimeoutError,
          );
          // Where the inner block saw its own limit, the outer one ends this.
          await sleep(LONG);
        }),
        TimeoutError,
      );
      assert.ok(loop.time() < before + LONG);
    }),
);
held("test_timeout_after_cancellation", async ({ timeout }) => {
  currentTask()!.cancel();
  await rejection(sleep(LONG), CancelledError);
  await rejection(timeout(0, () => sleep(LONG)), TimeoutError);
  assert.equal(currentTask()!.uncancel(), 0);
});

held("test_cancel_in_timeout_after_cancellation", async ({ timeout }) => {
  currentTask()!.cancel();
  await rejection(sleep(LONG), CancelledError);
  const cleanUp = timeout(LONG, async () => {
    currentTask()!.cancel();
    await sleep(LONG);
  });
  await rejection(cleanUp, CancelledError);
  assert.equal(currentTask()!.uncancel(), 1);
  assert.equal(currentTask()!.uncancel(), 0);
});
