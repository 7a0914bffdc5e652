import assert from "node:assert/strict";
import { ContextVar } from "../../../loop/context.ts";
import { CancelledError } from "../../../loop/exceptions.ts";
import { type Desk, Line } from "../../../loop/locks/line.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { rejection } from "../../rejection.ts";
import { inNoTime } from "../in_no_time.ts";

/** A desk at which one gets the number of its turn, and that notes who leaves. */
class Numbers implements Desk<number> {
  served = 0;
  taken = 0;
  readonly gone: boolean[] = [];

  serve(): number {
    this.served += 1;
    return this.served;
  }

  isTaken(): boolean {
    if (this.taken === 0) return false;
    this.taken -= 1;
    return true;
  }

  left(wasCalled: boolean): void {
    this.gone.push(wasCalled);
  }
}

Deno.test("those in line are called in order, and served when their code goes on", async () => {
  await inNoTime(async () => {
    const desk = new Numbers();
    const line = new Line(desk);
    const tasks = [0, 1, 2].map(() => createTask(() => line.wait(undefined)));
    await sleep(1);
    assert.equal(line.callNext(), true);
    assert.equal(line.callNext(), true);
    assert.equal(desk.served, 0);
    assert.equal(line.size, 3);
    await sleep(1);
    assert.equal(line.size, 1);
    assert.deepEqual(tasks.map((task) => task.done()), [true, true, false]);
    assert.equal(line.callNext(), true);
    assert.equal(line.callNext(), false);
    assert.equal(await tasks[2], 3);
    assert.equal(line.size, 0);
  });
});

Deno.test("the first in line is called once, and nobody else until it is served", async () => {
  await inNoTime(async () => {
    const line = new Line(new Numbers());
    const tasks = [0, 1].map(() => createTask(() => line.wait(undefined)));
    await sleep(1);
    line.callFirst();
    line.callFirst();
    await sleep(1);
    assert.deepEqual(tasks.map((task) => task.done()), [true, false]);
    tasks[1]!.cancel();
    line.callFirst();
    await rejection(tasks[1]!, CancelledError);
  });
});

Deno.test("a line of those who have given up is not waited in", async () => {
  await inNoTime(async () => {
    const desk = new Numbers();
    const line = new Line(desk);
    const task = createTask(() => line.wait(undefined));
    await sleep(1);
    assert.equal(line.isWaitedIn(), true);
    task.cancel();
    assert.equal(line.isWaitedIn(), false);
    assert.equal(line.callNext(), false);
    await rejection(task, CancelledError);
    assert.equal(line.size, 0);
    assert.deepEqual(desk.gone, [false]);
  });
});

Deno.test("one that is cancelled after it was called is not served", async () => {
  await inNoTime(async () => {
    const desk = new Numbers();
    const line = new Line(desk);
    const task = createTask(() => line.wait(undefined));
    await sleep(1);
    line.callNext();
    assert.equal(line.isWaitedIn(), true);
    task.cancel();
    await rejection(task, CancelledError);
    assert.deepEqual([desk.served, desk.gone], [0, [true]]);
  });
});

Deno.test("one that finds the desk taken waits again, at the end of the line, as the same task", async () => {
  await inNoTime(async () => {
    const desk = new Numbers();
    const line = new Line(desk);
    const name = new ContextVar("name", "nobody");
    const log: string[] = [];
    const tasks = ["first", "second"].map((word) =>
      createTask(async () => {
        name.set(word);
        await line.wait(undefined);
        log.push(name.get());
        await sleep(0);
        log.push(name.get());
      })
    );
    await sleep(1);
    desk.taken = 1;
    line.callNext();
    await sleep(1);
    assert.deepEqual([log, line.size], [[], 2]);
    line.callAll();
    for (const task of tasks) await task;
    assert.deepEqual(log, ["second", "first", "second", "first"]);
  });
});

Deno.test("one that waits again can be cancelled, and its signal still holds", async () => {
  await inNoTime(async () => {
    const desk = new Numbers();
    const line = new Line(desk);
    const cancelled = createTask(() => line.wait(undefined));
    const controller = new AbortController();
    const aborted = createTask(() => line.wait(controller));
    await sleep(1);
    desk.taken = 2;
    line.callAll();
    await sleep(1);
    cancelled.cancel();
    controller.abort(new RangeError("no longer"));
    await rejection(cancelled, CancelledError);
    assert.equal((await rejection(aborted, RangeError)).message, "no longer");
    assert.deepEqual([desk.served, line.size], [0, 0]);
  });
});

Deno.test("one may leave from the middle of the line, or from its end", async () => {
  await inNoTime(async () => {
    const desk = new Numbers();
    const line = new Line(desk);
    const tasks = [0, 1, 2, 3].map(() => createTask(() => line.wait(undefined)));
    await sleep(1);
    tasks[1]!.cancel();
    tasks[3]!.cancel();
    await sleep(1);
    const last = createTask(() => line.wait(undefined));
    await sleep(1);
    assert.equal(line.size, 3);
    line.callAll();
    assert.deepEqual([await tasks[0], await tasks[2], await last], [1, 2, 3]);
    assert.equal(line.size, 0);
  });
});

Deno.test("one that has given up, and is still in line, is not called in another's stead", async () => {
  await inNoTime(async () => {
    const line = new Line(new Numbers());
    const [first, second] = [0, 1].map(() => createTask(() => line.wait(undefined)));
    await sleep(1);
    first!.cancel();
    assert.equal(line.callNext(), true);
    assert.equal(await second, 1);
  });
});

Deno.test("a wait that nobody awaits is silent when its task is cancelled", async () => {
  const unhandled: unknown[] = [];
  const note = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    unhandled.push(event.reason);
  };
  addEventListener("unhandledrejection", note);
  try {
    await inNoTime(async () => {
      const line = new Line(new Numbers());
      const task = createTask(async () => {
        line.wait(undefined);
        await sleep(1000);
      });
      await sleep(1);
      task.cancel();
      await rejection(task, CancelledError);
      assert.equal(line.size, 0);
    });
    await new Promise((resolve) => setTimeout(resolve));
  } finally {
    removeEventListener("unhandledrejection", note);
  }
  assert.deepEqual(unhandled, []);
});

Deno.test("what the desk throws is thrown to the one that is served", async () => {
  await inNoTime(async () => {
    const line: Line<never> = new Line({
      serve: () => {
        throw new RangeError("closed");
      },
    });
    const task = createTask(() => line.wait(undefined));
    await sleep(1);
    line.callNext();
    assert.equal((await rejection(task, RangeError)).message, "closed");
  });
});

Deno.test("a wait that several await, or one twice, is served once", async () => {
  await inNoTime(async () => {
    const line = new Line(new Numbers());
    const wait = line.wait(undefined);
    const others = [0, 1].map(() => createTask(async () => await wait));
    await sleep(1);
    line.callNext();
    assert.deepEqual([await wait, await others[0], await others[1], await wait], [1, 1, 1, 1]);
    assert.equal(line.size, 0);
  });
});

Deno.test("of several that await one wait, one that is cancelled takes it from none", async () => {
  await inNoTime(async () => {
    const line = new Line(new Numbers());
    const wait = line.wait(undefined);
    const [first, second] = [0, 1].map(() => createTask(async () => await wait));
    await sleep(1);
    line.callNext();
    second!.cancel();
    assert.equal(await first, 1);
    await rejection(second!, CancelledError);
    assert.equal(await wait, 1);
  });
});

Deno.test("a wait is a promise: of chains, of catch and of finally", async () => {
  await inNoTime(async () => {
    const line = new Line(new Numbers());
    const log: unknown[] = [];
    const controller = new AbortController();
    const chains = [
      line.wait(undefined).then((number) => number * 10),
      line.wait(undefined).then(undefined, () => "never"),
      line.wait(undefined).finally(() => log.push("finally")),
      line.wait(controller).catch((error) => error.message),
      line.wait(controller).finally(() => log.push("finally")).catch(() => "rejected"),
    ];
    controller.abort(new Error("no longer"));
    line.callAll();
    assert.deepEqual(await Promise.all(chains), [10, 2, 3, "no longer", "rejected"]);
    assert.deepEqual(log, ["finally", "finally"]);
  });
});

Deno.test("a wait works outside of tasks too", async () => {
  const line = new Line(new Numbers());
  const waits = [line.wait(undefined), line.wait(undefined)];
  line.callAll();
  assert.deepEqual([await waits[0], await waits[1]], [1, 2]);
});
