import assert from "node:assert/strict";
import type { ExceptionContext } from "../../loop/base_event_loop.ts";
import { EventLoop, getEventLoop, getRunningLoop } from "../../loop/event_loop.ts";
import { Future } from "../../loop/futures.ts";
import { gather } from "../../loop/gather.ts";
import { run } from "../../loop/runners.ts";
import { sleep } from "../../loop/sleep.ts";
import { createTask, currentTask } from "../../loop/tasks.ts";
import { inNoTime } from "./in_no_time.ts";

Deno.test("callSoon never runs a callback inline", async () => {
  const loop = new EventLoop();
  const log: string[] = [];
  const done = Promise.withResolvers<void>();
  loop.callSoon(() => {
    log.push("callback");
    done.resolve();
  });
  log.push("caller");
  await done.promise;
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

Deno.test("closing a loop from one of its own callbacks stops the rest", async () => {
  const loop = new EventLoop();
  const log: string[] = [];
  loop.callSoon(() => {
    log.push("first");
    loop.close();
  });
  loop.callSoon(() => log.push("second"));
  await new Promise((resolve) => setTimeout(resolve, 2));
  assert.deepEqual(log, ["first"]);
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

Deno.test("a task of a closed loop ends in the default loop", async () => {
  const loop = new EventLoop();
  const begun = Promise.withResolvers<void>();
  const future = getEventLoop().createFuture<string>();
  const task = loop.createTask(async () => {
    begun.resolve();
    return await future;
  });
  await begun.promise;
  await sleep(1);
  loop.close();
  future.setResult("ended");
  assert.equal(await task, "ended");
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
  assert.equal(seen[0]!.message, "Exception in callback");
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

async function printed(body: () => Promise<unknown>, kind: "error" | "warn" = "error") {
  const lines: string[] = [];
  const { console: output } = globalThis;
  const original = output[kind];
  output[kind] = (...parts: unknown[]) =>
    lines.push(parts.map((part) => Deno.inspect(part)).join(" "));
  try {
    await body();
  } finally {
    output[kind] = original;
  }
  return lines;
}

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
