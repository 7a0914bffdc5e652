import assert from "node:assert/strict";
import { getRunningLoop } from "../../loop/events.ts";
import { CancelledError, TimeoutError } from "../../loop/exceptions.ts";
import { Future } from "../../loop/futures.ts";
import { gather } from "../../loop/gather.ts";
import { run } from "../../loop/runners.ts";
import { sleep } from "../../loop/sleep.ts";
import { createTask, currentTask } from "../../loop/tasks.ts";
import { timeout, timeoutAt, waitFor } from "../../loop/timeouts.ts";
import { inNoTime } from "./in_no_time.ts";

Deno.test("timeout interrupts its body, and the task goes on", async () => {
  await inNoTime(async (clock) => {
    await assert.rejects(timeout(50, () => sleep(1000)), (error: unknown) => {
      assert.ok(error instanceof TimeoutError);
      assert.ok(error.cause instanceof CancelledError);
      return true;
    });
    assert.equal(clock.now(), 50);
    assert.equal(currentTask()!.cancelling(), 0);
    assert.equal(await timeout(50, () => sleep(10, "in time")), "in time");
    await sleep(1000);
  });
});

Deno.test("timeout as a declaration does the same", async () => {
  await inNoTime(async (clock) => {
    await assert.rejects(async () => {
      using limit = timeout(50);
      assert.equal(limit.when(), 50);
      await sleep(1000);
    }, (error: unknown) => {
      assert.ok(error instanceof TimeoutError);
      assert.ok(!(error instanceof CancelledError));
      assert.equal(error.name, "TimeoutError");
      assert.equal(error.origin, "transport");
      assert.ok(error.cause instanceof CancelledError);
      assert.match(String(error.stack), /^TimeoutError/);
      return true;
    });
    assert.equal(clock.now(), 50);
    assert.equal(currentTask()!.cancelling(), 0);
    {
      using limit = timeout(50);
      await sleep(10);
      assert.equal(limit.expired(), false);
    }
    await sleep(1000);
  });
});

Deno.test("timeout as a declaration turns the cancellation that comes out of gather", async () => {
  await inNoTime(async () => {
    await assert.rejects(async () => {
      using _limit = timeout(50);
      await gather(() => sleep(1000), () => sleep(1000));
    }, { name: "TimeoutError" });
    assert.equal(currentTask()!.cancelling(), 0);
  });
});

Deno.test("a cancellation from outside is no timeout", async () => {
  await inNoTime(async () => {
    for (
      const body of [
        () => timeout(50, () => sleep(1000)),
        async () => {
          using _limit = timeout(50);
          await sleep(1000);
        },
      ]
    ) {
      const task = createTask(body);
      await sleep(10);
      task.cancel("outside");
      await assert.rejects(task, { name: "CancelledError", message: "outside" });
    }
  });
});

Deno.test("a cancellation from outside goes before a timeout at the same moment", async () => {
  await inNoTime(async () => {
    const task = createTask(() => timeout(50, () => sleep(1000)));
    getRunningLoop().callLater(50, () => task.cancel());
    await assert.rejects(task, { name: "CancelledError" });
    assert.equal(task.cancelling(), 1);
  });
});

Deno.test("of nested timeouts the one that is over is told", async () => {
  await inNoTime(async () => {
    const log: string[] = [];
    async function nested(outer: number, inner: number) {
      try {
        await timeout(outer, async () => {
          try {
            await timeout(inner, () => sleep(1000));
          } catch (error) {
            if (!(error instanceof TimeoutError)) throw error;
            log.push("inner");
          }
        });
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
        log.push("outer");
      }
    }
    await nested(10, 20);
    assert.deepEqual(log.splice(0), ["outer"]);
    await nested(20, 10);
    assert.deepEqual(log, ["inner"]);
    assert.equal(currentTask()!.cancelling(), 0);
  });
});

Deno.test("nested timeouts that are over together are the outer one's", async () => {
  // CPython: test_nested_timeouts_loop_busy.
  await run(async () => {
    const log: string[] = [];
    await assert.rejects(
      timeout(4, async () => {
        try {
          await timeout(2, async () => {
            const end = performance.now() + 10;
            while (performance.now() < end);
            await sleep(100);
          });
        } catch (error) {
          log.push((error as Error).name);
          throw error;
        }
      }),
      { name: "TimeoutError" },
    );
    assert.deepEqual(log, ["CancelledError"]);
    assert.equal(currentTask()!.cancelling(), 0);
  });
});

Deno.test("a body that swallows the cancellation goes on, and is not late", async () => {
  // CPython 3.11 does not raise here either.
  await inNoTime(async () => {
    const result = await timeout(50, async (limit) => {
      try {
        await sleep(1000);
      } catch (error) {
        assert.ok(error instanceof CancelledError);
      }
      assert.equal(limit.expired(), true);
      return "swallowed";
    });
    assert.equal(result, "swallowed");
    assert.equal(currentTask()!.cancelling(), 0);
  });
});

Deno.test("what a body throws itself goes before the timeout", async () => {
  await inNoTime(async () => {
    await assert.rejects(
      timeout(50, async () => {
        try {
          await sleep(1000);
        } finally {
          // deno-lint-ignore no-unsafe-finally
          throw new RangeError("mine");
        }
      }),
      { name: "RangeError", message: "mine" },
    );
    assert.equal(currentTask()!.cancelling(), 0);
  });
});

Deno.test("a timeout of zero ends the first wait, null and Infinity none", async () => {
  await inNoTime(async () => {
    await assert.rejects(timeout(0, () => sleep(0)), { name: "TimeoutError" });
    await assert.rejects(timeout(-1, () => sleep(0)), { name: "TimeoutError" });
    assert.equal(await timeout(0, () => 1), 1);
    await sleep(0);
    assert.equal(currentTask()!.cancelling(), 0);
    assert.equal(await timeout(null, () => sleep(1e6, "x")), "x");
    assert.equal(await timeout(Infinity, () => sleep(1e6, "y")), "y");
    assert.throws(() => timeout(NaN), { name: "RangeError" });
  });
});

Deno.test("a timeout can be moved while it runs", async () => {
  await inNoTime(async (clock) => {
    await assert.rejects(
      timeout(50, async (limit) => {
        await sleep(40);
        limit.reschedule(clock.now() + 100);
        assert.equal(limit.when(), 140);
        await sleep(1000);
      }),
      { name: "TimeoutError" },
    );
    assert.equal(clock.now(), 140);
    const limit = timeout(10);
    limit.reschedule(null);
    await sleep(1000);
    limit[Symbol.dispose]();
    assert.throws(() => limit.reschedule(1), { name: "RuntimeError", message: /finished/ });
  });
});

Deno.test("timeoutAt ends at a time of the loop's clock", async () => {
  await inNoTime(async (clock) => {
    await sleep(100);
    await assert.rejects(timeoutAt(150, () => sleep(1000)), { name: "TimeoutError" });
    assert.equal(clock.now(), 150);
    await assert.rejects(timeoutAt(0, () => sleep(1000)), { name: "TimeoutError" });
    assert.equal(clock.now(), 150);
  });
});

Deno.test("timeout needs a task", async () => {
  assert.throws(() => timeout(1), { name: "RuntimeError" });
  await assert.rejects(timeout(1, () => 1), { name: "RuntimeError" });
});

Deno.test("waitFor cancels what takes too long, and waits until it has ended", async () => {
  await inNoTime(async (clock) => {
    const log: string[] = [];
    const task = createTask(async () => {
      try {
        await sleep(1000);
      } finally {
        await sleep(30);
        log.push("cleaned up");
      }
    });
    await assert.rejects(waitFor(task, 50), { name: "TimeoutError" });
    assert.deepEqual(log, ["cleaned up"]);
    assert.equal(clock.now(), 80);
    assert.equal(task.cancelled(), true);
  });
});

Deno.test("waitFor gives results and exceptions of functions, futures and promises", async () => {
  await inNoTime(async () => {
    assert.equal(await waitFor(() => sleep(1, 1), 10), 1);
    assert.equal(await waitFor(sleep(1, 2), null), 2);
    assert.equal(await waitFor(Promise.resolve(3), 10), 3);
    await assert.rejects(waitFor(Promise.reject(new RangeError("x")), 10), { message: "x" });
    await assert.rejects(waitFor(new Promise(() => {}), 10), { name: "TimeoutError" });
  });
});

Deno.test("waitFor of zero counts only what is done", async () => {
  await inNoTime(async () => {
    const done = new Future<number>();
    done.setResult(1);
    assert.equal(await waitFor(done, 0), 1);
    let begun = false;
    await assert.rejects(
      waitFor(() => {
        begun = true;
      }, 0),
      { name: "TimeoutError" },
    );
    assert.equal(begun, false);
    const pending = new Future();
    await assert.rejects(waitFor(pending, -1), { name: "TimeoutError" });
    assert.equal(pending.cancelled(), true);
  });
});

Deno.test("waitFor passes on what is thrown while it cancels", async () => {
  await inNoTime(async () => {
    const task = createTask(async () => {
      try {
        await sleep(1000);
      } finally {
        // deno-lint-ignore no-unsafe-finally
        throw new RangeError("on the way out");
      }
    });
    await assert.rejects(waitFor(task, 10), { message: "on the way out" });
  });
});

Deno.test("a block is left with a TimeoutError also when it was cancelled again meanwhile", async () => {
  await inNoTime(async (clock) => {
    const cancelled = new Future();
    cancelled.cancel();
    const cleanUp = async () => {
      using _limit = timeout(1);
      try {
        await sleep(10);
      } finally {
        await assert.rejects(cancelled, CancelledError);
      }
    };
    await assert.rejects(cleanUp, TimeoutError);
    assert.equal(clock.now(), 1);
  });
});

Deno.test("a block is left with a TimeoutError also when one inside it was over first", async () => {
  await inNoTime(async () => {
    const retry = async () => {
      using _limit = timeout(2);
      try {
        await sleep(10);
      } catch (error) {
        const again = async () => {
          using _shorter = timeout(1);
          await sleep(10);
        };
        await assert.rejects(again, TimeoutError);
        throw error;
      }
    };
    await assert.rejects(retry, TimeoutError);
  });
});

Deno.test("only who was out of time sees a TimeoutError, others that the task was cancelled", async () => {
  await inNoTime(async () => {
    const shared = createTask(() => sleep(10));
    const other = createTask(async () => await shared);
    await sleep(0);
    const limited = async () => {
      using _limit = timeout(1);
      await shared;
    };
    await assert.rejects(limited, TimeoutError);
    await assert.rejects(other, CancelledError);
    await assert.rejects(shared, CancelledError);
  });
});

Deno.test("waitFor with no time left throws TimeoutError for what gather returns, too", async () => {
  await inNoTime(async () => {
    const all = gather(() => sleep(1), () => sleep(2));
    await assert.rejects(waitFor(all, 0), TimeoutError);
  });
});
