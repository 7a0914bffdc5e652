/**
 * CPython's tests of `Lock`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { CancelledError, RuntimeError } from "../../../loop/exceptions.ts";
import type { Future } from "../../../loop/future.ts";
import { BoundedSemaphore, Condition, Lock, Semaphore } from "../../../loop/locks.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { rejection } from "../../rejection.ts";
import { assertState, waiters } from "./state.ts";
import { locks } from "./suite.ts";

locks.held("LockTests.test_repr", ({ run }) =>
  run(async () => {
    const lock = new Lock();
    assertState(lock, "unlocked");
    await lock.acquire();
    assertState(lock, "locked");
  }));

locks.differs(
  "LockTests.test_lock",
  "`await` of something that is no promise gives that thing itself; a lock is not taken by it",
  ({ run }) =>
    run(async () => {
      const lock = new Lock();
      assert.equal(await lock as unknown, lock);
      assert.equal(lock.locked(), false);
    }),
);

locks.adapted(
  "LockTests.test_lock_by_with_statement",
  "the lock that `await` gives is refused by `using`, as by `with`; what `acquire` gives is not",
  ({ run }) =>
    run(async () => {
      for (const lock of [new Lock(), new Condition(), new Semaphore(), new BoundedSemaphore()]) {
        await sleep(10);
        assert.equal(lock.locked(), false);
        await rejection(
          (async () => {
            using _held = await (lock as unknown as Promise<Disposable>);
          })(),
          TypeError,
        );
        assert.equal(lock.locked(), false);
      }
    }),
);

locks.held("LockTests.test_acquire", ({ run }) =>
  run(async () => {
    const lock = new Lock();
    const result: number[] = [];
    assert.ok(await lock.acquire());

    async function take(n: number): Promise<boolean> {
      if (await lock.acquire()) result.push(n);
      return true;
    }
    const t1 = createTask(take, 1);
    const t2 = createTask(take, 2);
    await sleep(0);
    assert.deepEqual(result, []);
    lock.release();
    await sleep(0);
    assert.deepEqual(result, [1]);
    await sleep(0);
    assert.deepEqual(result, [1]);

    const t3 = createTask(take, 3);
    lock.release();
    await sleep(0);
    assert.deepEqual(result, [1, 2]);
    lock.release();
    await sleep(0);
    assert.deepEqual(result, [1, 2, 3]);
    for (const task of [t1, t2, t3]) {
      assert.ok(task.done());
      assert.equal(task.result(), true);
    }
  }));

locks.held("LockTests.test_acquire_cancel", ({ run }) =>
  run(async (loop) => {
    const lock = new Lock();
    assert.ok(await lock.acquire());
    const task = createTask(() => lock.acquire());
    loop.callSoon(() => task.cancel());
    await rejection(task, CancelledError);
    assert.equal(waiters(lock), 0);
  }));

locks.held("LockTests.test_cancel_race", ({ run }) =>
  run(async (loop) => {
    const lock = new Lock();
    async function lockIt(blocker: Future<void> | null): Promise<void> {
      await lock.acquire();
      try {
        if (blocker !== null) await blocker;
      } finally {
        lock.release();
      }
    }
    const blocker = loop.createFuture<void>();
    const ta = createTask(lockIt, blocker);
    await sleep(0);
    assert.equal(lock.locked(), true);
    const tb = createTask(lockIt, null);
    await sleep(0);
    assert.equal(waiters(lock), 1);
    const tc = createTask(lockIt, null);
    await sleep(0);
    assert.equal(waiters(lock), 2);

    // B has given up its place in line, and is still in it, when A releases the lock.
    blocker.setResult();
    tb.cancel();
    assert.equal(waiters(lock), 2);
    await sleep(0);
    assert.equal(lock.locked(), false);
    assert.ok(ta.done());
    assert.ok(tb.cancelled());
    await tc;
  }));

locks.held("LockTests.test_cancel_release_race", ({ run }) =>
  run(async (loop) => {
    const lock = new Lock();
    let calls = 0;
    let held = 0;
    async function lockIt(): Promise<void> {
      calls += 1;
      await lock.acquire();
      held += 1;
    }
    await lock.acquire();
    const t1 = createTask(lockIt);
    const t2 = createTask(lockIt);
    const t3 = createTask(lockIt);
    await sleep(0);
    loop.callSoon(() => {
      t1.cancel();
      lock.release();
    });
    await rejection(t1, CancelledError);
    assert.equal(held, 1);
    assert.equal(calls, 3);
    assert.ok(t1.cancelled() && t2.done());
    t3.cancel();
    await sleep(0);
    assert.ok(t3.cancelled());
  }));

locks.held("LockTests.test_finished_waiter_cancelled", ({ run }) =>
  run(async () => {
    const lock = new Lock();
    await lock.acquire();
    assert.equal(lock.locked(), true);
    const tb = createTask(() => lock.acquire());
    await sleep(0);
    assert.equal(waiters(lock), 1);
    const tc = createTask(() => lock.acquire());
    tb.cancel();
    lock.release();
    await sleep(0);
    assert.equal(lock.locked(), true);
    assert.ok(tb.cancelled());
    await tc;
  }));

locks.held("LockTests.test_release_not_acquired", () => {
  const lock = new Lock();
  assert.throws(() => lock.release(), RuntimeError);
});

locks.held("LockTests.test_release_no_waiters", ({ run }) =>
  run(async () => {
    const lock = new Lock();
    await lock.acquire();
    assert.equal(lock.locked(), true);
    lock.release();
    assert.equal(lock.locked(), false);
  }));

locks.held("LockTests.test_context_manager", ({ run }) =>
  run(async () => {
    const lock = new Lock();
    assert.equal(lock.locked(), false);
    {
      using _held = await lock.acquire();
      assert.equal(lock.locked(), true);
    }
    assert.equal(lock.locked(), false);
  }));
