/**
 * CPython's tests of a `Barrier` that is neither reset nor aborted.
 *
 * @module
 */

import assert from "node:assert/strict";
import { CancelledError } from "../../../loop/exceptions.ts";
import { gather } from "../../../loop/gather.ts";
import { Barrier } from "../../../loop/locks.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask, type Task } from "../../../loop/tasks.ts";
import { wait } from "../../../loop/wait_tasks.ts";
import { rejection } from "../../rejection.ts";
import { gatherTasks, makeTasks, trues } from "./parties.ts";
import { assertState } from "./state.ts";
import { locks } from "./suite.ts";

const N = 5;
const BLOCK = "`async with barrier as position` is `await barrier.wait()`: its end does nothing";

function assertIdle(barrier: Barrier): void {
  assert.equal(barrier.nWaiting, 0);
  assert.equal(barrier.broken, false);
}

locks.differs(
  "BarrierTests.test_barrier",
  "`await` of something that is no promise gives that thing itself, and is no wait at the barrier",
  ({ run }) =>
    run(async () => {
      const barrier = new Barrier(N);
      assertState(barrier, `filling, waiters:0/${N}`);
      assert.equal(await barrier as unknown, barrier);
      assertState(barrier, `filling, waiters:0/${N}`);
    }),
);

locks.held("BarrierTests.test_repr", ({ run }) =>
  run(async () => {
    const barrier = new Barrier(N);
    assertState(barrier, "filling, waiters:0/5");
    const tasks: Task<number>[] = [];
    async function add(count: number): Promise<void> {
      tasks.push(...makeTasks(count, () => barrier.wait()));
      await sleep(0);
    }
    await add(2);
    assertState(barrier, "filling, waiters:2/5");
    await add(barrier.parties - barrier.nWaiting);
    assertState(barrier, "draining, waiters:0/5");
    await add(2);
    await barrier.reset();
    assertState(barrier, "resetting, waiters:0/5");
    await add(2);
    await barrier.abort();
    assertState(barrier, "broken");
    assert.equal(barrier.broken, true);
    await gather(tasks, { returnExceptions: true });
  }));

locks.adapted(
  "BarrierTests.test_barrier_parties",
  "Python's `ValueError` is a `RangeError`",
  () => {
    assert.throws(() => new Barrier(0), RangeError);
    assert.throws(() => new Barrier(-4), RangeError);
    assert.ok(new Barrier(N) instanceof Barrier);
  },
);

locks.adapted("BarrierTests.test_context_manager", BLOCK, ({ run }) =>
  run(async () => {
    const barrier = new Barrier(3);
    const positions = await gatherTasks(3, () => barrier.wait());
    assert.deepEqual(positions.sort(), [0, 1, 2]);
    assertIdle(barrier);
  }));

locks.adapted("BarrierTests.test_filling_one_task", BLOCK, ({ run }) =>
  run(async () => {
    const barrier = new Barrier(1);
    assert.equal(await barrier.wait(), 0);
    assertIdle(barrier);
  }));

locks.held("BarrierTests.test_filling_one_task_twice", ({ run }) =>
  run(async () => {
    const barrier = new Barrier(1);
    const t1 = createTask(() => barrier.wait());
    await sleep(0);
    assert.equal(barrier.nWaiting, 0);
    const t2 = createTask(() => barrier.wait());
    await sleep(0);
    assert.equal(t1.result(), t2.result());
    assert.equal(t1.done(), t2.done());
    assertIdle(barrier);
  }));

locks.held("BarrierTests.test_filling_task_by_task", ({ run }) =>
  run(async () => {
    const barrier = new Barrier(3);
    const t1 = createTask(() => barrier.wait());
    await sleep(0);
    assertState(barrier, "filling, waiters:1/3");
    assert.equal(barrier.nWaiting, 1);
    const t2 = createTask(() => barrier.wait());
    await sleep(0);
    assertState(barrier, "filling, waiters:2/3");
    assert.equal(barrier.nWaiting, 2);
    const t3 = createTask(() => barrier.wait());
    await sleep(0);
    await wait([t1, t2, t3]);
    assertIdle(barrier);
  }));

locks.adapted("BarrierTests.test_filling_tasks_wait_twice", BLOCK, ({ run }) =>
  run(async () => {
    const barrier = new Barrier(N);
    const results: boolean[] = [];
    await gatherTasks(N, async () => {
      await barrier.wait();
      results.push(true);
      await barrier.wait();
      results.push(false);
    });
    assert.deepEqual(results, [...trues(N), ...Array(N).fill(false)]);
    assertIdle(barrier);
  }));

locks.adapted(
  "BarrierTests.test_filling_tasks_check_return_value",
  BLOCK,
  ({ run }) =>
    run(async () => {
      const barrier = new Barrier(N);
      const first: boolean[] = [];
      const second: boolean[] = [];
      const positions = await gatherTasks(N, async () => {
        await barrier.wait();
        first.push(true);
        const position = await barrier.wait();
        second.push(true);
        return position;
      });
      assert.deepEqual(first, trues(N));
      assert.deepEqual(second, trues(N));
      assert.deepEqual(positions.sort(), [0, 1, 2, 3, 4]);
      assertIdle(barrier);
    }),
);

locks.adapted("BarrierTests.test_draining_state", BLOCK, ({ run }) =>
  run(async () => {
    const barrier = new Barrier(N);
    const results: boolean[] = [];
    await gatherTasks(N, async () => {
      await barrier.wait();
      results.push(String(barrier).includes("draining"));
    });
    assert.deepEqual(results, [...trues(N - 1), false]);
    assertIdle(barrier);
  }));

locks.held("BarrierTests.test_blocking_tasks_while_draining", ({ run }) =>
  run(async () => {
    const again = 2;
    const barrier = new Barrier(N);
    const others = new Barrier(N - again);
    let left = again;
    await gatherTasks(N, async () => {
      await barrier.wait();
      if (left > 0) {
        left -= 1;
        await barrier.wait();
      } else {
        await others.wait();
        await barrier.wait();
      }
    });
    assertIdle(others);
  }));

locks.held("BarrierTests.test_filling_tasks_cancel_one", ({ run }) =>
  run(async () => {
    const barrier = new Barrier(3);
    const results: boolean[] = [];
    async function meet(): Promise<void> {
      await barrier.wait();
      results.push(true);
    }
    const t1 = createTask(meet);
    await sleep(0);
    assert.equal(barrier.nWaiting, 1);
    const t2 = createTask(meet);
    await sleep(0);
    assert.equal(barrier.nWaiting, 2);
    t1.cancel();
    await sleep(0);
    assert.equal(barrier.nWaiting, 1);
    await rejection(t1, CancelledError);
    assert.ok(t1.cancelled());
    const t3 = createTask(meet);
    await sleep(0);
    assert.equal(barrier.nWaiting, 2);
    const t4 = createTask(meet);
    await gather(t2, t3, t4);
    assert.deepEqual(results, trues(3));
    assertIdle(barrier);
  }));
