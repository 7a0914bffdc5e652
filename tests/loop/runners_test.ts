import assert from "node:assert/strict";
import type { ExceptionContext } from "../../loop/base_event_loop.ts";
import { ContextVar } from "../../loop/context.ts";
import { EventLoop, getRunningLoop } from "../../loop/event_loop.ts";
import { run, Runner } from "../../loop/runners.ts";
import { sleep } from "../../loop/sleep.ts";
import { createTask, type Task } from "../../loop/tasks.ts";

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

Deno.test("a deadlock ends the process, and does not hang it", async () => {
  const program = `
    import { Future, run } from "${new URL("../../loop/mod.ts", import.meta.url)}";
    await run(async () => await new Future());
  `;
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-lock",
      "--no-check",
      "--quiet",
      `data:text/typescript,${encodeURIComponent(program)}`,
    ],
    signal: AbortSignal.timeout(20_000),
  }).output();
  assert.equal(code, 1);
  assert.match(new TextDecoder().decode(stderr), /never resolved/);
});
