/**
 * CPython's `test_runners`. What SIGINT does is in `interrupted.ts`.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { ExceptionContext } from "../../../loop/base_event_loop.ts";
import { ContextVar, copyContext } from "../../../loop/context.ts";
import { EventLoop } from "../../../loop/event_loop.ts";
import { getEventLoop, getRunningLoop } from "../../../loop/events.ts";
import { RuntimeError } from "../../../loop/exceptions.ts";
import { run, Runner, type RunOptions } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask, type Task } from "../../../loop/tasks.ts";
import { rejection } from "../../rejection.ts";
import type { Setting } from "../behaviour.ts";
import { runners } from "./suite.ts";

class ValueError extends Error {}
class ZeroDivisionError extends Error {}

const WRONG_ARGUMENT =
  "What runs is a function; anything else is a `TypeError`, as every wrong argument";

/** Options by which a program runs in the loop of a setting. */
function within({ newLoop }: Setting, options: RunOptions = {}): RunOptions {
  return { handleSigint: false, loopFactory: newLoop, ...options };
}

runners.held("RunTests.test_asyncio_run_return", async (setting) => {
  const main = () => sleep(0, 42);
  assert.equal(await run(main, within(setting)), 42);
});

runners.held("RunTests.test_asyncio_run_raises", async (setting) => {
  async function main() {
    await sleep(0);
    throw new ValueError("spam");
  }
  assert.equal((await rejection(run(main, within(setting)), ValueError)).message, "spam");
});

runners.adapted("RunTests.test_asyncio_run_only_coro", WRONG_ARGUMENT, async (setting) => {
  for (const main of [1, null, Promise.resolve()]) {
    const error = await rejection(run(main as never, within(setting)), TypeError);
    assert.match(error.message, /needs a function/);
  }
});

runners.adapted(
  "RunTests.test_asyncio_run_debug",
  "No environment variable turns debug mode on: where nothing is said, the loop keeps its own",
  async (setting) => {
    const main = () => getRunningLoop().getDebug();
    assert.equal(await run(main, within(setting, { debug: false })), false);
    assert.equal(await run(main, within(setting, { debug: true })), true);
    for (const debug of [true, false]) {
      const loopFactory = () => new EventLoop({ debug });
      assert.equal(await run(main, within(setting, { loopFactory })), debug);
    }
  },
);

runners.held("RunTests.test_asyncio_run_from_running_loop", async (setting) => {
  const main = (): Promise<void> => run(main, within(setting));
  const error = await rejection(run(main, within(setting)), RuntimeError);
  assert.match(error.message, /inside a running event loop/);
});

runners.held("RunTests.test_asyncio_run_cancels_hanging_tasks", async (setting) => {
  let left: Task | undefined;
  const result = await run(() => {
    left = createTask(() => sleep(100));
    return 123;
  }, within(setting));
  assert.equal(result, 123);
  assert.equal(left!.done(), true);
});

runners.held("RunTests.test_asyncio_run_reports_hanging_tasks_errors", async (setting) => {
  const told: ExceptionContext[] = [];
  let left: Task | undefined;
  async function leftover() {
    try {
      await sleep(100);
    } finally {
      // deno-lint-ignore no-unsafe-finally -- that is what is tested
      throw new ZeroDivisionError();
    }
  }
  const result = await run(async () => {
    getRunningLoop().setExceptionHandler((_loop, context) => told.push(context));
    left = createTask(leftover);
    await sleep(0);
    return 123;
  }, within(setting));
  assert.equal(result, 123);
  assert.equal(left!.done(), true);
  const [{ message, task, exception } = assert.fail("Nothing was told"), ...more] = told;
  assert.match(message, /run.*shutting down/);
  assert.equal(task, left);
  assert.ok(exception instanceof ZeroDivisionError);
  assert.deepEqual(more, []);
});

runners.adapted(
  "RunTests.test_asyncio_run_closes_gens_after_hanging_tasks_errors",
  "JavaScript keeps no list of generators: `for await` closes its own, and `run()` none that was left",
  async (setting) => {
    class FancyExit extends Error {}
    async function* fidget() {
      while (true) {
        yield 1;
        await sleep(100);
      }
    }
    const spinner = fidget();
    let lazyboy: Task | undefined;
    async function spin() {
      try {
        for await (const _ of spinner);
      } finally {
        // deno-lint-ignore no-unsafe-finally -- that is what is tested
        throw new ZeroDivisionError();
      }
    }
    const main = async () => {
      getRunningLoop().setExceptionHandler(() => {});
      lazyboy = createTask(spin);
      await sleep(0);
      throw new FancyExit();
    };
    await rejection(run(main, within(setting)), FancyExit);
    assert.equal(lazyboy!.done(), true);
    assert.equal((await spinner.next()).done, true);
  },
);

runners.adapted(
  "RunTests.test_asyncio_run_set_event_loop",
  "There are no policies: which loop is meant, the code says that asks",
  async (setting) => {
    const before = getEventLoop();
    await run(async () => {
      await sleep(0);
      assert.equal(getEventLoop(), getRunningLoop());
      assert.notEqual(getEventLoop(), before);
    }, within(setting));
    assert.equal(getEventLoop(), before);
  },
);

runners.held("RunTests.test_asyncio_run_loop_factory", async (setting) => {
  const loop = setting.newLoop();
  let calls = 0;
  const loopFactory = (...args: unknown[]) => {
    assert.deepEqual(args, []);
    calls += 1;
    return loop;
  };
  await run(() => assert.equal(getRunningLoop(), loop), within(setting, { loopFactory }));
  assert.equal(calls, 1);
});

runners.held("RunTests.test_loop_factory_default_event_loop", async (setting) => {
  const loopFactory = () => new EventLoop();
  await run(
    () => assert.ok(getRunningLoop() instanceof EventLoop),
    within(setting, { loopFactory }),
  );
});

for (const [name, debug] of [["test_non_debug", false], ["test_debug", true]] as const) {
  runners.held(`RunnerTests.${name}`, async (setting) => {
    await using runner = new Runner(within(setting, { debug }));
    assert.equal(runner.getLoop().getDebug(), debug);
  });
}

runners.held("RunnerTests.test_custom_factory", async (setting) => {
  const loop = setting.newLoop();
  await using runner = new Runner(within(setting, { loopFactory: () => loop }));
  assert.equal(runner.getLoop(), loop);
});

runners.held("RunnerTests.test_run", async (setting) => {
  let loop: EventLoop;
  const runner = new Runner(within(setting));
  {
    await using open = runner;
    assert.equal(await open.run(() => sleep(0, "done")), "done");
    loop = open.getLoop();
  }
  assert.throws(() => runner.getLoop(), { name: "RuntimeError", message: /Runner is closed/ });
  assert.equal(loop.isClosed(), true);
});

runners.adapted("RunnerTests.test_run_non_coro", WRONG_ARGUMENT, async (setting) => {
  await using runner = new Runner(within(setting));
  const error = await rejection(runner.run(123 as never), TypeError);
  assert.match(error.message, /needs a function/);
});

runners.adapted("RunnerTests.test_run_future", WRONG_ARGUMENT, async (setting) => {
  await using runner = new Runner(within(setting));
  const future = runner.getLoop().createFuture();
  const error = await rejection(runner.run(future as never), TypeError);
  assert.match(error.message, /needs a function/);
});

runners.held("RunnerTests.test_explicit_close", async (setting) => {
  const runner = new Runner(within(setting));
  const loop = runner.getLoop();
  await runner.close();
  assert.throws(() => runner.getLoop(), { name: "RuntimeError", message: /Runner is closed/ });
  assert.equal(loop.isClosed(), true);
});

runners.held("RunnerTests.test_double_close", async (setting) => {
  const runner = new Runner(within(setting));
  const loop = runner.getLoop();
  await runner.close();
  assert.equal(loop.isClosed(), true);
  await runner.close();
  assert.equal(loop.isClosed(), true);
});

runners.held("RunnerTests.test_second_with_block_raises", async (setting) => {
  const seen: number[] = [];
  const runner = new Runner(within(setting));
  async function block(argument: number) {
    await using open = runner;
    await open.run(() => {
      seen.push(argument);
    });
  }
  await block(1);
  const error = await rejection(block(2), RuntimeError);
  assert.match(error.message, /Runner is closed/);
  assert.deepEqual(seen, [1]);
});

runners.held("RunnerTests.test_run_keeps_context", async (setting) => {
  const variable = new ContextVar("cvar", -1);
  async function swap(value: number) {
    const old = variable.get();
    await sleep(0);
    variable.set(value);
    return old;
  }
  await using runner = new Runner(within(setting));
  assert.equal(await runner.run(() => swap(1)), -1);
  assert.equal(await runner.run(() => swap(2)), 1);
  const context = await runner.run(() => copyContext());
  assert.equal(context.get(variable), 2);
});

runners.held("RunnerTests.test_recursive_run", async (setting) => {
  let begun = false;
  await using runner = new Runner(within(setting));
  const inner = () => {
    begun = true;
  };
  const error = await rejection(runner.run(() => runner.run(inner)), RuntimeError);
  assert.match(error.message, /inside a running event loop/);
  assert.equal(begun, false);
});

runners.held("RunnerTests.test_signal_install_not_supported_ok", async (setting) => {
  const { addSignalListener } = Deno;
  Deno.addSignalListener = () => {
    throw new TypeError("no signals here");
  };
  try {
    await using runner = new Runner(within(setting, { handleSigint: true }));
    assert.equal(await runner.run(() => sleep(0, "done")), "done");
  } finally {
    Deno.addSignalListener = addSignalListener;
  }
});

runners.held("RunnerTests.test_no_repr_is_call_on_the_task_result", async (setting) => {
  class MyResult {
    count = 0;
    toString() {
      this.count += 1;
      return "";
    }
    [Symbol.for("Deno.customInspect")]() {
      return this.toString();
    }
  }
  await using runner = new Runner(within(setting));
  const result = await runner.run(() => new MyResult());
  assert.equal(result.count, 0);
});
