import assert from "node:assert/strict";
import { Future } from "../../loop/futures.ts";
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

Deno.test("leaving asCompleted early leaves no timer behind", async () => {
  await inNoTime(async (clock) => {
    const slow = createTask(() => sleep(100));
    for await (const _ of asCompleted([() => 1, slow], { timeout: 60_000 })) break;
    await slow;
    await sleep(1);
    assert.equal(clock.now(), 101);
  });
});
