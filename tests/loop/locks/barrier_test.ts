import assert from "node:assert/strict";
import { CancelledError, RuntimeError, TimeoutError } from "../../../loop/exceptions.ts";
import { Barrier, BrokenBarrierError } from "../../../loop/locks.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { timeout } from "../../../loop/timeouts.ts";
import { rejection } from "../../rejection.ts";
import { inNoTime } from "../in_no_time.ts";

Deno.test("tasks leave a barrier together, each with its position, again and again", async () => {
  await inNoTime(async (clock) => {
    const barrier = new Barrier(3);
    const log: string[] = [];
    const tasks = [3, 1, 2].map((ms) =>
      createTask(async () => {
        for (const round of [1, 2]) {
          await sleep(ms);
          const position = await barrier.wait();
          log.push(`round ${round}, ${ms}: position ${position} at ${clock.now()}`);
        }
      })
    );
    for (const task of tasks) await task;
    assert.deepEqual(log.sort(), [
      "round 1, 1: position 0 at 3",
      "round 1, 2: position 1 at 3",
      "round 1, 3: position 2 at 3",
      "round 2, 1: position 0 at 6",
      "round 2, 2: position 1 at 6",
      "round 2, 3: position 2 at 6",
    ]);
  });
});

Deno.test("a task that is cancelled, late or aborted does not count at a barrier", async () => {
  await inNoTime(async () => {
    const barrier = new Barrier(2);
    const controller = new AbortController();
    const cancelled = createTask(() => barrier.wait());
    await sleep(1);
    cancelled.cancel();
    await rejection(cancelled, CancelledError);
    await rejection(timeout(10, () => barrier.wait()), TimeoutError);
    const aborted = createTask(() => barrier.wait(controller));
    await sleep(1);
    assert.equal(barrier.nWaiting, 1);
    controller.abort(new RangeError("no longer"));
    await rejection(aborted, RangeError);
    await rejection(barrier.wait(controller), RangeError);
    assert.equal(barrier.nWaiting, 0);

    const first = createTask(() => barrier.wait());
    await sleep(1);
    assert.equal(await barrier.wait(), 1);
    assert.equal(await first, 0);
  });
});

Deno.test("to reset a barrier sends away those who wait, and lets others come", async () => {
  await inNoTime(async () => {
    const barrier = new Barrier(2);
    const waiting = createTask(() => barrier.wait());
    await sleep(1);
    await barrier.reset();
    const error = await rejection(waiting, BrokenBarrierError);
    assert.ok(error instanceof RuntimeError);
    assert.deepEqual([error.name, error.message], ["BrokenBarrierError", "The barrier was reset"]);
    assert.equal(barrier.broken, false);
    const first = createTask(() => barrier.wait());
    await sleep(1);
    await barrier.wait();
    await first;
  });
});

Deno.test("an aborted barrier sends everybody away, until it is reset", async () => {
  await inNoTime(async () => {
    const barrier = new Barrier(2);
    const waiting = createTask(() => barrier.wait());
    await sleep(1);
    await barrier.abort();
    assert.equal((await rejection(waiting, BrokenBarrierError)).message, "The barrier was aborted");
    await rejection(barrier.wait(), BrokenBarrierError);
    assert.equal(barrier.broken, true);
    await barrier.reset();
    assert.equal(barrier.broken, false);
    const first = createTask(() => barrier.wait());
    await sleep(1);
    await barrier.wait();
    await first;
  });
});

Deno.test("a signal ends the wait for a barrier from which others are leaving", async () => {
  await inNoTime(async () => {
    const barrier = new Barrier(3);
    const leaving = [1, 2, 3].map(() => createTask(() => barrier.wait()));
    const controller = new AbortController();
    const coming = createTask(() => barrier.wait(controller));
    await sleep(0);
    assert.equal(String(barrier), "<Barrier [draining, waiters:0/3]>");
    controller.abort(new RangeError("no longer"));
    await rejection(coming, RangeError);
    await rejection(barrier.reset(controller), RangeError);
    await rejection(barrier.abort(controller), RangeError);
    for (const task of leaving) await task;
    assert.equal(String(barrier), "<Barrier [filling, waiters:0/3]>");
  });
});

Deno.test("a broken barrier lets nobody through, not even as many as it is for", async () => {
  const barrier = new Barrier(1);
  await barrier.wait();
  await barrier.abort();
  await rejection(barrier.wait(), BrokenBarrierError);
  assert.equal(barrier.broken, true);
});

Deno.test("a barrier is for a whole number of tasks from 1 on", () => {
  for (const parties of [0, -4, 1.5, NaN, Infinity, undefined as unknown as number]) {
    assert.throws(() => new Barrier(parties), RangeError, `${parties}`);
  }
  assert.equal(new Barrier(3).parties, 3);
});

Deno.test("a barrier works outside of tasks too, and says how it is", async () => {
  const barrier = new Barrier(2);
  const first = barrier.wait();
  await Promise.resolve();
  await sleep(0);
  assert.equal(Deno.inspect(barrier), "<Barrier [filling, waiters:1/2]>");
  assert.deepEqual(await Promise.all([first, barrier.wait()]), [0, 1]);
  await barrier.abort();
  assert.equal(String(barrier), "<Barrier [broken]>");
});
