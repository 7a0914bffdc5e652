import assert from "node:assert/strict";
import type { EventLoop } from "../../../loop/event_loop.ts";
import { getRunningLoop, newEventLoop } from "../../../loop/events.ts";
import { CancelledError } from "../../../loop/exceptions.ts";
import { Event } from "../../../loop/locks.ts";
import { jobs } from "../../../loop/executors/jobs.ts";
import { RemoteLoop, runCoroutineThreadsafe } from "../../../loop/executors/remote_loop.ts";
import { run } from "../../../loop/runners.ts";
import { type SharedFunctions, shareLoop } from "../../../loop/executors/shared_loop.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask, currentTask } from "../../../loop/tasks.ts";
import { timeout } from "../../../loop/timeouts.ts";
import { transferring } from "../../../loop/executors/transferring.ts";
import { WorkerPoolExecutor } from "../../../loop/executors/worker_pool.ts";

const elsewhere = jobs<typeof import("./remote_work.ts")>(
  import.meta.resolve("./remote_work.ts"),
);

/** What a Worker is told that uses a closed loop, in two ways. */
const REFUSED = [
  "RuntimeError,Error: The remote loop is closed",
  "RuntimeError,Error: The remote loop is closed",
];

/** What the Worker may call. */
export function shared(log: string[] = [], moved: Uint8Array[] = []) {
  const hung = new Event();
  let ended = "not";
  return {
    add: (a: number, b: number) => a + b,
    later: async (n: number) => {
      await sleep(n * 10);
      return n;
    },
    write: (word: string) => {
      assert.equal(currentTask(), null);
      log.push(word);
    },
    inTask: () => currentTask() !== null,
    fail: (): never => {
      throw new RangeError("out of range");
    },
    cancelItself: (): never => {
      throw new CancelledError("by itself");
    },
    giveFunction: () => () => {},
    giveMoved: () => {
      const bytes = new Uint8Array(3).fill(7);
      moved.push(bytes);
      return transferring(bytes, [bytes.buffer]);
    },
    hang: async () => {
      hung.set();
      try {
        await sleep(60_000);
      } catch (error) {
        ended = `${error}`;
        throw error;
      }
    },
    whenHung: async () => {
      await hung.wait();
    },
    howHangEnded: () => ended,
  };
}

/** Runs a test with a port of the loop, and one Worker that takes it. */
async function withPort(
  test: (given: { pool: WorkerPoolExecutor; port: MessagePort; close(): void }) => Promise<void>,
  functions: SharedFunctions = shared(),
): Promise<void> {
  await run(async () => {
    await using pool = new WorkerPoolExecutor({ maxWorkers: 1 });
    using share = shareLoop(functions);
    const { port } = share;
    await timeout(20_000, () => test({ pool, port, close: () => share.close() }));
  });
}

/** Has a Worker use the port of this loop. */
async function inWorker<T>(
  job: { readonly name: string },
  functions?: SharedFunctions,
  ...args: unknown[]
): Promise<T> {
  let result: T;
  await withPort(async ({ pool, port }) => {
    const work = { module: import.meta.resolve("./remote_work.ts"), name: job.name };
    result = await pool.submit({ transfer: [port] }, work, port, ...args) as T;
  }, functions);
  return result!;
}

Deno.test("another thread runs coroutines in the loop, by their names", async () => {
  assert.equal(await inWorker(elsewhere.call, shared(), "add", 40, 2), 42);
  assert.equal(await inWorker(elsewhere.call, shared(), "later", 1), 1);
  assert.equal(await inWorker(elsewhere.call, shared(), "inTask"), true);
  assert.deepEqual(await inWorker(elsewhere.several), [3, 1, 2]);
});

Deno.test("another thread calls back soon, in order", async () => {
  const log: string[] = [];
  await inWorker(elsewhere.callSoon, shared(log), "a", "b", "c");
  assert.deepEqual(log, ["a", "b", "c"]);
});

Deno.test("what is thrown in the loop arrives in the other thread", async () => {
  assert.equal(
    await inWorker(elsewhere.call, shared(), "fail"),
    "RangeError,Error: out of range",
  );
  assert.equal(
    await inWorker(elsewhere.call, shared(), "cancelItself"),
    "CancelledError,Error: by itself",
  );
});

Deno.test("only what is shared can be called", async () => {
  for (const name of ["nothing", "toString", "constructor"]) {
    assert.equal(
      await inWorker(elsewhere.call, shared(), name),
      `TypeError,Error: The loop shares no function ${name}`,
    );
  }
  const reports: unknown[] = [];
  await withPort(async ({ pool, port }) => {
    getRunningLoop().setExceptionHandler((_, { exception }) => reports.push(exception));
    await pool.submit({ transfer: [port] }, elsewhere.callUnknown, port);
    while (reports.length === 0) await sleep(1);
  });
  assert.match(String(reports), /^TypeError: The loop shares no function nothing$/);
  assert.throws(() => shareLoop({ x: 1 } as unknown as SharedFunctions), TypeError);
});

Deno.test("what cannot cross between a loop and a thread is refused, in both directions", async () => {
  assert.match(
    await inWorker(elsewhere.call, shared(), "giveFunction"),
    /^TypeError,Error: The result of giveFunction cannot cross to another thread: .*cloned/,
  );
  assert.match(
    await inWorker(elsewhere.uncloneable),
    /^TypeError,Error: The arguments of write cannot cross to another thread: .*cloned/,
  );
});

Deno.test("a result can be moved", async () => {
  const moved: Uint8Array[] = [];
  const bytes = await inWorker(elsewhere.call, shared([], moved), "giveMoved");
  assert.deepEqual(bytes, new Uint8Array([7, 7, 7]));
  assert.equal(moved[0]!.byteLength, 0);
});

Deno.test("to cancel the future in the other thread cancels the task in the loop", async () => {
  assert.deepEqual(await inWorker(elsewhere.cancelled), [
    "CancelledError,Error: enough",
    "CancelledError: enough",
  ]);
  assert.equal(await inWorker(elsewhere.timedOut), "TimeoutError,Error: The time limit is over");
});

Deno.test("to close the end in the other thread cancels what it has begun", async () => {
  const functions = shared();
  await withPort(async ({ pool, port }) => {
    const said = await pool.submit({ transfer: [port] }, elsewhere.closedHere, port);
    assert.deepEqual(said, ["RuntimeError,Error: The remote loop was closed here", true, REFUSED]);
    while (functions.howHangEnded() === "not") await sleep(1);
    assert.equal(functions.howHangEnded(), "CancelledError");
  }, functions);
});

Deno.test("to close the end in the loop fails what the other thread waits for", async () => {
  const functions = shared();
  await withPort(async ({ pool, port, close }) => {
    const outcome = pool.submit({ transfer: [port] }, elsewhere.closedThere, port);
    await functions.whenHung();
    close();
    close();
    assert.deepEqual(await outcome, [
      "RuntimeError,Error: The loop was closed by its thread",
      true,
      REFUSED,
    ]);
    assert.equal(functions.howHangEnded(), "CancelledError");
  }, functions);
});

Deno.test("who asks a closed loop finds it closed", async () => {
  await using pool = new WorkerPoolExecutor({ maxWorkers: 1 });
  const { port } = await run(() => shareLoop(shared()));
  const said = await pool.submit({ transfer: [port] }, elsewhere.closedLoop, port);
  assert.deepEqual(said, REFUSED);
});

Deno.test("what is cancelled before the loop has a turn never begins", async () => {
  const loop = newEventLoop();
  let begun = 0;
  const functions = {
    begin: () => {
      begun += 1;
    },
  };
  using share = shareLoop(functions, { loop });
  using remote = new RemoteLoop<typeof functions>(share.port);
  const future = runCoroutineThreadsafe("begin", remote);
  const other = runCoroutineThreadsafe("begin", remote);
  future.cancel();
  // Both are asked for, and one is taken back, while the loop does not run.
  await new Promise((resolve) => setTimeout(resolve, 20));
  await loop.runUntilComplete(() => other);
  assert.equal(begun, 1);
  loop.close();
});

Deno.test("a remote loop needs a port", () => {
  for (const wrong of [{}, null, undefined]) {
    assert.throws(() => new RemoteLoop(wrong as MessagePort), TypeError);
  }
});

Deno.test("a loop that nobody took a port of is closed like any other", async () => {
  // A port that is left open would fail the test.
  await run(() => shareLoop(shared()).close());
});

Deno.test("a port keeps the program alive only while something is waited for", async () => {
  await run(async () => {
    const functions = shared();
    using share = shareLoop(functions);
    const port = Object.assign(share.port, {
      isReferenced: true,
      ref: () => {
        port.isReferenced = true;
      },
      unref: () => {
        port.isReferenced = false;
      },
    });
    using loop = new RemoteLoop<typeof functions>(port);
    assert.equal(port.isReferenced, false);
    const sum = runCoroutineThreadsafe("add", loop, 1, 2);
    const hang = runCoroutineThreadsafe("hang", loop);
    assert.equal(port.isReferenced, true);
    await sum;
    assert.equal(port.isReferenced, true);
    hang.cancel();
    assert.equal(port.isReferenced, false);
    loop.callSoonThreadsafe("add", 1, 2);
    assert.equal(port.isReferenced, false);
  });
});

Deno.test("both ends may be in one thread", async () => {
  await run(async () => {
    const functions = shared();
    using share = shareLoop(functions);
    using loop = new RemoteLoop<typeof functions>(share.port);
    const sum: number = await runCoroutineThreadsafe("add", loop, 1, 2);
    assert.equal(sum, 3);
  });
});

/** Runs a test beside a second loop of this thread, which is running. */
async function withOther(test: (other: EventLoop) => Promise<void>): Promise<void> {
  const other = newEventLoop();
  const running = other.runForever();
  try {
    await run(() => test(other));
  } finally {
    other.stop();
    await running;
    other.close();
  }
}

Deno.test("another loop of the thread runs a coroutine, and the calling loop has its future", async () => {
  await withOther(async (other) => {
    const seen: unknown[] = [];
    const future = runCoroutineThreadsafe(
      async (a: number, b: number) => {
        await sleep(1);
        seen.push(getRunningLoop());
        return a + b;
      },
      other,
      1,
      2,
    );
    assert.equal(future.getLoop(), getRunningLoop());
    assert.equal(await future, 3);
    assert.deepEqual(seen, [other]);
    await assert.rejects(
      runCoroutineThreadsafe(() => Promise.reject(new RangeError("x")), other),
      { message: "x" },
    );
  });
});

Deno.test("to cancel the future of a coroutine in another loop cancels its task", async () => {
  await withOther(async (other) => {
    const log: string[] = [];
    const begun = new Event();
    const task = createTask(() =>
      runCoroutineThreadsafe(async () => {
        begun.set();
        await sleep(60_000).catch((error) => {
          log.push(`${error}`);
          throw error;
        });
      }, other)
    );
    await begun.wait();
    task.cancel("enough");
    await assert.rejects(task, { name: "CancelledError", message: "enough" });
    while (log.length === 0) await sleep(1);
    assert.deepEqual(log, ["CancelledError: enough"]);
  });
});

Deno.test("a coroutine that is cancelled before its loop has a turn never begins", async () => {
  await withOther(async (other) => {
    let begun = false;
    runCoroutineThreadsafe(() => {
      begun = true;
    }, other).cancel();
    await runCoroutineThreadsafe(() => {}, other);
    assert.equal(begun, false);
  });
});

Deno.test("a task that is cancelled in its loop cancels the future of the caller", async () => {
  await withOther(async (other) => {
    const future = runCoroutineThreadsafe(() => {
      currentTask()!.cancel("by itself");
      return sleep(1);
    }, other);
    await assert.rejects(future, { name: "CancelledError", message: "by itself" });
    assert.equal(future.cancelled(), true);
  });
});

Deno.test("a task factory that fails is heard of on both sides", async () => {
  await withOther(async (other) => {
    const reports: unknown[] = [];
    other.setExceptionHandler((_, { exception }) => reports.push(exception));
    const error = new RangeError("no tasks today");
    other.setTaskFactory(() => {
      throw error;
    });
    await assert.rejects(runCoroutineThreadsafe(() => {}, other), error);
    other.setTaskFactory(null);
    assert.deepEqual(reports, [error]);
  });
});

Deno.test("a coroutine needs a function, and a loop that is open", async () => {
  const other = newEventLoop();
  const promise = Promise.resolve() as unknown as () => void;
  assert.throws(() => runCoroutineThreadsafe(promise, other), TypeError);
  other.close();
  assert.throws(() => runCoroutineThreadsafe(() => {}, other), {
    name: "RuntimeError",
    message: "Event loop is closed",
  });
  await Promise.resolve();
});
