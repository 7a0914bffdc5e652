import assert from "node:assert/strict";
import type { ByteStream } from "../../../net/byte_stream.ts";
import { IncompleteReadError, LimitOverrunError } from "../../../net/errors.ts";
import { memoryPair } from "../../../net/memory.ts";
import { StreamReader } from "../../../net/streams/stream_reader.ts";
import { CancelledError, RuntimeError } from "../../../loop/exceptions.ts";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { bytes, cuts, text } from "../cuts.ts";
import { overEachKind } from "../pairs.ts";

/** A reader fed by hand with all of these, and then the end. */
function fed(...pieces: string[]): StreamReader {
  const reader = new StreamReader();
  for (const piece of pieces) reader.feedData(bytes(piece));
  reader.feedEof();
  return reader;
}

// Behaviours of CPython's test_streams.py, by their names there.

Deno.test("test_feed_empty_data", () => {
  const reader = new StreamReader();
  reader.feedData(new Uint8Array(0));
  assert.equal(reader.buffered, 0);
});

Deno.test("test_read_zero", async () => {
  const reader = new StreamReader();
  reader.feedData(bytes("line1"));
  assert.equal((await reader.read(0)).length, 0);
  assert.equal(reader.buffered, 5);
});

Deno.test("test_read", async () => {
  const reader = new StreamReader();
  const reading = reader.read(30);
  reader.feedData(bytes("line1"));
  assert.equal(text(await reading), "line1");
});

Deno.test("test_read_line_breaks", async () => {
  const reader = fed("line1", "line2");
  assert.equal(text(await reader.read(5)), "line1");
  assert.equal(text(await reader.read(100)), "line2");
});

Deno.test("test_read_eof", async () => {
  const reader = new StreamReader();
  const reading = reader.read(1024);
  reader.feedEof();
  assert.equal((await reading).length, 0);
  assert.equal(reader.atEof(), true);
});

Deno.test("test_read_until_eof", async () => {
  const reader = new StreamReader();
  const reading = reader.read(-1);
  reader.feedData(bytes("chunk1\n"));
  await sleep(0);
  reader.feedData(bytes("chunk2"));
  reader.feedEof();
  assert.equal(text(await reading), "chunk1\nchunk2");
});

Deno.test("test_read_exception", async () => {
  const reader = new StreamReader();
  reader.feedData(bytes("line\n"));
  assert.equal(text(await reader.read(2)), "li");
  const error = new Error("told");
  reader.setException(error);
  assert.equal(reader.exception(), error);
  const calls = [
    () => reader.read(2),
    () => reader.readline(),
    () => reader.readexactly(1),
    () => reader.readuntil(),
    () => reader.readInto(new Uint8Array(4)),
    () => reader.nextLine(),
    () => reader.borrow(),
  ];
  for (const call of calls) await assert.rejects(call, error);
  assert.throws(() => reader.takeLine(), error);
});

Deno.test("test_exception_waiter", async () => {
  const reader = new StreamReader();
  const reading = assert.rejects(reader.readline(), /broken/);
  reader.setException(new Error("broken"));
  await reading;
});

Deno.test("test_exception_cancel", async () => {
  await run(async () => {
    const reader = new StreamReader();
    const task = createTask(() => reader.readline());
    await sleep(0);
    task.cancel();
    await sleep(0);
    reader.setException(new Error("nobody waits"));
    await assert.rejects(task, CancelledError);
  });
});

Deno.test("test_readline", async () => {
  const reader = new StreamReader();
  reader.feedData(bytes("chunk1 "));
  const reading = reader.readline();
  reader.feedData(bytes("chunk2 "));
  reader.feedData(bytes("chunk3 "));
  reader.feedData(bytes("\n chunk4"));
  assert.equal(text(await reading), "chunk1 chunk2 chunk3 \n");
  assert.equal(reader.buffered, 7);
});

Deno.test("test_readline_limit_with_existing_data", async () => {
  const reader = new StreamReader({ limit: 3 });
  reader.feedData(bytes("li"));
  reader.feedData(bytes("ne1\nline2\n"));
  await assert.rejects(reader.readline(), LimitOverrunError);
  assert.equal(text(await reader.read(6)), "line2\n", "the long line is dropped");

  const endless = new StreamReader({ limit: 3 });
  endless.feedData(bytes("line3 without end"));
  await assert.rejects(endless.readline(), LimitOverrunError);
  assert.equal(endless.buffered, 0);
});

Deno.test("test_at_eof", async () => {
  const reader = new StreamReader();
  assert.equal(reader.atEof(), false);
  reader.feedData(bytes("some data\n"));
  assert.equal(reader.atEof(), false);
  await reader.readline();
  assert.equal(reader.atEof(), false);
  reader.feedData(bytes("some data\n"));
  reader.feedEof();
  await reader.readline();
  assert.equal(reader.atEof(), true);
});

Deno.test("test_readline_eof, test_readline_empty_eof", async () => {
  const reader = fed("some data");
  assert.equal(text(await reader.readline()), "some data");
  assert.equal(text(await reader.readline()), "");
});

Deno.test("test_readuntil_separator", async () => {
  const reader = fed("x");
  await assert.rejects(reader.readuntil(new Uint8Array(0)), RangeError);
  await assert.rejects(reader.readuntil([bytes("a"), new Uint8Array(0)]), RangeError);
  await assert.rejects(reader.readuntil([]), RangeError);
});

Deno.test("test_readuntil_multi_chunks, test_readuntil_multi_chunks_1", async () => {
  for (const pieces of cuts(bytes("QWERTYUIOP!aaa!bbb!!!"))) {
    const reader = new StreamReader();
    const reading: string[] = [];
    const whole = (async () => {
      for (let count = 0; count < 2; count++) {
        reading.push(text(await reader.readuntil(bytes("!"))));
      }
      reading.push(text(await reader.readuntil(bytes("!!!"))));
    })();
    for (const piece of pieces) {
      reader.feedData(piece);
      await sleep(0);
    }
    await whole;
    assert.deepEqual(reading, ["QWERTYUIOP!", "aaa!", "bbb!!!"]);
  }
});

Deno.test("test_readuntil_eof", async () => {
  const reader = fed("some data");
  await assert.rejects(reader.readuntil(bytes("AAA")), (error) => {
    assert.ok(error instanceof IncompleteReadError);
    assert.equal(text(error.partial), "some data");
    assert.equal(error.expected, null);
    return true;
  });
  assert.equal(reader.buffered, 0);
});

Deno.test("test_readuntil_limit_found_sep", async () => {
  const reader = new StreamReader({ limit: 3 });
  reader.feedData(bytes("some dataAA"));
  await assert.rejects(reader.readuntil(bytes("AAA")), { consumed: 9 });
  assert.equal(reader.buffered, 11);
  reader.feedData(bytes("A"));
  await assert.rejects(reader.readuntil(bytes("AAA")), { consumed: 9 });
  assert.equal(text(await reader.readexactly(9)), "some data");
  assert.equal(text(await reader.readuntil(bytes("AAA"))), "AAA");
});

Deno.test("test_readexactly_zero_or_less", async () => {
  const reader = new StreamReader();
  reader.feedData(bytes("line1"));
  assert.equal((await reader.readexactly(0)).length, 0);
  await assert.rejects(reader.readexactly(-1), RangeError);
  await assert.rejects(reader.readexactly(NaN), RangeError);
  assert.equal(reader.buffered, 5);
});

Deno.test("test_readexactly", async () => {
  const reader = new StreamReader();
  const reading = reader.readexactly(15);
  for (let count = 0; count < 4; count++) {
    reader.feedData(bytes("line1"));
    await sleep(0);
  }
  assert.equal(text(await reading), "line1line1line1");
  assert.equal(reader.buffered, 5);
});

Deno.test("test_readexactly_eof", async () => {
  await assert.rejects(fed("line1").readexactly(10), (error) => {
    assert.ok(error instanceof IncompleteReadError);
    assert.equal(error.expected, 10);
    assert.equal(text(error.partial), "line1");
    assert.match(error.message, /5 of 10/);
    return true;
  });
});

Deno.test("StreamReader iterates over lines, as bytes", async () => {
  const lines: string[] = [];
  for await (const line of fed("line1\nli", "ne2\n\nend")) lines.push(text(line));
  assert.deepEqual(lines, ["line1\n", "line2\n", "\n", "end"]);
});

Deno.test("test_wait_for_data: a second call while one waits is a RuntimeError", async () => {
  const [near, far] = memoryPair();
  const reader = new StreamReader({ source: near });
  const first = reader.readline();
  const waiting = /called while another call is already waiting/;
  await assert.rejects(reader.read(1), waiting);
  await assert.rejects(reader.nextLine(), RuntimeError);
  await far.write(bytes("still here\n"));
  assert.equal(text(await first), "still here\n");
});

// What is ours.

overEachKind("nextLine ends at a clean end, and tells of one in the middle", async (near, far) => {
  far.writer.write("one\r\ntwo\nthr");
  far.writer.writeEof();
  assert.equal(await near.reader.nextLine(), "one");
  assert.equal(near.reader.takeLine(), "two");
  assert.equal(near.reader.takeLine(), undefined);
  await assert.rejects(near.reader.nextLine(), (error) => {
    assert.ok(error instanceof IncompleteReadError);
    assert.equal(text(error.partial), "thr");
    return true;
  });
  assert.equal(await near.reader.nextLine(), null);
});

Deno.test("nextLine gives the same lines however the peer cuts them", async () => {
  for (const pieces of cuts(bytes("220 ready\r\n\r\n250 ok\r\n"))) {
    const [near, far] = memoryPair();
    const reader = new StreamReader({ source: near });
    const lines: (string | null)[] = [];
    const reading = (async () => {
      do lines.push(await reader.nextLine()); while (lines.at(-1) !== null);
    })();
    for (const piece of pieces) {
      await far.write(piece);
      await sleep(0);
    }
    await far.closeWrite();
    await reading;
    assert.deepEqual(lines, ["220 ready", "", "250 ok", null]);
  }
});

overEachKind("readInto lands in the caller's buffer", async (near, far) => {
  const buffer = new Uint8Array(64);
  const reading = near.reader.readInto(buffer.subarray(10, 20));
  far.writer.write("0123456789abc");
  assert.equal(await reading, 10);
  assert.equal(text(buffer.subarray(8, 22)), "\0\x000123456789\0\0");
  assert.equal(await near.reader.readInto(buffer), 3);
  far.writer.writeEof();
  assert.equal(await near.reader.readInto(buffer), null);
  await assert.rejects(near.reader.readInto(new Uint8Array(0)), RangeError);
});

Deno.test("readInto gives the system the caller's own memory, and no copy of it", async () => {
  const given: Uint8Array[] = [];
  const source = sourceOf((buffer) => {
    given.push(buffer);
    return Promise.resolve(buffer.length);
  });
  const target = new Uint8Array(1000);
  assert.equal(await new StreamReader({ source }).readInto(target), 1000);
  assert.equal(given[0], target);
});

overEachKind("borrow shows what is buffered, consume takes it", async (near, far) => {
  far.writer.write("abcdef");
  const view = await near.reader.borrow();
  assert.equal(text(view!.subarray(0, 6)), "abcdef");
  near.reader.consume(4);
  assert.equal(text((await near.reader.borrow())!), "ef");
  near.reader.consume(2);
  far.writer.writeEof();
  assert.equal(await near.reader.borrow(), null);
  assert.throws(() => near.reader.consume(1), RangeError);
});

overEachKind("chunks of read() belong to whoever gets them", async (near, far) => {
  const chunks: [Uint8Array, string][] = [];
  for (let round = 0; round < 300; round++) {
    far.writer.write(`${round},`.repeat(40));
    const chunk = await near.reader.read(round + 1);
    chunks.push([chunk, text(chunk)]);
  }
  for (const [chunk, words] of chunks) assert.equal(text(chunk), words);
});

Deno.test("readexactly takes no memory for bytes that a peer only announces", async () => {
  const rooms: number[] = [];
  const source = sourceOf((buffer) => {
    rooms.push(buffer.buffer.byteLength);
    return Promise.resolve(null);
  });
  await assert.rejects(
    new StreamReader({ source }).readexactly(2 ** 40),
    IncompleteReadError,
  );
  assert.ok(rooms[0]! <= 2_097_152, `${rooms[0]} bytes were taken`);
});

Deno.test("reads grow while the peer fills them", async () => {
  const rooms: number[] = [];
  const source = sourceOf((buffer) => {
    rooms.push(buffer.length);
    return Promise.resolve(rooms.length < 20 ? buffer.length : null);
  });
  await new StreamReader({ source }).read();
  assert.ok(rooms[0]! <= 16_384, `the first read asks for ${rooms[0]} bytes`);
  assert.equal(rooms.at(-1), 262_144);
});

Deno.test("what broke the connection is told after what came before it", async () => {
  const answers = [5, new Error("reset")];
  const source = sourceOf((buffer) => {
    const answer = answers.shift();
    if (typeof answer !== "number") return Promise.reject(answer);
    buffer.set(bytes("a\nb\nc"));
    return Promise.resolve(answer);
  });
  const reader = new StreamReader({ source });
  assert.equal(await reader.nextLine(), "a");
  assert.equal(await reader.nextLine(), "b");
  await assert.rejects(reader.nextLine(), /reset/);
  await assert.rejects(reader.nextLine(), /reset/);
  assert.equal(text(await reader.read(1)), "c");
});

Deno.test("nextLine names a peer that speaks TLS on a plain connection", async () => {
  // An alert of TLS 1.2, "unexpected message" (RFC 5246 §7.2).
  for (const pieces of cuts(new Uint8Array([0x15, 3, 3, 0, 2, 2, 10]))) {
    const [near, far] = memoryPair();
    const reader = new StreamReader({ source: near });
    const reading = assert.rejects(reader.nextLine(), {
      name: "SSLError",
      code: "ERR_TLS_UNEXPECTED",
      message: /memory:2 speaks TLS/,
    });
    for (const piece of pieces) await far.write(piece);
    await reading;
  }
});

Deno.test("nextLine takes any bytes inside TLS, and further on in plain text", async () => {
  const record = "\x16\x03\x01\n";
  for (const [tls, before] of [[true, ""], [false, "hello\n"]] as const) {
    const [near, far] = memoryPair();
    const reader = new StreamReader({ source: Object.assign(near, { tls }) });
    await far.write(bytes(before + record));
    if (before !== "") assert.equal(await reader.nextLine(), "hello");
    assert.equal(await reader.nextLine(), "\x16\x03\x01");
  }
});

/** A stream that only reads. */
function sourceOf(read: ByteStream["read"]): ByteStream {
  const [stream] = memoryPair();
  return Object.assign(stream, { read });
}

Deno.test("chunks() gives the bytes as they come, until the end", async () => {
  const [near, far] = memoryPair();
  const reader = new StreamReader({ source: far });
  const chunks = reader.chunks();
  await near.write(bytes("one"));
  assert.equal(text((await chunks.next()).value!), "one");
  await near.write(bytes("two"));
  assert.equal(text((await chunks.next()).value!), "two");
  await near.closeWrite();
  assert.equal((await chunks.next()).done, true);
  far.close();
  near.close();
});

Deno.test("lines() gives lines as text, the last one also without its end", async () => {
  const reader = new StreamReader();
  reader.feedData(new Uint8Array([97, 13, 10, 10, 0xe9]));
  reader.feedEof();
  const lines: string[] = [];
  for await (const line of reader.lines()) lines.push(line);
  assert.deepEqual(lines, ["a", "", "é"]);
});

Deno.test("lines() throws at a line that is too long", async () => {
  const reader = new StreamReader({ limit: 3 });
  reader.feedData(bytes("ok\ntoo long\n"));
  const lines = reader.lines();
  assert.equal((await lines.next()).value, "ok");
  await assert.rejects(lines.next(), LimitOverrunError);
});
