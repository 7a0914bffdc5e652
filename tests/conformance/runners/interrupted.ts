/**
 * CPython's `test_runners`: what SIGINT does. It is sent to programs in
 * processes of their own, which make their loops as the setting does.
 *
 * @module
 */

import assert from "node:assert/strict";
import { start } from "../../loop/program.ts";
import type { Setting } from "../behaviour.ts";
import { runners } from "./suite.ts";

const LOOP = new URL("../../../loop/mod.ts", import.meta.url).href;

const FROM_OUTSIDE = "The signal comes from another process, and not from the program itself";

/** What makes the runner of a program. */
function runnerOf({ clock, newLoop }: Setting): string {
  const timed = clock === null ? "" : "clock: new TestClock(), ";
  return `
    const options = { ${timed}debug: ${newLoop().getDebug()} };
    const runner = new Runner({ loopFactory: () => new EventLoop(options) });
    async function outcome(main) {
      try {
        await runner.run(main);
        return "finished";
      } catch (error) {
        return error.name;
      }
    }
  `;
}

/** Runs a program, sends SIGINT when it is ready, and gives what it prints then. */
async function interrupted(setting: Setting, body: string): Promise<string> {
  const names = "createTask, currentTask, EventLoop, Runner, Task, TestClock";
  await using program = start(`import { ${names} } from "${LOOP}"; ${runnerOf(setting)} ${body}`);
  await program.until("ready");
  program.interrupt();
  const { stdout, stderr, code } = await program.end();
  assert.equal(code, 0, stderr);
  return stdout.trim();
}

runners.adapted("RunnerTests.test_interrupt_call_soon", FROM_OUTSIDE, async (setting) => {
  const printed = await interrupted(
    setting,
    `
    async function main() {
      console.log("ready");
      try {
        while (true) await sleep(0);
      } catch (error) {
        console.log(error.name);
      }
      throw new CancelledError();
    }
    console.log(await outcome(main));
    await runner.close();
    `,
  );
  assert.equal(printed, "CancelledError\nKeyboardInterrupt");
});

runners.adapted("RunnerTests.test_interrupt_wait", FROM_OUTSIDE, async (setting) => {
  const printed = await interrupted(
    setting,
    `
    const future = runner.getLoop().createFuture();
    async function main() {
      console.log("ready");
      try {
        await future;
      } catch (error) {
        console.log(error.name);
      }
      throw new CancelledError();
    }
    console.log(await outcome(main), future.cancelled());
    await runner.close();
    `,
  );
  assert.equal(printed, "CancelledError\nKeyboardInterrupt true");
});

runners.adapted(
  "RunnerTests.test_interrupt_cancelled_task",
  FROM_OUTSIDE + ": so the cancelled task waits for it",
  async (setting) => {
    const printed = await interrupted(
      setting,
      `
      async function cancel(task) {
        await sleep(0);
        task.cancel();
      }
      async function main() {
        createTask(cancel, currentTask());
        try {
          await new Future();
        } finally {
          console.log("ready");
          await new Future();
        }
      }
      console.log(await outcome(main));
      await runner.close();
      `,
    );
    assert.equal(printed, "CancelledError");
  },
);

runners.adapted(
  "RunTests.test_asyncio_run_without_uncancel",
  "Tasks are made of \`Task\`: one whose \`uncancel()\` takes nothing back stands for one that has none",
  async (setting) => {
    const printed = await interrupted(
      setting,
      `
      class Stubborn extends Task {
        uncancel() {
          return this.cancelling();
        }
      }
      runner.getLoop().setTaskFactory((loop, callback, options) =>
        new Stubborn(callback, [], { ...options, loop })
      );
      async function main() {
        console.log("ready");
        await new Future();
      }
      console.log(await outcome(main));
      await runner.close();
      `,
    );
    assert.equal(printed, "CancelledError");
  },
);
