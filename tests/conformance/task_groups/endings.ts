/**
 * CPython's `test_taskgroups`: how groups end. What they refuse, and how they
 * are cancelled on purpose, is in `rules.ts`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { CancelledError, ExceptionGroup, KeyboardInterrupt } from "../../../loop/exceptions.ts";
import { sleep } from "../../../loop/sleep.ts";
import { TaskGroup } from "../../../loop/task_group.ts";
import { createTask, type Task } from "../../../loop/tasks.ts";
import { rejection } from "../../rejection.ts";
import {
  adapted,
  crashAfter,
  errorTypes,
  held,
  LONG,
  sleepThenCrash,
  ZeroDivisionError,
} from "./suite.ts";

class ValueError extends Error {}
class MyExc extends Error {}
class MyBaseExc extends Error {}

held("test_taskgroup_01", async () => {
  const tasks = await TaskGroup.run((group) => ({
    a: group.createTask(() => sleep(10, 42)),
    b: group.createTask(() => sleep(20, 11)),
  }));
  assert.equal(tasks!.a.result(), 42);
  assert.equal(tasks!.b.result(), 11);
});

held("test_taskgroup_02", async () => {
  const tasks = await TaskGroup.run(async (group) => {
    const a = group.createTask(() => sleep(10, 42));
    await sleep(20);
    return { a, b: group.createTask(() => sleep(20, 11)) };
  });
  assert.equal(tasks!.a.result(), 42);
  assert.equal(tasks!.b.result(), 11);
});

held("test_taskgroup_03", async () => {
  const tasks = await TaskGroup.run(async (group) => {
    const a = group.createTask(() => sleep(LONG, 42));
    await sleep(10);
    a.cancel();
    return { a, b: group.createTask(() => sleep(10, 11)) };
  });
  assert.equal(tasks!.a.cancelled(), true);
  assert.equal(tasks!.b.result(), 11);
});

held("test_taskgroup_04", async () => {
  let sum = 0;
  let wasCancelled = false;
  let second: Task | undefined;
  const runner = createTask(async () => {
    await TaskGroup.run((group) => {
      group.createTask(crashAfter, 10);
      second = group.createTask(async () => {
        const error = await rejection(sleep(LONG), CancelledError);
        wasCancelled = true;
        throw error;
      });
    });
    sum += 10;
  });
  const error = await rejection(runner, ExceptionGroup);
  assert.deepEqual(errorTypes(error), [ZeroDivisionError]);
  assert.equal(sum, 0);
  assert.equal(wasCancelled, true);
  assert.equal(second!.cancelled(), true);
});

held("test_cancel_children_on_child_error", async () => {
  let sum = 0;
  const cancelled: string[] = [];
  async function untilCancelled(name: string) {
    const error = await rejection(sleep(LONG), CancelledError);
    cancelled.push(name);
    throw error;
  }
  const runner = createTask(async () => {
    await TaskGroup.run(async (group) => {
      for (let i = 0; i < 3; i++) group.createTask(crashAfter, 10);
      group.createTask(untilCancelled, "child");
      await untilCancelled("body");
    });
    sum += 10;
  });
  const error = await rejection(runner, ExceptionGroup);
  assert.deepEqual(new Set(errorTypes(error)), new Set([ZeroDivisionError]));
  assert.equal(sum, 0);
  assert.deepEqual(cancelled.sort(), ["body", "child"]);
});

for (
  const [name, inBody, expected] of [
    ["test_cancellation", false, 5],
    ["test_taskgroup_07", true, 15],
  ] as const
) {
  held(name, async () => {
    let sum = 0;
    async function count(by: number) {
      const error = await rejection(sleep(LONG), CancelledError);
      sum += by;
      throw error;
    }
    const runner = createTask(() =>
      TaskGroup.run(async (group) => {
        for (let i = 0; i < 5; i++) group.createTask(count, 1);
        if (inBody) await count(10);
      })
    );
    await sleep(10);
    assert.equal(runner.done(), false);
    runner.cancel();
    await rejection(runner, CancelledError);
    assert.equal(sum, expected);
  });
}

held("test_taskgroup_08", async () => {
  const runner = createTask(() =>
    TaskGroup.run(async (group) => {
      for (let i = 0; i < 5; i++) group.createTask(sleepThenCrash);
      await sleep(LONG);
    })
  );
  await sleep(10);
  assert.equal(runner.done(), false);
  runner.cancel();
  const error = await rejection(runner, ExceptionGroup);
  assert.deepEqual(errorTypes(error), Array(5).fill(ZeroDivisionError));
});

for (
  const [name, ms] of [["test_taskgroup_09", 10], ["test_taskgroup_10", null]] as const
) {
  held(name, async () => {
    const tasks: Task[] = [];
    const runner = TaskGroup.run(async (group) => {
      tasks.push(group.createTask(() => sleep(LONG)), group.createTask(() => sleep(2 * LONG)));
      if (ms !== null) await sleep(ms);
      throw new ZeroDivisionError();
    });
    const error = await rejection(runner, ExceptionGroup);
    assert.deepEqual(errorTypes(error), [ZeroDivisionError]);
    assert.deepEqual(tasks.map((task) => task.cancelled()), [true, true]);
  });
}

for (
  const [name, hasSibling] of [["test_taskgroup_11", false], ["test_taskgroup_12", true]] as const
) {
  held(name, async () => {
    const runner = createTask(() =>
      TaskGroup.run(async (outer) => {
        if (hasSibling) outer.createTask(() => sleep(LONG));
        await TaskGroup.run(async (inner) => {
          for (let i = 0; i < 5; i++) inner.createTask(sleepThenCrash);
          await sleep(LONG);
        });
      })
    );
    await sleep(10);
    assert.equal(runner.done(), false);
    runner.cancel();
    const error = await rejection(runner, ExceptionGroup);
    assert.deepEqual(errorTypes(error), [ExceptionGroup]);
    const inner = error.exceptions[0] as ExceptionGroup;
    assert.deepEqual(new Set(errorTypes(inner)), new Set([ZeroDivisionError]));
  });
}

async function failAfter(ms: number): Promise<never> {
  await sleep(ms);
  throw new ValueError();
}

held("test_taskgroup_13", async () => {
  const runner = createTask(() =>
    TaskGroup.run(async (outer) => {
      outer.createTask(failAfter, 10);
      await TaskGroup.run((inner) => {
        inner.createTask(failAfter, LONG);
      });
    })
  );
  const error = await rejection(runner, ExceptionGroup);
  assert.deepEqual(errorTypes(error), [ValueError]);
});

held("test_taskgroup_14", async () => {
  const runner = createTask(() =>
    TaskGroup.run(async (outer) => {
      outer.createTask(failAfter, LONG);
      await TaskGroup.run((inner) => {
        inner.createTask(failAfter, 10);
      });
    })
  );
  const error = await rejection(runner, ExceptionGroup);
  assert.deepEqual(errorTypes(error), [ExceptionGroup]);
  assert.deepEqual(errorTypes(error.exceptions[0] as ExceptionGroup), [ValueError]);
});

function cleanUpSlowly(): Promise<void | undefined> {
  return TaskGroup.run(async (group) => {
    group.createTask(crashAfter, 30);
    try {
      await sleep(LONG);
    } finally {
      await sleep(50);
    }
  });
}

for (
  const [name, main] of [
    ["test_taskgroup_15", cleanUpSlowly],
    ["test_taskgroup_16", async () => await createTask(cleanUpSlowly)],
  ] as const
) {
  held(name, async () => {
    const runner = createTask(main);
    await sleep(10);
    assert.equal(runner.done(), false);
    runner.cancel();
    const error = await rejection(runner, ExceptionGroup);
    assert.deepEqual(errorTypes(error), [ZeroDivisionError]);
  });
}

held("test_taskgroup_17", async () => {
  let sum = 0;
  const runner = createTask(() =>
    TaskGroup.run(async () => {
      const error = await rejection(sleep(LONG), CancelledError);
      sum += 10;
      throw error;
    })
  );
  await sleep(10);
  assert.equal(runner.done(), false);
  runner.cancel();
  await rejection(runner, CancelledError);
  assert.equal(sum, 10);
});

held("test_taskgroup_18", async () => {
  let sum = 0;
  const runner = createTask(() =>
    TaskGroup.run(async () => {
      await rejection(sleep(LONG), CancelledError);
      sum += 10;
      throw new MyExc();
    })
  );
  await sleep(10);
  assert.equal(runner.done(), false);
  runner.cancel();
  const error = await rejection(runner, ExceptionGroup);
  assert.deepEqual(errorTypes(error), [MyExc]);
  assert.equal(sum, 10);
});

/** A child fails with one error, and the block, which that cancels, with another. */
async function failTwice(child: Error, body: Error): Promise<ExceptionGroup> {
  const runner = createTask(() =>
    TaskGroup.run(async (group) => {
      group.createTask(async () => {
        await sleep(10);
        throw child;
      });
      try {
        await sleep(LONG);
      } finally {
        // deno-lint-ignore no-unsafe-finally -- that is what is tested
        throw body;
      }
    })
  );
  return await rejection(runner, ExceptionGroup);
}

held("test_taskgroup_19", async () => {
  const error = await failTwice(new ZeroDivisionError(), new MyExc());
  assert.deepEqual(errorTypes(error), [ZeroDivisionError, MyExc]);
});

const NO_BASE_EXCEPTION =
  "JavaScript has no `BaseException`: every error goes into the `ExceptionGroup`, as those of other classes do";

for (
  const [name, child, body] of [
    ["test_taskgroup_20", new ZeroDivisionError(), new KeyboardInterrupt()],
    ["test_taskgroup_20a", new ZeroDivisionError(), new MyBaseExc()],
    ["test_taskgroup_21a", new MyBaseExc(), new TypeError()],
  ] as const
) {
  adapted(name, NO_BASE_EXCEPTION, async () => {
    const error = await failTwice(child, body);
    assert.deepEqual(error.exceptions, [child, body]);
  });
}

held("test_taskgroup_22", async () => {
  const runner = createTask(() =>
    TaskGroup.run((group) => {
      group.createTask(() => sleep(LONG, 42));
      group.createTask(() => sleep(2 * LONG, 11));
    })
  );
  await sleep(10);
  runner.cancel();
  await rejection(runner, CancelledError);
});

held("test_taskgroup_23", async () => {
  await TaskGroup.run(async (group) => {
    const size = () => Number(/ tasks=(\d+)/.exec(String(group))?.[1] ?? 0);
    for (let count = 0; count < 10; count++) {
      await sleep(10);
      group.createTask(() => sleep(30));
      if (count === 5) assert.ok(size() < 5, String(group));
    }
    await sleep(135);
    assert.equal(size(), 0);
  });
});

held("test_taskgroup_24", async () => {
  const ended: number[] = [];
  async function leaf(ms: number) {
    await sleep(ms);
    ended.push(ms);
  }
  await TaskGroup.run((group) => {
    group.createTask(async () => {
      await sleep(10);
      group.createTask(leaf, 10);
      group.createTask(leaf, 20);
    });
  });
  assert.deepEqual(ended, [10, 20]);
});

held("test_taskgroup_25", async () => {
  let hydras = 0;
  async function hydra(group: TaskGroup) {
    hydras += 1;
    await sleep(10);
    group.createTask(hydra, group);
    group.createTask(hydra, group);
  }
  async function hercules() {
    while (hydras < 10) await sleep(15);
    throw new ZeroDivisionError();
  }
  const error = await rejection(
    TaskGroup.run((group) => {
      group.createTask(hydra, group);
      group.createTask(hercules);
    }),
    ExceptionGroup,
  );
  assert.deepEqual(errorTypes(error), [ZeroDivisionError]);
  assert.ok(hydras >= 10);
});
