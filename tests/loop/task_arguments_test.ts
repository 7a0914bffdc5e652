import assert from "node:assert/strict";
import { copyContext } from "../../loop/context.ts";
import { Future } from "../../loop/futures.ts";
import { taskArguments } from "../../loop/task_arguments.ts";

Deno.test("a task is made of a function and its arguments", () => {
  const callback = () => {};
  assert.deepEqual(taskArguments([callback, 1, "b"]), { options: {}, callback, args: [1, "b"] });
  assert.deepEqual(taskArguments([callback]), { options: {}, callback, args: [] });
});

Deno.test("options of a task stand before its function", () => {
  const callback = () => {};
  const options = { name: "n", context: copyContext(), eagerStart: true };
  const parsed = taskArguments([options, callback, callback, { name: "no option" }]);
  assert.equal(parsed.options, options);
  assert.equal(parsed.callback, callback);
  assert.deepEqual(parsed.args, [callback, { name: "no option" }]);
});

Deno.test("a promise makes no task, and the error says what does", () => {
  const promise = Promise.resolve();
  for (const given of [[promise], [new Future()], [{ name: "n" }, promise], [], [null], ["x"]]) {
    assert.throws(() => taskArguments(given), {
      name: "TypeError",
      message: /needs a function, not what it returns: createTask\(fn, arg\)/,
    });
  }
  for (const given of [[{ name: "n" }], [{}, undefined], [{}, { name: "n" }]]) {
    assert.throws(() => taskArguments(given), {
      name: "TypeError",
      message: /needs a function after its options: createTask\(\{ name \}, fn, arg\)/,
    });
  }
});

Deno.test("options of a task are of the right types", () => {
  for (const options of [{ name: 1 }, { context: {} }, { eagerStart: 1 }, { name: null }]) {
    assert.throws(() => taskArguments([options, () => {}]), { name: "TypeError" });
  }
});
