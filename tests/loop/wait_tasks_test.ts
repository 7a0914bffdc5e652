import assert from "node:assert/strict";
import { getRunningLoop } from "../../loop/events.ts";
import { Future } from "../../loop/futures.ts";
import type { TimerHandle } from "../../loop/handles.ts";
import { sleep } from "../../loop/sleep.ts";
import { createTask } from "../../loop/tasks.ts";
import { asCompleted } from "../../loop/as_completed.ts";
import { FIRST_COMPLETED, FIRST_EXCEPTION, wait } from "../../loop/wait_tasks.ts";
import { inNoTime } from "./in_no_time.ts";

Deno.test("wait returns when all are done, and throws nothing", async () => {
  await inNoTime(async (clock) => {
    const a = createTask(() => sleep(10));
    const b = createTask(async () => {
      await sleep(20);
      throw new RangeError("b");
    });
    const { done, pending } = await wait([b, a, a]);
    assert.deepEqual([...done], [b, a]);
    assert.equal(pending.size, 0);
    assert.ok(b.exception() instanceof RangeError);
    assert.equal(clock.now(), 20);
  });
});

Deno.test("wait returns when the first is done", async () => {
  await inNoTime(async (clock) => {
    const a = createTask(() => sleep(10));
    const b = createTask(() => sleep(1000));
    const { done, pending } = await wait([a, b], { returnWhen: FIRST_COMPLETED });
    assert.deepEqual([[...done], [...pending]], [[a], [b]]);
    assert.equal(clock.now(), 10);
  });
});

Deno.test("wait returns when the first has failed; a cancelled one has not failed", async () => {
  await inNoTime(async (clock) => {
    const cancelled = createTask(() => sleep(1000));
    const failing = createTask(async () => {
      await sleep(20);
      throw new RangeError("x");
    });
    const slow = createTask(() => sleep(1000));
    const waiting = createTask(() =>
      wait([cancelled, failing, slow], { returnWhen: FIRST_EXCEPTION })
    );
    await sleep(10);
    cancelled.cancel();
    const { done, pending } = await waiting;
    assert.deepEqual([[...done], [...pending]], [[cancelled, failing], [slow]]);
    assert.equal(clock.now(), 20);
  });
});

Deno.test("wait gives up after its timeout, without cancelling anything", async () => {
  await inNoTime(async (clock) => {
    const a = createTask(() => sleep(10, "a"));
    const b = createTask(() => sleep(100, "b"));
    const { done, pending } = await wait([a, b], { timeout: 50 });
    assert.deepEqual([[...done], [...pending]], [[a], [b]]);
    assert.equal(clock.now(), 50);
    assert.equal(await b, "b");
  });
});

Deno.test("wait does not cancel what it waits for when it is cancelled", async () => {
  await inNoTime(async () => {
    const inner = createTask(() => sleep(100, "kept"));
    const waiting = createTask(() => wait([inner]));
    await sleep(1);
    waiting.cancel();
    await assert.rejects(waiting, { name: "CancelledError" });
    assert.equal(await inner, "kept");
  });
});

Deno.test("wait refuses functions, single futures, nothing, and unknown conditions", async () => {
  await inNoTime(async () => {
    const future = new Future();
    await assert.rejects(wait([() => {}] as never), { name: "TypeError" });
    await assert.rejects(wait(future as never), { name: "TypeError" });
    await assert.rejects(wait([]), { name: "RangeError" });
    await assert.rejects(wait([future], { returnWhen: "SOON" as never }), { name: "RangeError" });
  });
});

Deno.test("asCompleted gives futures as they are done", async () => {
  await inNoTime(async () => {
    const tasks = [30, 10, 20].map((ms) => createTask(() => sleep(ms, ms)));
    const order: number[] = [];
    for await (const done of asCompleted(tasks)) {
      assert.ok((tasks as unknown[]).includes(done));
      order.push(done.result());
    }
    assert.deepEqual(order, [10, 20, 30]);
  });
});

Deno.test("asCompleted gives promises of results in a plain loop", async () => {
  await inNoTime(async () => {
    const order: number[] = [];
    for (const next of asCompleted([() => sleep(20, 2), () => sleep(10, 1)])) {
      order.push(await next);
    }
    assert.deepEqual(order, [1, 2]);
  });
});

Deno.test("asCompleted throws when the time is over", async () => {
  await inNoTime(async (clock) => {
    const slow = createTask(() => sleep(1000, "slow"));
    const seen: string[] = [];
    await assert.rejects(async () => {
      for await (const done of asCompleted([() => sleep(1, "quick"), slow], { timeout: 50 })) {
        seen.push(done.result());
      }
    }, { name: "TimeoutError" });
    assert.deepEqual(seen, ["quick"]);
    assert.equal(clock.now(), 50);
    assert.equal(await slow, "slow");
  });
});

Deno.test("asCompleted leaves no timer behind, when all is done or the loop is left early", async () => {
  await inNoTime(async () => {
    const timers: TimerHandle[] = [];
    const loop = getRunningLoop();
    const callAt = loop.callAt.bind(loop);
    loop.callAt = (...args) => {
      const timer = callAt(...args);
      timers.push(timer);
      return timer;
    };
    for await (const _ of asCompleted([() => sleep(10)], { timeout: 60_000 }));
    const slow = createTask(() => sleep(100));
    for await (const _ of asCompleted([() => 1, slow], { timeout: 60_000 })) break;
    await slow;
    assert.deepEqual(timers.map((timer) => timer.cancelled()), [true, true]);
  });
});

Deno.test("an iteration as things complete that is resumed is held to the same time", async () => {
  await inNoTime(async (clock) => {
    const results = asCompleted([() => sleep(10, "quick"), () => sleep(1000, "slow")], {
      timeout: 100,
    });
    for await (const done of results) {
      assert.equal(done.result(), "quick");
      break;
    }
    await sleep(50);
    await assert.rejects(async () => {
      for await (const _ of results) assert.fail("too late");
    }, { name: "TimeoutError" });
    assert.equal(clock.now(), 100);
  });
});

Deno.test("what asCompleted gives in a plain loop rejects only where somebody awaits it", async () => {
  await inNoTime(async () => {
    const [never, next, ...others] = asCompleted([() => sleep(10, 1), () => sleep(20, 2)]);
    assert.equal(others.length, 0);
    await sleep(30);
    assert.ok(never instanceof Object);
    assert.equal(await next, 1);
    assert.equal(await next, 1);
    assert.equal(await next!.finally(() => {}), 1);
    assert.equal(await never!.catch(() => 0), 2);

    const [late] = asCompleted([() => sleep(1000)], { timeout: 10 });
    await sleep(50);
    assert.equal(await late!.catch((error) => error.name), "TimeoutError");
  });
});

Deno.test("a task that is cancelled gives up the next result, and leaves it to others", async () => {
  await inNoTime(async () => {
    const [first, second] = asCompleted([() => sleep(10, "a"), () => sleep(20, "b")]);
    const impatient = createTask(async () => await first);
    await sleep(1);
    impatient.cancel();
    await assert.rejects(impatient, { name: "CancelledError" });
    assert.equal(await second, "a");
  });
});

Deno.test("asCompleted begins nothing where something cannot be awaited", async () => {
  await inNoTime(async () => {
    let begun = false;
    const begin = () => {
      begun = true;
    };
    assert.throws(() => asCompleted([begin, 5 as never]), { name: "TypeError" });
    await sleep(1);
    assert.equal(begun, false);
  });
});
