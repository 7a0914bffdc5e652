import assert from "node:assert/strict";
import { CancelledError, RuntimeError, TimeoutError } from "../../../loop/exceptions.ts";
import { Condition, Lock, Semaphore } from "../../../loop/locks.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { timeout } from "../../../loop/timeouts.ts";
import { rejection } from "../../rejection.ts";
import { inNoTime } from "../in_no_time.ts";

Deno.test("whoever waits for a condition lets others have the lock, and takes it again", async () => {
  await inNoTime(async () => {
    const condition = new Condition();
    const log: string[] = [];
    const task = createTask(async () => {
      using _held = await condition.acquire();
      log.push("waits");
      assert.equal(await condition.wait(), true);
      log.push(`has the lock: ${condition.locked()}`);
    });
    await sleep(1);
    {
      using _held = await condition.acquire();
      condition.notify();
      log.push("notified");
      await sleep(1);
      log.push("releases");
    }
    await task;
    assert.deepEqual(log, ["waits", "notified", "releases", "has the lock: true"]);
    assert.equal(condition.locked(), false);
  });
});

Deno.test("as many are notified as are asked for, in the order in which they came", async () => {
  await inNoTime(async () => {
    const condition = new Condition();
    const log: number[] = [];
    const tasks = [1, 2, 3, 4].map((n) =>
      createTask(async () => {
        using _held = await condition.acquire();
        await condition.wait();
        log.push(n);
      })
    );
    async function notify(n?: number): Promise<void> {
      using _held = await condition.acquire();
      condition.notify(n);
    }
    await sleep(1);
    await notify(0);
    await sleep(1);
    assert.deepEqual(log, []);
    await notify(2);
    await sleep(1);
    assert.deepEqual(log, [1, 2]);
    await notify();
    await sleep(1);
    assert.deepEqual(log, [1, 2, 3]);
    await notify(100);
    for (const task of tasks) await task;
    assert.deepEqual(log, [1, 2, 3, 4]);
  });
});

Deno.test("waitFor gives what its predicate returned, and looks while the lock is held", async () => {
  await inNoTime(async () => {
    const condition = new Condition();
    const items: string[] = [];
    const looked: boolean[] = [];
    const task = createTask(async () => {
      using _held = await condition.acquire();
      return await condition.waitFor(() => {
        looked.push(condition.locked());
        return items[1];
      });
    });
    for (const item of ["a", "b"]) {
      await sleep(1);
      using _held = await condition.acquire();
      items.push(item);
      condition.notifyAll();
    }
    assert.equal(await task, "b");
    assert.deepEqual(looked, [true, true, true]);
  });
});

Deno.test("a signal ends the wait for a condition, with the lock held again", async () => {
  await inNoTime(async () => {
    const condition = new Condition();
    const controller = new AbortController();
    const task = createTask(async () => {
      using _held = await condition.acquire();
      await rejection(condition.wait(controller), RangeError);
      return condition.locked();
    });
    await sleep(1);
    {
      using _held = await condition.acquire();
      controller.abort(new RangeError("no longer"));
      await sleep(1);
      assert.equal(task.done(), false);
    }
    assert.equal(await task, true);
    assert.equal(condition.locked(), false);

    using _held = await condition.acquire();
    await rejection(condition.wait(controller), RangeError);
    await rejection(condition.waitFor(() => false, controller), RangeError);
    assert.equal(condition.locked(), true);
  });
});

Deno.test("a notification for one whose signal was aborted before is another's", async () => {
  await inNoTime(async () => {
    const condition = new Condition();
    const controller = new AbortController();
    const [first, second] = [controller.signal, undefined].map((signal) =>
      createTask(async () => {
        using _held = await condition.acquire();
        await condition.wait({ signal });
      })
    );
    await sleep(1);
    {
      using _held = await condition.acquire();
      controller.abort(new RangeError("no longer"));
      condition.notify();
    }
    await rejection(first!, RangeError);
    await second;
  });
});

Deno.test("whoever is cancelled again and again takes the lock before it is thrown anything", async () => {
  await inNoTime(async () => {
    const condition = new Condition();
    const task = createTask(async () => {
      using _held = await condition.acquire();
      try {
        await condition.wait();
      } finally {
        assert.equal(condition.locked(), true);
      }
    });
    await sleep(1);
    const held = await condition.acquire();
    for (const message of ["a", "b", "c"]) {
      task.cancel(message);
      await sleep(1);
      assert.equal(task.done(), false);
    }
    held[Symbol.dispose]();
    assert.equal((await rejection(task, CancelledError)).message, "c");
    assert.equal(condition.locked(), false);
  });
});

Deno.test("a time limit ends the wait for a condition, with the lock held again", async () => {
  await inNoTime(async () => {
    const condition = new Condition();
    using _held = await condition.acquire();
    await rejection(timeout(10, () => condition.wait()), TimeoutError);
    assert.equal(condition.locked(), true);
  });
});

Deno.test("two conditions share a lock, and notify each its own", async () => {
  await inNoTime(async () => {
    const lock = new Lock();
    const [full, empty] = [new Condition(lock), new Condition(lock)];
    const log: string[] = [];
    const tasks = [full, empty].map((condition) =>
      createTask(async () => {
        using _held = await lock.acquire();
        await condition.wait();
        log.push(condition === full ? "full" : "empty");
      })
    );
    await sleep(1);
    for (const condition of [empty, full]) {
      using _held = await condition.acquire();
      condition.notifyAll();
      await sleep(1);
      assert.equal(lock.locked(), true);
    }
    for (const task of tasks) await task;
    assert.deepEqual(log, ["empty", "full"]);
  });
});

Deno.test("a condition is not waited for, and nobody notified, without the lock", async () => {
  const condition = new Condition();
  const error = await rejection(condition.wait(), RuntimeError);
  assert.equal(error.message, "Cannot wait on a lock that is not acquired");
  assert.throws(() => condition.notify(), RuntimeError);
  assert.throws(() => condition.notifyAll(), RuntimeError);
  assert.throws(() => condition.release(), RuntimeError);
  assert.throws(() => new Condition(new Semaphore() as unknown as Lock), TypeError);
});

Deno.test("a condition works outside of tasks too", async () => {
  const condition = new Condition();
  const held = await condition.acquire();
  const waiting = condition.wait();
  const other = await condition.acquire();
  condition.notify();
  other[Symbol.dispose]();
  await waiting;
  assert.equal(condition.locked(), true);
  held[Symbol.dispose]();
  assert.equal(condition.locked(), false);
});

Deno.test("a condition says how it is", async () => {
  await inNoTime(async () => {
    const condition = new Condition();
    assert.equal(String(condition), "<Condition [unlocked]>");
    const task = createTask(async () => {
      using _held = await condition.acquire();
      await condition.wait();
    });
    await sleep(1);
    using _held = await condition.acquire();
    assert.equal(Deno.inspect(condition), "<Condition [locked, waiters:1]>");
    task.cancel();
  });
});
