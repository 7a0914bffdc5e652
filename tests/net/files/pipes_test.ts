import assert from "node:assert/strict";
import { EventLoop } from "../../../loop/event_loop.ts";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { TestClock } from "../../../loop/test_clock.ts";
import { BrokenPipeError, ConnectionAbortedError, FileNotFoundError } from "../../../net/errors.ts";
import {
  connectReadPipe,
  connectWritePipe,
  openReadPipe,
  openWritePipe,
} from "../../../net/files/pipes.ts";
import { Protocol } from "../../../net/transports/protocols.ts";
import { isAtLeast } from "../../../net/runtime.ts";
import { StreamReader } from "../../../net/streams/stream_reader.ts";
import { StreamReaderProtocol } from "../../../net/transports/stream_reader_protocol.ts";
import { bytes, text } from "../cuts.ts";
import { pipe, withFifo } from "./fifos.ts";

class Recorder extends Protocol {
  readonly calls: string[] = [];
  readonly #lost = Promise.withResolvers<unknown>();
  readonly lost = this.#lost.promise;

  override connectionMade() {
    this.calls.push("made");
  }

  override dataReceived(data: Uint8Array) {
    this.calls.push(text(data));
  }

  override eofReceived() {
    this.calls.push("eof");
  }

  override connectionLost(error: unknown) {
    this.calls.push("lost");
    this.#lost.resolve(error);
  }
}

Deno.test("A protocol is told what comes through a pipe, and of its end", async () => {
  await withFifo(async (path) => {
    const { reader, writer } = await pipe(path);
    const { transport, protocol } = await connectReadPipe(() => new Recorder(), reader);
    assert.deepEqual(protocol.calls, ["made"]);
    assert.equal(transport.getExtraInfo("pipe"), reader);
    assert.equal(transport.getExtraInfo("peername", "none"), "none");
    await writer.write(bytes("one"));
    while (protocol.calls.length < 2) await sleep(1);
    writer.close();
    assert.equal(await protocol.lost, null);
    assert.deepEqual(protocol.calls, ["made", "one", "eof", "lost"]);
    assert.equal(transport.isClosing(), true);
  });
});

Deno.test("A pipe that has ended is closed, whatever the protocol says: a reader on it", async () => {
  await withFifo(async (path) => {
    const { reader: end, writer } = await pipe(path);
    const reader = new StreamReader();
    const { transport } = await connectReadPipe(() => new StreamReaderProtocol(reader), end);
    await writer.write(bytes("line\nrest"));
    assert.equal(await reader.nextLine(), "line");
    writer.close();
    assert.equal(text(await reader.read()), "rest");
    assert.equal(transport.isClosing(), true);
  });
});

Deno.test("What a protocol writes comes out of the pipe, and writeEof closes it", async () => {
  await withFifo(async (path) => {
    const { reader, writer } = await pipe(path);
    const { transport, protocol } = await connectWritePipe(() => new Recorder(), writer);
    assert.equal(transport.canWriteEof(), true);
    const large = "x".repeat(300_000);
    transport.write("one ");
    transport.write(large);
    transport.writeEof();
    transport.write("too late");
    const [, content] = await Promise.all([
      protocol.lost,
      new Response(reader.readable).text(),
    ]);
    assert.equal(content, "one " + large);
    assert.deepEqual(protocol.calls, ["made", "lost"]);
  });
});

Deno.test("A pipe that nobody reads any more breaks at the next write", async () => {
  await withFifo(async (path) => {
    const { reader, writer } = await pipe(path);
    const { transport, protocol } = await connectWritePipe(() => new Recorder(), writer);
    reader.close();
    transport.write("x");
    assert.ok(await protocol.lost instanceof BrokenPipeError);
    assert.deepEqual(protocol.calls, ["made", "lost"]);
  });
});

Deno.test("A pipe that is closed waits for whoever reads, however long that takes", async () => {
  await withFifo(async (path) => {
    const { reader, writer } = await pipe(path);
    const clock = new TestClock();
    const [content] = await run(async () => {
      const { transport, protocol } = await connectWritePipe(() => new Recorder(), writer);
      transport.write(new Uint8Array(300_000));
      transport.close();
      await sleep(3_600_000);
      return await Promise.all([new Response(reader.readable).bytes(), protocol.lost]);
    }, { loopFactory: () => new EventLoop({ clock }) });
    assert.equal(content.length, 300_000);
  });
});

Deno.test("abort() drops what is unsent", async () => {
  await withFifo(async (path) => {
    const { reader, writer } = await pipe(path);
    const { transport, protocol } = await connectWritePipe(() => new Recorder(), writer);
    transport.write(new Uint8Array(1_000_000));
    assert.equal(transport.getWriteBufferSize(), 1_000_000);
    transport.abort();
    assert.equal(await protocol.lost, null);
    const { length } = new Uint8Array(await new Response(reader.readable).arrayBuffer());
    assert.ok(length < 1_000_000);
  });
});

Deno.test("What is no pipe is refused, and so is what cannot be read or written", async () => {
  const path = await Deno.makeTempFile();
  {
    using file = await Deno.open(path, { read: true, write: true });
    await assert.rejects(connectReadPipe(() => new Recorder(), file), TypeError);
    await assert.rejects(connectWritePipe(() => new Recorder(), file), /it is a file/);
    using folder = await Deno.open("/tmp");
    await assert.rejects(openReadPipe(folder), /it is a directory/);
  }
  await Deno.remove(path);
  // deno-lint-ignore no-explicit-any
  for (const wrong of [null, 5, {}, Deno.stdout as any]) {
    await assert.rejects(connectReadPipe(() => new Recorder(), wrong), TypeError);
  }
});

Deno.test("A factory that throws leaves no pipe behind", async () => {
  await withFifo(async (path) => {
    const { reader, writer } = await pipe(path);
    const failing = connectReadPipe(() => {
      throw new Error("no protocol today");
    }, reader);
    await assert.rejects(failing, /no protocol today/);
    await assert.rejects(writer.write(bytes("x")), Deno.errors.BrokenPipe);
    writer.close();
  });
});

Deno.test("A file that is not to be closed stays open", async () => {
  await withFifo(async (path) => {
    const { reader, writer } = await pipe(path);
    const output = await openWritePipe(writer, { closeFile: false });
    output.write("one\n");
    output.close();
    await output.waitClosed();
    await writer.write(bytes("two\n"));
    writer.close();
    await using input = await openReadPipe(reader);
    assert.equal(await input.nextLine(), "one");
    assert.equal(await input.nextLine(), "two");
    assert.equal(await input.nextLine(), null);
  });
});

Deno.test("A read that is cancelled is taken over by the next one", async () => {
  await withFifo(async (path) => {
    const { reader, writer } = await pipe(path);
    await run(async () => {
      await using input = await openReadPipe(reader);
      const task = createTask(() => input.readline());
      await sleep(5);
      task.cancel();
      await assert.rejects(async () => await task, { name: "CancelledError" });
      await writer.write(bytes("kept\n"));
      assert.equal(text(await input.readline()), "kept\n");
    });
    writer.close();
  });
});

Deno.test("What a read brings that was given up goes to the next stream on a file that stays open", async () => {
  await withFifo(async (path) => {
    const { reader, writer } = await pipe(path);
    const options = { closeFile: false };
    const first = await openReadPipe(reader, options);
    await assert.rejects(first.readline({ timeout: 5 }), { name: "TimeoutError" });
    first.close();
    await writer.write(bytes("one\ntwo\n"));
    // Nobody reads while it comes.
    await sleep(20);
    const second = await openReadPipe(reader, options);
    assert.equal(await second.nextLine(), "one");
    assert.equal(await second.nextLine(), "two");
    await assert.rejects(second.readline({ timeout: 5 }), { name: "TimeoutError" });
    second.close();
    const third = await openReadPipe(reader, options);
    const line = third.nextLine();
    await writer.write(bytes("three\n"));
    assert.equal(await line, "three");
    writer.close();
    assert.equal(await third.nextLine(), null);
    reader.close();
  });
});

Deno.test("Closing a pipe rejects the read that waits", async () => {
  await withFifo(async (path) => {
    const { reader, writer } = await pipe(path);
    const input = await openReadPipe(reader);
    const reading = input.read(1);
    await sleep(5);
    input.close();
    input.close();
    await assert.rejects(reading, ConnectionAbortedError);
    writer.close(); // An older Deno waits for that.
    await sleep(5);
  });
});

const opensPaths = isAtLeast("2.8.0");

Deno.test({
  name: "A named pipe waits until its other side is opened",
  ignore: !opensPaths,
  fn: async () => {
    await withFifo(async (path) => {
      const opening = openReadPipe(path);
      await sleep(5);
      const output = await openWritePipe(new URL(`file://${path}`));
      await using input = await opening;
      output.write("hello\n");
      assert.equal(await input.nextLine(), "hello");
      output.close();
      await output.waitClosed();
      assert.equal(await input.nextLine(), null);
    });
  },
});

for (const [side, open] of [["read", openReadPipe], ["write", openWritePipe]] as const) {
  Deno.test({
    name: `The wait for the other side of a named pipe can be given up: ${side}`,
    ignore: !opensPaths,
    fn: async () => {
      await withFifo(async (path) => {
        await assert.rejects(open(path, { timeout: 5 }), (error: Error) => {
          assert.equal(error.name, "TimeoutError");
          assert.match(error.message, /Nobody opened the other side/);
          return true;
        });
        const controller = new AbortController();
        const opening = open(path, { signal: controller.signal });
        controller.abort(new Error("enough"));
        await assert.rejects(opening, { message: "enough" });
        await run(async () => {
          const task = createTask(async () => {
            await open(path);
          });
          await sleep(5);
          task.cancel();
          await assert.rejects(async () => await task, { name: "CancelledError" });
        });
        await sleep(50);
        // The sanitizers see a file or a call that was left.
      });
    },
  });
}

Deno.test({
  name: "A path that is not there, or no pipe, is refused",
  ignore: !opensPaths,
  fn: async () => {
    await assert.rejects(openReadPipe("/tmp/tulip/none"), FileNotFoundError);
    await assert.rejects(openReadPipe("/etc/hostname"), /it is a file/);
  },
});

if (!opensPaths) {
  Deno.test({
    name: "An old Deno opens no pipes by path, and says so with the version that does",
    fn: async () => {
      await assert.rejects(openReadPipe("/tmp/tulip/none"), /needs Deno 2\.8\.0/);
    },
  });
}
