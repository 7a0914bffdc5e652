/**
 * CPython's `test_tasks`: what tasks are, and what they are made of.
 *
 * @module
 */

import assert from "node:assert/strict";
import { iscoroutinefunction } from "../../../loop/coroutines.ts";
import { InvalidStateError, RuntimeError } from "../../../loop/exceptions.ts";
import { Future } from "../../../loop/futures.ts";
import { sleep } from "../../../loop/sleep.ts";
import { allTasks, createTask, currentTask, Task } from "../../../loop/tasks.ts";
import { wait } from "../../../loop/wait_tasks.ts";
import { rejection } from "../../rejection.ts";
import { reportsOf, runBriefly, testCase } from "../by_hand.ts";
import { adapted, DEFAULT_LOOP, differs, held, KeyError, tasks, ValueError } from "./suite.ts";

held("test_task_basics", async (loop) => {
  // deno-lint-ignore require-await -- as coroutine functions in Python
  const inner1 = async () => 42;
  // deno-lint-ignore require-await
  const inner2 = async () => 1000;
  async function outer() {
    const a = await inner1();
    const b = await inner2();
    return a + b;
  }
  assert.equal(await loop.runUntilComplete(outer), 1042);
});

held("test_task_class", async (loop, { newLoop }) => {
  const task = loop.createTask(() => "ok");
  await loop.runUntilComplete(task);
  assert.equal(task.done(), true);
  assert.equal(task.result(), "ok");
  assert.equal(task.getLoop(), loop);

  const other = newLoop();
  const another = other.createTask(() => "ok");
  assert.equal(another.getLoop(), other);
  await other.runUntilComplete(another);
});

held("test_task_awaits_on_itself", async (loop) => {
  const task: Task<void> = loop.createTask(async () => {
    await task;
  });
  const error = await rejection(loop.runUntilComplete(task), RuntimeError);
  assert.match(error.message, /Task cannot await on itself/);
});

differs(
  "test_other_loop_future",
  "A task may await a future of another loop, and goes on in its own",
  async (loop, { newLoop }) => {
    const future = newLoop().createFuture<string>();
    const running = loop.runUntilComplete(async () => {
      assert.equal(await future, "from elsewhere");
      assert.equal(currentTask()?.getLoop(), loop);
    });
    future.setResult("from elsewhere");
    await running;
  },
);

held("test_create_task_with_noncoroutine", (loop) => {
  for (let i = 0; i < 2; i++) assert.throws(() => loop.createTask(123 as never), TypeError);
});

held("test_create_task_with_async_function", async (loop) => {
  for (let i = 0; i < 2; i++) {
    const task = loop.createTask(async () => {});
    assert.ok(task instanceof Task);
    await loop.runUntilComplete(task);
  }
});

adapted(
  "test_create_task_with_asynclike_function",
  "What is like a coroutine is a function that returns a thenable",
  async (loop) => {
    const asyncLike: () => PromiseLike<number> = () => ({
      then: (onFulfilled) => Promise.resolve(42).then(onFulfilled),
    });
    for (let i = 0; i < 2; i++) {
      const task = loop.createTask(asyncLike);
      assert.ok(task instanceof Task);
      assert.equal(await loop.runUntilComplete(task), 42);
    }
  },
);

held("test_bare_create_task", async (loop) => {
  await loop.runUntilComplete(async () => {
    const task = createTask(() => 1);
    assert.ok(task instanceof Task);
    assert.equal(task.getLoop(), loop);
    assert.equal(await task, 1);
  });
});

held("test_bare_create_named_task", async (loop) => {
  await loop.runUntilComplete(async () => {
    const task = createTask({ name: "No-op" }, () => {});
    assert.equal(task.getName(), "No-op");
    await task;
  });
});

adapted(
  "test_task_set_name_pylong",
  "A task is made with a string for a name, or refused; `setName()` makes a string of anything",
  (loop) => {
    assert.throws(() => loop.createTask({ name: 987654321 as never }, () => {}), TypeError);
    const task = loop.createTask({ name: "987654321" }, () => 123);
    task.setName(123456789 as never);
    assert.equal(task.getName(), "123456789");
    return loop.runUntilComplete(task).then(() => {});
  },
);

held("test_task_repr_name_not_str", async (loop) => {
  const task = loop.createTask(() => 123);
  task.setName([6] as never);
  assert.equal(task.getName(), "6");
  await loop.runUntilComplete(task);
});

held("test_task_set_methods", async (loop) => {
  const task = loop.createTask(() => "ko");
  assert.throws(() => task.setResult("ok"), RuntimeError);
  assert.throws(() => task.setException(new ValueError()), RuntimeError);
  assert.equal(await loop.runUntilComplete(task), "ko");
});

for (
  const [name, settle] of [
    ["test_set_result_causes_invalid_state", (task: Task<unknown>) => {
      Future.prototype.setResult.call(task, "spam");
    }],
    ["test_set_exception_causes_invalid_state", (task: Task<unknown>) => {
      Future.prototype.setException.call(task, new ValueError("spam"));
    }],
  ] as const
) {
  held(name, async (loop) => {
    const reports = reportsOf(loop);
    let hasRun = false;
    const task = loop.createTask(async () => {
      hasRun = true;
      await sleep(10);
      return 10;
    });
    settle(task);
    const [outcome] = await Promise.allSettled([loop.runUntilComplete(task)]);
    if (outcome.status === "fulfilled") assert.equal(outcome.value, "spam");
    else assert.ok(outcome.reason instanceof ValueError);
    assert.equal(reports.length, 1);
    assert.ok(reports[0]!.exception instanceof InvalidStateError);
    assert.equal(hasRun, false);
    assert.deepEqual(allTasks(loop), new Set());
  });
}

adapted(
  "test_step_result_future",
  "The task waits for a future without calling its `addDoneCallback()`",
  async (loop) => {
    const future = loop.createFuture<object>();
    let result: unknown;
    const task = loop.createTask(async () => {
      result = await future;
    });
    await runBriefly(loop);
    const object = {};
    future.setResult(object);
    await runBriefly(loop);
    assert.equal(result, object);
    assert.equal(task.done(), true);
    assert.equal(task.result(), undefined);
  },
);

differs(
  "test_coroutine_non_gen_function_return_future",
  "A function that returns a future returns what the future results in: JavaScript flattens promises",
  async (loop) => {
    const future = loop.createFuture<string>();
    const returning = loop.createTask(() => future);
    const setting = loop.createTask(() => future.setResult("test"));
    assert.equal(await loop.runUntilComplete(returning), "test");
    assert.equal(setting.result(), undefined);
  },
);

adapted(
  "test_coroutine_non_gen_function",
  "An async function begins when it is called, and returns a promise: there are no coroutine objects",
  async (loop) => {
    // deno-lint-ignore require-await -- as a coroutine function in Python
    const fn = async () => "test";
    assert.equal(iscoroutinefunction(fn), true);
    const promise = fn();
    assert.equal(iscoroutinefunction(promise), false);
    assert.equal(await loop.runUntilComplete(promise), "test");
  },
);

held("test_iscoroutinefunction", () => {
  function fn() {}
  function* fn1() {
    yield;
  }
  async function fn2() {}
  assert.equal(iscoroutinefunction(fn), false);
  assert.equal(iscoroutinefunction(fn1), false);
  assert.equal(iscoroutinefunction(fn2), true);
  assert.equal(iscoroutinefunction(fn2.bind(null)), true);
});

held("test_current_task", async (loop) => {
  assert.equal(currentTask(loop), null);
  const task: Task<void> = loop.createTask(() => {
    assert.equal(currentTask(loop), task);
    assert.equal(currentTask(), task);
  });
  await loop.runUntilComplete(task);
  assert.equal(currentTask(loop), null);
});

held("test_current_task_with_interleaving_tasks", async (loop) => {
  const first = loop.createFuture<void>();
  const second = loop.createFuture<void>();
  const seen: unknown[] = [];
  const task1: Task<void> = loop.createTask(async () => {
    seen.push(currentTask());
    await first;
    seen.push(currentTask());
    second.setResult();
  });
  const task2: Task<void> = loop.createTask(async () => {
    seen.push(currentTask());
    first.setResult();
    await second;
    seen.push(currentTask());
  });
  await loop.runUntilComplete(async () => {
    await wait([task1, task2]);
  });
  assert.deepEqual(seen.map((task) => [task1, task2].indexOf(task as Task<void>)), [0, 1, 0, 1]);
  assert.equal(currentTask(loop), null);
});

const currentLoop = testCase(tasks, "CurrentLoopTests");

currentLoop.held("test_current_task_no_running_loop", (loop) => {
  assert.equal(currentTask(loop), null);
});

currentLoop.differs("test_current_task_no_running_loop_implicit", DEFAULT_LOOP, () => {
  assert.equal(currentTask(), null);
});

currentLoop.held("test_current_task_with_implicit_loop", async (loop) => {
  const task: Task<void> = loop.createTask(() => {
    assert.equal(currentTask(loop), task);
    assert.equal(currentTask(undefined), task);
    assert.equal(currentTask(), task);
  });
  await loop.runUntilComplete(task);
  assert.equal(currentTask(loop), null);
});

testCase(tasks, "GenericTaskTests").held("test_future_subclass", () => {
  assert.ok(Task.prototype instanceof Future);
});

testCase(tasks, "CTask_Future_Tests").held("test_foobar", async (loop) => {
  class WithoutLoop extends Future<number> {
    override getLoop(): never {
      throw new TypeError("getLoop is not to be called");
    }
  }
  const future = new WithoutLoop({ loop });
  loop.callLater(10, () => future.setResult(1));
  const task = loop.createTask(async () => {
    await future;
    return "spam";
  });
  assert.equal(await loop.runUntilComplete(task), "spam");
});

testCase(tasks, "CTask_CFuture_SubclassTests").adapted(
  "test_subclasses_ctask_cfuture",
  "To await calls `then()`, and not `addDoneCallback()`",
  async (loop) => {
    class CountingFuture<T> extends Future<T> {
      awaits = 0;
      override then: Future<T>["then"] = (onFulfilled, onRejected) => {
        this.awaits += 1;
        return super.then(onFulfilled, onRejected);
      };
    }
    class OwnTask<T> extends Task<T> {}
    const future = new CountingFuture<string>({ loop });
    const task = new OwnTask(
      async () => {
        loop.callSoon(() => future.setResult("spam"));
        return await future;
      },
      [],
      { loop },
    );
    assert.equal(await loop.runUntilComplete(task), "spam");
    assert.equal(future.awaits, 1);
  },
);

adapted(
  "test_exception_chaining_after_await",
  "JavaScript does not note which error was being handled: whoever throws another names its cause",
  async (loop) => {
    await loop.runUntilComplete(async () => {
      try {
        throw new KeyError("3");
      } catch (cause) {
        const task = createTask(() => {
          throw new ValueError("", { cause });
        });
        const error = await rejection(task, ValueError);
        assert.ok(error.cause instanceof KeyError);
        assert.equal(error.cause.message, "3");
      }
    });
  },
);

adapted(
  "test_exception_chaining_after_await_with_context_cycle",
  "JavaScript does not note which error was being handled, so an error is never its own cause",
  async (loop) => {
    await loop.runUntilComplete(async () => {
      try {
        throw new KeyError("a");
      } catch (thrown) {
        const task = createTask(() => {
          throw thrown;
        });
        const error = await rejection(task, KeyError);
        assert.equal(error, thrown);
        assert.notEqual(error.cause, error);
      }
    });
  },
);

held("test_exception_traceback", async (loop) => {
  await loop.runUntilComplete(async () => {
    const task = createTask(function divide() {
      throw new ValueError("division by zero");
    });
    await sleep(0);
    assert.match((task.exception() as Error).stack!, /at divide /);
  });
});
