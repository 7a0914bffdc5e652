/**
 * CPython's tests of a `Barrier` that is reset or aborted.
 *
 * @module
 */

import assert from "node:assert/strict";
import { RuntimeError } from "../../../loop/exceptions.ts";
import { gather } from "../../../loop/gather.ts";
import { Barrier, BrokenBarrierError } from "../../../loop/locks.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { gatherTasks, makeTasks, trues } from "./parties.ts";
import { locks } from "./suite.ts";

const N = 5;
const HALF = 2;

function assertEmpty(barrier: Barrier, { broken }: { broken: boolean }): void {
  assert.equal(barrier.nWaiting, 0);
  assert.equal(barrier.broken, broken);
  assert.doesNotMatch(String(barrier), /resetting/);
}

/** Waits, and says whether it has been let through. */
async function isLetThrough(barrier: Barrier): Promise<boolean> {
  try {
    await barrier.wait();
    return true;
  } catch (error) {
    if (error instanceof BrokenBarrierError) return false;
    throw error;
  }
}

locks.held("BarrierTests.test_reset_barrier", ({ run }) =>
  run(async () => {
    const barrier = new Barrier(1);
    createTask(() => barrier.reset());
    await sleep(0);
    assertEmpty(barrier, { broken: false });
  }));

locks.held("BarrierTests.test_reset_barrier_while_tasks_waiting", ({ run }) =>
  run(async () => {
    const barrier = new Barrier(N);
    const results: boolean[] = [];
    const tasks = makeTasks(N - 1, async () => {
      if (!await isLetThrough(barrier)) results.push(true);
    });
    await sleep(0);
    createTask(() => barrier.reset());
    await gather(tasks);
    assert.deepEqual(results, trues(N - 1));
    assertEmpty(barrier, { broken: false });
  }));

locks.held(
  "BarrierTests.test_reset_barrier_when_tasks_half_draining",
  ({ run }) =>
    run(async () => {
      const barrier = new Barrier(N);
      const results: boolean[] = [];
      let inside = N;
      await gatherTasks(N, async () => {
        const passed = await isLetThrough(barrier);
        inside -= 1;
        if (!passed) results.push(true);
        else if (inside === HALF) await barrier.reset();
      });
      assert.deepEqual(results, trues(HALF));
      assertEmpty(barrier, { broken: false });
    }),
);

locks.held(
  "BarrierTests.test_reset_barrier_when_tasks_half_draining_half_blocking",
  ({ run }) =>
    run(async () => {
      const barrier = new Barrier(N);
      const waiting: boolean[] = [];
      const blocked: boolean[] = [];
      let passed = 0;
      await gatherTasks(N, async () => {
        if (!await isLetThrough(barrier)) {
          waiting.push(true);
          await barrier.wait();
          return;
        }
        passed += 1;
        if (passed > HALF) {
          await barrier.reset();
          await barrier.wait();
        } else if (!await isLetThrough(barrier)) {
          blocked.push(true);
        }
      });
      assert.deepEqual(waiting, trues(HALF));
      assert.deepEqual(blocked, []);
      assertEmpty(barrier, { broken: false });
    }),
);

locks.adapted(
  "BarrierTests.test_reset_barrier_while_tasks_waiting_and_waiting_again",
  "`async with barrier` is `await barrier.wait()`: the end of the block does nothing",
  ({ run }) =>
    run(async () => {
      const barrier = new Barrier(N);
      const broken: boolean[] = [];
      const passed: boolean[] = [];
      const tasks = makeTasks(N - 1, async () => {
        if (!await isLetThrough(barrier)) broken.push(true);
        await barrier.wait();
        passed.push(true);
      });
      createTask(() => barrier.reset());
      await sleep(0);
      createTask(async () => {
        await barrier.wait();
        passed.push(true);
      });
      await gather(tasks);
      assert.equal(barrier.broken, false);
      assert.deepEqual(broken, trues(N - 1));
      assert.deepEqual(passed, trues(N));
      assert.equal(barrier.nWaiting, 0);
    }),
);

locks.held("BarrierTests.test_reset_barrier_while_tasks_draining", ({ run }) =>
  run(async () => {
    const barrier = new Barrier(N);
    const again: boolean[] = [];
    const ended: boolean[] = [];
    let passed = 0;
    await gatherTasks(N, async () => {
      await barrier.wait();
      passed += 1;
      if (passed === N) {
        await barrier.reset();
        await barrier.wait();
      } else {
        again.push(await isLetThrough(barrier));
      }
      await barrier.wait();
      ended.push(true);
    });
    assert.equal(barrier.broken, false);
    assert.deepEqual(again, trues(N - 1));
    assert.deepEqual(ended, trues(N));
    assert.equal(barrier.nWaiting, 0);
  }));

locks.held("BarrierTests.test_abort_barrier", ({ run }) =>
  run(async () => {
    const barrier = new Barrier(1);
    createTask(() => barrier.abort());
    await sleep(0);
    assertEmpty(barrier, { broken: true });
  }));

locks.held(
  "BarrierTests.test_abort_barrier_when_tasks_half_draining_half_blocking",
  ({ run }) =>
    run(async () => {
      const barrier = new Barrier(N);
      const waiting: boolean[] = [];
      const blocked: boolean[] = [];
      let passed = 0;
      await gatherTasks(N, async () => {
        if (!await isLetThrough(barrier)) {
          waiting.push(true);
          return;
        }
        passed += 1;
        if (passed > HALF) await barrier.abort();
        else if (!await isLetThrough(barrier)) blocked.push(true);
      });
      assert.deepEqual(waiting, trues(HALF));
      assert.deepEqual(blocked, trues(N - HALF - 1));
      assertEmpty(barrier, { broken: true });
    }),
);

locks.adapted(
  "BarrierTests.test_abort_barrier_when_exception",
  "`async with barrier` is `await barrier.wait()`: the end of the block does nothing",
  ({ run }) =>
    run(async () => {
      const barrier = new Barrier(N);
      const passed: boolean[] = [];
      const broken: boolean[] = [];
      await gatherTasks(N, async () => {
        try {
          if (await barrier.wait() === HALF) throw new RuntimeError();
          await barrier.wait();
          passed.push(true);
        } catch (error) {
          if (!(error instanceof RuntimeError)) throw error;
          if (error instanceof BrokenBarrierError) broken.push(true);
          else await barrier.abort();
        }
      });
      assert.deepEqual(passed, []);
      assert.deepEqual(broken, trues(N - 1));
      assertEmpty(barrier, { broken: true });
    }),
);

locks.held(
  "BarrierTests.test_abort_barrier_when_exception_then_resetting",
  ({ run }) =>
    run(async () => {
      const barrier = new Barrier(N);
      const meeting = new Barrier(N);
      const passed: boolean[] = [];
      const broken: boolean[] = [];
      const ended: boolean[] = [];
      await gatherTasks(N, async () => {
        try {
          if (await barrier.wait() === HALF) throw new RuntimeError();
          await barrier.wait();
          passed.push(true);
        } catch (error) {
          if (!(error instanceof RuntimeError)) throw error;
          if (error instanceof BrokenBarrierError) broken.push(true);
          else await barrier.abort();
        }
        // All have left the barrier before it is reset, and none comes before it was.
        if (await meeting.wait() === HALF) await barrier.reset();
        await meeting.wait();
        await barrier.wait();
        ended.push(true);
      });
      assert.deepEqual(passed, []);
      assert.deepEqual(broken, trues(N - 1));
      assert.deepEqual(ended, trues(N));
      assertEmpty(barrier, { broken: false });
    }),
);
