import assert from "node:assert/strict";
import { ContextVar, copyContext } from "../../loop/context.ts";
import { getRunningLoop } from "../../loop/events.ts";
import { run } from "../../loop/runners.ts";
import { sleep } from "../../loop/sleep.ts";
import { createTask, Task } from "../../loop/tasks.ts";

Deno.test("a variable has its value, its fallback, or none", () => {
  const bare = new ContextVar<number>("bare");
  assert.throws(() => bare.get(), { name: "ReferenceError", message: /bare/ });
  assert.equal(bare.get(1), 1);
  const withFallback = new ContextVar("fallback", 2);
  assert.equal(withFallback.get(), 2);
  assert.equal(withFallback.get(3), 3);
  const undefinedFallback = new ContextVar<undefined>("undefined", undefined);
  assert.equal(undefinedFallback.get(), undefined);
});

Deno.test("a task has its creator's values, and keeps its own to itself", async () => {
  const variable = new ContextVar("variable", "default");
  await run(async () => {
    variable.set("parent");
    const task = createTask(async () => {
      assert.equal(variable.get(), "parent");
      variable.set("child");
      await sleep(0);
      await Promise.resolve();
      assert.equal(variable.get(), "child");
      await (async () => {
        await sleep(1);
        variable.set("nested");
      })();
      assert.equal(variable.get(), "nested");
    });
    variable.set("later");
    await task;
    assert.equal(variable.get(), "later");
    assert.equal(task.getContext().get(variable), "nested");
  });
  assert.equal(variable.get(), "default");
});

Deno.test("callbacks have copies of their makers' values", async () => {
  const variable = new ContextVar("variable", "default");
  const seen: string[] = [];
  await run(async () => {
    const loop = getRunningLoop();
    loop.callSoon(() => variable.set("from an empty context"));
    loop.callSoon(() => seen.push(variable.get()));
    variable.set("soon");
    loop.callSoon(() => {
      seen.push(variable.get());
      variable.set("leaked");
    });
    loop.callLater(1, () => seen.push(variable.get()));
    variable.set("after");
    await sleep(5);
    assert.equal(variable.get(), "after");
  });
  assert.deepEqual(seen, ["default", "soon", "soon"]);
});

Deno.test("a task may run in a context that it is given", async () => {
  const variable = new ContextVar("variable", "default");
  const context = copyContext();
  await new Task(() => void variable.set("there"), [], { context });
  assert.equal(context.get(variable), "there");
  assert.equal(variable.get(), "default");
  assert.deepEqual([...context].filter(([key]) => key === variable), [[variable, "there"]]);
});

Deno.test("run keeps changes inside, reset takes one back, and so does a using block", () => {
  const variable = new ContextVar<string>("variable", "default");
  const context = copyContext();
  context.run((value: string) => {
    const token = variable.set(value);
    variable.set("again");
    variable.reset(token);
    assert.equal(variable.get(), "default");
    assert.throws(() => variable.reset(token), { name: "TypeError", message: /used/ });
    {
      using _token = variable.set("in the block");
      assert.equal(variable.get(), "in the block");
    }
    assert.equal(variable.get(), "default");
    variable.set("kept");
  }, "given");
  assert.equal(context.has(variable), true);
  assert.equal(copyContext().has(variable), false);
});

Deno.test("a token is of use for its variable and its context only", () => {
  const variable = new ContextVar<number>("variable");
  const other = new ContextVar<number>("other");
  const context = copyContext();
  const token = context.run(() => variable.set(1));
  assert.equal(token.var, variable);
  assert.throws(() => other.reset(token), { name: "TypeError", message: /another variable/ });
  assert.throws(() => variable.reset(token), { name: "TypeError", message: /another context/ });
});
