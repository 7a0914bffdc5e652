/**
 * CPython's `test_timeouts`: what limits refuse and say, and how they meet
 * other errors.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  CancelledError,
  ExceptionGroup,
  RuntimeError,
  TimeoutError,
} from "../../../loop/exceptions.ts";
import { sleep } from "../../../loop/sleep.ts";
import { TaskGroup } from "../../../loop/task_group.ts";
import { createTask, currentTask } from "../../../loop/tasks.ts";
import type { Timeout } from "../../../loop/timeouts.ts";
import { rejection } from "../../rejection.ts";
import {
  adapted,
  held,
  KeyError,
  LONG,
  NO_CONTEXT,
  sleepThenCrash,
  ValueError,
  ZeroDivisionError,
} from "./suite.ts";

held("test_foreign_exception_passed", async ({ timeout }) => {
  let limit: Timeout | undefined;
  await rejection(
    timeout(10, (it) => {
      limit = it;
      throw new KeyError();
    }),
    KeyError,
  );
  assert.equal(limit!.expired(), false);
});

adapted("test_timeout_exception_context", NO_CONTEXT, async ({ timeout }) => {
  const error = await rejection(
    timeout(10, async () => {
      try {
        throw new ZeroDivisionError();
      } finally {
        await sleep(LONG);
      }
    }),
    TimeoutError,
  );
  assert.ok(error.cause instanceof CancelledError);
  assert.equal(error.cause.cause, undefined);
});

adapted("test_foreign_exception_on_timeout", NO_CONTEXT, async ({ timeout }) => {
  const error = await rejection(timeout(10, sleepThenCrash), ZeroDivisionError);
  assert.equal(error.cause, undefined);
});

adapted("test_foreign_exception_on_timeout_2", NO_CONTEXT, async ({ timeout }) => {
  async function crash() {
    try {
      try {
        throw new ValueError();
      } finally {
        await sleep(LONG);
      }
    } finally {
      try {
        // deno-lint-ignore no-unsafe-finally -- that is what is tested
        throw new KeyError();
      } finally {
        // deno-lint-ignore no-unsafe-finally -- that is what is tested
        throw new ZeroDivisionError();
      }
    }
  }
  const error = await rejection(timeout(10, crash), ZeroDivisionError);
  assert.equal(error.cause, undefined);
});

held("test_reschedule", async ({ timeoutAt }, loop) => {
  const begun = loop.createFuture<{ limit: Timeout }>();
  const first = loop.time() + LONG;
  const second = first + 2 * LONG;
  const task = createTask(() =>
    timeoutAt(first, async (limit) => {
      begun.setResult({ limit });
      await sleep(5 * LONG);
    })
  );
  const { limit } = await begun;
  assert.equal(limit.when(), first);
  limit.reschedule(second);
  assert.equal(limit.when(), second);
  limit.reschedule(null);
  assert.equal(limit.when(), null);

  task.cancel();
  await rejection(task, CancelledError);
  assert.equal(limit.expired(), false);
});

adapted(
  "test_repr_active",
  "Times are in milliseconds, and a number has a decimal point only where it needs one",
  async ({ timeout }) => {
    await timeout(LONG, (limit) => {
      assert.match(String(limit), /^<Timeout \[active\] when=\d+(\.\d{1,3})?>$/);
    });
  },
);

held("test_repr_expired", async ({ timeout }) => {
  let limit: Timeout | undefined;
  await rejection(
    timeout(10, async (it) => {
      limit = it;
      await sleep(LONG);
    }),
    TimeoutError,
  );
  assert.equal(String(limit), "<Timeout [expired]>");
});

held("test_repr_finished", async ({ timeout }) => {
  const limit = await timeout(LONG, async (limit) => {
    await sleep(0);
    return limit;
  });
  assert.equal(String(limit), "<Timeout [finished]>");
});

adapted("test_repr_disabled", "Python's `None` is `null`", async ({ timeout }) => {
  await timeout(null, (limit) => {
    assert.equal(String(limit), "<Timeout [active] when=null>");
  });
});

adapted("test_nested_timeout_in_finally", NO_CONTEXT, async ({ timeout }) => {
  let inner: TimeoutError | undefined;
  const outer = await rejection(
    timeout(10, async () => {
      try {
        await sleep(LONG);
      } finally {
        inner = await rejection(timeout(10, () => sleep(LONG)), TimeoutError);
      }
    }),
    TimeoutError,
  );
  for (const { cause } of [outer, inner!]) {
    assert.ok(cause instanceof CancelledError);
    assert.equal(cause.cause, undefined);
  }
  assert.notEqual(outer.cause, inner!.cause);
});

held("test_timeout_exception_cause", async ({ timeout }) => {
  const error = await rejection(timeout(0, () => sleep(LONG)), TimeoutError);
  assert.ok(error.cause instanceof CancelledError);
});

const BEGINS_AT_ONCE =
  "`timeout()` begins where it is called, so a limit is never waiting to be entered";

adapted("test_timeout_already_entered", BEGINS_AT_ONCE, async ({ timeout }) => {
  // What could enter a limit again can only end it, which counts once.
  await timeout(10, (limit) => {
    {
      using again = limit;
      assert.equal(String(again), String(limit));
    }
  });
  await sleep(20);
  assert.equal(currentTask()!.cancelling(), 0);
});

adapted("test_timeout_double_enter", BEGINS_AT_ONCE, async ({ timeout }) => {
  const limit = await timeout(10, (limit) => limit);
  {
    using _again = limit;
    await sleep(20);
  }
  assert.equal(String(limit), "<Timeout [finished]>");
});

held("test_timeout_finished", async ({ timeout }) => {
  const limit = await timeout(10, (limit) => limit);
  assert.throws(() => limit.reschedule(20), { name: "RuntimeError", message: /finished/ });
});

held("test_timeout_expired", async ({ timeout }) => {
  let limit: Timeout | undefined;
  await rejection(
    timeout(10, async (it) => {
      limit = it;
      await sleep(LONG);
    }),
    TimeoutError,
  );
  assert.throws(() => limit!.reschedule(20), { name: "RuntimeError", message: /expired/ });
});

held("test_timeout_expiring", async ({ timeout }) => {
  await timeout(10, async (limit) => {
    await rejection(sleep(LONG), CancelledError);
    assert.throws(() => limit.reschedule(20), { name: "RuntimeError", message: /expiring/ });
  });
});

adapted("test_timeout_not_entered", BEGINS_AT_ONCE, async ({ timeout }) => {
  await timeout(10, (limit) => {
    limit.reschedule(null);
    assert.equal(String(limit), "<Timeout [active] when=null>");
  });
});

adapted("test_timeout_without_task", BEGINS_AT_ONCE, async ({ timeout }, loop) => {
  const outcome = loop.createFuture<unknown>();
  loop.callSoon(() => {
    timeout(10, () => {}).then(() => outcome.setResult(null), (error) => outcome.setResult(error));
  });
  const error = await outcome;
  assert.ok(error instanceof RuntimeError);
  assert.match(error.message, /task/);
});

adapted("test_timeout_taskgroup", NO_CONTEXT, async ({ timeout }) => {
  const grouped = () =>
    TaskGroup.run(async (group) => {
      group.createTask(sleepThenCrash);
      try {
        throw new ValueError();
      } finally {
        await sleep(LONG);
      }
    });
  const error = await rejection(timeout(10, grouped), ExceptionGroup);
  assert.equal(error.cause, undefined);
  assert.equal(error.exceptions.length, 1);
  assert.ok(error.exceptions[0] instanceof ZeroDivisionError);
});
