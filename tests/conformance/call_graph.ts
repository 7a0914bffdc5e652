/**
 * CPython's `test_graph` (3.14).
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  type CallGraphOptions,
  captureCallGraph,
  formatCallGraph,
  type FutureCallGraph,
  printCallGraph,
} from "../../loop/introspection/call_graph.ts";
import { getRunningLoop } from "../../loop/events.ts";
import { Future } from "../../loop/futures.ts";
import { gather } from "../../loop/gather.ts";
import { sleep } from "../../loop/sleep.ts";
import { TaskGroup } from "../../loop/task_group.ts";
import { createTask, shield, Task } from "../../loop/tasks.ts";
import { timeout } from "../../loop/timeouts.ts";
import { wait } from "../../loop/wait_tasks.ts";
import { seesAwaits } from "../engine.ts";
import { Suite } from "./behaviour.ts";

/** CPython's `test_graph`. */
export const callGraph = new Suite("test_graph");

const FRAMES =
  "The functions of tasks that wait are known in debug mode only, and from Deno 2.6; those of the loop itself are left out";

/** A name, the functions innermost first, and those that wait. */
type Walked = [name: string, stack: string[], awaitedBy: Walked[]];

/** The functions of a task that waits, as far as they are known. */
function waiting(...names: string[]): string[] {
  return getRunningLoop().getDebug() && seesAwaits ? names : [];
}

function walk({ future, callStack, awaitedBy }: FutureCallGraph): Walked {
  const name = future instanceof Task
    ? future.getName().includes("-") ? "T<anon>" : `T<${future.getName()}>`
    : "F";
  const stack = callStack.map(({ frame }) => frame.functionName);
  return [name, stack, awaitedBy.map(walk).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0)];
}

interface Captured {
  readonly graph: Walked;
  readonly text: string;
}

/** Captures and prints, which has to be the same. */
function captureTestStack(future: Future | null = null, options: CallGraphOptions = {}): Captured {
  const depth = options.depth ?? 1;
  const graph = captureCallGraph(future, { ...options, depth });
  let text = "";
  printCallGraph(future, { ...options, depth, file: { write: (part) => text += part } });
  // Only the line in which each was called may be another.
  const withoutLines = (text: string) => text.replaceAll(/:\d+:\d+\)/g, ")");
  assert.equal(
    withoutLines(text),
    withoutLines(`${formatCallGraph(future, { ...options, depth })}\n`),
  );
  return { graph: walk(graph!), text };
}

callGraph.adapted("TestCallStackPy.test_stack_tgroup", FRAMES, async ({ run }) => {
  await run(async function test() {
    let captured: Captured | undefined;
    function c5() {
      captured = captureTestStack(null, { depth: 2 });
    }
    async function c4() {
      await sleep(0);
      c5();
    }
    async function c3() {
      await c4();
    }
    async function c2() {
      await c3();
    }
    async function c1(task: Task) {
      await task;
    }
    async function main() {
      await TaskGroup.run((group) => {
        const task: Task = group.createTask({ name: "c2_root" }, c2);
        group.createTask({ name: "sub_main_1" }, c1, task);
        group.createTask({ name: "sub_main_2" }, c1, task);
      });
    }
    await main();

    const root: Walked = ["T<anon>", waiting("main", "test"), []];
    assert.deepEqual(captured!.graph, [
      "T<c2_root>",
      ["c5", "c4", "c3", "c2"],
      [
        root,
        ["T<sub_main_1>", waiting("c1"), [root]],
        ["T<sub_main_2>", waiting("c1"), [root]],
      ],
    ]);
    assert.match(captured!.text, /^ {2}\| {3}at async c2 \(/m);
  });
});

callGraph.adapted(
  "TestCallStackPy.test_stack_async_gen",
  "A generator is shown as any other async function",
  async ({ run }) => {
    await run(async function test() {
      let captured: Captured | undefined;
      async function nestedCall() {
        captured = captureTestStack();
        await null;
      }
      async function* gen() {
        for (let num = 0; num < 2; num++) {
          yield num;
          if (num === 1) await nestedCall();
        }
      }
      async function main() {
        for await (const _ of gen()) continue;
      }
      await main();
      assert.deepEqual(captured!.graph, [
        "T<anon>",
        ["captureTestStack", "nestedCall", "gen", "main", "test"],
        [],
      ]);
      assert.match(captured!.text, /at (?:async )?gen \(/);
    });
  },
);

callGraph.adapted("TestCallStackPy.test_stack_gather", FRAMES, async ({ run }) => {
  await run(async function test() {
    let captured: Captured | undefined;
    async function deep() {
      await sleep(0);
      captured = captureTestStack();
    }
    async function c1() {
      await sleep(0);
      await deep();
    }
    async function c2() {
      await sleep(0);
    }
    async function main() {
      await gather(c1, c2);
    }
    await main();
    assert.deepEqual(captured!.graph, [
      "T<anon>",
      ["captureTestStack", "deep", "c1"],
      [["T<anon>", waiting("main", "test"), []]],
    ]);
  });
});

callGraph.adapted("TestCallStackPy.test_stack_shield", FRAMES, async ({ run }) => {
  await run(async function test() {
    let captured: Captured | undefined;
    async function deep() {
      await sleep(0);
      captured = captureTestStack();
    }
    async function c1() {
      await sleep(0);
      await deep();
    }
    async function main() {
      await shield(c1);
    }
    await main();
    assert.deepEqual(captured!.graph, [
      "T<anon>",
      ["captureTestStack", "deep", "c1"],
      [["T<anon>", waiting("main", "test"), []]],
    ]);
  });
});

callGraph.adapted("TestCallStackPy.test_stack_timeout", FRAMES, async ({ run }) => {
  await run(async function test() {
    let captured: Captured | undefined;
    async function inner() {
      await sleep(0);
      captured = captureTestStack();
    }
    async function c1() {
      using _limit = timeout(1000);
      await sleep(0);
      await inner();
    }
    async function main() {
      await shield(c1);
    }
    await main();
    assert.deepEqual(captured!.graph, [
      "T<anon>",
      ["captureTestStack", "inner", "c1"],
      [["T<anon>", waiting("main", "test"), []]],
    ]);
  });
});

callGraph.adapted("TestCallStackPy.test_stack_wait", FRAMES, async ({ run }) => {
  await run(async function test() {
    let captured: Captured | undefined;
    async function inner() {
      await sleep(0);
      captured = captureTestStack();
    }
    async function c1() {
      using _limit = timeout(1000);
      await sleep(0);
      await inner();
    }
    async function c2() {
      for (let i = 0; i < 3; i++) await sleep(0);
    }
    async function main(tasks: Task<void>[]) {
      for (;;) {
        const { pending } = await wait(tasks);
        if (pending.size === 0) break;
      }
    }
    await main([createTask(c1), createTask(c2)]);
    assert.deepEqual(captured!.graph, [
      "T<anon>",
      ["captureTestStack", "inner", "c1"],
      [["T<anon>", waiting("main", "test"), []]],
    ]);
  });
});

callGraph.adapted("TestCallStackPy.test_stack_task", FRAMES, async ({ run }) => {
  await run(async function test() {
    let captured: Captured | undefined;
    async function inner() {
      await sleep(0);
      captured = captureTestStack();
    }
    async function c1() {
      await inner();
    }
    async function c2() {
      await createTask({ name: "there there" }, c1);
    }
    async function main() {
      await c2();
    }
    await main();
    assert.deepEqual(captured!.graph, [
      "T<there there>",
      ["captureTestStack", "inner", "c1"],
      [["T<anon>", waiting("c2", "main", "test"), []]],
    ]);
  });
});

callGraph.adapted("TestCallStackPy.test_stack_future", FRAMES, async ({ run }) => {
  await run(async function test() {
    let captured: Captured | undefined;
    async function a2(future: Future) {
      await future;
    }
    async function a1(future: Future) {
      await a2(future);
    }
    async function b1(future: Future) {
      await future;
    }
    async function main() {
      const future = new Future<void>();
      await TaskGroup.run(async function body(group) {
        group.createTask({ name: "task A" }, a1, future);
        group.createTask({ name: "task B" }, b1, future);
        for (let i = 0; i < 5; i++) await sleep(0);
        captured = captureTestStack(future);
        future.setResult();
      });
    }
    await main();
    // Python knows of the task that asks its outermost function only.
    const root: Walked = ["T<anon>", ["captureTestStack", "body", "main", "test"], []];
    assert.deepEqual(captured!.graph, ["F", [], [
      ["T<task A>", waiting("a2", "a1"), [root]],
      ["T<task B>", waiting("b1"), [root]],
    ]]);
    assert.ok(captured!.text.startsWith("* <Future pending>\n"));
  });
});
