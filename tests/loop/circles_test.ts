import assert from "node:assert/strict";
import { getRunningLoop } from "../../loop/events.ts";
import { Future } from "../../loop/futures.ts";
import { gather } from "../../loop/gather.ts";
import { sleep } from "../../loop/sleep.ts";
import { createTask, shield, type Task } from "../../loop/tasks.ts";
import { inNoTime } from "./in_no_time.ts";

// In Python, to cancel a task of such a circle is a RecursionError, and `asyncio.run` fails with it.

/** Makes tasks each of which waits for the next, and the last for the first. */
async function circle(
  size: number,
  waitFor: (task: Task) => PromiseLike<unknown> = (task) => task,
): Promise<{ tasks: Task[]; log: string[] }> {
  const log: string[] = [];
  const tasks: Task[] = [];
  for (let i = 0; i < size; i++) {
    tasks.push(createTask({ name: `t${i}` }, async () => {
      try {
        await waitFor(tasks[(i + 1) % size]!);
      } catch (error) {
        log.push(`t${i} ${(error as Error).message}`);
        throw error;
      }
    }));
  }
  await sleep(0);
  await sleep(0);
  return { tasks, log };
}

Deno.test("tasks that wait for each other are cancelled, the last one first", async () => {
  await inNoTime(async () => {
    const { tasks, log } = await circle(3);
    assert.equal(tasks[0]!.cancel("stop"), true);
    await Promise.allSettled(tasks);
    assert.deepEqual(log, ["t2 stop", "t1 stop", "t0 stop"]);
    assert.ok(tasks.every((task) => task.cancelled() && task.cancelling() === 1));
  });
});

Deno.test("a circle is found through what lies between its tasks", async () => {
  await inNoTime(async () => {
    const bystander = createTask(() => sleep(60_000));
    const reports: unknown[] = [];
    getRunningLoop().setExceptionHandler((_loop, report) => reports.push(report));
    const { tasks } = await circle(
      2,
      (task) => gather([task, bystander], { returnExceptions: true }),
    );
    tasks[1]!.cancel();
    await Promise.allSettled(tasks);
    getRunningLoop()._flushUnretrieved();
    assert.deepEqual(reports, []);
    assert.ok(tasks.every((task) => task.cancelled()));
    assert.ok(bystander.cancelled());
  });
});

Deno.test("each branch of a Promise.all in a circle comes back", async () => {
  await inNoTime(async () => {
    const { tasks, log } = await circle(2, (task) => Promise.all([task, sleep(60_000)]));
    tasks[0]!.cancel();
    await Promise.allSettled(tasks);
    assert.deepEqual(log, ["t1 ", "t0 "]);
  });
});

Deno.test("what is about to come back anyway comes back once", async () => {
  await inNoTime(async () => {
    const log: string[] = [];
    const over = new Future<void>();
    const { tasks } = await circle(
      2,
      (task) => Promise.all([task, over.then(() => log.push("over"))]),
    );
    over.setResult();
    tasks[0]!.cancel();
    await Promise.allSettled(tasks);
    await sleep(0);
    // In the task that closes the circle, the cancellation comes in its place.
    assert.deepEqual(log, ["over"]);
  });
});

Deno.test("a shield breaks the circle: each task is cancelled alone", async () => {
  await inNoTime(async () => {
    const { tasks } = await circle(2, (task) => shield(task));
    tasks[0]!.cancel();
    await assert.rejects(tasks[0]!, { name: "CancelledError" });
    await Promise.allSettled(tasks);
  });
});

Deno.test("a task of a circle may refuse, and the others go on waiting for it", async () => {
  await inNoTime(async () => {
    const tasks: Task<string>[] = [];
    tasks.push(createTask(async () => `first: ${await tasks[1]}`));
    tasks.push(createTask(async () => {
      await assert.rejects(Promise.resolve(tasks[0]!), { name: "CancelledError" });
      await sleep(5);
      return "stubborn";
    }));
    await sleep(0);
    tasks[0]!.cancel();
    assert.equal(await tasks[0], "first: stubborn");
  });
});

Deno.test("a program that leaves a circle behind ends", async () => {
  const { tasks } = await inNoTime(() => circle(4));
  assert.ok(tasks.every((task) => task.cancelled()));
});
