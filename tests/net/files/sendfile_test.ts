import assert from "node:assert/strict";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { connectProtocol } from "../../../net/transports/create_connection.ts";
import { ConnectionError } from "../../../net/errors.ts";
import { openFile } from "../../../net/files/files.ts";
import { memoryPair } from "../../../net/memory.ts";
import { Protocol } from "../../../net/transports/protocols.ts";
import { sendfile } from "../../../net/files/sendfile.ts";
import { StreamReader } from "../../../net/streams/stream_reader.ts";
import { StreamWriter } from "../../../net/streams/stream_writer.ts";
import { sameBytes } from "../cuts.ts";

const DATA = new Uint8Array(600_001).map((_, index) => index % 251);

/** Runs a test with a file that holds the data. */
async function withFile(test: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ prefix: "tulip-sendfile-" });
  try {
    await Deno.writeFile(path, DATA);
    await test(path);
  } finally {
    await Deno.remove(path);
  }
}

class Counter extends Protocol {
  readonly told: string[] = [];
  bytes = 0;

  override dataReceived(data: Uint8Array) {
    this.bytes += data.length;
  }

  override pauseWriting() {
    this.told.push("pause");
  }

  override resumeWriting() {
    this.told.push("resume");
  }

  override connectionLost() {
    this.told.push("lost");
  }
}

Deno.test("A file goes to a writer, between what is written before and after", async () => {
  await withFile(async (path) => {
    const [near, far] = memoryPair();
    const writer = new StreamWriter(near);
    using file = await Deno.open(path);
    const reading = new StreamReader({ source: far }).read();
    writer.write("before");
    assert.equal(await sendfile(writer, file), DATA.length);
    writer.write("after");
    writer.close();
    const all = await reading;
    assert.equal(all.length, DATA.length + 11);
    assert.ok(sameBytes(all.subarray(6, -5), DATA));
    assert.equal(await file.seek(0, Deno.SeekMode.Current), DATA.length);
  });
});

Deno.test("A peer that takes nothing ends it in time, and the file stands behind what was sent", async () => {
  await withFile(async (path) => {
    await using file = await openFile(path);
    const [near, far] = memoryPair({ capacity: 1000 });
    const writer = new StreamWriter(near);
    await assert.rejects(sendfile(writer, file, { timeout: 20 }), { name: "TimeoutError" });
    assert.equal(await file.tell(), 131_072);
    writer.abort();

    const [other, there] = memoryPair({ capacity: 1000 });
    const { transport, protocol } = await connectProtocol(() => new Counter(), other);
    await assert.rejects(sendfile(transport, file, { timeout: 20 }), { name: "TimeoutError" });
    assert.equal(await file.tell(), 131_072);
    // The protocol learns that there is no room, for it was not told before.
    assert.deepEqual(protocol.told, ["pause"]);
    transport.abort();
    await sleep(1);
    assert.deepEqual(protocol.told, ["pause", "lost"]);
    far.close();
    there.close();
  });
});

Deno.test("A task that is cancelled gives the transport back, and the position", async () => {
  await withFile(async (path) => {
    await run(async () => {
      await using file = await openFile(path);
      const [near, far] = memoryPair({ capacity: 1000 });
      const { transport, protocol } = await connectProtocol(() => new Counter(), near);
      const task = createTask(() => sendfile(transport, file, { offset: 5 }));
      await sleep(20);
      assert.throws(() => transport.write("x"), /sendfile is in progress/);
      task.cancel();
      await assert.rejects(async () => await task, { name: "CancelledError" });
      assert.equal(await file.tell(), 5 + 131_072);
      assert.equal(transport.getProtocol(), protocol);
      assert.equal(transport.isReading(), true);
      transport.write("x");
      assert.equal(transport.getWriteBufferSize(), 131_072 - 1000 + 1);
      transport.abort();
      far.close();
    });
  });
});

Deno.test("A protocol that was paused before is resumed when the file has been sent", async () => {
  await withFile(async (path) => {
    await using file = await openFile(path);
    const [near, far] = memoryPair({ capacity: 1000 });
    const { transport, protocol } = await connectProtocol(() => new Counter(), near);
    transport.write(new Uint8Array(100_000));
    assert.deepEqual(protocol.told, ["pause"]);
    const reading = new StreamReader({ source: far }).read();
    assert.equal(await sendfile(transport, file, { count: 10 }), 10);
    assert.deepEqual(protocol.told, ["pause", "resume"]);
    transport.close();
    assert.equal((await reading).length, 100_010);
  });
});

Deno.test("What comes while a file is sent is told afterwards", async () => {
  await withFile(async (path) => {
    await using file = await openFile(path);
    const [near, far] = memoryPair({ capacity: 1000 });
    const { transport, protocol } = await connectProtocol(() => new Counter(), near);
    const sending = sendfile(transport, file);
    await far.write(new Uint8Array(100));
    await sleep(10);
    assert.equal(protocol.bytes, 0);
    const reading = new StreamReader({ source: far }).read();
    await sending;
    await sleep(10);
    assert.equal(protocol.bytes, 100);
    transport.close();
    assert.ok(sameBytes(await reading, DATA));
  });
});

Deno.test("It is done when no more is left to be sent than whoever minds the marks leaves", async () => {
  await withFile(async (path) => {
    await using file = await openFile(path);
    const [near, far] = memoryPair({ capacity: 1000 });
    const { transport } = await connectProtocol(() => new Counter(), near);
    let done = false;
    const sending = sendfile(transport, file, { count: 100_000 }).then(() => done = true);
    await sleep(10);
    assert.equal(done, false);
    await new StreamReader({ source: far }).readexactly(90_000);
    await sending;
    transport.abort();
    far.close();
  });
});

Deno.test("A connection that is closed meanwhile is an error, on either side", async () => {
  await withFile(async (path) => {
    await using file = await openFile(path);
    const [near, far] = memoryPair({ capacity: 1000 });
    const { transport, protocol } = await connectProtocol(() => new Counter(), near);
    const sending = sendfile(transport, file);
    await sleep(10);
    transport.abort();
    await assert.rejects(sending, ConnectionError);
    assert.deepEqual(protocol.told, ["lost"]);
    far.close();

    const [here, there] = memoryPair({ capacity: 1000 });
    const writer = new StreamWriter(here);
    const writing = sendfile(writer, file);
    await sleep(10);
    there.close();
    await assert.rejects(writing, ConnectionError);
    writer.abort();
  });
});

Deno.test("Wrong arguments are refused before anything is sent", async () => {
  await withFile(async (path) => {
    await using file = await openFile(path);
    const [near, far] = memoryPair();
    const writer = new StreamWriter(near);
    for (const offset of [-1, 0.5, NaN]) {
      await assert.rejects(sendfile(writer, file, { offset }), RangeError);
    }
    for (const count of [0, -1, 0.5, NaN]) {
      await assert.rejects(sendfile(writer, file, { count }), RangeError);
    }
    await assert.rejects(sendfile(writer, file, { timeout: 0 }), RangeError);
    writer.close();
    assert.equal((await new StreamReader({ source: far }).read()).length, 0);
  });
});
