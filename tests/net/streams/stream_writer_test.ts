import assert from "node:assert/strict";
import type { ByteStream } from "../../../net/byte_stream.ts";
import { memoryPair } from "../../../net/memory.ts";
import { StreamWriter } from "../../../net/streams/stream_writer.ts";
import { getEventLoop } from "../../../loop/events.ts";
import { CancelledError, RuntimeError } from "../../../loop/exceptions.ts";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { bytes, sameBytes, text } from "../cuts.ts";
import { overEachKind, runInNoTime } from "../pairs.ts";

/** A stream that records what is written, each write as the answer says: a count, or a failure. */
function recorder(answer: (data: Uint8Array) => number | Promise<number> = (data) => data.length) {
  const writes: string[] = [];
  const [pair] = memoryPair();
  const stream: ByteStream = Object.assign(pair, {
    async write(data: Uint8Array) {
      const count = await answer(data);
      writes.push(text(data.subarray(0, count)));
      return count;
    },
  });
  return { stream, writes };
}

Deno.test("writes of one tick leave in one piece", async () => {
  const { stream, writes } = recorder();
  const writer = new StreamWriter(stream);
  writer.write("MAIL ");
  writer.write(bytes("FROM"));
  writer.writelines([":<>", bytes("\r\n"), ""]);
  assert.deepEqual(writes, []);
  await writer.flush();
  writer.write("next");
  await writer.flush();
  assert.deepEqual(writes, ["MAIL FROM:<>\r\n", "next"]);
});

Deno.test("what a write takes only in part is written on", async () => {
  const { stream, writes } = recorder((data) => Math.min(3, data.length));
  const writer = new StreamWriter(stream);
  writer.write("12345678");
  await writer.flush();
  assert.deepEqual(writes, ["123", "456", "78"]);
});

Deno.test("nothing is written where nothing is to be written", async () => {
  const { stream, writes } = recorder();
  const writer = new StreamWriter(stream);
  writer.write("");
  writer.write(new Uint8Array(0));
  writer.writelines([]);
  await writer.drain();
  await writer.flush();
  assert.deepEqual(writes, []);
});

Deno.test("a large array is sent from its own memory, and free when drain() returns", async () => {
  const sent: Uint8Array[] = [];
  const { stream } = recorder((data) => {
    sent.push(data);
    return data.length;
  });
  const writer = new StreamWriter(stream);
  const large = new Uint8Array(50_000).fill(1);
  writer.write(large);
  await writer.drain();
  assert.deepEqual(sent, [large]);
  assert.equal(sent[0], large);
});

Deno.test("drain() waits for a lent array even below the high mark", () =>
  runInNoTime(async () => {
    const taken = Promise.withResolvers<void>();
    const { stream } = recorder(async (data) => {
      await taken.promise;
      return data.length;
    });
    const writer = new StreamWriter(stream);
    writer.write(new Uint8Array(20_000));
    let drained = false;
    const draining = writer.drain().then(() => drained = true);
    await sleep(1);
    assert.equal(drained, false);
    taken.resolve();
    await draining;
  }));

Deno.test("test_multiple_drain: all wait for the low mark, none below the high one", () =>
  runInNoTime(async () => {
    const steps: PromiseWithResolvers<void>[] = [];
    const { stream } = recorder(async () => {
      const step = Promise.withResolvers<void>();
      steps.push(step);
      await step.promise;
      return 10;
    });
    const writer = new StreamWriter(stream, { highWaterMark: 50, lowWaterMark: 20 });
    writer.write("x".repeat(50));
    await writer.drain();
    writer.write("x");
    let drained = 0;
    const all = [1, 2, 3].map(() => writer.drain().then(() => drained++));
    for (let count = 0; count < 4; count++) {
      assert.equal(drained, 0, `after ${count} writes`);
      await sleep(1);
      steps.shift()!.resolve();
      await sleep(1);
    }
    await Promise.all(all);
    assert.equal(drained, 3);
    writer.abort();
  }));

Deno.test("a failure to write is thrown by the calls that follow, and by nothing else", () =>
  runInNoTime(async () => {
    const failure = new Error("no");
    const errors: unknown[] = [];
    const { stream } = recorder(() => Promise.reject(failure));
    const writer = new StreamWriter(stream, { onError: (error) => errors.push(error) });
    writer.write("lost");
    await sleep(1);
    await assert.rejects(writer.drain(), failure);
    await assert.rejects(writer.flush(), failure);
    writer.write("dropped");
    await assert.rejects(writer.drain(), failure);
    assert.deepEqual(errors, [failure]);
    writer.close();
    await assert.rejects(writer.waitClosed(), failure);
  }));

Deno.test("marks that make no sense are refused", () => {
  const [stream] = memoryPair();
  for (
    const options of [{ highWaterMark: 0 }, { highWaterMark: 10, lowWaterMark: 11 }, { timeout: 0 }]
  ) {
    assert.throws(() => new StreamWriter(stream, options), RangeError);
  }
});

overEachKind("close() sends what was written, and closes", async (near, far) => {
  near.writer.write("last words");
  near.writer.close();
  near.writer.close();
  assert.equal(near.writer.isClosing(), true);
  near.writer.write("dropped");
  await near.writer.waitClosed();
  assert.equal(text(await far.reader.read()), "last words");
  await assert.rejects(near.writer.drain(), { name: "ConnectionAbortedError" });
});

overEachKind("writeEof() ends our direction only", async (near, far) => {
  assert.equal(near.writer.canWriteEof(), true);
  near.writer.write("question");
  near.writer.writeEof();
  near.writer.writeEof();
  assert.throws(() => near.writer.write("too late"), RuntimeError);
  assert.equal(text(await far.reader.read()), "question");
  far.writer.write("answer");
  far.writer.close();
  assert.equal(text(await near.reader.read()), "answer");
});

overEachKind("abort() drops what is not sent", async (near, far) => {
  const large = new Uint8Array(30_000_000);
  near.writer.write(large);
  await sleep(5);
  const draining = assert.rejects(near.writer.drain(), { name: "ConnectionAbortedError" });
  near.writer.abort();
  await draining;
  await near.writer.waitClosed();
  let length = 0;
  try {
    length = (await far.reader.read()).length;
  } catch (error) {
    assert.equal((error as Error).name, "ConnectionResetError");
  }
  assert.ok(length < large.length);
});

const WAITS: Record<string, (writer: StreamWriter, options?: object) => Promise<void>> = {
  drain: (writer, options) => writer.drain(options),
  flush: (writer, options) => writer.flush(options),
};

for (const [name, wait] of Object.entries(WAITS)) {
  overEachKind(
    `${name}() is broken off by cancel, signal and timeout; nothing is lost`,
    async (near, far) => {
      const large = new Uint8Array(6_000_000).map((_, index) => index % 251);
      near.writer.write(large);
      await run(async () => {
        const task = createTask(() => wait(near.writer));
        await sleep(2);
        task.cancel();
        await assert.rejects(task, CancelledError);
      });
      const abort = new AbortController();
      const waiting = wait(near.writer, { signal: abort.signal });
      const reason = new Error("enough");
      abort.abort(reason);
      await assert.rejects(waiting, reason);
      await assert.rejects(wait(near.writer, { timeout: 20 }), {
        name: "TimeoutError",
        message: /did not take what was sent in time/,
      });
      await assert.rejects(wait(near.writer, { timeout: 0 }), RangeError);

      near.writer.writeEof();
      const received = await far.reader.read();
      assert.equal(received.length, large.length);
      assert.ok(sameBytes(received, large));
      await wait(near.writer);
    },
  );
}

Deno.test("drain() goes on as long as the peer takes anything", async () => {
  await runInNoTime(async () => {
    const [near, far] = memoryPair({ capacity: 100 });
    const writer = new StreamWriter(near);
    writer.write(new Uint8Array(100_000));
    const draining = createTask(() => writer.drain({ timeout: 1000 }));
    const buffer = new Uint8Array(1000);
    for (let count = 0; count < 20; count++) {
      await sleep(900);
      await far.read(buffer);
    }
    assert.equal(draining.done(), false);
    await sleep(1001);
    await assert.rejects(draining, { name: "TimeoutError" });
  });
});

Deno.test("a closed connection is given time as long as the peer takes anything", async () => {
  await runInNoTime(async () => {
    const [near, far] = memoryPair({ capacity: 100 });
    const writer = new StreamWriter(near);
    writer.write(new Uint8Array(600));
    writer.close();
    const closed = createTask(() => writer.waitClosed());
    const buffer = new Uint8Array(100);
    for (let count = 0; count < 5; count++) {
      await sleep(29_000);
      assert.equal(await far.read(buffer), 100);
    }
    await closed;

    const [stuck] = memoryPair({ capacity: 100 });
    const patient = new StreamWriter(stuck);
    patient.write(new Uint8Array(600));
    patient.close();
    const began = getEventLoop().time();
    await assert.rejects(patient.waitClosed(), { name: "TimeoutError" });
    assert.equal(getEventLoop().time() - began, 30_000);
  });
});

overEachKind("a closed connection that takes nothing is given up", async (near) => {
  near.writer.write(new Uint8Array(30_000_000));
  near.writer.close();
  await assert.rejects(near.writer.waitClosed(), { name: "TimeoutError" });
  assert.equal(near.closed, true);
}, { timeout: 30 });

// CPython's test_drain_raises: the peer goes, and a writer in a loop finds out.
overEachKind("test_drain_raises", async (near, far) => {
  far.close();
  await assert.rejects(async () => {
    for (;;) {
      near.writer.write("x".repeat(4096));
      await near.writer.drain();
      await sleep(0);
    }
  }, (error) => /^(BrokenPipe|ConnectionReset)Error$/.test((error as Error).name));
});

overEachKind(
  "the reader gives the peer's last words, then says why writing failed",
  async (near, far) => {
    far.writer.write("421 bye\r\n");
    far.writer.close();
    await far.writer.waitClosed();
    await assert.rejects(async () => {
      for (;;) {
        near.writer.write("x".repeat(4096));
        await near.writer.flush();
        await sleep(1);
      }
    });
    assert.equal(await near.reader.nextLine(), "421 bye");
    await assert.rejects(
      near.reader.nextLine(),
      (error) => /^(BrokenPipe|ConnectionReset)Error$/.test((error as Error).name),
    );
  },
);
