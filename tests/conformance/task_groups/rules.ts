/**
 * CPython's `test_taskgroups`: what groups refuse, what they leave behind, and
 * how they are cancelled on purpose.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ContextVar, copyContext } from "../../../loop/context.ts";
import { CancelledError, ExceptionGroup, RuntimeError } from "../../../loop/exceptions.ts";
import { Event } from "../../../loop/locks.ts";
import { sleep } from "../../../loop/sleep.ts";
import { TaskGroup } from "../../../loop/task_group.ts";
import { createTask, currentTask, type Task } from "../../../loop/tasks.ts";
import { timeout } from "../../../loop/timeouts.ts";
import { rejection } from "../../rejection.ts";
import { adapted, crashAfter, errorTypes, held, LONG, ZeroDivisionError } from "./suite.ts";

class CustomException extends Error {}
class ValueError extends Error {}
class MyError extends Error {}

held("test_taskgroup_task_name", async () => {
  await TaskGroup.run((group) => {
    const task = group.createTask({ name: "yolo" }, () => sleep(0));
    assert.equal(task.getName(), "yolo");
  });
});

held("test_name", async () => {
  let name: string | undefined;
  await TaskGroup.run((group) => {
    group.createTask({ name: "example name" }, () => {
      name = currentTask()!.getName();
    });
  });
  assert.equal(name, "example name");
});

held("test_taskgroup_task_context", async () => {
  const variable = new ContextVar<number>("cvar");
  async function set(value: number) {
    await sleep(0);
    variable.set(value);
  }
  await TaskGroup.run(async (group) => {
    const context = copyContext();
    assert.equal(context.get(variable), undefined);
    await group.createTask({ context }, set, 1);
    assert.equal(context.get(variable), 1);
    await group.createTask({ context }, set, 2);
    assert.equal(context.get(variable), 2);
  });
});

held("test_taskgroup_no_create_task_after_failure", async () => {
  let refused = false;
  const run = TaskGroup.run((group) => {
    group.createTask(crashAfter, 1);
    group.createTask(async () => {
      await rejection(sleep(LONG), CancelledError);
      assert.throws(() => group.createTask(crashAfter, 1), { name: "RuntimeError" });
      refused = true;
    });
  });
  assert.deepEqual(errorTypes(await rejection(run, ExceptionGroup)), [ZeroDivisionError]);
  assert.equal(refused, true);
});

held("test_taskgroup_context_manager_exit_raises", async () => {
  async function withDatabase(body: () => Promise<void>) {
    try {
      await body();
    } finally {
      // deno-lint-ignore no-unsafe-finally -- that is what is tested
      throw new CustomException();
    }
  }
  await createTask(async () => {
    const run = TaskGroup.run((group) =>
      withDatabase(async () => {
        group.createTask(() => {
          throw new CustomException();
        });
        await sleep(LONG);
      })
    );
    const error = await rejection(run, ExceptionGroup);
    assert.equal(currentTask()!.cancelling(), 0);
    assert.deepEqual(errorTypes(error), [CustomException, CustomException]);
  });
});

held("test_taskgroup_already_entered", async () => {
  await TaskGroup.run(async (group) => {
    const error = await rejection(group.run(() => {}), RuntimeError);
    assert.match(error.message, /has already been entered/);
  });
});

held("test_taskgroup_double_enter", async () => {
  const group = new TaskGroup();
  await group.run(() => {});
  const error = await rejection(group.run(() => {}), RuntimeError);
  assert.match(error.message, /has already been entered/);
});

held("test_taskgroup_finished", async () => {
  const group = new TaskGroup();
  await group.run(() => {});
  assert.throws(() => group.createTask(() => sleep(0)), {
    name: "RuntimeError",
    message: /is finished/,
  });
});

held("test_taskgroup_not_entered", async () => {
  await Promise.resolve();
  assert.throws(() => new TaskGroup().createTask(() => sleep(0)), {
    name: "RuntimeError",
    message: /has not been entered/,
  });
});

held("test_taskgroup_without_parent_task", async (loop) => {
  const group = new TaskGroup();
  const outcome = loop.createFuture<unknown>();
  loop.callSoon(() => {
    group.run(() => {}).then(() => outcome.setResult(null), (error) => outcome.setResult(error));
  });
  const error = await outcome;
  assert.ok(error instanceof RuntimeError);
  assert.match(error.message, /parent task/);
  assert.throws(() => group.createTask(() => sleep(0)), {
    name: "RuntimeError",
    message: /has not been entered/,
  });
});

adapted(
  "test_coro_closed_when_tg_closed",
  "A function that is refused has not begun: there is no coroutine to be closed",
  async () => {
    let begun = false;
    const group = new TaskGroup();
    await group.run(() => {});
    const begin = () => {
      begun = true;
    };
    assert.throws(() => group.createTask(begin), { name: "RuntimeError", message: /is finished/ });
    await sleep(0);
    assert.equal(begun, false);
  },
);

async function raiseAfter(ms: number, error: Error): Promise<never> {
  await sleep(ms);
  throw error;
}

held("test_cancelling_level_preserved", async () => {
  const run = TaskGroup.run((group) => {
    group.createTask(raiseAfter, 0, new RuntimeError());
  });
  await rejection(run, ExceptionGroup);
  assert.equal(currentTask()!.cancelling(), 0);
});

held("test_nested_groups_both_cancelled", async () => {
  const run = TaskGroup.run(async (outer) => {
    const inner = TaskGroup.run((inner) => {
      inner.createTask(raiseAfter, 0, new RuntimeError());
      outer.createTask(raiseAfter, 0, new ValueError());
    });
    const error = await rejection(inner, ExceptionGroup);
    assert.deepEqual(errorTypes(error), [RuntimeError]);
    assert.equal(currentTask()!.cancelling(), 1);
  });
  const error = await rejection(run, ExceptionGroup);
  assert.deepEqual(errorTypes(error), [ValueError]);
  assert.equal(currentTask()!.cancelling(), 0);
});

held("test_error_and_cancel", async () => {
  const event = new Event();
  const steps: string[] = [];
  const task = createTask(async () => {
    const run = TaskGroup.run(async (group) => {
      group.createTask(async () => {
        event.set();
        await sleep(0);
        throw new RuntimeError();
      });
      await sleep(LONG);
      steps.push("the sleep in the group was not cancelled");
    });
    assert.deepEqual(errorTypes(await rejection(run, ExceptionGroup)), [RuntimeError]);
    assert.equal(currentTask()!.cancelling(), 1);
    steps.push("the group failed");
    await sleep(LONG);
    steps.push("the sleep after the group was not cancelled");
  });
  await event.wait();
  assert.equal(task.cancelling(), 0);
  task.cancel();
  assert.equal(task.cancelling(), 1);
  await rejection(task, CancelledError);
  assert.equal(task.cancelled(), true);
  assert.deepEqual(steps, ["the group failed"]);
});

held("test_cancels_task_if_created_during_creation", async () => {
  let ran = false;
  const run = TaskGroup.run((group) => {
    function third() {
      throw new MyError("third task failed");
    }
    group.createTask(async () => {
      group.createTask(third);
      const cancelled = async () => {
        await sleep(0);
        await sleep(0);
      };
      await rejection(cancelled(), CancelledError);
      ran = true;
    });
  });
  const error = await rejection(run, ExceptionGroup);
  assert.equal(ran, true);
  assert.deepEqual(errorTypes(error), [MyError]);
});

held("test_cancellation_does_not_leak_out_of_tg", async () => {
  const run = TaskGroup.run((group) => {
    group.createTask(() => {
      throw new MyError();
    });
  });
  assert.deepEqual(errorTypes(await rejection(run, ExceptionGroup)), [MyError]);
  await sleep(0);
});

held("test_taskgroup_cancel_children", async () => {
  const tasks: Task[] = [];
  await timeout(LONG, () =>
    TaskGroup.run(async (group) => {
      tasks.push(group.createTask(() => sleep(2 * LONG)), group.createTask(() => sleep(2 * LONG)));
      await sleep(0);
      group.cancel();
    }));
  assert.deepEqual(tasks.map((task) => task.cancelled()), [true, true]);
});

held("test_taskgroup_cancel_before_create_task", async () => {
  await TaskGroup.run((group) => {
    group.cancel();
    assert.throws(() => group.createTask(() => sleep(1)), { name: "RuntimeError" });
  });
});

held("test_taskgroup_cancel_from_child_before_first_suspension", async () => {
  const steps: string[] = [];
  const task = await new TaskGroup().run((group) => ({
    child: group.createTask(async () => {
      group.cancel();
      steps.push("cancelled");
      await sleep(LONG);
      steps.push("not reached");
    }),
  }));
  assert.equal(task!.child.cancelled(), true);
  assert.deepEqual(steps, ["cancelled"]);
});

held("test_taskgroup_cancel_keeps_outer_cancellation", async () => {
  const cleaning = new Event();
  const task = createTask(() =>
    TaskGroup.run(async (group) => {
      group.createTask(async () => {
        try {
          await sleep(LONG);
        } finally {
          cleaning.set();
          await sleep(20);
        }
      });
      await sleep(0);
      group.cancel();
    })
  );
  await cleaning.wait();
  await sleep(0);
  task.cancel("message");
  const error = await rejection(task, CancelledError);
  assert.equal(error.message, "message");
});
