import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ContextVar } from "../../../loop/context.ts";
import { getRunningLoop, newEventLoop } from "../../../loop/events.ts";
import { CancelledError } from "../../../loop/exceptions.ts";
import { Executor, type JobCall } from "../../../loop/executors/executor.ts";
import type { TimerHandle } from "../../../loop/handles.ts";
import { jobs } from "../../../loop/executors/jobs.ts";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { toThread } from "../../../loop/executors/threads.ts";
import { WorkerPoolExecutor } from "../../../loop/executors/worker_pool.ts";
import { inNoTime } from "../in_no_time.ts";

const work = jobs<typeof import("./work.ts")>(import.meta.resolve("./work.ts"));
const PROGRAM = fileURLToPath(new URL("./thread_program.ts", import.meta.url));
const add = { module: "file:///work.ts", name: "add" };

/** Takes jobs, and does one when it is told to. */
class Patient extends Executor {
  readonly calls: JobCall[] = [];
  readonly done: ((value: unknown) => void)[] = [];
  isReleased = false;

  protected override execute(call: JobCall): Promise<unknown> {
    this.calls.push(call);
    return new Promise((resolve) => this.done.push(resolve));
  }

  protected override release(): void {
    this.isReleased = true;
  }
}

/** The warnings that something prints. */
async function warnings(body: () => Promise<unknown>): Promise<string[]> {
  const lines: string[] = [];
  const { console: output } = globalThis;
  const { warn } = output;
  output.warn = (line: string) => lines.push(line);
  try {
    await body();
  } finally {
    output.warn = warn;
  }
  return lines;
}

Deno.test("toThread calls a function elsewhere, while the loop goes on", async () => {
  await run(async () => {
    let ticks = 0;
    const clock = createTask(async () => {
      for (;; ticks++) await sleep(1);
    });
    const before = ticks;
    await toThread(work.spin, 50);
    assert.ok(ticks > before);
    clock.cancel();
    assert.equal(await toThread(work.add, 1, 2), 3);
    await assert.rejects(toThread(work.throws, "range"), RangeError);
    assert.equal(await toThread(work.workerName), "asyncio-1");
  });
});

Deno.test("context variables do not cross to a thread", async () => {
  const user = new ContextVar("user", "nobody");
  class Here extends Executor {
    protected override execute(): Promise<unknown> {
      return Promise.resolve(user.get());
    }
  }
  await run(async () => {
    user.set("ada");
    getRunningLoop().setDefaultExecutor(new Here());
    assert.equal(await toThread(add), "nobody");
    assert.equal(user.get(), "ada");
  });
});

Deno.test("runInExecutor gives futures of its loop, whoever calls", async () => {
  const loop = newEventLoop();
  const running = loop.runForever();
  await run(async () => {
    await using pool = new WorkerPoolExecutor({ maxWorkers: 1 });
    const future = loop.runInExecutor(pool, work.add, 1, 2);
    assert.equal(future.getLoop(), loop);
    assert.equal(await future, 3);
  });
  loop.stop();
  await running;
  loop.close();
  assert.throws(() => loop.runInExecutor(null, work.add, 1, 2), {
    name: "RuntimeError",
    message: "Event loop is closed",
  });
});

Deno.test("a loop has the default executor that it was given", async () => {
  await run(async () => {
    const loop = getRunningLoop();
    const patient = new Patient();
    loop.setDefaultExecutor(patient);
    const future = toThread(add, 1, 2);
    assert.deepEqual(patient.calls.map(({ job, args }) => ({ job, args })), [
      { job: add, args: [1, 2] },
    ]);
    patient.done[0]!("three");
    assert.equal(await future, "three");
    for (const wrong of [null, {}, () => {}]) {
      assert.throws(() => loop.setDefaultExecutor(wrong as unknown as Executor), TypeError);
    }
  });
});

Deno.test("shutting down the default executor waits for its jobs, and refuses more", async () => {
  await run(async () => {
    const loop = getRunningLoop();
    const patient = new Patient();
    loop.setDefaultExecutor(patient);
    const future = toThread(add);
    const callLater = loop.callLater.bind(loop);
    const timers: TimerHandle[] = [];
    loop.callLater = (...args) => {
      const timer = callLater(...args);
      timers.push(timer);
      return timer;
    };
    const shutdown = loop.shutdownDefaultExecutor(60_000);
    await sleep(0);
    assert.equal(patient.isReleased, false);
    assert.throws(() => toThread(add), {
      name: "RuntimeError",
      message: "The default executor is shut down",
    });
    patient.done[0]!(1);
    await shutdown;
    assert.equal(patient.isReleased, true);
    assert.equal(await future, 1);
    assert.deepEqual(timers.map((timer) => timer.cancelled()), [true]);
  });
  await run(async () => {
    await getRunningLoop().shutdownDefaultExecutor();
    assert.throws(() => toThread(add), { message: "The default executor is shut down" });
  });
});

Deno.test("shutting down the default executor gives up after its timeout, with a warning", async () => {
  await inNoTime(async (clock) => {
    const loop = getRunningLoop();
    const patient = new Patient();
    loop.setDefaultExecutor(patient);
    const future = toThread(add);
    assert.deepEqual(await warnings(() => loop.shutdownDefaultExecutor(50)), [
      "The default executor did not finish its jobs within 50 milliseconds",
    ]);
    assert.equal(clock.now(), 50);
    patient.done[0]!(1);
    assert.equal(await future, 1);
    assert.deepEqual(await warnings(() => loop.shutdownDefaultExecutor(50)), []);
    assert.equal(clock.now(), 50);
  });
});

Deno.test("who waits for the default executor to shut down can stop waiting", async () => {
  await run(async () => {
    const loop = getRunningLoop();
    const patient = new Patient();
    loop.setDefaultExecutor(patient);
    const future = toThread(add);
    const task = createTask(() => loop.shutdownDefaultExecutor(60_000));
    await sleep(0);
    task.cancel();
    await assert.rejects(task, CancelledError);
    patient.done[0]!(1);
    assert.equal(await future, 1);
  });
});

Deno.test("a loop that is closed shuts its default executor down, and does not wait", async () => {
  const patient = new Patient();
  const loop = newEventLoop();
  loop.setDefaultExecutor(patient);
  const future = loop.runInExecutor(null, add);
  await loop.runUntilComplete(() => sleep(1));
  loop.close();
  assert.throws(() => patient.submit(add), { name: "RuntimeError" });
  assert.equal(patient.isReleased, false);
  patient.done[0]!(1);
  assert.equal(await future, 1);
  assert.equal(patient.isReleased, true);
});

Deno.test("a program with threads ends by itself, and needs to read its modules only", async () => {
  const path = (url: string) => fileURLToPath(new URL(url, import.meta.url));
  const readable = [path("./work.ts"), path("../../../loop")].join();
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", "--no-lock", `--allow-read=${readable}`, PROGRAM],
    env: { NO_COLOR: "1" },
    stdin: "null",
    signal: AbortSignal.timeout(20_000),
  }).output();
  const text = new TextDecoder();
  assert.equal(text.decode(stdout), "BrokenWorkerError\n5\n3\n");
  // Neither the error nor the end of a worker is printed by the runtime.
  assert.equal(text.decode(stderr), "");
  assert.equal(code, 0);
});
