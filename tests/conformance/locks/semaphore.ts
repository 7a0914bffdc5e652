/**
 * CPython's tests of `Semaphore` and `BoundedSemaphore`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { CancelledError } from "../../../loop/exceptions.ts";
import { gather } from "../../../loop/gather.ts";
import { BoundedSemaphore, Semaphore } from "../../../loop/locks.ts";
import { sleep } from "../../../loop/sleep.ts";
import { TaskGroup } from "../../../loop/task_group.ts";
import { createTask, type Task } from "../../../loop/tasks.ts";
import { waitFor } from "../../../loop/timeouts.ts";
import { rejection } from "../../rejection.ts";
import { assertState, waiters } from "./state.ts";
import { locks } from "./suite.ts";

/** A function for tasks that take a place, note their numbers, and return `true`. */
function taking(semaphore: Semaphore, result: number[]) {
  return async (n: number): Promise<boolean> => {
    await semaphore.acquire();
    result.push(n);
    return true;
  };
}

locks.held("SemaphoreTests.test_initial_value_zero", () => {
  assert.equal(new Semaphore(0).locked(), true);
});

locks.held("SemaphoreTests.test_repr", ({ run }) =>
  run(async () => {
    const semaphore = new Semaphore();
    assertState(semaphore, "unlocked, value:1");
    await semaphore.acquire();
    assertState(semaphore, "locked");
    const tasks = [createTask(() => semaphore.acquire())];
    await sleep(0);
    assertState(semaphore, "locked, waiters:1");
    tasks.push(createTask(() => semaphore.acquire()));
    await sleep(0);
    assertState(semaphore, "locked, waiters:2");
    semaphore.release();
    semaphore.release();
    for (const task of tasks) await task;
  }));

locks.differs(
  "SemaphoreTests.test_semaphore",
  "`await` of something that is no promise gives that thing itself; no place is taken by it",
  ({ run }) =>
    run(async () => {
      const semaphore = new Semaphore();
      assert.equal(await semaphore as unknown, semaphore);
      assert.equal(semaphore.locked(), false);
      assertState(semaphore, "unlocked, value:1");
    }),
);

locks.adapted(
  "SemaphoreTests.test_semaphore_value",
  "Python's `ValueError` is a `RangeError`",
  () => {
    assert.throws(() => new Semaphore(-1), RangeError);
  },
);

locks.held("SemaphoreTests.test_acquire", ({ run }) =>
  run(async () => {
    const semaphore = new Semaphore(3);
    const result: number[] = [];
    assert.ok(await semaphore.acquire());
    assert.ok(await semaphore.acquire());
    assert.equal(semaphore.locked(), false);

    const take = taking(semaphore, result);
    const t1 = createTask(take, 1);
    const race = [createTask(take, 2), createTask(take, 3)];
    await sleep(0);
    assert.deepEqual(result, [1]);
    assertState(semaphore, "locked, waiters:2");

    race.push(createTask(take, 4));
    semaphore.release();
    semaphore.release();
    assert.equal(semaphore.locked(), true);
    await sleep(0);
    assert.equal(result.length, 3);
    assertState(semaphore, "locked, waiters:1");
    assert.ok(t1.done());
    assert.equal(t1.result(), true);
    assert.equal(race.filter((task) => task.done() && task.result()).length, 2);

    semaphore.release();
    await gather(race);
  }));

locks.held("SemaphoreTests.test_acquire_cancel", ({ run }) =>
  run(async (loop) => {
    const semaphore = new Semaphore();
    await semaphore.acquire();
    const task = createTask(() => semaphore.acquire());
    loop.callSoon(() => task.cancel());
    await rejection(task, CancelledError);
    assert.equal(waiters(semaphore), 0);
  }));

locks.held("SemaphoreTests.test_acquire_cancel_before_awoken", ({ run }) =>
  run(async () => {
    const semaphore = new Semaphore(0);
    const [t1, t2, t3, t4] = [1, 2, 3, 4].map(() => createTask(() => semaphore.acquire()));
    await sleep(0);
    t1!.cancel();
    t2!.cancel();
    semaphore.release();
    await sleep(0);
    await sleep(0);
    assert.ok(t3!.done());
    assert.equal(t4!.done(), false);
    t3!.cancel();
    t4!.cancel();
    await sleep(0);
  }));

locks.held("SemaphoreTests.test_acquire_hang", ({ run }) =>
  run(async () => {
    const semaphore = new Semaphore(0);
    const t1 = createTask(() => semaphore.acquire());
    const t2 = createTask(() => semaphore.acquire());
    await sleep(0);
    t1.cancel();
    semaphore.release();
    await sleep(0);
    await sleep(0);
    assert.equal(semaphore.locked(), true);
    assert.ok(t2.done());
  }));

locks.held("SemaphoreTests.test_acquire_no_hang", ({ run }) =>
  run(async () => {
    const semaphore = new Semaphore(1);
    const t1 = createTask(async () => {
      {
        using _place = await semaphore.acquire();
        await sleep(0);
      }
      t2.cancel();
    });
    const t2: Task<void> = createTask(async () => {
      using _place = await semaphore.acquire();
      assert.fail("The place was not free");
    });
    const [r1, r2] = await gather(t1, t2, { returnExceptions: true });
    assert.equal(r1, undefined);
    assert.ok(r2 as unknown instanceof CancelledError);
    await waitFor(() => semaphore.acquire(), 1000);
  }));

locks.adapted(
  "SemaphoreTests.test_release_not_acquired",
  "Python's `ValueError` is a `RangeError`",
  () => {
    assert.throws(() => new BoundedSemaphore().release(), RangeError);
  },
);

locks.held("SemaphoreTests.test_release_no_waiters", ({ run }) =>
  run(async () => {
    const semaphore = new Semaphore();
    await semaphore.acquire();
    assert.equal(semaphore.locked(), true);
    semaphore.release();
    assert.equal(semaphore.locked(), false);
  }));

locks.held("SemaphoreTests.test_acquire_fifo_order", ({ run }) =>
  run(async () => {
    const semaphore = new Semaphore(1);
    const result: string[] = [];
    async function takeTwice(tag: string): Promise<void> {
      for (const time of [1, 2]) {
        await semaphore.acquire();
        result.push(`${tag}_${time}`);
        await sleep(10);
        semaphore.release();
      }
    }
    await TaskGroup.run((group) => {
      for (const tag of ["c1", "c2", "c3"]) group.createTask(takeTwice, tag);
    });
    assert.deepEqual(result, ["c1_1", "c2_1", "c3_1", "c1_2", "c2_2", "c3_2"]);
  }));

locks.held("SemaphoreTests.test_acquire_fifo_order_2", ({ run }) =>
  run(async () => {
    const semaphore = new Semaphore(1);
    const result: number[] = [];
    const take = taking(semaphore, result);
    const t1 = createTask(take, 1);
    const t2 = createTask(async () => {
      await semaphore.acquire();
      result.push(2);
      semaphore.release();
      await semaphore.acquire();
      result.push(4);
      return true;
    });
    const t3 = createTask(take, 3);
    await sleep(0);
    semaphore.release();
    semaphore.release();
    await gather(t1, t2, t3);
    assert.deepEqual(result, [1, 2, 3, 4]);
  }));

locks.held("SemaphoreTests.test_acquire_fifo_order_3", ({ run }) =>
  run(async () => {
    const semaphore = new Semaphore(0);
    const result: number[] = [];
    const tasks = [1, 2, 3].map((n) => createTask(taking(semaphore, result), n));
    await sleep(0);
    tasks[0]!.cancel();
    await sleep(0);
    semaphore.release();
    semaphore.release();
    await gather(tasks, { returnExceptions: true });
    assert.deepEqual(result, [2, 3]);
  }));

locks.held("SemaphoreTests.test_acquire_fifo_order_4", ({ run }) =>
  run(async () => {
    const semaphore = new Semaphore(0);
    const result: number[] = [];
    let t4: Task<boolean> | undefined;
    const t1 = createTask(async () => {
      assertState(semaphore, "locked");
      await semaphore.acquire();
      // Everybody who waited has been called by now: the fourth comes after them.
      t4 = createTask(() => {
        result.push(4);
        return true;
      });
      result.push(1);
      return true;
    });
    const t2 = createTask(async () => {
      for (const _ of [1, 2, 3]) semaphore.release();
      // The first was called, and has not gone on.
      assertState(semaphore, "locked, waiters:1");
      await semaphore.acquire();
      result.push(2);
      return true;
    });
    const t3 = createTask(async () => {
      await semaphore.acquire();
      assert.equal(semaphore.locked(), true);
      result.push(3);
      return true;
    });
    await sleep(0);
    assertState(semaphore, "locked, waiters:3");
    await sleep(0);
    await gather(t1, t2, t3, t4!);
    assert.deepEqual(result, [1, 2, 3, 4]);
  }));
