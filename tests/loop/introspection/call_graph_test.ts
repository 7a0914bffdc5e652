import assert from "node:assert/strict";
import {
  awaitedBy,
  captureCallGraph,
  formatCallGraph,
  futureAddToAwaitedBy,
  futureDiscardFromAwaitedBy,
} from "../../../loop/introspection/call_graph.ts";
import { asCompleted } from "../../../loop/as_completed.ts";
import { getRunningLoop } from "../../../loop/events.ts";
import { Future } from "../../../loop/futures.ts";
import { gather } from "../../../loop/gather.ts";
import { sleep } from "../../../loop/sleep.ts";
import { TaskGroup } from "../../../loop/task_group.ts";
import { createTask, shield, type Task } from "../../../loop/tasks.ts";
import { waitFor } from "../../../loop/timeouts.ts";
import { interruptible } from "../../../loop/wait.ts";
import { wait } from "../../../loop/wait_tasks.ts";
import { inNoTime } from "../in_no_time.ts";

function names(futures: Iterable<Future>): string[] {
  return [...futures].map((future) => (future as Task).getName());
}

/** Every way to wait for a task. */
const WAYS: Record<string, (task: Task<string>) => PromiseLike<unknown>> = {
  "an await": (task) => task,
  "a then": (task) => task.then((word) => word),
  "Promise.all": (task) => Promise.all([task]),
  "gather()": (task) => gather(task),
  "gather() of gather()": (task) => gather(gather(task), () => sleep(1)),
  "shield()": (task) => shield(task),
  "interruptible()": (task) => interruptible(task),
  "wait()": (task) => wait([task]),
  "waitFor()": (task) => waitFor(task, 60_000),
  "waitFor() without time": async (task) => {
    task.cancel();
    await waitFor(task, 0);
  },
  "asCompleted()": async (task) => {
    for await (const _ of asCompleted([task])) continue;
  },
  "asCompleted() in a plain loop": async (task) => {
    for (const next of asCompleted([task])) await next;
  },
};

for (const [way, waitBy] of Object.entries(WAYS)) {
  Deno.test(`a task is awaited by whoever waits for it by ${way}`, async () => {
    await inNoTime(async () => {
      const work = createTask(async () => {
        try {
          return await sleep(1_000, "done");
        } finally {
          await shield(sleep(1_000));
        }
      });
      const first = createTask({ name: "first" }, () => waitBy(work));
      await sleep(10);
      assert.deepEqual(names(awaitedBy(work)), ["first"]);
      await Promise.allSettled([first]);
      assert.deepEqual(names(awaitedBy(work)), []);
    });
  });
}

Deno.test("a task of a group is awaited by the task that runs the group's block, from the start", async () => {
  await inNoTime(async () => {
    await createTask({ name: "parent" }, () =>
      TaskGroup.run(async (group) => {
        const child = group.createTask(() => sleep(10));
        assert.deepEqual(names(awaitedBy(child)), ["parent"]);
        await child;
        assert.deepEqual(names(awaitedBy(child)), []);
      }));
  });
});

Deno.test("who has given up waits no more", async () => {
  await inNoTime(async () => {
    const future = new Future<void>();
    const task = createTask(() => shield(future));
    await sleep(0);
    assert.equal(awaitedBy(future).size, 1);
    task.cancel();
    await sleep(0);
    assert.equal(awaitedBy(future).size, 0);
  });
});

Deno.test("a task that is done waits for nothing, whatever its leftovers wait for", async () => {
  await inNoTime(async () => {
    const future = new Future<void>();
    const leftovers: Promise<void>[] = [];
    await createTask(async () => {
      leftovers.push(future.then(() => {}));
      await sleep(0);
    });
    assert.equal(awaitedBy(future).size, 0);
    future.setResult();
    await Promise.all(leftovers);
  });
});

Deno.test("what is asked for as it completes is awaited while somebody asks", async () => {
  await inNoTime(async () => {
    const quick = createTask(() => sleep(5));
    const slow = createTask(() => sleep(60_000));
    const asker = createTask({ name: "asker" }, async () => {
      for await (const _ of asCompleted([quick, slow])) await sleep(50);
    });
    await sleep(1);
    assert.deepEqual(names(awaitedBy(slow)), ["asker"]);
    await sleep(20);
    assert.deepEqual(names(awaitedBy(slow)), []);
    await sleep(50);
    assert.deepEqual(names(awaitedBy(slow)), ["asker"]);
    asker.cancel();
  });
});

Deno.test("code outside of tasks is nobody, and a future that nobody awaits passes nothing on", async () => {
  await inNoTime(async () => {
    const task = createTask(() => sleep(10));
    const all = gather(task);
    assert.equal(awaitedBy(task).size, 0);
    await all;
  });
  const future = new Future<void>();
  const outside = future.then(() => {});
  assert.equal(awaitedBy(future).size, 0);
  future.setResult();
  await outside;
});

Deno.test("edges can be added by hand, and taken back", () => {
  const [inner, outer] = [new Future(), new Future()];
  futureAddToAwaitedBy(inner, outer);
  futureAddToAwaitedBy(inner, outer);
  assert.deepEqual(captureCallGraph(inner), {
    future: inner,
    callStack: [],
    awaitedBy: [{ future: outer, callStack: [], awaitedBy: [] }],
  });
  futureDiscardFromAwaitedBy(outer, inner);
  futureDiscardFromAwaitedBy(inner, outer);
  assert.deepEqual(captureCallGraph(inner)?.awaitedBy, []);
  // As in Python, what is no future is passed over.
  futureAddToAwaitedBy(inner, {} as Future);
  futureAddToAwaitedBy({} as Future, outer);
  assert.deepEqual(captureCallGraph(inner)?.awaitedBy, []);
});

Deno.test("tasks that wait for each other make a graph that ends", async () => {
  await inNoTime(async () => {
    const tasks: Task[] = [];
    tasks.push(createTask({ name: "hen" }, async () => await tasks[1]));
    tasks.push(createTask({ name: "egg" }, async () => await tasks[0]));
    await sleep(0);
    const text = "* <Task pending name='hen'>\n  + Awaited by:\n" +
      "    * <Task pending name='egg'>\n      + Awaited by:\n" +
      "        * <Task pending name='hen'>";
    assert.equal(formatCallGraph(tasks[0]!), text);
    tasks[0]!.cancel();
    await Promise.allSettled(tasks);
  });
});

Deno.test("depth leaves out callers, limit the outer or the inner functions", async () => {
  await inNoTime(async () => {
    await createTask(async function outermost() {
      await (async function middle() {
        await null;
        (function innermost() {
          const stack = (options?: { depth?: number; limit?: number }) =>
            captureCallGraph(null, options)!.callStack.map(({ frame }) => frame.functionName);
          assert.deepEqual(stack(), ["stack", "innermost", "middle", "outermost"]);
          assert.deepEqual(stack({ depth: 3 }), ["middle", "outermost"]);
          // As in Python: "closest to the invocation point", and topmost.
          assert.deepEqual(stack({ limit: 1 }), ["outermost"]);
          assert.deepEqual(stack({ limit: -2 }), ["stack", "innermost"]);
          assert.deepEqual(stack({ limit: 0 }), []);
          assert.deepEqual(stack({ limit: 9 }).length, 4);
        })();
      })();
    });
  });
});

Deno.test("a graph of the calling task needs one", async () => {
  assert.throws(() => captureCallGraph(), { name: "RuntimeError", message: /No loop runs/ });
  assert.throws(() => formatCallGraph(), { name: "RuntimeError" });
  await inNoTime(async () => {
    const seen: unknown[] = [];
    getRunningLoop().callSoon(() => seen.push(captureCallGraph(), formatCallGraph()));
    await sleep(0);
    await sleep(0);
    assert.deepEqual(seen, [null, ""]);
  });
  assert.throws(() => captureCallGraph({} as Future), TypeError);
  assert.throws(() => captureCallGraph(null, { limit: 0.5 }), TypeError);
  assert.throws(() => captureCallGraph(null, { depth: NaN }), TypeError);
});
