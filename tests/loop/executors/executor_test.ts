import assert from "node:assert/strict";
import { BrokenExecutor } from "../../../loop/executors/executor_errors.ts";
import { CancelledError, RuntimeError, TimeoutError } from "../../../loop/exceptions.ts";
import { Executor, type JobCall } from "../../../loop/executors/executor.ts";
import { getRunningLoop } from "../../../loop/events.ts";
import type { TimerHandle } from "../../../loop/handles.ts";
import { type Job, jobs } from "../../../loop/executors/jobs.ts";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask, currentTask } from "../../../loop/tasks.ts";
import { inNoTime } from "../in_no_time.ts";

const module = "file:///work.ts";
const square: Job<(n: number) => number> = { module, name: "square" };
const join: Job<(a: string, b: number) => string> = { module, name: "join" };

/** Makes calls here, each taking a millisecond of the loop's time, and writes down what happens. */
class Diary extends Executor {
  readonly log: string[] = [];

  protected override async execute({ job, args, signal }: JobCall): Promise<unknown> {
    assert.equal(currentTask(), null);
    this.log.push(`begin ${args}`);
    signal.addEventListener("abort", () => this.log.push(`abort ${args}: ${signal.reason}`));
    await new Promise<void>((resolve) => {
      this.ends.push(resolve);
      const timer = this.isManual ? undefined : setTimeout(resolve, 1);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
    signal.throwIfAborted();
    this.log.push(`end ${args}`);
    if (job.name === "join") return args.join("");
    const [n] = args as number[];
    if (n! < 0) throw new RangeError(`${n} is below 0`);
    return n! * n!;
  }

  protected override release(): void {
    this.log.push("release");
  }

  /** Whether calls end only when they are told to. */
  isManual = false;
  readonly ends: (() => void)[] = [];

  break(error: BrokenExecutor): void {
    this.breakDown(error);
  }
}

function manual(capacity: number): Diary {
  const diary = new Diary({ capacity });
  diary.isManual = true;
  return diary;
}

/** Lets what is ready happen. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await sleep(0);
}

async function taken<T>(results: AsyncIterable<T>): Promise<T[]> {
  return await Array.fromAsync(results);
}

Deno.test("jobs name what a module exports, by an absolute URL", () => {
  const work = jobs<{ add: (a: number, b: number) => number }>(new URL(module));
  const job: Job<(a: number, b: number) => number> = work.add;
  assert.deepEqual(job, { module, name: "add" });
  for (const relative of ["./work.ts", "work", "", undefined as unknown as string]) {
    assert.throws(() => jobs(relative), { name: "TypeError", message: /import\.meta\.resolve/ });
  }
});

Deno.test("what is no job is refused at once", async () => {
  await using executor = new Diary();
  const wrong: [unknown, RegExp][] = [
    [() => 1, /A function cannot cross/],
    [{ module }, /name of a function/],
    [{ module, name: "" }, /name of a function/],
    [{ module: "./work.ts", name: "x" }, /absolute URL/],
    [null, /name of a function/],
    ["square", /name of a function/],
  ];
  for (const [job, message] of wrong) {
    assert.throws(() => executor.submit(job as Job), { name: "TypeError", message });
    assert.throws(() => executor.map(job as Job, []), { name: "TypeError", message });
  }
  for (const capacity of [0, 1.5, NaN, -1]) {
    assert.throws(() => new Diary({ capacity }), RangeError);
  }
});

Deno.test("as many calls begin as there is room for, the others in order", async () => {
  await run(async () => {
    const executor = manual(2);
    const futures = [1, 2, 3, 4].map((n) => executor.submit(square, n));
    assert.deepEqual(executor.log, ["begin 1", "begin 2"]);
    executor.ends[1]!();
    assert.equal(await futures[1], 4);
    assert.deepEqual(executor.log.splice(0), ["begin 1", "begin 2", "end 2", "begin 3"]);
    executor.ends[0]!();
    executor.ends[2]!();
    assert.equal(await futures[2], 9);
    executor.ends[3]!();
    assert.equal(await futures[3], 16);
    assert.deepEqual(executor.log, ["end 1", "end 3", "begin 4", "end 4"]);
  });
});

Deno.test("a call that is cancelled is told, and makes room; one that waits never begins", async () => {
  await run(async () => {
    const executor = manual(1);
    const [first, second, third] = [1, 2, 3].map((n) => executor.submit(square, n));
    second!.cancel();
    first!.cancel("enough");
    assert.deepEqual(executor.log, ["begin 1", "abort 1: CancelledError: enough"]);
    await settle();
    assert.deepEqual(executor.log.slice(2), ["begin 3"]);
    executor.ends[1]!();
    assert.equal(await third, 9);
    assert.equal(third!.cancel(), false);
    assert.deepEqual(executor.log.slice(3), ["end 3"]);
  });
});

Deno.test("an executor that throws instead of rejecting fails the job, and goes on", async () => {
  class Thrower extends Executor {
    protected override execute({ args }: JobCall): Promise<unknown> {
      if (args[0] === 1) throw new RangeError("thrown");
      return Promise.resolve("done");
    }
  }
  await run(async () => {
    await using executor = new Thrower({ capacity: 1 });
    const futures = [executor.submit(square, 1), executor.submit(square, 2)];
    await assert.rejects(futures[0]!, { message: "thrown" });
    assert.equal(await futures[1], "done");
  });
});

Deno.test("map gives results in order, of one iterable or several side by side", async () => {
  await run(async () => {
    await using executor = new Diary();
    assert.deepEqual(await taken(executor.map(square, [3, 1, 2])), [9, 1, 4]);
    assert.deepEqual(await taken(executor.map(join, "abc", [1, 2, 3, 4])), ["a1", "b2", "c3"]);
    assert.deepEqual(await taken(executor.map(square, [])), []);
    const nothing = executor.map as unknown as (job: Job) => AsyncIterable<unknown>;
    assert.deepEqual(await taken(nothing.call(executor, square)), []);
  });
});

Deno.test("map submits at once, and throws an error in its place", async () => {
  await run(async () => {
    await using executor = new Diary();
    const results = executor.map(square, [2, -1, 3]);
    assert.deepEqual(executor.log, ["begin 2", "begin -1", "begin 3"]);
    assert.deepEqual(await results.next(), { value: 4, done: false });
    await assert.rejects(results.next(), { name: "RangeError", message: "-1 is below 0" });
    assert.deepEqual(await results.next(), { value: undefined, done: true });
  });
});

Deno.test("map cancels what is left when the iteration ends early", async () => {
  await run(async () => {
    const executor = manual(2);
    const results = executor.map(square, [1, 2, 3, 4]);
    executor.ends[0]!();
    for await (const result of results) {
      assert.equal(result, 1);
      break;
    }
    await executor.shutdown();
    assert.deepEqual(executor.log, [
      ...["begin 1", "begin 2", "end 1", "begin 3"],
      ...["abort 2: CancelledError", "abort 3: CancelledError", "release"],
    ]);
  });
});

Deno.test("map reads no more arguments than its buffer holds", async () => {
  let read = 0;
  function* endless(): Generator<number> {
    for (;;) yield ++read;
  }
  await run(async () => {
    await using executor = new Diary();
    const results = executor.map({ buffersize: 2 }, square, endless());
    assert.equal(read, 2);
    for (const [i, expected] of [1, 4, 9].entries()) {
      assert.equal((await results.next()).value, expected);
      assert.equal(read, i + 3);
    }
    await results.return();
    for (const buffersize of [0, -1, 1.5, NaN]) {
      assert.throws(() => executor.map({ buffersize }, square, [1]), RangeError);
    }
  });
});

Deno.test("map gives up when its time is over, counted from the call", async () => {
  await inNoTime(async (clock) => {
    const executor = manual(5);
    const results = executor.map({ timeout: 50 }, square, [1, 2, 3]);
    executor.ends[0]!();
    await sleep(20);
    assert.equal((await results.next()).value, 1);
    await assert.rejects(results.next(), TimeoutError);
    assert.equal(clock.now(), 50);
    await executor.shutdown();
    assert.deepEqual(executor.log.slice(-3), [
      "abort 2: TimeoutError: The results are not there in time",
      "abort 3: CancelledError",
      "release",
    ]);
    for (const timeout of [-1, NaN]) {
      assert.throws(() => executor.map({ timeout }, square, [1]), RangeError);
    }
  });
});

Deno.test("map leaves no timer behind", async () => {
  await run(async () => {
    await using executor = new Diary();
    const loop = getRunningLoop();
    const callAt = loop.callAt.bind(loop);
    const timers: TimerHandle[] = [];
    loop.callAt = (...args) => {
      const timer = callAt(...args);
      timers.push(timer);
      return timer;
    };
    assert.deepEqual(await taken(executor.map({ timeout: 60_000 }, square, [1, 2])), [1, 4]);
    assert.deepEqual(timers.map((timer) => timer.cancelled()), [true, true]);
  });
});

Deno.test("a task that is cancelled while it takes results cancels them all", async () => {
  await run(async () => {
    const executor = manual(2);
    const task = createTask(() => taken(executor.map(square, [1, 2])));
    await sleep(0);
    task.cancel();
    await assert.rejects(task, CancelledError);
    await executor.shutdown();
    assert.deepEqual(executor.log.slice(2), [
      "abort 1: CancelledError",
      "abort 2: CancelledError",
      "release",
    ]);
  });
});

Deno.test("shutdown waits for all jobs, those that have not begun included", async () => {
  await run(async () => {
    const executor = new Diary({ capacity: 1 });
    const futures = [1, 2].map((n) => executor.submit(square, n));
    const ended = executor.shutdown();
    assert.throws(() => executor.submit(square, 3), {
      name: "RuntimeError",
      message: "Cannot submit square: the executor is shut down",
    });
    assert.throws(() => executor.map(square, [3]), RuntimeError);
    await ended;
    assert.deepEqual(futures.map((future) => future.result()), [1, 4]);
    assert.equal(executor.log.at(-1), "release");
    await executor.shutdown();
    assert.equal(executor.log.filter((entry) => entry === "release").length, 1);
  });
});

Deno.test("shutdown can cancel what has not begun, and need not wait", async () => {
  await run(async () => {
    const executor = manual(1);
    const [first, second] = [1, 2].map((n) => executor.submit(square, n));
    await executor.shutdown({ wait: false, cancelFutures: true });
    assert.equal(second!.cancelled(), true);
    assert.deepEqual(executor.log, ["begin 1"]);
    executor.ends[0]!();
    assert.equal(await first, 1);
    await executor.shutdown();
    assert.deepEqual(executor.log, ["begin 1", "end 1", "release"]);
  });
});

Deno.test("whoever waits for a shutdown can stop waiting", async () => {
  await run(async () => {
    const executor = manual(1);
    const job = executor.submit(square, 1);
    const task = createTask(() => executor.shutdown());
    await sleep(0);
    task.cancel();
    await assert.rejects(task, CancelledError);
    executor.ends[0]!();
    assert.equal(await job, 1);
  });
});

Deno.test("a shutdown that fails tells whoever waits", async () => {
  class Stuck extends Diary {
    protected override release(): never {
      throw new RangeError("stuck");
    }
  }
  await run(async () => {
    const executor = new Stuck();
    await executor.shutdown({ wait: false });
    await assert.rejects(executor.shutdown(), { message: "stuck" });
  });
});

Deno.test("an executor that breaks down fails what waits, and takes no more", async () => {
  await run(async () => {
    const executor = manual(1);
    const futures = [1, 2].map((n) => executor.submit(square, n));
    const broken = new BrokenExecutor("no more power");
    executor.break(broken);
    await assert.rejects(futures[1]!, broken);
    assert.throws(() => executor.submit(square, 3), broken);
    executor.ends[0]!();
    assert.equal(await futures[0], 1);
    await executor.shutdown();
  });
});

Deno.test("an error that nobody has retrieved is reported, as of any future", async () => {
  const reports: string[] = [];
  await run(async () => {
    await using executor = new Diary();
    const future = executor.submit(square, -1);
    future.getLoop().setExceptionHandler((_, { message }) => reports.push(message));
    await executor.shutdown();
  });
  assert.deepEqual(reports, ["Future exception was never retrieved"]);
});
