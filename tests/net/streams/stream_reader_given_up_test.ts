import assert from "node:assert/strict";
import type { ByteStream } from "../../../net/byte_stream.ts";
import { memoryPair } from "../../../net/memory.ts";
import { StreamReader } from "../../../net/streams/stream_reader.ts";
import { CancelledError } from "../../../loop/exceptions.ts";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask, shield } from "../../../loop/tasks.ts";
import { interruptible } from "../../../loop/wait.ts";
import { timeout } from "../../../loop/timeouts.ts";
import { bytes, text } from "../cuts.ts";
import { overEachKind, runInNoTime } from "../pairs.ts";

const CALLS: Record<string, (reader: StreamReader, options?: object) => Promise<unknown>> = {
  read: async (reader, options) => text(await reader.read(20, options)),
  "read to the end": async (reader, options) => text(await reader.read(-1, options)),
  readline: async (reader, options) => text(await reader.readline(options)),
  readexactly: async (reader, options) => text(await reader.readexactly(7, options)),
  readuntil: async (reader, options) => text(await reader.readuntil(bytes("\n"), options)),
  readInto: async (reader, options) => {
    const buffer = new Uint8Array(20);
    const count = await reader.readInto(buffer, options);
    return text(buffer.subarray(0, count ?? 0));
  },
  nextLine: async (reader, options) => `${await reader.nextLine(options)}\n`,
  borrow: async (reader, options) => text((await reader.borrow(options))!),
};

for (const [name, call] of Object.entries(CALLS)) {
  overEachKind(`${name} loses no byte when a task is cancelled in it`, async (near, far) => {
    await run(async () => {
      const task = createTask(() => call(near.reader));
      await sleep(0);
      await sleep(0);
      task.cancel();
      await assert.rejects(task, CancelledError);
    });
    far.writer.write("a line\n");
    far.writer.writeEof();
    assert.equal(await call(near.reader), "a line\n");
  });

  overEachKind(`${name} loses no byte when its signal is aborted`, async (near, far) => {
    const abort = new AbortController();
    const reading = call(near.reader, { signal: abort.signal });
    const reason = new Error("changed my mind");
    abort.abort(reason);
    await assert.rejects(reading, reason);
    far.writer.write("a line\n");
    far.writer.writeEof();
    assert.equal(await call(near.reader), "a line\n");
  });

  overEachKind(`${name} loses no byte when the peer is silent for too long`, async (near, far) => {
    await assert.rejects(call(near.reader, { timeout: 2 }), {
      name: "TimeoutError",
      message: /was silent for 2 ms/,
    });
    far.writer.write("a line\n");
    far.writer.writeEof();
    assert.equal(await call(near.reader), "a line\n");
  });

  overEachKind(`${name} rejects when the connection is closed on our side`, async (near) => {
    const reading = call(near.reader);
    await sleep(0);
    near.close();
    await assert.rejects(reading, { name: "ConnectionAbortedError", code: "ECONNABORTED" });
    await assert.rejects(call(near.reader), { name: "ConnectionAbortedError" });
  });

  Deno.test(`${name} refuses a timeout that is none`, async () => {
    for (const timeout of [0, -1, NaN]) {
      const [near] = memoryPair();
      await assert.rejects(call(new StreamReader({ source: near }), { timeout }), RangeError);
    }
  });
}

Deno.test("readInto keeps bytes that land between the cancel and the task's next step", async () => {
  const landing = Promise.withResolvers<void>();
  const source = sourceOf(async (buffer) => {
    await landing.promise;
    buffer.set(bytes("late"));
    return 4;
  });
  const reader = new StreamReader({ source });
  await run(async () => {
    const task = createTask(() => reader.readInto(new Uint8Array(8)));
    await sleep(0);
    landing.resolve();
    // The bytes come by microtasks; the task is still waiting for its turn.
    for (let count = 0; count < 5; count++) await Promise.resolve();
    task.cancel();
    await assert.rejects(task, CancelledError);
  });
  assert.equal(text(await reader.read(4)), "late");
});

overEachKind(
  "readInto copies late bytes away, and the buffer is free after the next read",
  async (near, far) => {
    const lent = new Uint8Array(8);
    await assert.rejects(near.reader.readInto(lent, { timeout: 2 }), { name: "TimeoutError" });
    far.writer.write("12345678");
    assert.equal(text(await near.reader.readexactly(8)), "12345678");
    lent.fill(0);
    far.writer.write("abcdefgh");
    assert.equal(text(await near.reader.readexactly(8)), "abcdefgh");
    assert.deepEqual(lent, new Uint8Array(8));
  },
);

overEachKind("a timeout() around a read ends it in the middle of a piece", async (near, far) => {
  await run(async () => {
    far.writer.write("half");
    await assert.rejects(timeout(5, () => near.reader.readexactly(8)), { name: "TimeoutError" });
    far.writer.write("half");
    assert.equal(text(await near.reader.readexactly(8)), "halfhalf");
  });
});

Deno.test("the timeout counts silence, not the whole", async () => {
  await runInNoTime(async () => {
    const [near, far] = memoryPair();
    const reader = new StreamReader({ source: near });
    const reading = createTask(() => reader.readexactly(6, { timeout: 1000 }));
    for (const letter of "abcdef") {
      await sleep(900);
      await far.write(bytes(letter));
    }
    assert.equal(text(await reading), "abcdef");
    const waiting = createTask(() => reader.readexactly(2, { timeout: 1000 }));
    await sleep(900);
    await far.write(bytes("g"));
    await sleep(1001);
    await assert.rejects(waiting, { name: "TimeoutError" });
  });
});

Deno.test("a read that nobody awaited yet gets its bytes before a later one", async () => {
  const reader = new StreamReader();
  const first = reader.read(1);
  reader.feedData(bytes("ab"));
  assert.equal(text(await reader.read(1)), "b");
  assert.equal(text(await first), "a");
  assert.equal(text(await first), "a");
});

Deno.test("a read can be awaited by way of others: shield(), interruptible(), Promise.race()", async () => {
  await run(async () => {
    const reader = new StreamReader();
    for (
      const by of [
        (promise: Promise<Uint8Array>) => shield(promise),
        (promise: Promise<Uint8Array>) => interruptible(promise),
        (promise: Promise<Uint8Array>) => Promise.race([promise]),
        (promise: Promise<Uint8Array>) => promise.then((data) => data),
        (promise: Promise<Uint8Array>) => promise.finally(() => {}),
      ]
    ) {
      const reading = by(reader.read(10));
      reader.feedData(bytes("abc"));
      assert.equal(text(await reading), "abc");
    }
  });
});

Deno.test("a read that is cancelled when its bytes have come leaves them to the next", async () => {
  await run(async () => {
    for (const how of ["read", "readInto"] as const) {
      const [near, far] = memoryPair();
      const reader = new StreamReader({ source: far });
      const target = new Uint8Array(8);
      const task = createTask(async () => {
        await (how === "read" ? reader.read(8) : reader.readInto(target));
      });
      await sleep(0);
      await near.write(bytes("abc"));
      while (reader.isReading) await Promise.resolve();
      task.cancel();
      await assert.rejects(() => Promise.resolve(task), CancelledError);
      target.fill(0);
      assert.equal(text(await reader.read(8)), "abc", how);
      near.close();
      far.close();
    }
  });
});

Deno.test("a read with a signal that is aborted already reads nothing", async () => {
  const reader = new StreamReader();
  const signal = AbortSignal.abort(new Error("no"));
  await assert.rejects(reader.read(1, { signal }), /no/);
  await assert.rejects(reader.readInto(new Uint8Array(1), { signal }), /no/);
  await assert.rejects(reader.readline({ signal }), /no/);
});

Deno.test("a read that several wait for gives all of them the same", async () => {
  await run(async () => {
    const reader = new StreamReader();
    const reading = reader.read(10);
    const shielded = shield(reading);
    const task = createTask(async () => text(await reading));
    await sleep(0);
    reader.feedData(bytes("abc"));
    assert.equal(text(await shielded), "abc");
    assert.equal(await task, "abc");

    const other = reader.read(10);
    const cancelled = createTask(async () => text(await other));
    await sleep(0);
    reader.feedData(bytes("def"));
    const late = interruptible(other);
    cancelled.cancel();
    assert.equal(text(await late), "def");
    await assert.rejects(() => Promise.resolve(cancelled), CancelledError);
  });
});

/** A stream that only reads. */
function sourceOf(read: ByteStream["read"]): ByteStream {
  const [stream] = memoryPair();
  return Object.assign(stream, { read });
}
