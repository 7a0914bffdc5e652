import assert from "node:assert/strict";
import { getRunningLoop } from "../../../loop/events.ts";
import { Future } from "../../../loop/futures.ts";
import { gather } from "../../../loop/gather.ts";
import { Lock } from "../../../loop/locks.ts";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { Stack, type StackFrame } from "../../../loop/introspection/stack.ts";
import { createTask, type Task } from "../../../loop/tasks.ts";
import { seesAwaits } from "../../engine.ts";

function names(frames: readonly StackFrame[]): string[] {
  return frames.map(({ functionName }) => functionName);
}

Deno.test("a stack has the functions of the program, and where they stand", () => {
  function outer(): Stack {
    return inner();
  }
  function inner(): Stack {
    return here();
  }
  function here(): Stack {
    return Stack.capture(here);
  }
  const [first, second] = outer().frames;
  assert.equal(first!.functionName, "inner");
  assert.equal(first!.fileName, import.meta.url);
  assert.equal(first!.isAsync, false);
  assert.equal(second!.functionName, "outer");
  assert.equal(first!.lineNumber - second!.lineNumber, 3);
  assert.match(String(first), /^at inner \(file:.*stack_test\.ts:\d+:\d+\)$/);
});

Deno.test("a stack of an error is read as well, whatever its message says", () => {
  class Maker {
    make(): Error {
      return new Error("two lines\n    at nowhere (file:///nowhere.ts:1:1)");
    }
  }
  const { frames } = Stack.of(new Maker().make());
  assert.deepEqual(names(frames).slice(0, 1), ["Maker.make"]);
  assert.deepEqual(Stack.of("no error").frames, []);
});

Deno.test("a stack says async where a function awaits the one above it", async () => {
  async function leaf(): Promise<Stack> {
    await null;
    return Stack.capture(Array);
  }
  // A function that is not in the stack leaves nothing of it.
  assert.deepEqual((await leaf()).frames, []);
  async function branch(): Promise<StackFrame[]> {
    return await twig();
  }
  async function twig(): Promise<StackFrame[]> {
    await null;
    return here();
  }
  function here(): StackFrame[] {
    return [...Stack.capture(here).frames];
  }
  const frames = await branch();
  assert.deepEqual(
    frames.slice(0, 2).map((frame) => String(frame).replace(/ \(.*/, "")),
    ["at twig", "at async branch"],
  );
});

Deno.test("the loop and the runtime are left out, and so is whoever began a task eagerly", async () => {
  await run(async () => {
    let frames: StackFrame[] = [];
    function creator(): Task {
      return createTask({ eagerStart: true }, function work() {
        frames = [...[1].map(() => here())[0]!];
      });
    }
    function here(): readonly StackFrame[] {
      return Stack.capture(here).frames;
    }
    await creator();
    assert.deepEqual(names(frames), ["<anonymous>", "work"]);
  });
});

Deno.test({
  name: "in debug mode a task knows where it waits, over all functions that await each other",
  ignore: !seesAwaits,
  fn: async () => {
    await run(async () => {
      const lock = new Lock();
      await lock.acquire();
      async function inner() {
        await lock.acquire();
      }
      const task = createTask(async function outer() {
        await inner();
      });
      assert.deepEqual(task.getStack(), [], "it has not begun");
      await sleep(0);
      const frames = task.getStack();
      assert.deepEqual(names(frames), ["outer", "inner"]);
      assert.ok(frames.every(({ fileName }) => fileName === import.meta.url));
      assert.deepEqual(names(task.getStack({ limit: 1 })), ["inner"]);
      assert.deepEqual(task.getStack({ limit: 0 }), []);
      task.cancel();
    }, { debug: true });
  },
});

Deno.test("outside of debug mode, nobody knows where a task waits", async () => {
  await run(async () => {
    const task = createTask(async () => await sleep(60_000));
    await sleep(0);
    assert.deepEqual(task.getStack(), []);
    task.cancel();
  });
});

Deno.test("a task that asks for its own stack gets it", async () => {
  await run(async () => {
    let self: Task | null = null;
    let frames: StackFrame[] = [];
    async function inner() {
      await sleep(0);
      frames = self!.getStack();
    }
    self = createTask(async function outer() {
      await inner();
    });
    await self;
    assert.deepEqual(names(frames), ["outer", "inner"]);
    assert.deepEqual(self.getStack(), [], "it is done");
  });
});

Deno.test("the stack of a task that has failed is that of its exception", async () => {
  await run(async () => {
    async function fails() {
      await sleep(0);
      throw new RangeError("oops");
    }
    const task = createTask(async function main() {
      await fails();
    });
    await assert.rejects(task, RangeError);
    assert.deepEqual(names(task.getStack()), ["main", "fails"]);
    assert.deepEqual(names(task.getStack({ limit: 1 })), ["main"], "the oldest, as in Python");
    assert.throws(() => task.getStack({ limit: 1.5 }), TypeError);
  });
});

Deno.test("printStack says what it prints, oldest first", async () => {
  const written: string[] = [];
  const file = { write: (text: string) => written.push(text) };
  await run(async () => {
    const idle = createTask({ name: "idle" }, async () => await sleep(60_000));
    await sleep(0);
    idle.printStack({ file });
    idle.cancel();
    const failed = createTask({ name: "failed" }, async function main() {
      await sleep(0);
      throw new RangeError("oops");
    });
    await assert.rejects(failed);
    failed.printStack({ file });
  });
  assert.equal(written[0], "No stack for <Task pending name='idle'>\n");
  assert.match(
    written[1]!,
    /^Traceback for <Task failed name='failed'> \(most recent call last\):\n {2}at main \(.*stack_test\.ts:\d+:\d+\)\nRangeError: oops\n$/,
  );
});

Deno.test({
  name: "each branch of a Promise.all is an await of its own",
  ignore: !seesAwaits,
  fn: async () => {
    await run(async () => {
      const future = new Future<void>();
      const branch = async () => await future;
      const task = createTask(async function trunk() {
        await Promise.all([branch(), branch()]);
      });
      await sleep(0);
      assert.equal(task._awaits().length, 2);
      assert.deepEqual(names(task.getStack()), ["trunk", "branch"]);
      future.setResult();
      await task;
    }, { debug: true });
  },
});

Deno.test("getCoro is the function of a task, until it is done", async () => {
  await run(async () => {
    const work = async () => await sleep(0);
    const task = createTask(work);
    assert.equal(task.getCoro(), work);
    await sleep(0);
    assert.equal(task.getCoro(), work);
    await task;
    assert.equal(task.getCoro(), null);
  });
});

Deno.test("in debug mode a handle says where it was made", async () => {
  const seen: unknown[] = [];
  await run(async () => {
    const loop = getRunningLoop();
    loop.setExceptionHandler((_loop, { sourceTraceback }) => seen.push(sourceTraceback));
    (function plan() {
      loop.callSoon(() => {
        throw new RangeError("oops");
      });
      loop.callLater(1, () => {
        throw new RangeError("oops");
      });
    })();
    await gather(() => sleep(5));
  }, { debug: true });
  assert.equal(seen.length, 2);
  for (const text of seen) {
    assert.match(String(text), /^ {4}at plan \(.*stack_test\.ts:\d+:\d+\)\n/);
  }
});
