import assert from "node:assert/strict";
import type { ExceptionContext } from "../../loop/base_event_loop.ts";
import { ContextVar, copyContext } from "../../loop/context.ts";
import { getRunningLoop } from "../../loop/events.ts";
import { CancelledError } from "../../loop/exceptions.ts";
import { Future, isfuture } from "../../loop/futures.ts";
import { run } from "../../loop/runners.ts";
import { sleep } from "../../loop/sleep.ts";
import { createTask, type Task } from "../../loop/tasks.ts";
import { inNoTime } from "./in_no_time.ts";

Deno.test("a future begins without result", () => {
  const future = new Future<number>();
  assert.equal(future.done(), false);
  assert.equal(future.cancelled(), false);
  assert.throws(() => future.result(), { name: "InvalidStateError" });
  assert.throws(() => future.exception(), { name: "InvalidStateError" });
  assert.equal(String(future), "<Future pending>");
});

Deno.test("a future is settled once", () => {
  const future = new Future<number>();
  future.setResult(1);
  assert.equal(future.result(), 1);
  assert.equal(future.exception(), null);
  assert.throws(() => future.setResult(2), { name: "InvalidStateError" });
  assert.throws(() => future.setException(new Error()), { name: "InvalidStateError" });
  assert.equal(future.cancel(), false);
  assert.equal(future.cancelled(), false);
});

Deno.test("a cancelled future throws its message", async () => {
  const future = new Future<number>();
  assert.equal(future.cancel("enough"), true);
  assert.equal(future.cancelled(), true);
  const cancelled = { name: "CancelledError", message: "enough" };
  assert.throws(() => future.result(), cancelled);
  assert.throws(() => future.exception(), cancelled);
  assert.throws(() => future.setResult(1), { name: "InvalidStateError" });
  await assert.rejects(future, cancelled);
});

Deno.test("then, catch and finally make native promises", async () => {
  const future = new Future<number>();
  const chain = future.then((n) => n + 1).finally(() => {});
  assert.ok(chain instanceof Promise);
  future.setResult(1);
  assert.equal(await chain, 2);
  assert.equal(await Promise.all([future, 5]).then(([a, b]) => a + b), 6);

  const failed = new Future<number>();
  failed.setException(new RangeError("no"));
  assert.equal(await failed.catch((error) => error.message), "no");
  await assert.rejects(failed.then(() => 1), { message: "no" });
  await assert.rejects(future.then(() => Promise.reject(new TypeError("mine"))), {
    message: "mine",
  });
});

Deno.test("then never calls back before it returns", async () => {
  const future = new Future<number>();
  future.setResult(1);
  let called = false;
  const chain = future.then(() => {
    called = true;
  });
  assert.equal(called, false);
  await chain;
  assert.equal(called, true);
});

Deno.test("done callbacks are called soon, in order, with the future", async () => {
  const log: unknown[] = [];
  const future = new Future<number>();
  future.addDoneCallback((f) => log.push(["first", f === future]));
  future.addDoneCallback(() => log.push("second"));
  future.setResult(1);
  assert.equal(log.length, 0);
  await sleep(0);
  assert.deepEqual(log, [["first", true], "second"]);
  future.addDoneCallback(() => log.push("late"));
  assert.equal(log.length, 2);
  await sleep(0);
  assert.equal(log[2], "late");
});

Deno.test("a done callback that was removed is not called, however often it was added", async () => {
  const log: string[] = [];
  const wrong = () => log.push("wrong");
  const future = new Future<number>();
  future.addDoneCallback(wrong);
  future.addDoneCallback(() => log.push("right"));
  future.addDoneCallback(wrong);
  assert.equal(future.removeDoneCallback(wrong), 2);
  assert.equal(future.removeDoneCallback(wrong), 0);
  future.cancel();
  await sleep(0);
  assert.deepEqual(log, ["right"]);
});

Deno.test("a done callback runs in a copy of its context, or in the one it is given", async () => {
  const variable = new ContextVar("variable", "default");
  const given = copyContext();
  const seen: string[] = [];
  await run(async () => {
    const future = new Future<void>();
    variable.set("mine");
    future.addDoneCallback(() => {
      seen.push(variable.get());
      variable.set("leaked");
    });
    future.addDoneCallback(() => variable.set("there"), { context: given });
    future.setResult();
    await sleep(0);
    seen.push(variable.get());
  });
  assert.deepEqual(seen, ["mine", "mine"]);
  assert.equal(given.get(variable), "there");
});

Deno.test("of several that await a future, only the cancelled one gives up", async () => {
  await run(async () => {
    const future = new Future<string>();
    const shared = Promise.withResolvers<void>();
    const tasks = [0, 1, 2].map(() =>
      createTask(async () => {
        shared.resolve();
        return await future;
      })
    );
    await shared.promise;
    await sleep(0);
    future.setResult("all");
    tasks[1]!.cancel();
    const results = await Promise.allSettled(tasks);
    assert.deepEqual(results.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  });
});

Deno.test("an exception that nobody retrieves is reported when run ends, others are not", async () => {
  const seen: ExceptionContext[] = [];
  await run(async () => {
    getRunningLoop().setExceptionHandler((_loop, context) => seen.push(context));
    new Future().setException(new RangeError("lost"));
    createTask(() => {
      throw new RangeError("lost too");
    }).setName("loser");
    const looked = new Future();
    looked.setException(new RangeError("seen"));
    assert.ok(looked.exception() instanceof RangeError);
    const awaited = new Future();
    setTimeout(() => awaited.setException(new RangeError("seen")), 1);
    await assert.rejects(awaited);
    await sleep(0);
  });
  assert.deepEqual(
    seen.map(({ message, exception }) => [message, (exception as Error).message]),
    [
      ["Future exception was never retrieved", "lost"],
      ["Task exception was never retrieved: <Task failed name='loser'>", "lost too"],
    ],
  );
});

Deno.test("an exception that nobody retrieves is reported when its future is collected", async () => {
  const program = `
    import { Future } from "${new URL("../../loop/futures.ts", import.meta.url)}";
    import { createTask, sleep } from "${new URL("../../loop/mod.ts", import.meta.url)}";
    let reports = 0;
    const { error } = console;
    console.error = (...parts) => {
      reports += 1;
      error(...parts);
    };
    (() => {
      new Future().setException(new RangeError("lost in a future"));
      createTask(async () => {
        await sleep(1);
        throw new RangeError("lost in a task");
      });
    })();
    await sleep(5);
    for (let i = 0; i < 20; i++) {
      globalThis.gc();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    console.log(reports, "reports, still running");
  `;
  const { code, stderr, stdout } = await execute(program, "--v8-flags=--expose-gc");
  const output = new TextDecoder().decode(stderr);
  assert.match(output, /Future exception was never retrieved.*lost in a future/s);
  assert.match(output, /Task exception was never retrieved.*lost in a task/s);
  assert.equal(new TextDecoder().decode(stdout), "2 reports, still running\n");
  assert.equal(code, 0);
});

Deno.test("a task that fails by its time limit is collected, and so reported", async () => {
  const program = `
    import { createTask, sleep, timeout } from "${new URL("../../loop/mod.ts", import.meta.url)}";
    const reports = [];
    console.error = (message) => reports.push(message.split(":")[0]);
    (() => {
      createTask(() => timeout(1, () => sleep(60_000)));
      createTask(async () => {
        using _limit = timeout(1);
        await sleep(60_000);
      });
    })();
    await sleep(10);
    for (let i = 0; i < 20; i++) {
      globalThis.gc();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    console.log(reports.join());
    reports.length = 0;
  `;
  const { code, stdout } = await execute(program, "--v8-flags=--expose-gc");
  const message = "Task exception was never retrieved";
  assert.equal(new TextDecoder().decode(stdout), `${message},${message}\n`);
  assert.equal(code, 0);
});

Deno.test("what was never retrieved is reported when the program ends, and does not end it", async () => {
  const program = `
    import { Future } from "${new URL("../../loop/futures.ts", import.meta.url)}";
    globalThis.kept = new Future();
    kept.setException(new RangeError("lost"));
  `;
  const { code, stderr } = await execute(program);
  assert.match(new TextDecoder().decode(stderr), /never retrieved.*lost/s);
  assert.equal(code, 0);
});

Deno.test("isfuture knows futures and tasks", async () => {
  assert.equal(isfuture(new Future()), true);
  assert.equal(isfuture(Promise.resolve()), false);
  assert.equal(isfuture(null), false);
  const task = createTask(() => 1);
  assert.equal(isfuture(task), true);
  assert.equal(await task, 1);
});

Deno.test("CancelledError that is set as an exception reaches the awaiting task as such", async () => {
  await run(async () => {
    const future = new Future();
    const task = createTask(async () => await future);
    await sleep(0);
    future.setException(new CancelledError("set"));
    await assert.rejects(task, { name: "CancelledError", message: "set" });
    assert.equal(task.cancelled(), true);
    assert.equal(future.cancelled(), false);
  });
});

function execute(program: string, ...flags: string[]) {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-lock",
      "--no-check",
      "--quiet",
      ...flags,
      `data:text/typescript,${encodeURIComponent(program)}`,
    ],
    env: { NO_COLOR: "1" },
    signal: AbortSignal.timeout(20_000),
  }).output();
}

Deno.test("a task that awaits itself is told in its next turn, and cancelled if it was", async () => {
  await inNoTime(async () => {
    const log: string[] = [];
    const itself: Task<unknown> = createTask(async () => {
      await assert.rejects(async () => await itself, /cannot await on itself/);
      log.push("told");
    });
    const cancelled: Task<unknown> = createTask(async () => {
      cancelled.cancel();
      return await cancelled;
    });
    createTask(() => log.push("another"));
    await itself;
    assert.deepEqual(log, ["another", "told"]);
    await assert.rejects(cancelled, CancelledError);
  });
});
