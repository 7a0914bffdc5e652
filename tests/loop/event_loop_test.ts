import assert from "node:assert/strict";
import type { ExceptionContext } from "../../loop/base_event_loop.ts";
import { EventLoop } from "../../loop/event_loop.ts";
import { getEventLoop, getRunningLoop, newEventLoop, setEventLoop } from "../../loop/events.ts";
import { Future } from "../../loop/futures.ts";
import { gather } from "../../loop/gather.ts";
import { run } from "../../loop/runners.ts";
import { sleep } from "../../loop/sleep.ts";
import { createTask, currentTask } from "../../loop/tasks.ts";
import { printed } from "../printed.ts";
import { inNoTime } from "./in_no_time.ts";

Deno.test("callSoon never runs a callback inline", async () => {
  const loop = new EventLoop();
  const log: string[] = [];
  const running = loop.runForever();
  loop.callSoon(() => {
    log.push("callback");
    loop.stop();
  });
  log.push("caller");
  await running;
  assert.deepEqual(log, ["caller", "callback"]);
  loop.close();
});

Deno.test("callbacks and tasks run in the order in which they became ready", async () => {
  // What CPython 3.11 prints for the same program.
  const log: string[] = [];
  await run(async () => {
    const loop = getRunningLoop();
    async function thrice(name: string) {
      for (let i = 0; i < 3; i++) {
        log.push(`${name}${i}`);
        await sleep(0);
      }
    }
    const a = createTask(thrice, "a");
    loop.callSoon(() => log.push("c1"));
    const b = createTask(thrice, "b");
    loop.callSoon(() => log.push("c2"));
    await a;
    await b;
  });
  assert.deepEqual(log, ["a0", "c1", "b0", "c2", "a1", "b1", "a2", "b2"]);
});

Deno.test("whoever awaits a future is woken in line with its callbacks", async () => {
  const log: string[] = [];
  await run(async () => {
    const loop = getRunningLoop();
    const future = loop.createFuture<number>();
    const tasks = [0, 1].map((n) =>
      createTask(async () => {
        log.push(`w${n}${await future}`);
      })
    );
    await sleep(0);
    future.addDoneCallback(() => log.push("callback"));
    loop.callSoon(() => log.push("before"));
    future.setResult(7);
    loop.callSoon(() => log.push("after"));
    for (const task of tasks) await task;
  });
  assert.deepEqual(log, ["before", "w07", "w17", "callback", "after"]);
});

Deno.test("awaiting what is done gives nobody else a turn", async () => {
  const log: string[] = [];
  await run(async () => {
    const task = createTask(async () => {
      await Promise.resolve();
      log.push("task");
    });
    task.addDoneCallback(() => log.push("callback"));
    const waiter = createTask(async () => {
      await task;
      log.push("waiter");
    });
    getRunningLoop().callSoon(() => log.push(`done ${task.done()}`));
    await waiter;
  });
  assert.deepEqual(log, ["task", "waiter", "done true", "callback"]);
});

Deno.test("callLater(0) comes after what is ready, and before what becomes ready", async () => {
  const log: string[] = [];
  await inNoTime(async () => {
    const loop = getRunningLoop();
    loop.callSoon(() => log.push("a"));
    loop.callLater(0, () => log.push("b"));
    loop.callSoon(() => log.push("c"));
    loop.callSoon(() => loop.callSoon(() => log.push("d")));
    await sleep(0);
    log.push("main");
    await sleep(10);
  });
  assert.deepEqual(log, ["a", "c", "main", "b", "d"]);
});

Deno.test("callbacks get their arguments, and no task", async () => {
  await run(async () => {
    const seen: unknown[] = [];
    const loop = getRunningLoop();
    loop.callSoon((a: number, b: string) => seen.push(a, b, currentTask()), 1, "two");
    loop.callLater(1, (a: number) => seen.push(a, currentTask(), getRunningLoop() === loop), 3);
    await sleep(5);
    assert.deepEqual(seen, [1, "two", null, 3, null, true]);
  });
});

Deno.test("a cancelled handle is not called", async () => {
  await run(async () => {
    const log: string[] = [];
    const loop = getRunningLoop();
    const handle = loop.callSoon(() => log.push("wrong"));
    handle.cancel();
    handle.cancel();
    loop.callSoon(() => log.push("right"));
    await sleep(0);
    await sleep(0);
    assert.deepEqual(log, ["right"]);
    assert.equal(handle.cancelled(), true);
  });
});

Deno.test("a closed loop takes no more work, and closing twice is no mistake", () => {
  const loop = new EventLoop();
  loop.close();
  loop.close();
  assert.equal(loop.isClosed(), true);
  const closed = { name: "RuntimeError", message: /closed/ };
  assert.throws(() => loop.callSoon(() => {}), closed);
  assert.throws(() => loop.callLater(1, () => {}), closed);
  assert.throws(() => loop.callAt(1, () => {}), closed);
  assert.throws(() => loop.createTask(() => {}), closed);
});

Deno.test("a running loop cannot be closed", async () => {
  await run(() => {
    const closed = { name: "RuntimeError", message: "Cannot close a running event loop" };
    assert.throws(() => getRunningLoop().close(), closed);
  });
  assert.throws(() => getEventLoop().close(), { name: "RuntimeError" });
});

Deno.test("a loop made by hand runs nothing until it is told to", async () => {
  const loop = new EventLoop();
  const log: string[] = [];
  loop.callSoon(() => log.push("soon"));
  loop.callLater(1, () => log.push("later"));
  const task = loop.createTask(() => log.push("task"));
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(log, []);
  assert.equal(loop.isRunning(), false);
  assert.equal(await loop.runUntilComplete(task), 2);
  assert.deepEqual(log, ["soon", "task", "later"]);
  loop.close();
});

Deno.test("stop lets the round end, and keeps the rest for the next run", async () => {
  // What CPython 3.11 does for the same program.
  const loop = new EventLoop();
  const log: string[] = [];
  loop.callSoon(() => {
    log.push("a");
    loop.callSoon(() => {
      log.push("next run");
      loop.stop();
    });
    loop.stop();
  });
  loop.callSoon(() => log.push("b"));
  await loop.runForever();
  assert.deepEqual(log, ["a", "b"]);
  await new Promise((resolve) => setTimeout(resolve, 3));
  assert.deepEqual(log, ["a", "b"]);
  await loop.runForever();
  assert.deepEqual(log, ["a", "b", "next run"]);
  loop.close();
});

Deno.test("a loop that is stopped before it runs makes one round", async () => {
  const loop = new EventLoop();
  const log: string[] = [];
  loop.callSoon(() => log.push("a"));
  loop.stop();
  await loop.runForever();
  assert.deepEqual(log, ["a"]);
  loop.close();
});

Deno.test("a loop that waits can be stopped from outside, and its timers keep nothing alive", async () => {
  const loop = new EventLoop();
  loop.callLater(3_600_000, () => {});
  const running = loop.runForever();
  await new Promise((resolve) => setTimeout(resolve, 2));
  assert.equal(loop.isRunning(), true);
  loop.stop();
  await running;
  assert.equal(loop.isRunning(), false);
});

Deno.test("runUntilComplete says when the loop was stopped first", async () => {
  const loop = new EventLoop();
  const stopped = { name: "RuntimeError", message: /stopped before/ };
  await assert.rejects(
    loop.runUntilComplete(async () => {
      loop.stop();
      await sleep(60_000);
    }),
    stopped,
  );
  loop.close();
});

Deno.test("runUntilComplete takes functions, futures and promises, and throws what they throw", async () => {
  const loop = new EventLoop();
  assert.equal(await loop.runUntilComplete(() => 1), 1);
  const future = loop.createFuture<number>();
  loop.callSoon(() => future.setResult(2));
  assert.equal(await loop.runUntilComplete(future), 2);
  assert.equal(await loop.runUntilComplete(Promise.resolve(3)), 3);
  await assert.rejects(
    loop.runUntilComplete(() => {
      throw new RangeError("oops");
    }),
    RangeError,
  );
  loop.close();
});

Deno.test("loops do not nest, and one runs once at a time", async () => {
  await run(async () => {
    const other = new EventLoop();
    await assert.rejects(other.runForever(), { message: /another loop is running the caller/ });
    await assert.rejects(other.runUntilComplete(() => 1), { name: "RuntimeError" });
    await assert.rejects(getRunningLoop().runForever(), { message: /already running/ });
    other.close();
    await assert.rejects(other.runForever(), { message: /closed/ });
  });
});

Deno.test("the default loop always runs", () => {
  assert.equal(getEventLoop().isRunning(), true);
  assert.throws(() => getEventLoop().stop(), { message: /always runs/ });
});

Deno.test("setEventLoop says which loop is meant outside of loops", async () => {
  const loop = newEventLoop();
  setEventLoop(loop);
  try {
    assert.equal(getEventLoop(), loop);
    const task = createTask(() => getRunningLoop());
    assert.equal(await loop.runUntilComplete(task), loop);
    await run(() => assert.notEqual(getEventLoop(), loop), { loopFactory: newEventLoop });
  } finally {
    loop.close();
  }
  assert.notEqual(getEventLoop(), loop, "a closed loop is nobody's");
  setEventLoop(null);
  assert.throws(() => setEventLoop({} as never), TypeError);
});

Deno.test("code outside of tasks does not wait for a loop that has stopped", async () => {
  const loop = new EventLoop();
  const future = loop.createFuture<string>();
  setTimeout(() => future.setResult("there"), 1);
  assert.equal(await future, "there");
  loop.close();
});

Deno.test("getRunningLoop throws where no loop runs the code", () => {
  assert.throws(() => getRunningLoop(), { name: "RuntimeError" });
  assert.equal(getEventLoop(), getEventLoop());
});

Deno.test("code of a closed loop goes on in the default loop", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  await run(() => {
    // A promise that nobody awaits outlives the task, and the loop.
    setTimeout(async () => {
      await sleep(1);
      const elsewhere = getEventLoop();
      resolve(elsewhere.isClosed() ? "closed" : "open");
    }, 3);
  });
  assert.equal(await promise, "open");
});

Deno.test("a task of a closed loop is reported, and may end in the default loop", async () => {
  const loop = new EventLoop();
  const reports: ExceptionContext[] = [];
  loop.setExceptionHandler((_loop, report) => reports.push(report));
  const future = getEventLoop().createFuture<string>();
  const task = loop.createTask(async () => await future);
  await loop.runUntilComplete(() => sleep(1));
  loop.close();
  assert.deepEqual(reports.map(({ message }) => message), [
    "Task was destroyed but it is pending!",
  ]);
  assert.equal(reports[0]!.task, task);
  future.setResult("ended");
  assert.equal(await task, "ended");
  loop.close();
  assert.equal(reports.length, 1);
});

Deno.test("a callback that throws does not stop the others", async () => {
  const seen: ExceptionContext[] = [];
  const log: string[] = [];
  await run(async () => {
    const loop = getRunningLoop();
    loop.setExceptionHandler((_loop, context) => seen.push(context));
    loop.callSoon(() => {
      throw new RangeError("oops");
    });
    loop.callSoon(() => log.push("next"));
    await sleep(1);
  });
  assert.deepEqual(log, ["next"]);
  assert.equal(seen.length, 1);
  assert.equal(seen[0]!.message, "Exception in callback anonymous");
  assert.ok(seen[0]!.exception instanceof RangeError);
});

Deno.test("an exception handler that throws is itself reported", async () => {
  const lines = await printed(() =>
    run(async () => {
      const loop = getRunningLoop();
      loop.setExceptionHandler(() => {
        throw new TypeError("the handler is broken");
      });
      loop.callSoon(() => {
        throw new RangeError("oops");
      });
      await sleep(1);
    })
  );
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /Unhandled error in exception handler.*the handler is broken/s);
});

Deno.test("without a handler, errors are printed", async () => {
  const lines = await printed(() =>
    run(async () => {
      assert.equal(getRunningLoop().getExceptionHandler(), null);
      getRunningLoop().callExceptionHandler({ message: "Look here", exception: new Error("oops") });
      await sleep(0);
    })
  );
  assert.match(lines[0]!, /Look here.*oops/s);
  assert.throws(
    () => new EventLoop().setExceptionHandler(1 as never),
    { name: "TypeError", message: /function or null/ },
  );
});

Deno.test("a task that does nothing but sleep(0) starves neither timers nor the network", async () => {
  const server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = server.addr as Deno.NetAddr;
  const echo = (async () => {
    using connection = await server.accept();
    await connection.readable.pipeTo(connection.writable);
  })();
  await run(async () => {
    const spinner = createTask(async () => {
      for (;;) await sleep(0);
    });
    await sleep(5);
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    for (let i = 0; i < 20; i++) {
      await connection.write(new Uint8Array([i]));
      const buffer = new Uint8Array(1);
      await connection.read(buffer);
      assert.equal(buffer[0], i);
    }
    connection.close();
    spinner.cancel();
  });
  await echo.catch(() => {});
  server.close();
});

Deno.test("debug mode names callbacks that take too long", async () => {
  const lines = await printed(() =>
    run(async () => {
      const loop = getRunningLoop();
      loop.slowCallbackDuration = 1;
      loop.callSoon(function sluggish() {
        const end = performance.now() + 3;
        while (performance.now() < end);
      });
      await sleep(1);
    }, { debug: true }), "warn");
  assert.match(lines.join("\n"), /sluggish.* took \d+ milliseconds/);
});

Deno.test("a task keeps its turn over awaits that do not wait, as in Python", async () => {
  await inNoTime(async () => {
    const log: string[] = [];
    const nothing = async (depth: number): Promise<void> => {
      if (depth > 0) await nothing(depth - 1);
    };
    const done = new Future<void>();
    done.setResult();
    const work = async (name: string) => {
      for (const moment of ["begins", "goes on", "ends"]) {
        log.push(`${name} ${moment}`);
        await nothing(5);
        await done;
        await done;
        log.push(`${name} is still at it`);
        await sleep(0);
      }
    };
    await gather(() => work("a"), () => work("b"));
    const turns = ["begins", "goes on", "ends"].flatMap((moment) =>
      ["a", "b"].flatMap((name) => [`${name} ${moment}`, `${name} is still at it`])
    );
    assert.deepEqual(log, turns);
  });
});

Deno.test("a task that waits for the runtime lets others have their turn", async () => {
  await inNoTime(async () => {
    const log: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const waits = createTask(async () => {
      await promise;
      log.push("over");
    });
    createTask(() => {
      log.push("another");
      resolve();
    });
    await waits;
    assert.deepEqual(log, ["another", "over"]);
  });
});
