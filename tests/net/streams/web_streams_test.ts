import assert from "node:assert/strict";
import { CancelledError } from "../../../loop/exceptions.ts";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { Connection } from "../../../net/streams/connection.ts";
import { ConnectionResetError } from "../../../net/errors.ts";
import { memoryPair } from "../../../net/memory.ts";
import { StreamReader } from "../../../net/streams/stream_reader.ts";
import { StreamWriter } from "../../../net/streams/stream_writer.ts";
import { bytes, text } from "../cuts.ts";
import { overEachKind } from "../pairs.ts";

overEachKind("readable gives what comes, until the end", async (near, far) => {
  near.writer.write("one");
  near.writer.writeEof();
  assert.equal(await new Response(far.readable).text(), "one");
});

overEachKind(
  "readable is a stream of bytes: it reads into memory of the caller's",
  async (near, far) => {
    const reader = far.readable.getReader({ mode: "byob" });
    near.writer.write("hello");
    const first = await reader.read(new Uint8Array(3));
    assert.equal(text(first.value!), "hel");
    const second = await reader.read(new Uint8Array(3));
    assert.equal(text(second.value!), "lo");
    near.writer.writeEof();
    const last = await reader.read(new Uint8Array(3));
    assert.equal(last.done, true);
    assert.equal(last.value?.length, 0);
  },
);

overEachKind(
  "a piped connection echoes, and closes when both directions ended",
  async (near, far) => {
    const piping = far.readable.pipeTo(far.writable);
    const message = new Uint8Array(300_000).map((_, index) => index * 7);
    near.writer.write(message);
    near.writer.writeEof();
    assert.deepEqual(await near.reader.read(), message);
    await piping;
    assert.equal(far.closed, true);
  },
);

Deno.test("what readable hands out is not part of memory that the reader still uses", async () => {
  const [near, far] = memoryPair();
  const writer = new StreamWriter(near);
  const reader = new StreamReader({ source: far });
  writer.write("one\ntwo\n");
  assert.equal(text(await reader.readline()), "one\n");
  const web = reader.readable.getReader();
  const { value } = await web.read();
  assert.equal(text(value!), "two\n");
  web.releaseLock();
  structuredClone(value!.buffer, { transfer: [value!.buffer] });
  writer.write("three\n");
  assert.equal(text(await reader.readline()), "three\n");
  writer.abort();
  far.close();
});

Deno.test("readable reads nothing before somebody asks, and no more than is asked for", async () => {
  const [near, far] = memoryPair();
  let reads = 0;
  const read = far.read.bind(far);
  far.read = (buffer) => {
    reads++;
    return read(buffer);
  };
  const connection = new Connection(far);
  const web = connection.readable.getReader();
  await near.write(bytes("a"));
  await sleep(1);
  assert.equal(reads, 0);
  await web.read();
  await near.write(bytes("b"));
  await sleep(1);
  assert.equal(reads, 1);
  connection.close();
  near.close();
});

overEachKind("to cancel readable closes the connection", async (near, far) => {
  await far.readable.cancel();
  assert.equal(far.closed, true);
  assert.equal((await near.reader.read()).length, 0);
});

Deno.test("to cancel the readable of a reader alone makes its reads fail", async () => {
  const reader = new StreamReader();
  await reader.readable.cancel();
  await assert.rejects(reader.read(1), /was cancelled/);
});

Deno.test("an error passes through readable", async () => {
  const reader = new StreamReader();
  const error = new ConnectionResetError("gone");
  const reading = reader.readable.getReader().read();
  reader.setException(error);
  await assert.rejects(reading, error);
});

Deno.test("a task that is cancelled while it reads from readable gets the cancellation", async () => {
  await run(async () => {
    const reader = new StreamReader();
    const task = createTask(async () => {
      for await (const _ of reader.readable);
    });
    await sleep(0);
    task.cancel();
    await assert.rejects(() => Promise.resolve(task), CancelledError);
  });
});

Deno.test("a write to writable waits until the peer takes it", async () => {
  const [near, far] = memoryPair();
  const writer = new StreamWriter(near, { highWaterMark: 10 });
  const web = writer.writable.getWriter();
  let written = false;
  const writing = web.write(new Uint8Array(1_000_000)).then(() => written = true);
  await sleep(2);
  assert.equal(written, false);
  const reader = new StreamReader({ source: far });
  assert.equal((await reader.readexactly(1_000_000)).length, 1_000_000);
  await writing;
  await web.write("wörd");
  await web.close();
  assert.equal(text(await reader.read()), "wörd");
  far.close();
  near.close();
});

Deno.test("to abort writable closes the connection at once", async () => {
  const [near, far] = memoryPair();
  const connection = new Connection(near);
  await connection.writable.abort(new Error("enough"));
  assert.equal(connection.closed, true);
  far.close();
});

Deno.test("a failure to send fails the write to writable", async () => {
  const [near, far] = memoryPair();
  const error = new ConnectionResetError("gone");
  near.write = () => Promise.reject(error);
  const connection = new Connection(near);
  await assert.rejects(connection.writable.getWriter().write(new Uint8Array(100_000)), error);
  connection.close();
  far.close();
});

Deno.test("a connection has one readable and one writable", () => {
  const [near, far] = memoryPair();
  const connection = new Connection(near);
  assert.equal(connection.readable, connection.readable);
  assert.equal(connection.writable, connection.writable);
  connection.close();
  far.close();
});
