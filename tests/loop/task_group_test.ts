import assert from "node:assert/strict";
import { ContextVar, copyContext } from "../../loop/context.ts";
import { CancelledError, ExceptionGroup } from "../../loop/exceptions.ts";
import { sleep } from "../../loop/sleep.ts";
import { createTask, currentTask } from "../../loop/tasks.ts";
import { TaskGroup } from "../../loop/task_group.ts";
import { timeout } from "../../loop/timeouts.ts";
import { inNoTime } from "./in_no_time.ts";

async function failAfter(ms: number, message: string): Promise<never> {
  await sleep(ms);
  throw new RangeError(message);
}

function messages(error: unknown): string[] {
  assert.ok(error instanceof ExceptionGroup, String(error));
  return error.errors.map((inner: Error) => inner.message);
}

async function caught(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  assert.fail("Nothing was thrown");
}

Deno.test("a group waits for its tasks, and returns what its body returns", async () => {
  await inNoTime(async (clock) => {
    const results: number[] = [];
    const value = await TaskGroup.run((group) => {
      const a = group.createTask((n: number) => sleep(20, n), 1);
      const b = group.createTask(() => sleep(10, 2));
      for (const task of [a, b]) task.addDoneCallback(() => results.push(task.result()));
      return "body";
    });
    assert.equal(value, "body");
    assert.deepEqual(results, [2, 1]);
    assert.equal(clock.now(), 20);
  });
});

Deno.test("a task that fails cancels the others and the body", async () => {
  await inNoTime(async (clock) => {
    let sibling: unknown;
    let body: unknown;
    const error = await caught(TaskGroup.run(async (group) => {
      group.createTask(() => failAfter(10, "child"));
      sibling = group.createTask(() => sleep(1000));
      try {
        await sleep(1000);
      } catch (error) {
        body = error;
        throw error;
      }
    }));
    assert.deepEqual(messages(error), ["child"]);
    assert.match((error as Error).message, /unhandled errors in a TaskGroup \(1 sub-exception\)/);
    assert.ok(body instanceof CancelledError);
    assert.equal((sibling as { cancelled(): boolean }).cancelled(), true);
    assert.equal(clock.now(), 10);
    assert.equal(currentTask()!.cancelling(), 0);
  });
});

Deno.test("a body that fails cancels the tasks; all errors come out", async () => {
  await inNoTime(async () => {
    const error = await caught(TaskGroup.run(async (group) => {
      group.createTask(async () => {
        try {
          await sleep(1000);
        } finally {
          // deno-lint-ignore no-unsafe-finally
          throw new RangeError("child");
        }
      });
      await sleep(1);
      throw new RangeError("body");
    }));
    assert.deepEqual(messages(error), ["child", "body"]);
  });
});

Deno.test("a body that fails before a task has begun", async () => {
  await inNoTime(async () => {
    let begun = false;
    const error = await caught(TaskGroup.run((group) => {
      group.createTask(() => {
        begun = true;
      });
      throw new RangeError("body");
    }));
    assert.deepEqual(messages(error), ["body"]);
    assert.equal(begun, false);
  });
});

Deno.test("a cancellation from outside cancels the tasks, and is passed on", async () => {
  await inNoTime(async () => {
    for (const body of [() => {}, () => sleep(1000)]) {
      let child: { cancelled(): boolean };
      const task = createTask(() =>
        TaskGroup.run((group) => {
          child = group.createTask(() => sleep(1000));
          return body();
        })
      );
      await sleep(10);
      task.cancel("outside");
      await assert.rejects(task, { name: "CancelledError", message: "outside" });
      assert.equal(child!.cancelled(), true);
      assert.equal(task.cancelling(), 1);
    }
  });
});

Deno.test("errors go before a cancellation from outside, which is still to come (gh-117407)", async () => {
  await inNoTime(async () => {
    const log: unknown[] = [];
    const task = createTask(async () => {
      const error = await caught(TaskGroup.run(async (group) => {
        group.createTask(async () => {
          try {
            await sleep(1000);
          } finally {
            // deno-lint-ignore no-unsafe-finally
            throw new RangeError("child");
          }
        });
        await sleep(1000);
      }));
      log.push(messages(error), currentTask()!.cancelling());
      await sleep(0);
      log.push("not reached");
    });
    await sleep(10);
    task.cancel();
    await assert.rejects(task, { name: "CancelledError" });
    assert.deepEqual(log, [["child"], 1]);
  });
});

Deno.test("groups nest: the inner one's error is inside the outer one's", async () => {
  await inNoTime(async () => {
    const error = await caught(TaskGroup.run(async (outer) => {
      outer.createTask(() => failAfter(50, "outer"));
      await TaskGroup.run((inner) => {
        inner.createTask(() => failAfter(10, "inner"));
      });
    }));
    assert.ok(error instanceof ExceptionGroup);
    assert.equal(error.errors.length, 1);
    assert.deepEqual(messages(error.errors[0]), ["inner"]);
    assert.equal(currentTask()!.cancelling(), 0);
  });
});

Deno.test("an error of the outer group reaches into the inner one", async () => {
  await inNoTime(async () => {
    let innerError: unknown;
    const error = await caught(TaskGroup.run(async (outer) => {
      outer.createTask(() => failAfter(10, "outer"));
      innerError = await caught(TaskGroup.run((inner) => {
        inner.createTask(() => sleep(1000));
      }));
      throw innerError;
    }));
    assert.ok(innerError instanceof CancelledError);
    assert.deepEqual(messages(error), ["outer"]);
    assert.equal(currentTask()!.cancelling(), 0);
  });
});

Deno.test("a task may make others while the group waits", async () => {
  await inNoTime(async () => {
    const log: string[] = [];
    await TaskGroup.run((group) => {
      group.createTask(async () => {
        await sleep(10);
        group.createTask(async () => {
          await sleep(10);
          log.push("grandchild");
        });
      });
    });
    assert.deepEqual(log, ["grandchild"]);
  });
});

Deno.test("a group that ends takes no more tasks", async () => {
  await inNoTime(async () => {
    let group!: TaskGroup;
    await TaskGroup.run((it) => {
      group = it;
    });
    assert.throws(() => group.createTask(() => {}), { name: "RuntimeError", message: /finished/ });
    const error = await caught(TaskGroup.run(async (group) => {
      group.createTask(() => failAfter(1, "child"));
      try {
        await sleep(1000);
      } finally {
        assert.throws(() => group.createTask(() => {}), {
          name: "RuntimeError",
          message: /shutting down/,
        });
      }
    }));
    assert.deepEqual(messages(error), ["child"]);
  });
});

Deno.test("cancelling a child is no error of the group", async () => {
  await inNoTime(async () => {
    await TaskGroup.run(async (group) => {
      const child = group.createTask(() => sleep(1000));
      await sleep(1);
      child.cancel();
    });
  });
});

Deno.test("timeouts and groups go together", async () => {
  await inNoTime(async (clock) => {
    const run = timeout(50, () =>
      TaskGroup.run((group) => {
        group.createTask(() => sleep(1000));
      }));
    await assert.rejects(run, { name: "TimeoutError" });
    assert.equal(clock.now(), 50);
    assert.equal(currentTask()!.cancelling(), 0);
  });
});

Deno.test("a group needs a task", async () => {
  await assert.rejects(TaskGroup.run(() => {}), { name: "RuntimeError", message: /parent task/ });
});

Deno.test("tasks of a group take options first", async () => {
  await inNoTime(async () => {
    const variable = new ContextVar("v", "none");
    const context = copyContext();
    await TaskGroup.run(async (group) => {
      const task = group.createTask(
        { name: "n", context },
        (a: string, b: string) => {
          variable.set(a + b);
          return currentTask()!.getName();
        },
        "x",
        "y",
      );
      assert.equal(await task, "n");
      assert.throws(() => group.createTask(sleep(0) as never), {
        name: "TypeError",
        message: /createTask\(fn, arg\)/,
      });
    });
    assert.equal(context.get(variable), "xy");
    assert.equal(variable.get(), "none");
  });
});

Deno.test("a group says how far it is", async () => {
  await inNoTime(async () => {
    const group = new TaskGroup();
    const seen = [String(group)];
    const error = await caught(group.run(async () => {
      seen.push(String(group));
      group.createTask(() => failAfter(1, "child"));
      group.createTask(() => sleep(1000));
      seen.push(String(group));
      try {
        await sleep(1000);
      } finally {
        seen.push(String(group));
      }
    }));
    assert.deepEqual(messages(error), ["child"]);
    seen.push(String(group));
    assert.deepEqual(seen, [
      "<TaskGroup>",
      "<TaskGroup entered>",
      "<TaskGroup tasks=2 entered>",
      "<TaskGroup tasks=1 errors=1 cancelling>",
      "<TaskGroup errors=1 cancelling>",
    ]);
  });
});
