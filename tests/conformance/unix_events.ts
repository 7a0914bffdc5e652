/**
 * CPython's `test_unix_events`: the transports of pipes. The rest of it is about the insides of a
 * selector, about child watchers, or stands with the servers.
 *
 * @module
 */

import assert from "node:assert/strict";
import { BrokenPipeError, OSError } from "../../net/errors.ts";
import { FileStream } from "../../net/files/file_stream.ts";
import { PipeTransport } from "../../net/files/pipe_transport.ts";
import { Suite } from "./behaviour.ts";
import { Noting, settle } from "./transports/wire.ts";

/** The behaviours of the transports of pipes. */
export const unixEvents = new Suite("test_unix_events");

const READ = "UnixReadPipeTransportTests";
const WRITE = "UnixWritePipeTransportTests";
const MOCK = "the pipe is a mock of ours; it is read in the background, and never blocks";
const MOCK_WRITE = "the pipe is a mock of ours; it is written to in the background";

/** A pipe to be read, in the hand of a test. */
class Source {
  closes = 0;
  reads = 0;
  #waiting: { buffer: Uint8Array; read: PromiseWithResolvers<number | null> } | null = null;

  read(buffer: Uint8Array): Promise<number | null> {
    this.reads++;
    const read = Promise.withResolvers<number | null>();
    this.#waiting = { buffer, read };
    return read.promise;
  }

  close(): void {
    this.closes++;
  }

  /** Has the read that waits bring text, the end, or a failure. */
  bring(what: string | Error | null): void {
    const { buffer, read } = this.#waiting!;
    this.#waiting = null;
    if (what instanceof Error) return read.reject(what);
    if (what === null) return read.resolve(null);
    read.resolve(new TextEncoder().encodeInto(what, buffer).written);
  }
}

/** A pipe to be written to, in the hand of a test. */
class Sink {
  readonly written: string[] = [];
  closes = 0;
  takes = Infinity;
  failure: Error | null = null;
  #waiting: (() => void) | null = null;

  async write(data: Uint8Array): Promise<number> {
    if (this.takes === 0) await new Promise<void>((resolve) => this.#waiting = resolve);
    if (this.failure !== null) throw this.failure;
    const count = Math.min(this.takes, data.length);
    this.written.push(new TextDecoder().decode(data.subarray(0, count)));
    return count;
  }

  close(): void {
    this.closes++;
  }

  /** Has writes take so many bytes from now on, also the one that waits. */
  take(most: number): void {
    this.takes = most;
    this.#waiting?.();
  }
}

async function readPipe() {
  const source = new Source();
  const protocol = new Noting();
  const transport = new PipeTransport(new FileStream(source, "a pipe"), protocol, source);
  await settle();
  return { source, protocol, transport };
}

async function writePipe() {
  const sink = new Sink();
  const protocol = new Noting();
  const transport = new PipeTransport(new FileStream(sink, "a pipe"), protocol, sink);
  await settle();
  return { sink, protocol, transport };
}

/** A failure as the system's, and as Deno gives it. */
function failure(): Error {
  return Object.assign(new Error("Input/output error (os error 5)"), { code: "EIO" });
}

unixEvents.adapted(`${READ}.test_ctor`, MOCK, ({ run }) =>
  run(async () => {
    const { source, protocol, transport } = await readPipe();
    assert.deepEqual(protocol.told, ["connectionMade"]);
    assert.equal(protocol.transport, transport);
    assert.equal(source.reads, 1);
    transport.abort();
  }));

unixEvents.adapted(`${READ}.test__read_ready`, MOCK, ({ run }) =>
  run(async () => {
    const { source, protocol, transport } = await readPipe();
    source.bring("data");
    await settle();
    assert.deepEqual(protocol.told, ["connectionMade", "data"]);
    transport.abort();
  }));

unixEvents.adapted(`${READ}.test__read_ready_eof`, MOCK, ({ run }) =>
  run(async () => {
    const { source, protocol } = await readPipe();
    source.bring(null);
    await settle();
    assert.deepEqual(protocol.told, ["connectionMade", "eofReceived", "connectionLost"]);
    assert.equal(protocol.lostTo, null);
    assert.equal(source.reads, 1);
  }));

unixEvents.differs(
  `${READ}.test__read_ready_error`,
  "a pipe that breaks is no mistake of the program: the protocol is told, and nothing is reported",
  ({ run }) =>
    run(async (loop) => {
      const reports: unknown[] = [];
      loop.setExceptionHandler((_loop, context) => reports.push(context));
      const { source, protocol } = await readPipe();
      source.bring(failure());
      await settle();
      assert.deepEqual(protocol.told, ["connectionMade", "connectionLost"]);
      assert.ok(protocol.lostTo instanceof OSError && protocol.lostTo.code === "EIO");
      assert.deepEqual(reports, []);
      assert.equal(source.closes, 1);
    }),
);

unixEvents.adapted(`${READ}.test_pause_reading`, MOCK, ({ run }) =>
  run(async () => {
    const { source, protocol, transport } = await readPipe();
    transport.pauseReading();
    assert.equal(transport.isReading(), false);
    // The read that was under way is the last.
    source.bring("data");
    await settle();
    assert.equal(source.reads, 1);
    assert.deepEqual(protocol.told, ["connectionMade"]);
    transport.abort();
  }));

unixEvents.adapted(`${READ}.test_resume_reading`, MOCK, ({ run }) =>
  run(async () => {
    const { source, protocol, transport } = await readPipe();
    transport.pauseReading();
    source.bring("data");
    await settle();
    transport.resumeReading();
    await settle();
    assert.deepEqual(protocol.told, ["connectionMade", "data"]);
    assert.equal(source.reads, 2);
    transport.abort();
  }));

for (const name of ["test_close", "test__close", "test__call_connection_lost"]) {
  unixEvents.adapted(`${READ}.${name}`, MOCK, ({ run }) =>
    run(async () => {
      const { source, protocol, transport } = await readPipe();
      transport.close();
      assert.equal(transport.isClosing(), true);
      await settle();
      assert.deepEqual(protocol.told, ["connectionMade", "connectionLost"]);
      assert.equal(protocol.lostTo, null);
      assert.equal(source.closes, 1);
    }));
}

unixEvents.adapted(`${READ}.test_close_already_closing`, MOCK, ({ run }) =>
  run(async () => {
    const { source, protocol, transport } = await readPipe();
    transport.close();
    transport.close();
    await settle();
    transport.close();
    await settle();
    assert.deepEqual(protocol.told, ["connectionMade", "connectionLost"]);
    assert.equal(source.closes, 1);
  }));

for (
  const [name, closed, paused] of [
    ["test_pause_reading_on_closed_pipe", true, false],
    ["test_pause_reading_on_paused_pipe", false, true],
    ["test_resume_reading_on_closed_pipe", true, false],
    ["test_resume_reading_on_paused_pipe", false, false],
  ] as const
) {
  unixEvents.adapted(`${READ}.${name}`, MOCK, ({ run }) =>
    run(async () => {
      const { source, transport } = await readPipe();
      if (closed) transport.close();
      if (paused) transport.pauseReading();
      await settle();
      if (name.includes("pause_reading")) transport.pauseReading();
      else transport.resumeReading();
      await settle();
      assert.equal(source.reads, 1);
      transport.abort();
    }));
}

unixEvents.adapted(`${WRITE}.test_ctor`, MOCK_WRITE, ({ run }) =>
  run(async () => {
    const { protocol, transport } = await writePipe();
    assert.deepEqual(protocol.told, ["connectionMade"]);
    assert.equal(protocol.transport, transport);
    transport.abort();
  }));

unixEvents.adapted(`${WRITE}.test_can_write_eof`, MOCK_WRITE, ({ run }) =>
  run(async () => {
    const { transport } = await writePipe();
    assert.equal(transport.canWriteEof(), true);
    transport.abort();
  }));

unixEvents.adapted(`${WRITE}.test_write`, MOCK_WRITE, ({ run }) =>
  run(async () => {
    const { sink, transport } = await writePipe();
    transport.write("data");
    await settle();
    assert.deepEqual(sink.written, ["data"]);
    assert.equal(transport.getWriteBufferSize(), 0);
    transport.abort();
  }));

unixEvents.adapted(`${WRITE}.test_write_no_data`, MOCK_WRITE, ({ run }) =>
  run(async () => {
    const { sink, transport } = await writePipe();
    transport.write("");
    await settle();
    assert.deepEqual(sink.written, []);
    transport.abort();
  }));

for (const name of ["test_write_partial", "test__write_ready_partial"]) {
  unixEvents.adapted(`${WRITE}.${name}`, MOCK_WRITE, ({ run }) =>
    run(async () => {
      const { sink, transport } = await writePipe();
      sink.takes = 3;
      transport.write("data");
      await settle();
      assert.deepEqual(sink.written, ["dat", "a"]);
      transport.abort();
    }));
}

for (const name of ["test_write_buffer", "test_write_again", "test__write_ready"]) {
  unixEvents.adapted(`${WRITE}.${name}`, MOCK_WRITE, ({ run }) =>
    run(async () => {
      const { sink, transport } = await writePipe();
      sink.takes = 0;
      transport.write("previous");
      await settle();
      transport.write("data");
      assert.deepEqual(sink.written, []);
      assert.equal(transport.getWriteBufferSize(), 12);
      sink.take(100);
      await settle();
      assert.equal(sink.written.join(""), "previousdata");
      assert.equal(transport.getWriteBufferSize(), 0);
      transport.abort();
    }));
}

for (const name of ["test_write_err", "test__write_ready_err"]) {
  unixEvents.adapted(
    `${WRITE}.${name}`,
    `${MOCK_WRITE}; there is no log to warn in`,
    ({ run }) =>
      run(async () => {
        const { sink, protocol, transport } = await writePipe();
        sink.failure = new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
        transport.write("data");
        await settle();
        assert.equal(transport.isClosing(), true);
        assert.equal(transport.getWriteBufferSize(), 0);
        assert.ok(protocol.lostTo instanceof BrokenPipeError);
        transport.write("data");
        await settle();
        assert.deepEqual(protocol.told, ["connectionMade", "connectionLost"]);
        assert.equal(sink.closes, 1);
      }),
  );
}

unixEvents.adapted(`${WRITE}.test__write_ready_closing`, MOCK_WRITE, ({ run }) =>
  run(async () => {
    const { sink, protocol, transport } = await writePipe();
    sink.takes = 0;
    transport.write("data");
    await settle();
    transport.close();
    assert.equal(sink.closes, 0);
    sink.take(100);
    await settle();
    assert.deepEqual(sink.written, ["data"]);
    assert.equal(sink.closes, 1);
    assert.deepEqual(protocol.told, ["connectionMade", "connectionLost"]);
    assert.equal(protocol.lostTo, null);
  }));

unixEvents.adapted(`${WRITE}.test_abort`, MOCK_WRITE, ({ run }) =>
  run(async () => {
    const { sink, protocol, transport } = await writePipe();
    transport.write("data");
    transport.abort();
    assert.equal(transport.isClosing(), true);
    assert.equal(transport.getWriteBufferSize(), 0);
    await settle();
    assert.deepEqual(sink.written, []);
    assert.deepEqual(protocol.told, ["connectionMade", "connectionLost"]);
    assert.equal(protocol.lostTo, null);
    assert.equal(sink.closes, 1);
  }));

for (const name of ["test_close", "test_close_closing", "test_write_eof"]) {
  unixEvents.adapted(`${WRITE}.${name}`, MOCK_WRITE, ({ run }) =>
    run(async () => {
      const { sink, protocol, transport } = await writePipe();
      if (name === "test_write_eof") transport.writeEof();
      else transport.close();
      assert.equal(transport.isClosing(), true);
      transport.close();
      await settle();
      assert.deepEqual(protocol.told, ["connectionMade", "connectionLost"]);
      assert.equal(protocol.lostTo, null);
      assert.equal(sink.closes, 1);
    }));
}

unixEvents.adapted(`${WRITE}.test_write_eof_pending`, MOCK_WRITE, ({ run }) =>
  run(async () => {
    const { sink, protocol, transport } = await writePipe();
    sink.takes = 0;
    transport.write("data");
    transport.writeEof();
    assert.equal(transport.isClosing(), true);
    await settle();
    assert.deepEqual(protocol.told, ["connectionMade"]);
    sink.take(100);
    await settle();
    assert.deepEqual(protocol.told, ["connectionMade", "connectionLost"]);
  }));
