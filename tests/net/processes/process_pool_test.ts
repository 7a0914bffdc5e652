import assert from "node:assert/strict";
import { CancelledError, TimeoutError } from "../../../loop/exceptions.ts";
import {
  BrokenExecutor,
  BrokenWorkerError,
  ImportError,
  RemoteTraceback,
} from "../../../loop/executors/executor_errors.ts";
import { jobs } from "../../../loop/executors/jobs.ts";
import { run } from "../../../loop/runners.ts";
import { timeout } from "../../../loop/timeouts.ts";
import { LimitOverrunError, PermissionError } from "../../../net/errors.ts";
import {
  ProcessPoolExecutor,
  type ProcessPoolOptions,
} from "../../../net/processes/process_pool.ts";
import { createSubprocessExec, PIPE } from "../../../net/processes/subprocess.ts";
import { text } from "../cuts.ts";
import { isThere, openFiles, until } from "./processes.ts";

const work = jobs<typeof import("../../loop/executors/work.ts")>(
  import.meta.resolve("../../loop/executors/work.ts"),
);
const here = jobs<typeof import("./process_work.ts")>(import.meta.resolve("./process_work.ts"));

/** Runs a test with a pool that is shut down at its end, and leaves nothing behind. */
async function withPool(
  options: ProcessPoolOptions,
  test: (pool: ProcessPoolExecutor) => Promise<void>,
): Promise<void> {
  const before = openFiles();
  await run(async () => {
    await using pool = new ProcessPoolExecutor(options);
    await timeout(30_000, () => test(pool));
  });
  await until(() => openFiles() <= before);
}

Deno.test("a job is done in another process, which keeps the state of its modules", async () => {
  await withPool({ maxWorkers: 1 }, async (pool) => {
    assert.equal(await pool.submit(work.add, 40, 2), 42);
    assert.equal(await pool.submit(work.addLater, 40, 2), 42);
    const value = {
      map: new Map([[1, new Date(0)]]),
      bytes: new Uint8Array([1, 2]),
      big: 10n ** 30n,
      text: "ö\u{1F337}",
      nothing: [undefined, null],
    };
    assert.deepEqual(await pool.submit(work.echo, value), value);
    assert.equal(await pool.submit(work.countCalls), 1);
    assert.equal(await pool.submit(work.countCalls), 2);
    const pid = await pool.submit(here.pid);
    assert.notEqual(pid, Deno.pid);
    assert.equal(await pool.submit(here.pid), pid);
  });
});

Deno.test("jobs run at the same time, and processes end with the pool", async () => {
  const pool = new ProcessPoolExecutor({ maxWorkers: 2, idleTimeout: Infinity });
  const pids = await Promise.all([
    pool.submit(here.pidAfter, 200),
    pool.submit(here.pidAfter, 200),
  ]);
  assert.notEqual(pids[0], pids[1]);
  for (const pid of pids) assert.equal(isThere(pid), true);
  await pool.shutdown();
  for (const pid of pids) assert.equal(isThere(pid), false);
});

Deno.test("a job that is cancelled while its process starts leaves none", async () => {
  const before = openFiles();
  for (const wait of [0, 1, 5, 20, 40]) {
    const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const job = pool.submit(work.hang);
    await new Promise((resolve) => setTimeout(resolve, wait));
    job.cancel();
    assert.equal(await pool.submit(work.add, 1, 2), 3);
    await pool.shutdown();
    await until(() => openFiles() <= before);
  }
});

Deno.test("processes end with the program, however that ends", async () => {
  const script = `
    import { ProcessPoolExecutor } from "${
    import.meta.resolve("../../../net/processes/process_pool.ts")
  }";
    const module = "${import.meta.resolve("./process_work.ts")}";
    const pool = new ProcessPoolExecutor({ maxWorkers: 1, idleTimeout: Infinity });
    console.log(await pool.submit({ module, name: "pid" }));`;
  const args = ["eval", "--no-lock", script];
  const child = await createSubprocessExec(Deno.execPath(), args, { stdout: PIPE });
  const pid = Number(await child.stdout!.nextLine());
  assert.ok(isThere(pid));
  child.kill();
  await child.wait();
  await until(() => !isThere(pid));
});

Deno.test("a job that computes is killed when it is cancelled, and the pool goes on", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await withPool({ maxWorkers: 1 }, async (pool) => {
      for (const round of [1, 2]) {
        const path = `${folder}/${round}`;
        const job = pool.submit(here.compute, path);
        const pid = () => Number(Deno.readTextFileSync(path));
        await until(() => {
          try {
            return pid() > 0;
          } catch {
            return false;
          }
        });
        if (round === 1) job.cancel();
        else await assert.rejects(timeout(1, async () => await job), TimeoutError);
        await assert.rejects(async () => await job, CancelledError);
        await until(() => !isThere(pid()));
        assert.equal(await pool.submit(work.add, round, 1), round + 1);
      }
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what a job throws keeps its class, and says where it came from", async () => {
  await withPool({ maxWorkers: 1 }, async (pool) => {
    await assert.rejects(async () => await pool.submit(work.throws, "range"), (error) => {
      assert.ok(error instanceof RangeError && error.message === "out of range");
      assert.ok(error.cause instanceof RemoteTraceback);
      assert.match(error.cause.message, /^Thrown by throws of file:.*, in another process$/);
      return true;
    });
    await assert.rejects(async () => await pool.submit(work.throws, "timeout"), TimeoutError);
    const missing = { module: work.add.module, name: "missing" };
    await assert.rejects(async () => await pool.submit(missing), ImportError);
    await assert.rejects(async () => await pool.submit(work.echo, () => {}), TypeError);
    await assert.rejects(async () => await pool.submit(work.giveFunction), TypeError);
    assert.equal(await pool.submit(work.countCalls), 1, "it is still the first process");
  });
});

Deno.test("a lost process costs its job alone, and says how", async () => {
  const ways = [
    { job: work.loseByTimer, says: /nobody caught an error$/ },
    { job: work.loseByRejection, says: /nobody caught a rejection$/ },
    { job: work.loseByExit, says: /it exited with code 3$/ },
    { job: here.crash, says: /it was killed by signal 9$/ },
    { job: here.intrude, says: /has written to the output of its process/ },
  ];
  await withPool({ maxWorkers: 2 }, async (pool) => {
    for (const { job, says } of ways) {
      const other = pool.submit(work.addLater, 1, 2);
      await assert.rejects(async () => await pool.submit(job), (error) => {
        assert.ok(error instanceof BrokenWorkerError && error instanceof BrokenExecutor);
        assert.match(error.message, says);
        return true;
      });
      assert.equal(await other, 3);
    }
    const first = await pool.submit(here.pid);
    await assert.rejects(async () => await pool.submit(work.loseByTimer), BrokenWorkerError);
    await until(() => !isThere(first));
    const pid = await pool.submit(here.pid);
    Deno.kill(pid, "SIGKILL");
    await until(() => !isThere(pid));
    // Until the pool has heard of it, a job may be given to the dead.
    let next = pid;
    while (next === pid) {
      try {
        next = await pool.submit(here.pid);
      } catch (error) {
        if (!(error instanceof BrokenWorkerError)) throw error;
      }
    }
  });
});

Deno.test("what jobs print goes to the errors", async () => {
  const script = `
    import { run } from "${import.meta.resolve("../../../loop/runners.ts")}";
    import { ProcessPoolExecutor } from "${
    import.meta.resolve("../../../net/processes/process_pool.ts")
  }";
    const module = "${import.meta.resolve("./process_work.ts")}";
    await run(async () => {
      await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
      console.log(await pool.submit({ module, name: "print" }));
      console.log(await pool.submit({ module, name: "printByNode" }));
    });`;
  const args = ["run", "--no-check", "--no-lock", "-A", "-"];
  const child = await createSubprocessExec(Deno.execPath(), args, {
    stdin: PIPE,
    stdout: PIPE,
    stderr: PIPE,
    env: { NO_COLOR: "1" },
  });
  const { stdout: output, stderr: errors } = await child.communicate(script, { timeout: 30_000 });
  assert.equal(text(output!), "printed\nprinted\n");
  const printed = text(errors!);
  for (const word of ["log", "info", "dir: 1", "table", "group", "count: 1", "time: ", "stdout"]) {
    assert.ok(printed.includes(word), `${word} is not in: ${printed}`);
  }
  assert.ok(printed.includes("node\n"));
});

Deno.test("large arguments and results cross, up to the limit", async () => {
  await withPool({ maxWorkers: 1, limit: 4_000_100 }, async (pool) => {
    assert.equal(await pool.submit(work.lengthOf, new Uint8Array(8_000_000)), 8_000_000);
    const bytes = await pool.submit(here.make, 4_000_000);
    assert.equal(bytes.length, 4_000_000);
    assert.equal(bytes.at(-1), 7);
    await assert.rejects(async () => await pool.submit(here.make, 4_000_100), LimitOverrunError);
    assert.equal(await pool.submit(work.add, 1, 1), 2);
  });
});

Deno.test("processes may do what the flags say, and no more", async () => {
  await withPool({ maxWorkers: 1 }, async (pool) => {
    assert.equal(await pool.submit(here.may, "env"), true);
  });
  await withPool({ maxWorkers: 1, flags: ["--allow-read"] }, async (pool) => {
    assert.equal(await pool.submit(here.may, "read"), true);
    assert.equal(await pool.submit(here.may, "env"), false);
  });
});

Deno.test("the initializer is called in each process, and breaks the pool if it fails", async () => {
  const options = { maxWorkers: 1, initializer: work.greet, initargs: ["Ada"] };
  await withPool(options, async (pool) => {
    assert.equal(await pool.submit(work.greeted), "Hello, Ada");
  });
  await withPool({ maxWorkers: 1, initializer: work.throws, initargs: ["range"] }, async (pool) => {
    await assert.rejects(async () => await pool.submit(work.add, 1, 2), (error) => {
      assert.ok(error instanceof BrokenExecutor && error.cause instanceof RangeError);
      return true;
    });
  });
});

Deno.test("an idle process is ended after its time", async () => {
  await withPool({ maxWorkers: 1, idleTimeout: 20 }, async (pool) => {
    const pid = await pool.submit(here.pid);
    await until(() => !isThere(pid));
    assert.notEqual(await pool.submit(here.pid), pid);
  });
});

Deno.test("without permission to run Deno, a job says so", async () => {
  const script = `
    import { ProcessPoolExecutor } from "${
    import.meta.resolve("../../../net/processes/process_pool.ts")
  }";
    const module = "${import.meta.resolve("./process_work.ts")}";
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    try {
      await pool.submit({ module, name: "pid" });
    } catch (error) {
      console.log(error.name);
    }`;
  const args = ["run", "--no-check", "--no-lock", "--no-prompt", "--allow-read", "-"];
  const child = await createSubprocessExec(Deno.execPath(), args, { stdin: PIPE, stdout: PIPE });
  const { stdout: output } = await child.communicate(script, { timeout: 30_000 });
  assert.equal(text(output!), `${PermissionError.name}\n`);
});

Deno.test("a pool checks its options, and costs nothing that has no jobs", async () => {
  for (const maxWorkers of [0, 1.5, NaN]) {
    assert.throws(() => new ProcessPoolExecutor({ maxWorkers }), RangeError);
  }
  assert.throws(() => new ProcessPoolExecutor({ idleTimeout: -1 }), RangeError);
  assert.throws(() => new ProcessPoolExecutor({ limit: 0 }), RangeError);
  const initializer = (() => {}) as never;
  assert.throws(() => new ProcessPoolExecutor({ initializer }), TypeError);
  await using _ = new ProcessPoolExecutor();
});
