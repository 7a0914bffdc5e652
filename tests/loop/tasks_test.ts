import assert from "node:assert/strict";
import { EventLoop } from "../../loop/event_loop.ts";
import { getRunningLoop } from "../../loop/events.ts";
import { CancelledError } from "../../loop/exceptions.ts";
import { Future } from "../../loop/futures.ts";
import { run } from "../../loop/runners.ts";
import { sleep } from "../../loop/sleep.ts";
import {
  abortable,
  allTasks,
  createTask,
  currentTask,
  ensureFuture,
  shield,
  Task,
} from "../../loop/tasks.ts";
import { inNoTime } from "./in_no_time.ts";

Deno.test("a task begins soon, gets its arguments, and gives its result", async () => {
  await run(async () => {
    let begun = false;
    const task = createTask(
      (a: number, b: number) => {
        begun = true;
        return a + b;
      },
      1,
      2,
    );
    assert.equal(begun, false);
    assert.equal(await task, 3);
    assert.equal(task.result(), 3);
  });
});

Deno.test("a task may return a promise, a future, or nothing that can be awaited", async () => {
  await run(async () => {
    assert.equal(await createTask(() => Promise.resolve(1)), 1);
    assert.equal(await createTask(() => sleep(1, 2)), 2);
    assert.equal(await createTask(() => 3), 3);
    await assert.rejects(createTask(() => Promise.reject(new RangeError("4"))), { message: "4" });
    await assert.rejects(
      createTask(() => {
        throw new RangeError("5");
      }),
      { message: "5" },
    );
  });
});

Deno.test("a promise is no task", () => {
  assert.throws(() => createTask(sleep(0) as never), {
    name: "TypeError",
    message: /createTask\(fn, arg\)/,
  });
});

Deno.test("cancel throws at the await, however deep, and finally may await", async () => {
  await inNoTime(async () => {
    const log: string[] = [];
    async function inner() {
      try {
        await sleep(1000);
      } finally {
        log.push("inner");
        await sleep(10);
      }
    }
    const task = createTask(async () => {
      try {
        await (async () => await inner())();
      } finally {
        await sleep(10);
        log.push("outer");
      }
    });
    await sleep(1);
    assert.equal(task.cancel("stop"), true);
    assert.equal(task.done(), false);
    await assert.rejects(task, { name: "CancelledError", message: "stop" });
    assert.equal(task.cancelled(), true);
    assert.equal(task.cancel(), false);
    assert.deepEqual(log, ["inner", "outer"]);
  });
});

Deno.test("a task that is cancelled before it begins never begins", async () => {
  await run(async () => {
    let begun = false;
    const task = createTask(() => {
      begun = true;
    });
    task.cancel("early");
    await assert.rejects(task, { name: "CancelledError", message: "early" });
    assert.equal(begun, false);
  });
});

Deno.test("a task that cancels itself is told at its next real wait", async () => {
  // CPython: awaiting what is done is not a wait.
  await run(async () => {
    const task = currentTask()!;
    const done = new Future<number>();
    done.setResult(3);
    task.cancel("one");
    assert.equal(await done, 3);
    await assert.rejects(async () => await sleep(0), { name: "CancelledError", message: "one" });
    assert.equal(task.cancelling(), 1);
    assert.equal(task.uncancel(), 0);
  });
});

Deno.test("a task that cancels itself and returns is cancelled", async () => {
  await run(async () => {
    const task = createTask(() => {
      currentTask()!.cancel();
      return 1;
    });
    await assert.rejects(task, { name: "CancelledError" });
  });
});

Deno.test("cancellation wins over a result that has not arrived yet", async () => {
  await run(async () => {
    for (
      const settle of [(f: Future) => f.setResult(1), (f: Future) => f.setException(new Error())]
    ) {
      const future = new Future();
      const task = createTask(async () => await future);
      await sleep(0);
      settle(future);
      task.cancel("late");
      await assert.rejects(task, { name: "CancelledError", message: "late" });
    }
  });
});

Deno.test("a task may refuse to be cancelled, and then goes on", async () => {
  await run(async () => {
    const task = createTask(async () => {
      try {
        await sleep(1000);
      } catch (error) {
        assert.ok(error instanceof CancelledError);
      }
      await sleep(1);
      return "refused";
    });
    await sleep(0);
    task.cancel();
    assert.equal(await task, "refused");
    assert.equal(task.cancelled(), false);
    assert.equal(task.cancelling(), 1);
  });
});

Deno.test("cancelling a task cancels the task that it awaits", async () => {
  await run(async () => {
    const inner = createTask(() => sleep(1000));
    const outer = createTask(async () => await inner);
    await sleep(0);
    await sleep(0);
    outer.cancel("both");
    await assert.rejects(outer, { message: "both" });
    assert.equal(inner.cancelled(), true);
  });
});

Deno.test("cancellation reaches every branch of a Promise.all", async () => {
  await run(async () => {
    const log: string[] = [];
    async function branch(name: string) {
      try {
        await sleep(1000);
      } catch (error) {
        log.push(name);
        throw error;
      }
    }
    const task = createTask(() => Promise.all([branch("a"), branch("b")]));
    await sleep(0);
    task.cancel();
    await assert.rejects(task, { name: "CancelledError" });
    assert.deepEqual(log, ["a", "b"]);
  });
});

Deno.test("what is left of a Promise.race does not misdirect a cancellation", async () => {
  await run(async () => {
    const task = createTask(async () => {
      await Promise.race([sleep(0), sleep(1)]);
      await sleep(5);
      await sleep(1000);
    });
    await sleep(10);
    task.cancel();
    await assert.rejects(task, { name: "CancelledError" });
  });
});

Deno.test("requests to stop are counted", async () => {
  await run(async () => {
    const task = createTask(() => sleep(1000));
    await sleep(0);
    assert.equal(task.cancelling(), 0);
    task.cancel();
    task.cancel();
    assert.equal(task.cancelling(), 2);
    assert.equal(task.uncancel(), 1);
    assert.equal(task.uncancel(), 0);
    assert.equal(task.uncancel(), 0);
    await assert.rejects(task, { name: "CancelledError" });
  });
});

Deno.test("uncancel takes back a request that was not delivered", async () => {
  await run(async () => {
    const task = currentTask()!;
    task.cancel();
    task.uncancel();
    await sleep(0);
  });
});

Deno.test("a task cannot await itself", async () => {
  await run(async () => {
    const task: Task<unknown> = createTask(async (): Promise<unknown> => await task);
    await assert.rejects(task, { name: "RuntimeError", message: /await on itself/ });
  });
});

Deno.test("a task's result is not for others to set", async () => {
  const task = createTask(() => 1);
  assert.throws(() => task.setResult(2), { name: "RuntimeError" });
  assert.throws(() => task.setException(new Error()), { name: "RuntimeError" });
  assert.equal(await task, 1);
});

Deno.test("currentTask is right after every kind of await, and null outside", async () => {
  assert.equal(currentTask(), null);
  await run(async () => {
    async function check() {
      const task = currentTask();
      assert.ok(task instanceof Task);
      for (const wait of [() => sleep(0), () => Promise.resolve(), () => Deno.realPath(".")]) {
        await wait();
        assert.equal(currentTask(), task);
      }
      return task.getName();
    }
    const tasks = [createTask(check), createTask(check)];
    for (const task of tasks) assert.equal(await task, task.getName());
    assert.equal(currentTask(new EventLoop()), null);
  });
});

Deno.test("allTasks has the tasks that are not done", async () => {
  await run(async () => {
    const task = createTask(() => sleep(1));
    assert.deepEqual(allTasks(), new Set([currentTask(), task]));
    await task;
    assert.deepEqual(allTasks(getRunningLoop()), new Set([currentTask()]));
  });
});

Deno.test("tasks have names", async () => {
  const task = new Task(() => {}, [], { name: "given" });
  assert.equal(task.getName(), "given");
  assert.equal(String(task), "<Task pending name='given'>");
  const other = createTask(() => {});
  assert.match(other.getName(), /^Task-\d+$/);
  other.setName("set");
  assert.equal(other.getName(), "set");
  await task;
  await other;
  assert.equal(String(task), "<Task finished name='given'>");
});

Deno.test("a task's signal is aborted with it, and a new one begins after uncancel", async () => {
  await run(async () => {
    const task = createTask(async () => {
      const { signal } = currentTask()!;
      await assert.rejects(async () => await sleep(1000), { name: "CancelledError" });
      assert.equal(signal.aborted, true);
      assert.ok(signal.reason instanceof CancelledError);
      currentTask()!.uncancel();
      assert.equal(currentTask()!.signal.aborted, false);
    });
    await sleep(0);
    task.cancel();
    await task;
  });
});

Deno.test("abortable aborts its work when the task is cancelled", async () => {
  await run(async () => {
    const events: string[] = [];
    const task = createTask(async () => {
      try {
        await abortable((signal) => {
          signal.addEventListener("abort", () => events.push(`aborted: ${signal.reason.message}`));
          return new Promise(() => {});
        });
      } finally {
        await sleep(1);
        events.push("finally");
      }
    });
    await sleep(0);
    task.cancel("enough");
    await assert.rejects(task, { name: "CancelledError" });
    assert.deepEqual(events, ["aborted: enough", "finally"]);
  });
});

Deno.test("abortable gives the result, and what the function throws", async () => {
  assert.equal(await abortable(() => Promise.resolve(1)), 1);
  await assert.rejects(
    abortable(() => {
      throw new RangeError("at once");
    }),
    { message: "at once" },
  );
});

Deno.test("shield keeps cancellation from what it shields", async () => {
  await inNoTime(async () => {
    const inner = createTask(() => sleep(100, "kept"));
    const outer = createTask(async () => await shield(inner));
    await sleep(1);
    outer.cancel();
    await assert.rejects(outer, { name: "CancelledError" });
    assert.equal(await inner, "kept");
  });
});

Deno.test("what a shielded task throws when nobody waits any more is reported", async () => {
  // As CPython 3.14 does.
  const reports: string[] = [];
  await inNoTime(async () => {
    getRunningLoop().setExceptionHandler((_loop, { message }) => reports.push(message));
    const inner = createTask(async () => {
      await sleep(10);
      throw new RangeError("too late");
    });
    const outer = shield(inner);
    await sleep(1);
    outer.cancel();
    await assert.rejects(outer, { name: "CancelledError" });
    await sleep(20);
    assert.deepEqual(reports, ["RangeError exception in shielded future"]);
  });
  assert.equal(reports.length, 1);
});

Deno.test("what a shielded task throws is not reported where somebody else waits for it", async () => {
  const reports: string[] = [];
  await inNoTime(async () => {
    getRunningLoop().setExceptionHandler((_loop, { message }) => reports.push(message));
    const inner = createTask(async () => {
      await sleep(10);
      throw new RangeError("in time");
    });
    const outer = shield(inner);
    await sleep(1);
    outer.cancel();
    await assert.rejects(inner, { message: "in time" });
  });
  assert.deepEqual(reports, []);
});

Deno.test("shield passes on results, exceptions and cancellation of what it shields", async () => {
  await inNoTime(async () => {
    assert.equal(await shield(() => sleep(1, 5)), 5);
    await assert.rejects(shield(() => Promise.reject(new RangeError("x"))), { message: "x" });
    const inner = createTask(() => sleep(1000));
    const outer = shield(inner);
    await sleep(1);
    inner.cancel();
    await assert.rejects(outer, { name: "CancelledError" });
    assert.deepEqual([outer.cancelled(), inner.cancelled()], [true, true]);
    const done = new Future<number>();
    done.setResult(1);
    assert.equal(shield(done), done);
  });
});

Deno.test("ensureFuture takes futures, functions and promises, and nothing else", async () => {
  const future = new Future<number>();
  assert.equal(ensureFuture(future), future);
  future.setResult(1);
  assert.ok(ensureFuture(() => 1) instanceof Task);
  assert.equal(await ensureFuture(() => 1), 1);
  assert.equal(await ensureFuture(Promise.resolve(2)), 2);
  for (const wrong of [1, null, undefined, "x", {}]) {
    assert.throws(() => ensureFuture(wrong as never), { name: "TypeError" }, String(wrong));
  }
});

Deno.test("a promise left behind by a task does not act in its name", async () => {
  await run(async () => {
    let after: unknown;
    await createTask(() => {
      setTimeout(() => after = currentTask(), 1);
    });
    await sleep(5);
    assert.equal(after, null);
  });
});

Deno.test("awaiting across loops works", async () => {
  const future = new Future<string>();
  setTimeout(() => future.setResult("from the default loop"), 1);
  assert.equal(await run(async () => await future), "from the default loop");
});
