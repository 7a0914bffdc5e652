/**
 * The tests of aiotest, by which asyncio and its replacements were compared
 * before CPython's tests could be run against any loop.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { EventLoop } from "../../loop/event_loop.ts";
import { NotImplementedError, RuntimeError } from "../../loop/exceptions.ts";
import { Future } from "../../loop/futures.ts";
import { jobs } from "../../loop/executors/jobs.ts";
import { RemoteLoop } from "../../loop/executors/remote_loop.ts";
import { sleep } from "../../loop/sleep.ts";
import { WorkerPoolExecutor } from "../../loop/executors/worker_pool.ts";
import { openConnection } from "../../net/streams/connect.ts";
import { rejection } from "../rejection.ts";
import { Suite } from "./behaviour.ts";
import * as own from "./threads/work.ts";

export const aiotest = new Suite("aiotest");

/** Why a job is no function. */
const BY_NAME = "A function cannot cross threads: it goes by its module and name";
/** Why nothing tells when a descriptor is ready. */
const NO_READINESS = "The runtime tells nobody when a descriptor is ready: streams wait instead";

const work = jobs<typeof own>(import.meta.resolve("./threads/work.ts"));

aiotest.held("CallbackTests.test_call_soon", async ({ newLoop }) => {
  const loop = newLoop();
  const result: string[] = [];
  loop.callSoon((loop: EventLoop) => {
    result.push("Hello World");
    loop.stop();
  }, loop);
  await loop.runForever();
  assert.deepEqual(result, ["Hello World"]);
});

aiotest.held("CallbackTests.test_call_soon_control", async ({ newLoop }) => {
  const loop = newLoop();
  const result: string[] = [];
  function append(value: string) {
    result.push(value);
    loop.stop();
  }
  loop.callSoon(() => {
    loop.callSoon(append, "yes");
    result.push(`[${result}]`);
  });
  await loop.runForever();
  assert.deepEqual(result, ["[]", "yes"]);
});

aiotest.held("CallbackTests.test_soon_stop_soon", async ({ newLoop }) => {
  const loop = newLoop();
  const result: string[] = [];
  loop.callSoon(() => result.push("Hello"));
  loop.stop();
  loop.callSoon(() => {
    result.push("World");
    loop.stop();
  });
  await loop.runForever();
  assert.deepEqual(result, ["Hello", "World"]);
});

aiotest.held("CallbackTests.test_close", async ({ newLoop }) => {
  const loop = newLoop();
  loop.close();
  const func = () => false;
  await rejection(loop.runUntilComplete(new Future({ loop })), RuntimeError);
  await rejection(loop.runForever(), RuntimeError);
  const job = { module: "file:///work.ts", name: "work" };
  for (
    const schedule of [
      () => loop.callSoon(func),
      () => loop.callSoonThreadsafe(func),
      () => loop.callLater(1000, func),
      () => loop.callAt(loop.time(), func),
      () => loop.runInExecutor(null, job),
      () => loop.createTask(func),
      () => loop.addSignalHandler("SIGTERM", func),
    ]
  ) {
    assert.throws(schedule, { name: "RuntimeError", message: "Event loop is closed" });
  }
});

async function helloWorld(result: string[]): Promise<string> {
  result.push("Hello");
  await sleep(1);
  result.push("World");
  return ".";
}

aiotest.held("CoroutineTests.test_hello_world", async ({ newLoop }) => {
  const result: string[] = [];
  await newLoop().runUntilComplete(() => helloWorld(result));
  assert.deepEqual(result, ["Hello", "World"]);
});

aiotest.held("CoroutineTests.test_waiter", async ({ newLoop }) => {
  const loop = newLoop();
  const result: string[] = [];
  await loop.runUntilComplete(async () => {
    const future = new Future<string>({ loop });
    loop.callSoon((value: string) => future.setResult(value), "Future");
    result.push(await future);
    result.push(await helloWorld(result));
  });
  assert.deepEqual(result, ["Future", "Hello", "World", "."]);
});

aiotest.held("TimerTests.test_display_date", async ({ newLoop }) => {
  const loop = newLoop();
  const delay = 20;
  const count = 3;
  const result: number[] = [];
  const end = loop.time() + delay * count;
  function display() {
    result.push(Date.now());
    if (loop.time() + delay < end) loop.callLater(delay, display);
    else loop.stop();
  }
  loop.callSoon(display);
  await loop.runForever();
  assert.equal(result.length, count);
});

aiotest.held("TimerTests.test_later_stop_later", async ({ newLoop }) => {
  const loop = newLoop();
  const result: string[] = [];
  loop.callLater(1, () => result.push("Hello"));
  loop.callLater(25, () => loop.stop());
  loop.callLater(50, () => {
    result.push("World");
    loop.stop();
  });
  await loop.runForever();
  await pause(60);
  assert.deepEqual(result, ["Hello"]);
  await loop.runForever();
  assert.deepEqual(result, ["Hello", "World"]);
});

aiotest.adapted("ThreadTests.test_ident", BY_NAME, async ({ newLoop }) => {
  const loop = newLoop();
  const [, ident] = await loop.runUntilComplete(loop.runInExecutor(null, work.here));
  assert.equal(typeof ident, "string");
  assert.notEqual(ident, own.ident);
});

aiotest.adapted("ThreadTests.test_run_twice", BY_NAME, async ({ newLoop }) => {
  const loop = newLoop();
  const calls = new Int32Array(new SharedArrayBuffer(4));
  await loop.runUntilComplete(loop.runInExecutor(null, work.count, calls));
  assert.equal(calls[0], 1);
  await loop.runUntilComplete(loop.runInExecutor(null, work.count, calls));
  assert.equal(calls[0], 2);
});

aiotest.adapted(
  "ThreadTests.test_policy",
  `${BY_NAME}. No loop runs it; the default loop of its thread is another one`,
  async ({ newLoop }) => {
    const loop = newLoop();
    const running = await loop.runUntilComplete(loop.runInExecutor(null, work.runningLoop));
    assert.equal(running, "RuntimeError");
  },
);

aiotest.adapted(
  "ThreadTests.test_run_in_thread",
  "The loop of another thread is reached by the names that it shares, over a port",
  async () => {
    await using pool = new WorkerPoolExecutor();
    const { port, told } = listening<MessagePort>();
    const thread = pool.submit({ transfer: [port] }, work.runLoop, port);
    using loop = new RemoteLoop(await told);
    loop.callSoonThreadsafe("func");
    const { result, ident } = await thread;
    assert.deepEqual(result, [ident]);
    assert.notEqual(ident, own.ident);
  },
);

aiotest.adapted(
  "NetworkTests.test_tcp_hello",
  "A stream takes the place of transport and protocol",
  async ({ run }) => {
    await using pool = new WorkerPoolExecutor();
    const { port, told } = listening<number>();
    const thread = pool.submit({ transfer: [port] }, work.echoOnce, port);
    const message = new TextEncoder().encode("Hello World!");
    const received = await run(async () => {
      // Where time passes only when nothing else happens, a limit would come too early.
      const limits = { timeout: Infinity, connectTimeout: Infinity };
      await using connection = await openConnection("127.0.0.1", await told, limits);
      connection.writer.write(message);
      const received = await connection.reader.read(-1);
      return received;
    });
    assert.deepEqual(received, message);
    await thread;
  },
);

for (const name of ["test_add_reader", "test_add_reader_replace"]) {
  aiotest.differs(`AddReaderTests.${name}`, NO_READINESS, ({ newLoop }) => {
    const loop = newLoop();
    assert.throws(() => loop.addReader(0, () => {}), NotImplementedError);
    assert.throws(() => loop.removeReader(0), NotImplementedError);
  });
}

aiotest.differs("AddReaderTests.test_add_writer_replace", NO_READINESS, ({ newLoop }) => {
  const loop = newLoop();
  assert.throws(() => loop.addWriter(1, () => {}), NotImplementedError);
  assert.throws(() => loop.removeWriter(1), NotImplementedError);
});

/** A port for a thread, and the first thing that it will tell over it. */
function listening<Told>(): { port: MessagePort; told: Promise<Told> } {
  const { port1, port2 } = new MessageChannel();
  const told = new Promise<Told>((resolve) => {
    port1.onmessage = ({ data }) => {
      port1.close();
      resolve(data);
    };
  });
  return { port: port2, told };
}

/** Lets time pass outside of loops. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
