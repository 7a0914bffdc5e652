import assert from "node:assert/strict";
import { getRunningLoop } from "../../loop/events.ts";
import { CancelledError } from "../../loop/exceptions.ts";
import { Future } from "../../loop/futures.ts";
import { gather } from "../../loop/gather.ts";
import { sleep } from "../../loop/sleep.ts";
import { createTask } from "../../loop/tasks.ts";
import { inNoTime } from "./in_no_time.ts";

Deno.test("gather collects results in the order of its arguments", async () => {
  await inNoTime(async (clock) => {
    const results = await gather(
      () => sleep(30, "slow"),
      () => sleep(10, 2),
      sleep(20, true),
      Promise.resolve(null),
    );
    const typed: [string, number, boolean, null] = results;
    assert.deepEqual(typed, ["slow", 2, true, null]);
    assert.equal(clock.now(), 30);
  });
});

Deno.test("gather takes an array, however long", async () => {
  await inNoTime(async () => {
    assert.deepEqual(await gather([1, 2].map((n) => () => sleep(n, n))), [1, 2]);
    assert.deepEqual(await gather([() => 1], { returnExceptions: true }), [1]);
    const many = await gather(Array.from({ length: 200_000 }, (_, n) => () => n));
    assert.equal(many.at(-1), 199_999);
  });
});

Deno.test("gather of nothing is done", () => {
  assert.deepEqual(gather().result(), []);
  assert.deepEqual(gather([]).result(), []);
  assert.deepEqual(gather({ returnExceptions: true }).result(), []);
});

Deno.test("gather throws the first exception, and lets the rest go on", async () => {
  const reports: string[] = [];
  await inNoTime(async () => {
    const slow = createTask(() => sleep(100, "kept"));
    const failing = () => Promise.reject(new RangeError("first"));
    const late = async () => {
      await sleep(10);
      throw new RangeError("second, retrieved and not reported");
    };
    await assert.rejects(gather(failing, late, slow), { message: "first" });
    assert.equal(slow.done(), false);
    assert.equal(await slow, "kept");
    getRunningLoop().setExceptionHandler((_loop, { message }) => reports.push(message));
  });
  assert.deepEqual(reports, []);
});

Deno.test("gather with returnExceptions gives exceptions and cancellations as results", async () => {
  await inNoTime(async () => {
    const cancelled = createTask(() => sleep(1000));
    const all = gather(
      cancelled,
      () => Promise.reject(new RangeError("x")),
      () => sleep(1, 3),
      { returnExceptions: true },
    );
    await sleep(0);
    cancelled.cancel();
    const [a, b, c] = await all;
    assert.ok(a as unknown instanceof CancelledError);
    assert.ok(b instanceof RangeError);
    assert.equal(c, 3);
  });
});

Deno.test("cancelling gather cancels all, and is done when they are", async () => {
  await inNoTime(async (clock) => {
    const children = [1, 2].map(() =>
      createTask(async () => {
        try {
          await sleep(1000);
        } finally {
          await sleep(50);
        }
      })
    );
    const all = gather(children);
    await sleep(1);
    assert.equal(all.cancel("stop"), true);
    assert.equal(all.done(), false);
    await assert.rejects(all, { name: "CancelledError", message: "stop" });
    assert.equal(clock.now(), 51);
    // As in CPython: the cancellation of a child is an exception of the whole.
    assert.equal(all.cancelled(), false);
    assert.equal(all.cancel(), false);
  });
});

Deno.test("cancelling gather with returnExceptions is no result, but a cancellation", async () => {
  await inNoTime(async () => {
    const task = createTask(async () =>
      await gather(() => sleep(1000), () => sleep(1000), { returnExceptions: true })
    );
    await sleep(1);
    task.cancel();
    await assert.rejects(task, { name: "CancelledError" });
  });
});

Deno.test("one cancelled child cancels whoever awaits gather", async () => {
  await inNoTime(async () => {
    const child = createTask(() => sleep(1000));
    const all = gather(child, () => sleep(1));
    await sleep(0);
    child.cancel();
    await assert.rejects(all, { name: "CancelledError" });
  });
});

Deno.test("what is given twice runs once", async () => {
  await inNoTime(async () => {
    let runs = 0;
    const once = () => ++runs;
    assert.deepEqual(await gather(once, once), [1, 1]);
    const future = new Future<string>();
    const all = gather(future, future);
    future.setResult("x");
    assert.deepEqual(await all, ["x", "x"]);
  });
});

Deno.test("gather refuses what cannot be awaited, before anything begins", async () => {
  assert.throws(() => gather(1 as never), { name: "TypeError" });
  let begun = false;
  await inNoTime(async () => {
    const begin = () => {
      begun = true;
    };
    assert.throws(() => gather(begin, 1 as never), { name: "TypeError" });
    await sleep(1);
  });
  assert.equal(begun, false);
});

Deno.test("what is gathered twice is cancelled twice, as in Python", async () => {
  await inNoTime(async () => {
    const task = createTask(() => sleep(1000));
    const all = gather(task, task);
    await sleep(0);
    assert.equal(all.cancel(), true);
    assert.equal(task.cancelling(), 2);
    await assert.rejects(all, { name: "CancelledError" });
  });
});

Deno.test("a gathering that was cancelled says what the last of its children says, as in Python", async () => {
  await inNoTime(async () => {
    const swallow = () => sleep(1000).catch(() => 1);
    const takeTime = async () => {
      try {
        await sleep(1000);
      } catch (error) {
        await sleep(1);
        throw error;
      }
    };
    for (
      const [children, message] of [[[swallow, takeTime], "m"], [[takeTime, swallow], ""]] as const
    ) {
      const all = gather(children, { returnExceptions: true });
      await sleep(0);
      all.cancel("m");
      await assert.rejects(all, { name: "CancelledError", message });
    }
  });
});

Deno.test("gather takes no turn for what is done already (Python 3.12)", async () => {
  await inNoTime(async () => {
    const done = createTask(() => 1);
    await done;
    const all = gather(done, done);
    assert.equal(all.done(), true);
    assert.deepEqual(await all, [1, 1]);
  });
});

Deno.test("a second cancellation does not replace the first on its way out of gather", async () => {
  await inNoTime(async () => {
    const waiting = createTask(async () => await gather(() => sleep(10)));
    await sleep(0);
    await sleep(0);
    waiting.cancel("first");
    // The child ends, then what gather() returned; the task itself is to run next.
    await sleep(0);
    await sleep(0);
    waiting.cancel("second");
    await assert.rejects(waiting, { name: "CancelledError", message: "first" });
    assert.equal(waiting.cancelling(), 2);
  });
});
