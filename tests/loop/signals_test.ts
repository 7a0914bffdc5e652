import assert from "node:assert/strict";
import { EventLoop } from "../../loop/event_loop.ts";
import { getRunningLoop } from "../../loop/events.ts";
import { NotImplementedError } from "../../loop/exceptions.ts";
import { Future } from "../../loop/futures.ts";
import { run } from "../../loop/runners.ts";
import { sleep } from "../../loop/sleep.ts";
import { timeout } from "../../loop/timeouts.ts";
import { start } from "./program.ts";

const windows = Deno.build.os === "windows";

Deno.test({
  name: "a signal handler is called with its arguments, in the loop, each time",
  ignore: windows,
  fn: async () => {
    const log: unknown[] = [];
    await run(async () => {
      const loop = getRunningLoop();
      let done = new Future<void>();
      loop.addSignalHandler(
        "SIGUSR1",
        (a: string, b: number) => {
          log.push([a, b, getRunningLoop() === loop]);
          done.setResult();
        },
        "usr1",
        1,
      );
      for (let i = 0; i < 2; i++) {
        Deno.kill(Deno.pid, "SIGUSR1");
        await timeout(5_000, () => done);
        done = new Future<void>();
      }
      assert.equal(loop.removeSignalHandler("SIGUSR1"), true);
      assert.equal(loop.removeSignalHandler("SIGUSR1"), false);
    });
    assert.deepEqual(log, [["usr1", 1, true], ["usr1", 1, true]]);
  },
});

Deno.test({
  name: "a signal has one handler: the last that was set",
  ignore: windows,
  fn: async () => {
    const log: string[] = [];
    await run(async () => {
      const loop = getRunningLoop();
      const done = new Future<void>();
      loop.addSignalHandler("SIGUSR2", () => log.push("first"));
      loop.addSignalHandler("SIGUSR2", () => {
        log.push("second");
        done.setResult();
      });
      Deno.kill(Deno.pid, "SIGUSR2");
      await timeout(5_000, () => done);
      await sleep(5);
    });
    assert.deepEqual(log, ["second"]);
  },
});

Deno.test("what is no signal, cannot be caught, or is no function, is refused", () => {
  const loop = new EventLoop();
  assert.throws(() => loop.addSignalHandler("SIGFOO" as Deno.Signal, () => {}), {
    name: "TypeError",
    message: /no signal SIGFOO/,
  });
  assert.throws(() => loop.addSignalHandler("SIGKILL", () => {}), {
    name: "RuntimeError",
    message: /SIGKILL cannot be caught/,
  });
  assert.throws(() => loop.addSignalHandler("SIGTERM", undefined as never), TypeError);
  loop.close();
  assert.throws(() => loop.addSignalHandler("SIGTERM", () => {}), { message: /closed/ });
});

Deno.test({
  name: "a removed handler leaves the signal to do what it does by default",
  ignore: windows,
  fn: async () => {
    await using program = start(`
      await run(async () => {
        const loop = getRunningLoop();
        loop.addSignalHandler("SIGUSR1", () => {
          loop.removeSignalHandler("SIGUSR1");
          console.log("once");
        });
        console.log("ready");
        await sleep(60_000);
      });
    `);
    await program.until("ready");
    program.interrupt("SIGUSR1");
    await program.until("once");
    program.interrupt("SIGUSR1");
    assert.equal((await program.end()).signal, "SIGUSR1");
  },
});

Deno.test("what the runtime does not have says why, and what to use instead", () => {
  const loop = new EventLoop();
  for (const method of ["addReader", "removeReader", "addWriter", "removeWriter"] as const) {
    assert.throws(() => loop[method](0, () => {}), (error) => {
      assert.ok(error instanceof NotImplementedError);
      assert.match(error.message, new RegExp(`^${method}\\(\\) cannot be: .*openConnection\\(\\)`));
      return true;
    });
  }
  assert.throws(() => loop.shutdownAsyncgens(), /list of generators.*for await/);
  loop.close();
});
