import assert from "node:assert/strict";
import { Event, Lock } from "../../loop/locks.ts";
import { sleep } from "../../loop/sleep.ts";
import { createTask } from "../../loop/tasks.ts";
import { timeout } from "../../loop/timeouts.ts";
import { inNoTime } from "./in_no_time.ts";

Deno.test("a lock has one holder at a time, in the order of asking", async () => {
  await inNoTime(async () => {
    const lock = new Lock();
    const log: string[] = [];
    const tasks = [1, 2, 3].map((n) =>
      createTask(async () => {
        using _held = await lock.acquire();
        log.push(`in ${n}`);
        await sleep(10);
        log.push(`out ${n}`);
      })
    );
    for (const task of tasks) await task;
    assert.deepEqual(log, ["in 1", "out 1", "in 2", "out 2", "in 3", "out 3"]);
    assert.equal(lock.locked(), false);
  });
});

Deno.test("whoever asks later does not overtake the one that was woken", async () => {
  await inNoTime(async () => {
    const lock = new Lock();
    const log: string[] = [];
    await lock.acquire();
    const waiting = createTask(async () => {
      await lock.acquire();
      log.push("waiting");
      lock.release();
    });
    await sleep(1);
    lock.release();
    await lock.acquire();
    log.push("late");
    lock.release();
    await waiting;
    assert.deepEqual(log, ["waiting", "late"]);
  });
});

Deno.test("a waiter that is cancelled just as it gets the lock passes it on", async () => {
  await inNoTime(async () => {
    const lock = new Lock();
    const log: number[] = [];
    await lock.acquire();
    const tasks = [0, 1, 2].map((n) =>
      createTask(async () => {
        using _held = await lock.acquire();
        log.push(n);
      })
    );
    await sleep(1);
    lock.release();
    tasks[0]!.cancel();
    await assert.rejects(tasks[0]!, { name: "CancelledError" });
    await tasks[1];
    await tasks[2];
    assert.deepEqual(log, [1, 2]);
    assert.equal(lock.locked(), false);
  });
});

Deno.test("a waiter that is cancelled before its turn leaves the line", async () => {
  await inNoTime(async () => {
    const lock = new Lock();
    await lock.acquire();
    const first = createTask(() => lock.acquire());
    const second = createTask(() => lock.acquire());
    await sleep(1);
    first.cancel();
    await assert.rejects(first, { name: "CancelledError" });
    lock.release();
    await second;
    assert.equal(lock.locked(), true);
    lock.release();
  });
});

Deno.test("a signal and a timeout end the wait for a lock, which others then get", async () => {
  await inNoTime(async () => {
    const lock = new Lock();
    const held = await lock.acquire();
    const controller = new AbortController();
    const aborted = createTask(() => lock.acquire({ signal: controller.signal }));
    const late = createTask(() => timeout(50, () => lock.acquire()));
    const patient = createTask(() => lock.acquire());
    await sleep(10);
    controller.abort(new RangeError("no longer"));
    await assert.rejects(aborted, { message: "no longer" });
    await assert.rejects(late, { name: "TimeoutError" });
    held[Symbol.dispose]();
    await patient;
    await assert.rejects(lock.acquire({ signal: AbortSignal.abort(new RangeError("never")) }), {
      message: "never",
    });
    lock.release();
    await assert.rejects(lock.acquire({ signal: AbortSignal.abort(new RangeError("never")) }));
    assert.equal(lock.locked(), false);
  });
});

Deno.test("a lock that is not held cannot be released, and a block releases it once", async () => {
  const lock = new Lock();
  assert.throws(() => lock.release(), { name: "RuntimeError" });
  const held = await lock.acquire();
  held[Symbol.dispose]();
  await lock.acquire();
  held[Symbol.dispose]();
  assert.equal(lock.locked(), true);
});

Deno.test("an event wakes all who wait, and does not make the rest wait", async () => {
  await inNoTime(async () => {
    const event = new Event();
    const tasks = [1, 2].map(() => createTask(() => event.wait()));
    await sleep(1);
    assert.deepEqual(tasks.map((task) => task.done()), [false, false]);
    event.set();
    event.set();
    event.clear();
    for (const task of tasks) assert.equal(await task, true);
    assert.equal(event.isSet(), false);
    event.set();
    assert.equal(await event.wait(), true);
  });
});

Deno.test("a wait for an event can be cancelled and aborted", async () => {
  await inNoTime(async () => {
    const event = new Event();
    const task = createTask(() => event.wait());
    await sleep(1);
    task.cancel();
    await assert.rejects(task, { name: "CancelledError" });
    const controller = new AbortController();
    const waiting = event.wait({ signal: controller.signal });
    controller.abort(new RangeError("no longer"));
    await assert.rejects(waiting, { message: "no longer" });
    event.set();
  });
});

Deno.test("a lock and an event say how they are", async () => {
  await inNoTime(async () => {
    const lock = new Lock();
    const event = new Event();
    assert.deepEqual([String(lock), String(event)], ["<Lock [unlocked]>", "<Event [unset]>"]);
    using _held = await lock.acquire();
    const tasks = [1, 2].map(() => createTask(() => lock.acquire()));
    const waiting = createTask(() => event.wait());
    await sleep(1);
    assert.equal(Deno.inspect(lock), "<Lock [locked, waiters:2]>");
    assert.equal(Deno.inspect(event), "<Event [unset, waiters:1]>");
    event.set();
    await waiting;
    assert.equal(Deno.inspect(event), "<Event [set]>");
    class Gate extends Lock {}
    assert.equal(String(new Gate()), "<Gate [unlocked]>");
    for (const task of tasks) task.cancel();
  });
});

Deno.test("locks and events work outside of tasks, and between loops", async () => {
  const lock = new Lock();
  const event = new Event();
  const held = await lock.acquire();
  const task = inNoTime(async () => {
    using _held = await lock.acquire();
    event.set();
    await sleep(10);
  });
  held[Symbol.dispose]();
  await event.wait();
  assert.equal(lock.locked(), true);
  using _held = await lock.acquire();
  await task;
});
