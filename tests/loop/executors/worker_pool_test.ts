import assert from "node:assert/strict";
import {
  BrokenExecutor,
  BrokenWorkerError,
  ImportError,
} from "../../../loop/executors/executor_errors.ts";
import { CancelledError, RuntimeError } from "../../../loop/exceptions.ts";
import { gather } from "../../../loop/gather.ts";
import { type Job, jobs } from "../../../loop/executors/jobs.ts";
import { run } from "../../../loop/runners.ts";
import { createTask } from "../../../loop/tasks.ts";
import { timeout } from "../../../loop/timeouts.ts";
import { transferring } from "../../../loop/executors/transferring.ts";
import { WorkerPoolExecutor, type WorkerPoolOptions } from "../../../loop/executors/worker_pool.ts";

const module = import.meta.resolve("./work.ts");
const work = jobs<typeof import("./work.ts")>(module);

/** Runs a test with a pool that is shut down at its end. */
async function withPool(
  options: WorkerPoolOptions,
  test: (pool: WorkerPoolExecutor) => Promise<void>,
): Promise<void> {
  await run(async () => {
    await using pool = new WorkerPoolExecutor(options);
    await timeout(20_000, () => test(pool));
  });
}

/** A job that has begun, and will not end by itself. */
async function hanging(pool: WorkerPoolExecutor) {
  const { port1, port2 } = new MessageChannel();
  const begun = new Promise((resolve) => port1.onmessage = resolve);
  const job = pool.submit({ transfer: [port2] }, work.hang, port2);
  await begun;
  port1.close();
  // A future that is returned would be awaited.
  return { job };
}

Deno.test("a pool calls what a module exports, and waits for promises", async () => {
  await withPool({ maxWorkers: 1 }, async (pool) => {
    assert.equal(await pool.submit(work.add, 40, 2), 42);
    assert.equal(await pool.submit(work.addLater, 40, 2), 42);
    assert.equal(await pool.submit(work.default), "by default");
    assert.equal(await pool.submit({ module: new URL(module), name: "add" }, 1, 2), 3);
    const value = { map: new Map([[1, new Date(0)]]), bytes: new Uint8Array([1, 2]) };
    assert.deepEqual(await pool.submit(work.echo, value), value);
  });
});

Deno.test("a pool works outside of tasks and loops as well", async () => {
  await using pool = new WorkerPoolExecutor({ maxWorkers: 1 });
  assert.equal(await pool.submit(work.add, 1, 2), 3);
});

Deno.test("a module is imported once in each worker, and keeps its state", async () => {
  await withPool({ maxWorkers: 1 }, async (pool) => {
    assert.equal(await pool.submit(work.countCalls), 1);
    assert.equal(await pool.submit(work.countCalls), 2);
  });
});

Deno.test("jobs run at the same time, as many as there are workers", async () => {
  await withPool({ maxWorkers: 3 }, async (pool) => {
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const most = await gather(Array.from({ length: 9 }, () => pool.submit(work.meet, shared)));
    // How soon a worker starts is the machine's affair; no more than three are there at once.
    assert.ok(Math.max(...most) > 1 && Math.max(...most) <= 3, `${most}`);
  });
});

Deno.test("jobs begin in the order in which they came", async () => {
  await withPool({ maxWorkers: 1 }, async (pool) => {
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const order = await gather(Array.from({ length: 20 }, () => pool.submit(work.tick, shared)));
    assert.deepEqual(order, [...order.keys()]);
  });
});

Deno.test("workers start only as they are needed, and bear the name of the pool", async () => {
  await withPool({ maxWorkers: 4, name: "counters" }, async (pool) => {
    for (let i = 0; i < 5; i++) {
      assert.equal(await pool.submit(work.workerName), "counters-1");
    }
    const [first, second] = await gather(
      pool.submit(work.addLater, 1, 1),
      pool.submit(work.workerName),
    );
    assert.deepEqual([first, second], [2, "counters-2"]);
  });
});

Deno.test("an idle worker is ended, and its place is taken by a new one", async () => {
  await withPool({ maxWorkers: 1, idleTimeout: 20 }, async (pool) => {
    assert.equal(await pool.submit(work.countCalls), 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(await pool.submit(work.countCalls), 1);
  });
});

Deno.test("a worker that is not idle for long is kept", async () => {
  await withPool({ maxWorkers: 1, idleTimeout: 60_000 }, async (pool) => {
    assert.equal(await pool.submit(work.countCalls), 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(await pool.submit(work.countCalls), 2);
  });
});

Deno.test("the initializer is called in each worker before its first job", async () => {
  const options = { maxWorkers: 2, initializer: work.greet, initargs: ["Ada"] };
  await withPool(options, async (pool) => {
    const greetings = await gather(pool.submit(work.greeted), pool.submit(work.greeted));
    assert.deepEqual(greetings, ["Hello, Ada", "Hello, Ada"]);
  });
});

Deno.test("an initializer that fails breaks the pool: jobs that wait fail, new ones are refused", async () => {
  const options = { maxWorkers: 1, initializer: work.throws, initargs: ["range"] };
  await withPool(options, async (pool) => {
    const jobs = [pool.submit(work.add, 1, 2), pool.submit(work.add, 1, 2)];
    for (const job of jobs) {
      await assert.rejects(job, (error) => {
        assert.ok(error instanceof BrokenExecutor && error instanceof RuntimeError);
        assert.equal(error.message, "The initializer throws of WorkerPoolExecutor failed");
        assert.ok(error.cause instanceof RangeError);
        return true;
      });
    }
    assert.throws(() => pool.submit(work.add, 1, 2), BrokenExecutor);
  });
});

Deno.test("a job that is cancelled while its worker begins does not break the pool", async () => {
  const shared = new Int32Array(new SharedArrayBuffer(4));
  const options = { maxWorkers: 1, initializer: work.greetSlowly, initargs: [shared] };
  await withPool(options, async (pool) => {
    const job = pool.submit(work.greeted);
    await new Promise((resolve) => setTimeout(resolve, 20));
    job.cancel();
    Atomics.store(shared, 0, 1);
    assert.equal(await pool.submit(work.greeted), "Hello, slowly");
  });
});

Deno.test("a job that waits is dropped when it is cancelled", async () => {
  await withPool({ maxWorkers: 1 }, async (pool) => {
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const { job: running } = await hanging(pool);
    const dropped = pool.submit(work.tick, shared);
    const next = pool.submit(work.tick, shared);
    assert.equal(dropped.cancel("not needed"), true);
    await assert.rejects(dropped, { name: "CancelledError", message: "not needed" });
    running.cancel();
    assert.equal(await next, 0);
  });
});

Deno.test("a job that runs ends with its worker when it is cancelled, and the pool goes on", async () => {
  await withPool({ maxWorkers: 1, name: "pool" }, async (pool) => {
    const { job: running } = await hanging(pool);
    running.cancel("enough");
    await assert.rejects(running, { name: "CancelledError", message: "enough" });
    assert.equal(await pool.submit(work.workerName), "pool-2");
  });
});

Deno.test("a job that is cancelled at once never begins", async () => {
  await withPool({ maxWorkers: 1 }, async (pool) => {
    await pool.submit(work.add, 1, 2);
    const shared = new Int32Array(new SharedArrayBuffer(4));
    pool.submit(work.tick, shared).cancel();
    assert.equal(await pool.submit(work.tick, shared), 0);
  });
});

Deno.test("a job ends with the task that awaits it", async () => {
  await withPool({ maxWorkers: 1, name: "pool" }, async (pool) => {
    const { job: running } = await hanging(pool);
    const task = createTask(() => running);
    await pool.submit({ signal: AbortSignal.timeout(1) }, work.add, 1, 2).catch(() => {});
    task.cancel();
    await assert.rejects(task, CancelledError);
    assert.equal(running.cancelled(), true);
    assert.equal(await pool.submit(work.workerName), "pool-2");
  });
});

Deno.test("a signal ends a job, and leaves no listener behind", async () => {
  await withPool({ maxWorkers: 1, name: "pool" }, async (pool) => {
    const controller = new AbortController();
    const { signal } = controller;
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners += 1;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners -= 1;
      removeEventListener.apply(signal, args);
    };
    await pool.submit({ signal }, work.add, 1, 2);
    assert.equal(listeners, 0);
    const reason = new RangeError("no longer");
    const futures = [pool.submit({ signal }, work.hang), pool.submit({ signal }, work.hang)];
    controller.abort(reason);
    for (const future of futures) await assert.rejects(future, reason);
    await assert.rejects(pool.submit({ signal }, work.add, 1, 2), reason);
    assert.equal(listeners, 0);
    assert.equal(await pool.submit(work.add, 1, 2), 3);
  });
});

Deno.test("a lost worker costs its job alone, and says how", async () => {
  const ways = [
    { job: work.loseByTimer, says: /nobody caught an error$/, cause: RangeError },
    { job: work.loseByRejection, says: /nobody caught a rejection$/, cause: RangeError },
    { job: work.loseByClose, says: /it closed itself$/ },
    { job: work.loseByExit, says: /it exited with code 3$/ },
  ];
  await withPool({ maxWorkers: 2 }, async (pool) => {
    for (const { job, says, cause } of ways) {
      const other = pool.submit(work.addLater, 1, 2);
      await assert.rejects(pool.submit(job), (error) => {
        assert.ok(error instanceof BrokenWorkerError && error instanceof BrokenExecutor);
        assert.match(error.message, new RegExp(`^The worker was lost while doing ${job.name}: `));
        assert.match(error.message, says);
        assert.equal(error.origin, "peer");
        assert.equal(error.cause instanceof RangeError, cause === RangeError);
        return true;
      });
      assert.equal(await other, 3);
    }
    assert.equal(await pool.submit(work.add, 1, 2), 3);
  });
});

Deno.test("an idle worker that is lost is replaced", async () => {
  await withPool({ maxWorkers: 1, name: "pool" }, async (pool) => {
    await pool.submit(work.failLater, 5);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(await pool.submit(work.workerName), "pool-2");
  });
});

Deno.test("what a job sends by itself, or listens to, is not the pool's affair", async () => {
  await withPool({ maxWorkers: 1 }, async (pool) => {
    assert.equal(await pool.submit(work.meddle), "meddled");
    assert.equal(await pool.submit(work.add, 1, 2), 3);
  });
});

Deno.test("a job that cannot be found says what, and where", async () => {
  await withPool({ maxWorkers: 1 }, async (pool) => {
    const missing = new URL("./missing.ts", module).href;
    await assert.rejects(pool.submit({ module: missing, name: "add" }), (error) => {
      assert.ok(error instanceof ImportError);
      assert.ok(error.message.startsWith(`Cannot import add from ${missing}: `));
      assert.ok(error.cause instanceof TypeError);
      return true;
    });
    for (const name of ["missing", "notAFunction", "toString"]) {
      await assert.rejects(pool.submit({ module, name }), {
        name: "ImportError",
        message: `Cannot import ${name} from ${module}: it exports no such function`,
      });
    }
    const throwing = "data:text/javascript,throw new RangeError('at the top')";
    await assert.rejects(pool.submit({ module: throwing, name: "x" }), (error) => {
      assert.ok(error instanceof ImportError && error.cause instanceof RangeError);
      return true;
    });
    assert.equal(await pool.submit(work.add, 1, 2), 3);
  });
});

Deno.test("what cannot cross is refused, in both directions, and the worker goes on", async () => {
  await withPool({ maxWorkers: 1, name: "pool" }, async (pool) => {
    await assert.rejects(pool.submit(work.echo, () => {}), {
      name: "TypeError",
      message: /^The arguments of echo cannot cross to another thread: .*could not be cloned/,
    });
    await assert.rejects(pool.submit(work.giveFunction), {
      name: "TypeError",
      message: /^The result of giveFunction cannot cross to another thread: .*could not be cloned/,
    });
    const detached = new Uint8Array(8);
    structuredClone(detached, { transfer: [detached.buffer] });
    await assert.rejects(pool.submit({ transfer: [detached.buffer] }, work.add, 1, 2), TypeError);
    assert.equal(await pool.submit(work.workerName), "pool-1");
  });
});

Deno.test("memory is moved where that is asked for, else copied", async () => {
  await withPool({ maxWorkers: 1 }, async (pool) => {
    const bytes = new Uint8Array(8);
    assert.equal(await pool.submit(work.lengthOf, bytes), 8);
    assert.equal(bytes.byteLength, 8);
    assert.equal(await pool.submit({ transfer: [bytes.buffer] }, work.lengthOf, bytes), 8);
    assert.equal(bytes.byteLength, 0);
    const marked = new Uint8Array(8);
    assert.equal(await pool.submit(work.lengthOf, transferring(marked, [marked.buffer])), 8);
    assert.equal(marked.byteLength, 0);

    assert.deepEqual(await pool.submit(work.giveMoved, 3), new Uint8Array([7, 7, 7]));
    assert.equal((await pool.submit(work.giveAndKeep, false)).byteLength, 8);
    assert.equal(await pool.submit(work.keptSize), 8);
    assert.equal((await pool.submit(work.giveAndKeep, true)).byteLength, 8);
    assert.equal(await pool.submit(work.keptSize), 0);
  });
});

Deno.test("only what can hold memory can be marked", () => {
  for (const value of [1, "x", null, undefined]) {
    assert.throws(() => transferring(value, []), TypeError);
  }
});

Deno.test("a thousand small jobs, every third cancelled, leave nothing behind", async () => {
  await withPool({ maxWorkers: 2 }, async (pool) => {
    const futures = Array.from({ length: 1000 }, (_, i) => pool.submit(work.add, i, 1));
    for (const [i, future] of futures.entries()) if (i % 3 === 0) future.cancel();
    const results = await gather(futures, { returnExceptions: true });
    for (const [i, result] of results.entries()) {
      if (i % 3 === 0) assert.ok(result instanceof CancelledError);
      else assert.equal(result, i + 1);
    }
    assert.equal(await pool.submit(work.add, 1, 2), 3);
  });
});

Deno.test("a pool checks its options", () => {
  for (const maxWorkers of [0, -1, 1.5, NaN]) {
    assert.throws(() => new WorkerPoolExecutor({ maxWorkers }), RangeError);
  }
  for (const idleTimeout of [-1, NaN]) {
    assert.throws(() => new WorkerPoolExecutor({ idleTimeout }), RangeError);
  }
  const initializer = (() => {}) as unknown as Job;
  assert.throws(() => new WorkerPoolExecutor({ initializer }), TypeError);
});
