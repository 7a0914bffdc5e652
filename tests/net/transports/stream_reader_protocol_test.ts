import assert from "node:assert/strict";
import type { ExceptionContext } from "../../../loop/event_loop.ts";
import { getEventLoop } from "../../../loop/events.ts";
import { NotImplementedError } from "../../../loop/exceptions.ts";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { currentTask } from "../../../loop/tasks.ts";
import { Connection } from "../../../net/streams/connection.ts";
import { connectProtocol } from "../../../net/transports/create_connection.ts";
import { createServer } from "../../../net/servers/create_server.ts";
import { ConnectionResetError, OSError } from "../../../net/errors.ts";
import { memoryPair } from "../../../net/memory.ts";
import { openConnection } from "../../../net/streams/connect.ts";
import { StreamReader } from "../../../net/streams/stream_reader.ts";
import { StreamReaderProtocol } from "../../../net/transports/stream_reader_protocol.ts";
import { settle, Wire } from "../../conformance/transports/wire.ts";
import { text } from "../cuts.ts";

async function joined(wire = new Wire(), limit?: number) {
  const reader = new StreamReader({ limit });
  const made = await connectProtocol(() => new StreamReaderProtocol(reader), wire);
  await settle();
  return { wire, reader, writer: made.protocol.writer, transport: made.transport };
}

Deno.test("a StreamReaderProtocol reads and writes as streams do", async () => {
  const { wire, reader, writer, transport } = await joined();
  wire.arrive("one\r\ntwo");
  assert.equal(await reader.nextLine(), "one");
  wire.arrive(null);
  assert.equal(text(await reader.read()), "two");
  assert.equal(reader.atEof(), true);
  // The peer has ended its side, and we may still write.
  assert.equal(transport.isClosing(), false);
  writer.write("an answer");
  await writer.flush();
  await settle();
  assert.deepEqual(wire.sent, ["an answer"]);
  assert.equal(writer.transport, transport);
  assert.deepEqual(writer.getExtraInfo("peername"), wire.remoteAddress);
  writer.close();
  await writer.waitClosed();
  assert.equal(wire.closes, 1);
});

Deno.test("a StreamReaderProtocol pauses the transport above twice the limit", async () => {
  const { wire, reader, transport } = await joined(new Wire(), 10);
  wire.arrive("x".repeat(20));
  await settle();
  assert.equal(transport.isReading(), true);
  wire.arrive("y");
  await settle();
  assert.equal(transport.isReading(), false);
  wire.arrive("z".repeat(5));
  await settle();
  assert.equal(reader.buffered, 21);
  assert.equal(text(await reader.readexactly(21)), "x".repeat(20) + "y");
  assert.equal(text(await reader.readexactly(5)), "zzzzz");
  assert.equal(transport.isReading(), true);
  transport.abort();
  await settle();
});

Deno.test("the writer of a StreamReaderProtocol waits for its transport to drain", async () => {
  const { wire, writer, transport } = await joined();
  wire.takes = 0;
  transport.setWriteBufferLimits({ high: 10 });
  writer.write("more than ten bytes");
  await settle();
  await assert.rejects(writer.flush({ timeout: 5 }), { name: "TimeoutError" });
  wire.take(Infinity);
  await writer.flush();
  assert.deepEqual(wire.sent, ["more than ten bytes"]);
  writer.writeEof();
  await writer.flush();
  await settle();
  assert.equal(wire.ends, 1);
  transport.abort();
  await settle();
});

Deno.test("a StreamReaderProtocol tells both halves of a connection that broke", async () => {
  const { wire, reader, writer } = await joined();
  const error = new ConnectionResetError("reset");
  wire.arrive(error);
  await assert.rejects(reader.nextLine(), error);
  await assert.rejects(writer.drain(), error);
  await assert.rejects(writer.waitClosed(), error);
  assert.equal(writer.isClosing(), true);
  assert.equal(reader.exception(), error);
});

Deno.test("a StreamReaderProtocol that is aborted gives up what is not sent", async () => {
  const { wire, reader, writer, transport } = await joined();
  wire.takes = 0;
  transport.setWriteBufferLimits({ high: 0 });
  writer.write("never sent");
  await settle();
  writer.abort();
  await writer.waitClosed();
  assert.equal(await reader.nextLine(), null);
  await assert.rejects(writer.drain(), OSError);
  assert.deepEqual(wire.sent, []);
});

Deno.test("a StreamReaderProtocol serves by a callback, in a task of its own", async () => {
  await run(async () => {
    const reports: ExceptionContext[] = [];
    getEventLoop().setExceptionHandler((_loop, context) => reports.push(context));
    const tasks: unknown[] = [];
    await using server = await createServer(() =>
      new StreamReaderProtocol(new StreamReader(), async (reader, writer) => {
        tasks.push(currentTask());
        const line = await reader.nextLine();
        if (line === "break") throw new Error("handler broke");
        writer.write(`${line}\n`);
        await writer.drain();
      })
    );
    for (const word of ["hello", "break"]) {
      const client = await openConnection("127.0.0.1", server.port, { timeout: 5000 });
      client.writer.write(`${word}\n`);
      assert.equal(await client.reader.nextLine(), word === "hello" ? word : null);
      assert.equal(await client.reader.nextLine(), null);
      client.close();
    }
    assert.equal(new Set([...tasks, currentTask(), null]).size, 4);
    assert.deepEqual(reports.map(({ exception }) => (exception as Error).message), [
      "handler broke",
    ]);
  });
});

Deno.test("a callback of a StreamReaderProtocol that returns nothing leaves it open", async () => {
  let written = false;
  const wire = new Wire();
  const { transport } = await connectProtocol(
    () =>
      new StreamReaderProtocol(new StreamReader(), (_reader, writer) => {
        writer.write("hello");
        written = true;
      }),
    wire,
  );
  await settle();
  await sleep(1);
  assert.equal(written, true);
  assert.equal(transport.isClosing(), false);
  transport.abort();
  await settle();
});

Deno.test("before it is connected, a StreamReaderProtocol has no writer", () => {
  const protocol = new StreamReaderProtocol(new StreamReader());
  assert.throws(() => protocol.writer, { name: "RuntimeError" });
});

Deno.test("the transport of a stream tells and sets what is buffered", async () => {
  const [near, far] = memoryPair({ capacity: 100 });
  const { writer, reader } = new Connection(near);
  const { transport } = writer;
  assert.equal(writer.transport, transport);
  assert.deepEqual(transport.getWriteBufferLimits(), { high: 65_536, low: 16_384 });
  transport.setWriteBufferLimits({ high: 400 });
  assert.deepEqual(transport.getWriteBufferLimits(), { high: 400, low: 100 });
  writer.write("x".repeat(600));
  await settle();
  assert.equal(transport.getWriteBufferSize(), 500);
  await assert.rejects(writer.drain({ timeout: 5 }), { name: "TimeoutError" });
  const buffer = new Uint8Array(1000);
  for (let count = 0; count < 400;) count += await far.read(buffer) ?? 0;
  await writer.drain();

  assert.equal(transport.canWriteEof(), true);
  assert.deepEqual(transport.getExtraInfo("peername"), near.remoteAddress);
  assert.equal(transport.getExtraInfo("socket", "none"), "none");
  assert.throws(() => transport.getProtocol(), NotImplementedError);
  assert.throws(() => transport.setProtocol(transport.getProtocol()), NotImplementedError);
  transport.writelines(["a", "b"]);
  transport.writeEof();
  assert.throws(() => writer.write("after the end"), { name: "RuntimeError" });
  assert.equal(transport.isClosing(), false);
  transport.abort();
  assert.equal(transport.isClosing(), true);
  assert.equal(transport.getWriteBufferSize(), 0);
  await writer.waitClosed();
  await assert.rejects(reader.read(1));
  transport.close();
  far.close();
});
