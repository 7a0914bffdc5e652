import assert from "node:assert/strict";
import { CancelledError, TimeoutError } from "../../../loop/exceptions.ts";
import { BoundedSemaphore, Semaphore } from "../../../loop/locks.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { timeout } from "../../../loop/timeouts.ts";
import { rejection } from "../../rejection.ts";
import { inNoTime } from "../in_no_time.ts";

Deno.test("a semaphore has as many holders as places, in the order of asking", async () => {
  await inNoTime(async (clock) => {
    const places = new Semaphore(2);
    const log: string[] = [];
    const tasks = [1, 2, 3, 4, 5].map((n) =>
      createTask(async () => {
        using _place = await places.acquire();
        log.push(`${clock.now()} ${n}`);
        await sleep(10);
      })
    );
    for (const task of tasks) await task;
    assert.deepEqual(log, ["0 1", "0 2", "10 3", "10 4", "20 5"]);
    assert.equal(places.locked(), false);
  });
});

Deno.test("nobody overtakes those who wait for a place, although one is free", async () => {
  await inNoTime(async () => {
    const places = new Semaphore(0);
    const log: string[] = [];
    async function take(word: string): Promise<void> {
      await places.acquire();
      log.push(word);
    }
    const waiting = createTask(take, "waiting");
    await sleep(1);
    places.release();
    places.release();
    assert.equal(places.locked(), true);
    await take("late");
    await waiting;
    assert.deepEqual(log, ["waiting", "late"]);
    assert.equal(String(places), "<Semaphore [locked]>");
  });
});

Deno.test("a place for one that is cancelled, or whose signal is aborted, goes to the next", async () => {
  await inNoTime(async () => {
    const places = new Semaphore(0);
    const controller = new AbortController();
    const cancelled = createTask(() => places.acquire());
    const aborted = createTask(() => places.acquire(controller));
    const late = createTask(() => timeout(5, () => places.acquire()));
    const patient = createTask(() => places.acquire());
    await sleep(1);
    places.release();
    cancelled.cancel();
    await rejection(cancelled, CancelledError);
    using _place = await aborted;
    await sleep(10);
    await rejection(late, TimeoutError);

    const again = createTask(() => places.acquire(controller));
    await sleep(1);
    controller.abort(new RangeError("no longer"));
    await rejection(again, RangeError);
    places.release();
    await patient;
    places.release();
    await rejection(places.acquire(controller), RangeError);
    await places.acquire();
    assert.equal(String(places), "<Semaphore [locked]>");
  });
});

Deno.test("a semaphore can be given more places, and a bounded one cannot", async () => {
  const places = new Semaphore(0);
  places.release();
  places.release();
  assert.equal(String(places), "<Semaphore [unlocked, value:2]>");

  const bounded = new BoundedSemaphore(2);
  assert.throws(() => bounded.release(), RangeError);
  const place = await bounded.acquire();
  place[Symbol.dispose]();
  place[Symbol.dispose]();
  assert.equal(String(bounded), "<BoundedSemaphore [unlocked, value:2]>");
  assert.throws(() => bounded.release(), RangeError);
});

Deno.test("places are whole numbers from 0 on, or without end", async () => {
  for (const value of [-1, 0.5, NaN, -Infinity, "2" as unknown as number]) {
    assert.throws(() => new Semaphore(value), RangeError, `${value}`);
    assert.throws(() => new BoundedSemaphore(value), RangeError, `${value}`);
  }
  assert.equal(new Semaphore(0).locked(), true);
  const endless = new Semaphore(Infinity);
  await endless.acquire();
  assert.equal(String(endless), "<Semaphore [unlocked, value:Infinity]>");
});

Deno.test("a semaphore works outside of tasks too, and says how it is", async () => {
  const places = new Semaphore();
  assert.equal(Deno.inspect(places), "<Semaphore [unlocked, value:1]>");
  const place = await places.acquire();
  const next = places.acquire();
  assert.equal(Deno.inspect(places), "<Semaphore [locked, waiters:1]>");
  place[Symbol.dispose]();
  using _place = await next;
  assert.equal(Deno.inspect(places), "<Semaphore [locked]>");
});
