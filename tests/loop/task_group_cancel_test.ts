import assert from "node:assert/strict";
import { CancelledError, ExceptionGroup } from "../../loop/exceptions.ts";
import { sleep } from "../../loop/sleep.ts";
import { createTask, currentTask, type Task } from "../../loop/tasks.ts";
import { TaskGroup } from "../../loop/task_group.ts";
import { timeout } from "../../loop/timeouts.ts";
import { rejection } from "../rejection.ts";
import { inNoTime } from "./in_no_time.ts";

async function messages(group: PromiseLike<unknown>): Promise<string[]> {
  const { errors } = await rejection(group, ExceptionGroup);
  return errors.map((error: Error) => error.message);
}

Deno.test("a group that is cancelled ends without an error", async () => {
  await inNoTime(async (clock) => {
    const tasks: Task[] = [];
    let body: unknown;
    const value = await TaskGroup.run(async (group) => {
      tasks.push(group.createTask(() => sleep(1000)), group.createTask(() => group.cancel()));
      try {
        await sleep(1000);
      } catch (error) {
        body = error;
        throw error;
      }
      return "not reached";
    });
    assert.equal(value, undefined);
    assert.ok(body instanceof CancelledError);
    assert.deepEqual(tasks.map((task) => task.cancelled()), [true, true]);
    assert.equal(clock.now(), 0);
    assert.equal(currentTask()!.cancelling(), 0);
    await sleep(0);
  });
});

Deno.test("a block that cancels its group is interrupted at its next wait, or returns", async () => {
  await inNoTime(async () => {
    let steps = 0;
    await TaskGroup.run(async (group) => {
      group.cancel();
      group.cancel();
      steps += 1;
      await sleep(0);
      steps += 1;
    });
    assert.equal(steps, 1);
    const value = await TaskGroup.run((group) => {
      group.cancel();
      return "returned";
    });
    assert.equal(value, "returned");
    assert.equal(currentTask()!.cancelling(), 0);
    await sleep(0);
  });
});

Deno.test("a group can be cancelled before its block begins, and after it has ended", async () => {
  await inNoTime(async () => {
    const group = new TaskGroup();
    group.cancel();
    let steps = 0;
    await group.run(async () => {
      steps += 1;
      await sleep(0);
      steps += 1;
    });
    assert.equal(steps, 1);
    const ended = new TaskGroup();
    await ended.run(() => {});
    ended.cancel();
    await sleep(0);
    assert.equal(currentTask()!.cancelling(), 0);
  });
});

Deno.test("errors come out of a cancelled group, those after the cancellation as well", async () => {
  await inNoTime(async () => {
    const failing = [
      (group: TaskGroup) => {
        group.createTask(() => {
          group.cancel();
          throw new RangeError("child");
        });
        return sleep(1000);
      },
      (group: TaskGroup) => {
        group.createTask(async () => {
          try {
            await sleep(1000);
          } finally {
            // deno-lint-ignore no-unsafe-finally
            throw new RangeError("child");
          }
        });
        return sleep(0).then(() => group.cancel());
      },
      (group: TaskGroup) => {
        group.cancel();
        throw new RangeError("child");
      },
    ];
    for (const body of failing) {
      assert.deepEqual(await messages(TaskGroup.run<unknown>(body)), ["child"]);
      assert.equal(currentTask()!.cancelling(), 0);
      await sleep(0);
    }
  });
});

Deno.test("a cancellation or a timeout from outside goes before the group's own (gh-155433)", async () => {
  await inNoTime(async (clock) => {
    const stubborn = () =>
      TaskGroup.run(async (group) => {
        group.createTask(async () => {
          try {
            await sleep(1000);
          } finally {
            await sleep(100);
          }
        });
        await sleep(10);
        group.cancel();
      });
    await assert.rejects(timeout(50, stubborn), { name: "TimeoutError" });
    assert.equal(clock.now(), 110);
    assert.equal(currentTask()!.cancelling(), 0);

    const task = createTask(stubborn);
    await sleep(50);
    task.cancel("outside");
    await assert.rejects(task, { name: "CancelledError", message: "outside" });
    assert.equal(task.cancelling(), 1);
  });
});

Deno.test("cancelling an inner group leaves the outer one alone", async () => {
  await inNoTime(async (clock) => {
    const log: unknown[] = [];
    await TaskGroup.run(async (outer) => {
      outer.createTask(async () => {
        log.push(await sleep(20, "sibling"));
      });
      await TaskGroup.run(async (inner) => {
        inner.createTask(() => sleep(1000));
        await sleep(10);
        inner.cancel();
      });
      log.push(await sleep(0, "body"));
    });
    assert.deepEqual(log, ["body", "sibling"]);
    assert.equal(clock.now(), 20);
  });
});
