import assert from "node:assert/strict";
import type { ExceptionContext } from "../../loop/base_event_loop.ts";
import { ContextVar } from "../../loop/context.ts";
import { EventLoop } from "../../loop/event_loop.ts";
import { getRunningLoop } from "../../loop/events.ts";
import type { Future } from "../../loop/futures.ts";
import { jobs } from "../../loop/executors/jobs.ts";
import { run, Runner } from "../../loop/runners.ts";
import { start } from "./program.ts";
import { sleep } from "../../loop/sleep.ts";
import { createTask, type Task } from "../../loop/tasks.ts";

const PRIMES = import.meta.resolve("../../examples/primes.ts");

Deno.test("run returns what main returns, throws what it throws, and closes its loop", async () => {
  let loop: EventLoop | undefined;
  assert.equal(
    await run(async () => {
      loop = getRunningLoop();
      await sleep(1);
      return "done";
    }),
    "done",
  );
  assert.equal(loop!.isClosed(), true);
  await assert.rejects(run(() => Promise.reject(new RangeError("main"))), { message: "main" });
  assert.equal(await run(() => 5), 5);
});

Deno.test("run takes a function, and does not nest", async () => {
  await assert.rejects(run(sleep(0) as never), { name: "TypeError" });
  await run(async () => {
    await assert.rejects(run(() => {}), { name: "RuntimeError", message: /inside a running/ });
  });
});

Deno.test("run cancels the tasks that main leaves behind, and waits for them", async () => {
  const log: string[] = [];
  let left: Task | undefined;
  await run(async () => {
    left = createTask(async () => {
      try {
        await sleep(60_000);
      } finally {
        await sleep(2);
        log.push("cleaned up");
      }
    });
    await sleep(0);
  });
  assert.deepEqual(log, ["cleaned up"]);
  assert.equal(left!.cancelled(), true);
});

Deno.test("run reports what such tasks throw", async () => {
  const seen: ExceptionContext[] = [];
  await run(async () => {
    getRunningLoop().setExceptionHandler((_loop, context) => seen.push(context));
    createTask(async () => {
      try {
        await sleep(60_000);
      } finally {
        // deno-lint-ignore no-unsafe-finally
        throw new RangeError("on the way out");
      }
    });
    await sleep(0);
  });
  assert.equal(seen.length, 1);
  assert.match(seen[0]!.message, /shutting down/);
  assert.match(String(seen[0]!.exception), /on the way out/);
});

Deno.test("run takes the loop it is given, and debug mode", async () => {
  const loop = new EventLoop();
  const debug = await run(() => {
    assert.equal(getRunningLoop(), loop);
    return getRunningLoop().getDebug();
  }, { debug: true, loopFactory: () => loop });
  assert.equal(debug, true);
  assert.equal(await run(() => getRunningLoop().getDebug()), false);
});

Deno.test("two programs at once have loops of their own", async () => {
  const loops = await Promise.all([1, 2].map(() =>
    run(async () => {
      await sleep(2);
      return getRunningLoop();
    })
  ));
  assert.notEqual(loops[0], loops[1]);
});

Deno.test("a runner keeps its loop and context from run to run", async () => {
  const variable = new ContextVar("variable", "default");
  await using runner = new Runner();
  const first = await runner.run(() => {
    variable.set("kept");
    return getRunningLoop();
  });
  assert.equal(await runner.run(() => getRunningLoop()), first);
  assert.equal(await runner.run(() => variable.get()), "kept");
  assert.equal(runner.getLoop(), first);
  assert.equal(variable.get(), "default");
});

Deno.test("a closed runner runs nothing", async () => {
  const runner = new Runner();
  await runner.close();
  await runner.close();
  await assert.rejects(runner.run(() => 1), { name: "RuntimeError", message: /closed/ });
  assert.throws(() => runner.getLoop(), { name: "RuntimeError" });
});

Deno.test("a deadlock ends the process where SIGINT is left alone", async () => {
  await using program = start(
    `await run(async () => await new Future(), { handleSigint: false });`,
  );
  const { code, stderr } = await program.end();
  assert.equal(code, 1);
  assert.match(stderr, /never resolved/);
});

Deno.test("the first SIGINT cancels the main task, which may clean up", async () => {
  await using program = start(`
    try {
      await run(async () => {
        try {
          console.log("ready");
          await sleep(60_000);
        } finally {
          await sleep(5);
          console.log("cleaned up");
        }
      });
    } catch (error) {
      console.log(error instanceof KeyboardInterrupt, error.cause instanceof CancelledError);
    }
  `);
  await program.until("ready");
  program.interrupt();
  const { code, stdout } = await program.end();
  assert.match(stdout, /cleaned up\ntrue true/);
  assert.equal(code, 0);
});

Deno.test("the second SIGINT ends the program at once", async () => {
  await using program = start(`
    await run(async () => {
      for (;;) {
        try {
          console.log("ready");
          await sleep(60_000);
        } catch {
          console.log("refused");
        }
      }
    });
  `);
  await program.until("ready");
  program.interrupt();
  await program.until("refused");
  program.interrupt();
  const { signal } = await program.end();
  assert.equal(signal, "SIGINT");
});

Deno.test("a main task that ends well in spite of SIGINT is no KeyboardInterrupt", async () => {
  await using program = start(`
    const value = await run(async () => {
      try {
        console.log("ready");
        await sleep(60_000);
      } catch {
        return "saved";
      }
    });
    console.log(value);
  `);
  await program.until("ready");
  program.interrupt();
  const { code, stdout } = await program.end();
  assert.match(stdout, /saved/);
  assert.equal(code, 0);
});

Deno.test("a handler of the loop's own takes SIGINT over, and keeps the program alive", async () => {
  await using program = start(`
    await run(async () => {
      const stop = new Future();
      getRunningLoop().addSignalHandler("SIGINT", (word) => stop.setResult(word), "interrupted");
      console.log("ready");
      console.log(await stop);
    });
  `);
  await program.until("ready");
  program.interrupt();
  const { code, stdout } = await program.end();
  assert.match(stdout, /interrupted/);
  assert.equal(code, 0);
});

Deno.test("run waits for the jobs of the default executor that nobody awaits", async () => {
  let job: Future<number> | undefined;
  await run(() => {
    const primes = jobs<typeof import("../../examples/primes.ts")>(PRIMES);
    job = getRunningLoop().runInExecutor(null, primes.countPrimes, 1_000);
  });
  assert.equal(job?.result(), 168);
});
