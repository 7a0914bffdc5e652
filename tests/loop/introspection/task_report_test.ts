import assert from "node:assert/strict";
import { asCompleted } from "../../../loop/as_completed.ts";
import { Barrier } from "../../../loop/locks/barrier.ts";
import { Condition } from "../../../loop/locks/condition.ts";
import { Event } from "../../../loop/locks/event.ts";
import { EventLoop } from "../../../loop/event_loop.ts";
import { getRunningLoop } from "../../../loop/events.ts";
import { Future } from "../../../loop/futures.ts";
import { gather } from "../../../loop/gather.ts";
import { Lock } from "../../../loop/locks/lock.ts";
import { Queue } from "../../../loop/queues/queue.ts";
import { run } from "../../../loop/runners.ts";
import { Semaphore } from "../../../loop/locks/semaphores.ts";
import { sleep } from "../../../loop/sleep.ts";
import { TaskGroup } from "../../../loop/task_group.ts";
import { formatTasks, printTasks } from "../../../loop/introspection/task_report.ts";
import { createTask, shield, type Task } from "../../../loop/tasks.ts";
import { TestClock } from "../../../loop/test_clock.ts";
import { wait } from "../../../loop/wait_tasks.ts";
import { seesAwaits } from "../../engine.ts";
import { printed } from "../../printed.ts";
import { inNoTime } from "../in_no_time.ts";
import { start } from "../program.ts";

/** What is told of one task, without its name. */
function told(name: string, report = formatTasks(getRunningLoop())): string {
  const [, text] = new RegExp(`^\\* ${name}.*\\n((?: {4}.*\\n)*)`, "m").exec(`${report}\n`) ?? [];
  assert.ok(text !== undefined, `${name} is not in\n${report}`);
  return text.replaceAll(/^ {4}/gm, "").trimEnd();
}

function inDebugMode<T>(main: () => T | PromiseLike<T>): Promise<T> {
  const loopFactory = () => new EventLoop({ clock: new TestClock(), debug: true });
  return run(main, { loopFactory, handleSigint: false });
}

const WAITS: Record<string, [wait: (helper: Task) => unknown, told: string]> = {
  "a task": [(helper) => helper, "waits for helper"],
  "a future": [() => new Future(), "waits for <Future pending>"],
  "a sleep": [() => sleep(1_000), "waits for a sleep of 990 ms more"],
  "a lock": [async () => {
    const lock = new Lock();
    await lock.acquire();
    await lock.acquire();
  }, "waits for <Lock [locked, waiters:1]>"],
  "an event": [() => new Event().wait(), "waits for <Event [unset, waiters:1]>"],
  "a condition": [async () => {
    const condition = new Condition();
    using _held = await condition.acquire();
    await condition.wait();
  }, "waits for <Condition [unlocked, waiters:1]>"],
  "a semaphore": [
    () => new Semaphore(0).acquire(),
    "waits for <Semaphore [locked, waiters:1]>",
  ],
  "a barrier": [() => new Barrier(2).wait(), "waits for <Condition [unlocked, waiters:1]>"],
  "an item": [() => new Queue().get(), "waits for an item of <Queue maxsize=0 getters=1>"],
  "room": [async () => {
    const queue = new Queue<number>(1);
    await queue.put(1);
    await queue.put(2);
  }, "waits for room in <Queue maxsize=1 items=1 putters=1 tasks=1>"],
  "gather()": [(helper) => gather(helper, sleep(60_000)), "waits for <Gathering pending>: helper"],
  "shield()": [(helper) => shield(helper), "waits for <Future pending>: helper"],
  "a promise of the runtime": [
    () => Promise.race([new Promise(() => {}), sleep(500).then(() => {})]),
    "waits for a sleep of 490 ms more",
  ],
};

for (const [what, [waitFor, expected]] of Object.entries(WAITS)) {
  Deno.test(`the report says who waits for ${what}`, async () => {
    await inNoTime(async () => {
      createTask({ name: "helper" }, () => sleep(60_000));
      createTask({ name: "waiter" }, async function waiting() {
        await waitFor([...getTasks()].find((task) => task.getName() === "helper")!);
      });
      await sleep(10);
      assert.equal(told("waiter"), expected);
      assert.match(formatTasks(getRunningLoop()), /^\* waiter, waiting\(\)$/m);
    });
  });
}

function getTasks(): Task[] {
  return [...getRunningLoop()._tasks] as Task[];
}

Deno.test({
  name: "in debug mode the report says where, for how long, and in which function of the loop",
  ignore: !seesAwaits,
  fn: async () => {
    await inDebugMode(async () => {
      const helper = createTask({ name: "helper" }, () => sleep(60_000));
      createTask({ name: "group" }, async function main() {
        await TaskGroup.run((group) => {
          group.createTask({ name: "member" }, () => sleep(60_000));
        });
      });
      createTask({ name: "some" }, async function main() {
        await wait([helper]);
      });
      createTask({ name: "each" }, async function main() {
        for await (const _ of asCompleted([helper])) continue;
      });
      await sleep(10);
      const where = String.raw`\|   at (?:async )?main \(.*task_report_test\.ts:\d+:\d+\)$`;
      assert.match(
        told("group"),
        new RegExp(String.raw`^waits for TaskGroup.run\(\): member, for 10 ms\n${where}`),
      );
      assert.match(
        told("some"),
        new RegExp(String.raw`^waits for wait\(\): helper, for 10 ms\n${where}`),
      );
      assert.match(
        told("each"),
        new RegExp(String.raw`^waits for an item of .*, for 10 ms\n${where}`),
      );
      assert.equal(told("member").split("\n").at(-1), "awaited by group");
      assert.match(
        formatTasks(getRunningLoop()),
        /^\* helper, created at file:.*task_report_test\.ts:\d+:\d+$/m,
      );
    });
  },
});

Deno.test("the report tells what runs, what has not begun, and what is about to go on", async () => {
  await inNoTime(async () => {
    const over = new Future<void>();
    createTask({ name: "woken" }, async () => await over);
    const stubborn = createTask({ name: "stubborn" }, async () => {
      try {
        await sleep(60_000);
      } finally {
        await shield(sleep(5));
      }
    });
    await createTask({ name: "asker" }, async function ask() {
      await sleep(0);
      over.setResult();
      stubborn.cancel();
      createTask({ name: "late" }, () => {});
      const report = formatTasks();
      assert.match(told("asker", report), /^runs\n\| {3}at ask \(.*\nawaited by Task-\d+$/);
      assert.equal(told("woken", report), "is about to go on");
      assert.equal(told("late", report), "has not begun");
      assert.match(report, /^\* stubborn, being cancelled$/m);
      assert.match(report, /^5 tasks are pending\n\* Task-/);
    });
  });
});

Deno.test("of a task that awaits the runtime, debug mode knows where it waited last", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await inDebugMode(async () => {
    const task = createTask({ name: "foreign" }, async function main() {
      await new Lock().acquire();
      await sleep(1);
      await promise;
    });
    await sleep(10);
    assert.match(
      told("foreign"),
      seesAwaits
        ? /^awaits a promise of the runtime, or runs\nwaited last, before that:\n\| {3}at async main \(/
        : /^awaits a promise of the runtime, or runs\nwaited last, before that:/,
    );
    resolve();
    await task;
  });
});

Deno.test("tasks that wait for each other are pointed out", async () => {
  await inNoTime(async () => {
    const tasks: Task[] = [];
    for (const [name, next] of [["a", 1], ["b", 2], ["c", 0], ["looks on", 0]] as const) {
      tasks.push(createTask({ name }, async () => await tasks[next]));
    }
    tasks.push(createTask({ name: "d" }, async () => await gather(tasks[5]!)));
    tasks.push(createTask({ name: "e" }, async () => await tasks[4]));
    await sleep(0);
    await sleep(0);
    const circles = formatTasks().split("\n").filter((line) => line.startsWith("Waiting"));
    assert.deepEqual(circles, [
      "Waiting for each other: a → b → c → a",
      "Waiting for each other: d → e → d",
    ]);
  });
});

Deno.test("each branch of a task is told", async () => {
  await inNoTime(async () => {
    const helper = createTask({ name: "helper" }, () => sleep(60_000));
    createTask({ name: "trunk" }, async () => {
      await Promise.all([helper, new Event().wait(), new Future()]);
    });
    await sleep(0);
    assert.deepEqual(told("trunk").split("\n"), [
      "waits for <Event [unset, waiters:1]>",
      "waits for helper",
      "waits for <Future pending>",
    ]);
  });
});

Deno.test("without a loop, the tasks of all that run are told, from outside as well", async () => {
  const seen: string[] = [];
  const program = (name: string) => () =>
    createTask({ name }, async () => {
      await new Promise<void>((resolve) => setTimeout(resolve, 20));
    });
  const both = Promise.all([
    run(program("one"), { handleSigint: false }),
    run(program("two"), { handleSigint: false }),
  ]);
  await new Promise<void>((resolve) => setTimeout(resolve, 2));
  seen.push(formatTasks());
  await both;
  assert.match(seen[0]!, /^\* one$/m);
  assert.match(seen[0]!, /^\* two$/m);
  assert.doesNotMatch(formatTasks(), /^\* one$/m);
  const loop = new EventLoop();
  assert.equal(formatTasks(loop), "0 tasks are pending");
  const left = loop.createTask({ name: "left" }, () => sleep(60_000));
  await loop.runUntilComplete(() => sleep(1));
  assert.doesNotMatch(formatTasks(), /^\* left$/m, "its loop has stopped");
  assert.match(formatTasks(loop), /^\* left$/m);
  left.cancel();
  await loop.runUntilComplete(() => Promise.allSettled([left]));
  loop.close();
});

Deno.test("printTasks prints to standard error, or to what can write", async () => {
  await inNoTime(async () => {
    const loop = getRunningLoop();
    const parts: string[] = [];
    const lines = await printed(() => {
      printTasks(loop);
      printTasks(loop, { file: { write: (text) => parts.push(text) }, limit: 0 });
    });
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /^1 task is pending\n\* Task-\d+.*\n {4}runs\n {4}\| {3}at /);
    assert.equal(parts.length, 1);
    assert.match(parts[0]!, /^1 task is pending\n\* Task-\d+.*\n {4}runs\n$/);
    assert.throws(() => printTasks(loop, { limit: 1.5 }), TypeError);
  });
});

Deno.test("in debug mode, Ctrl-C prints what every task is doing", async () => {
  for (const debug of [true, false]) {
    await using program = start(`
      try {
        await run(async function main() {
          getRunningLoop().createTask({ name: "helper" }, () => sleep(60_000));
          console.log("ready");
          await sleep(60_000);
        }, { debug: ${debug} });
      } catch (error) {
        console.log(error.name);
      }
    `);
    await program.until("ready");
    program.interrupt();
    const { stdout, stderr } = await program.end();
    assert.match(stdout, /KeyboardInterrupt/);
    assert.equal(/2 tasks are pending\n\* Task-1, main\(\)/.test(stderr), debug, stderr);
  }
});
