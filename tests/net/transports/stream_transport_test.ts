import assert from "node:assert/strict";
import { ContextVar } from "../../../loop/context.ts";
import { EventLoop, type ExceptionContext } from "../../../loop/event_loop.ts";
import { getEventLoop } from "../../../loop/events.ts";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask, currentTask } from "../../../loop/tasks.ts";
import { connectProtocol, createConnection } from "../../../net/transports/create_connection.ts";
import { createServer } from "../../../net/servers/create_server.ts";
import { memoryPair } from "../../../net/memory.ts";
import { BufferedProtocol, Protocol } from "../../../net/transports/protocols.ts";
import { StreamTransport } from "../../../net/transports/stream_transport.ts";
import type { Transport } from "../../../net/transports/transports.ts";
import { Noting, NotingBuffered, settle, Wire } from "../../conformance/transports/wire.ts";
import { printed } from "../../printed.ts";
import { KINDS } from "../pairs.ts";

const user = new ContextVar("user", "nobody");

/** Notes who runs when it is called. */
class Whose extends Noting {
  readonly seen: unknown[] = [];
  #note(what: string): void {
    this.seen.push([what, user.get(), currentTask() === null, getEventLoop() === this.loop]);
  }
  constructor(readonly loop: EventLoop) {
    super();
  }
  override connectionMade(transport: Transport): void {
    super.connectionMade(transport);
    this.#note("connectionMade");
  }
  override dataReceived(): void {
    this.#note("dataReceived");
  }
  override resumeWriting(): void {
    this.#note("resumeWriting");
  }
  override eofReceived(): boolean {
    this.#note("eofReceived");
    return false;
  }
  override connectionLost(): void {
    this.#note("connectionLost");
  }
}

for (const [kind, make] of Object.entries(KINDS)) {
  Deno.test(`a protocol runs in the context of who connected it, in no task (${kind})`, async () => {
    await run(async () => {
      const [near, far] = await make();
      const protocol = new Whose(getEventLoop());
      const { transport } = await createTask(() => {
        user.set("maker");
        return connectProtocol(() => protocol, near);
      });
      const { transport: other, protocol: peer } = await connectProtocol(() => new Noting(), far);
      await createTask(async () => {
        user.set("writer");
        transport.setWriteBufferLimits({ high: 0 });
        transport.write("x".repeat(1_000_000));
        transport.pauseReading();
        transport.resumeReading();
        other.write("hello");
        await sleep(5);
      });
      while (protocol.seen.length < 3) await sleep(1);
      other.close();
      while (protocol.seen.length < 5) await sleep(1);
      assert.deepEqual(
        protocol.seen.map((seen) => (seen as unknown[]).slice(1)),
        Array(5).fill(["maker", true, true]),
      );
      assert.equal(peer.told.at(-1), "connectionLost");
    });
  });
}

Deno.test("a protocol is not called in the middle of what a task does at a time", async () => {
  await run(async () => {
    const [near, far] = memoryPair();
    const protocol = new Noting();
    const { transport } = await connectProtocol(() => protocol, near);
    const helper = async () => await Promise.resolve(1);
    await sleep(0);
    await far.write(new TextEncoder().encode("now"));
    // In Python nothing waits here, so nobody else runs.
    for (let count = 0; count < 20; count++) await helper();
    assert.deepEqual(protocol.told, ["connectionMade"]);
    await sleep(0);
    assert.deepEqual(protocol.told, ["connectionMade", "now"]);
    transport.abort();
    far.close();
  });
});

Deno.test("two protocols that never stop talking leave time for others", async () => {
  class Ball extends Protocol {
    transport!: Transport;
    count = 0;
    override connectionMade(transport: Transport): void {
      this.transport = transport;
    }
    override dataReceived(data: Uint8Array): void {
      this.count++;
      this.transport.write(data);
    }
  }
  const [near, far] = memoryPair();
  const { protocol, transport } = await connectProtocol(() => new Ball(), near);
  const { transport: other } = await connectProtocol(() => new Ball(), far);
  transport.write("ping");
  await sleep(20);
  assert.ok(protocol.count > 100);
  transport.abort();
  other.abort();
  await sleep(0);
});

Deno.test("chunks belong to the protocol: nothing is written over them", async () => {
  const chunks: Uint8Array[] = [];
  class Keeping extends Noting {
    override dataReceived(data: Uint8Array): void {
      chunks.push(data);
    }
  }
  const [near, far] = memoryPair();
  const { protocol } = await connectProtocol(() => new Keeping(), near);
  const { transport } = await connectProtocol(() => new Protocol(), far);
  let expected = "";
  for (let count = 0; count < 300; count++) {
    const piece = `${count}:${"x".repeat(count % 97)};`;
    expected += piece;
    transport.write(piece);
    if (count % 3 === 0) await sleep(0);
  }
  transport.close();
  while (protocol.told.at(-1) !== "connectionLost") await sleep(0);
  const decoder = new TextDecoder();
  assert.equal(chunks.map((chunk) => decoder.decode(chunk)).join(""), expected);
});

Deno.test("what is asked of a buffered protocol grows with what comes, and is filled in place", async () => {
  const hints: number[] = [];
  let total = 0;
  class Counting extends BufferedProtocol {
    readonly lost = Promise.withResolvers<void>();
    override getBuffer(sizehint: number): Uint8Array {
      hints.push(sizehint);
      return super.getBuffer(sizehint);
    }
    override bufferUpdated(count: number): void {
      total += count;
    }
    override connectionLost(): void {
      this.lost.resolve();
    }
  }
  const [near, far] = memoryPair({ capacity: 1_000_000 });
  const { protocol } = await connectProtocol(() => new Counting(), near);
  for (let left = 3_000_000; left > 0;) left -= await far.write(new Uint8Array(left));
  far.close();
  await protocol.lost.promise;
  assert.equal(total, 3_000_000);
  assert.ok(Math.max(...hints) > Math.min(...hints));
});

Deno.test("pauseWriting and resumeWriting come in turns, whatever is written in them", async () => {
  const wire = new Wire();
  wire.takes = 0;
  class Eager extends Noting {
    left = 3;
    override resumeWriting(): void {
      super.resumeWriting();
      if (this.left-- > 0) this.transport.write("more than ten bytes");
    }
  }
  const protocol = new Eager();
  const transport = new StreamTransport(wire, protocol);
  transport.setWriteBufferLimits({ high: 10, low: 2 });
  transport.write("a first piece of text");
  await settle();
  wire.take(5);
  await settle();
  const told = protocol.told.filter((name) => /Writing$/.test(name));
  assert.equal(told.length, 8);
  told.forEach((name, index) =>
    assert.equal(name, index % 2 === 0 ? "pauseWriting" : "resumeWriting")
  );
  transport.abort();
  await settle();
});

Deno.test("a protocol that is full again before it is told to resume stays paused", async () => {
  const wire = new Wire();
  wire.takes = 0;
  const protocol = new Noting();
  const transport = new StreamTransport(wire, protocol);
  await settle();
  transport.setWriteBufferLimits({ high: 10, low: 2 });
  transport.write("a first piece");
  await settle();
  wire.take(Infinity);
  // It drains in a microtask, and the loop has not told it yet.
  await Promise.resolve();
  await Promise.resolve();
  wire.takes = 0;
  transport.write("a second piece");
  await settle();
  assert.deepEqual(protocol.told, ["connectionMade", "pauseWriting"]);
  wire.take(Infinity);
  await settle();
  assert.deepEqual(protocol.told, ["connectionMade", "pauseWriting", "resumeWriting"]);
  transport.abort();
  await settle();
});

for (const method of ["pauseWriting", "resumeWriting"] as const) {
  Deno.test(`an exception in ${method} is reported, and the connection goes on`, async () => {
    await run(async () => {
      const reports: ExceptionContext[] = [];
      getEventLoop().setExceptionHandler((_loop, context) => reports.push(context));
      const wire = new Wire();
      wire.takes = 0;
      const protocol = new Noting();
      const error = new Error("broken");
      protocol[method] = () => {
        throw error;
      };
      const transport = new StreamTransport(wire, protocol);
      transport.setWriteBufferLimits({ high: 1 });
      transport.write("some text");
      await settle();
      wire.take(Infinity);
      await settle();
      assert.deepEqual(reports, [
        { message: `protocol.${method}() failed`, exception: error, transport, protocol },
      ]);
      assert.deepEqual(wire.sent, ["some text"]);
      transport.abort();
      await settle();
    });
  });
}

for (const method of ["connectionMade", "connectionLost"] as const) {
  Deno.test(`an exception in ${method} is reported`, async () => {
    await run(async () => {
      const reports: ExceptionContext[] = [];
      getEventLoop().setExceptionHandler((_loop, context) => reports.push(context));
      const wire = new Wire();
      const protocol = new Noting();
      const error = new Error("broken");
      protocol[method] = () => {
        throw error;
      };
      let ends = 0;
      const transport = new StreamTransport(wire, protocol, { onLost: () => void ends++ });
      await settle();
      transport.close();
      await settle();
      assert.equal(reports.length, 1);
      assert.equal(reports[0]!.exception, error);
      assert.equal(wire.closes, 1);
      assert.equal(ends, 1);
      if (method === "connectionMade") assert.equal(protocol.lostTo, error);
    });
  });
}

Deno.test("a factory that throws closes the connection that it was for", async () => {
  const wire = new Wire();
  const error = new Error("no protocol");
  await assert.rejects(
    connectProtocol(() => {
      throw error;
    }, wire),
    error,
  );
  assert.equal(wire.closes, 1);
});

Deno.test("a loop that is closed closes its connections, and tells nobody", async () => {
  const wire = new Wire();
  const protocol = new Noting();
  const loop = new EventLoop();
  await loop.runUntilComplete(() => connectProtocol(() => protocol, wire));
  await loop.runUntilComplete(() => sleep(0));
  assert.equal(wire.isReading, true);
  loop.close();
  assert.equal(wire.closes, 1);
  wire.arrive("too late");
  await sleep(1);
  assert.deepEqual(protocol.told, ["connectionMade"]);
});

Deno.test("a loop that does not run tells its protocols when it runs again", async () => {
  const wire = new Wire();
  const protocol = new NotingBuffered();
  const loop = new EventLoop();
  await loop.runUntilComplete(() => connectProtocol(() => protocol, wire));
  await loop.runUntilComplete(() => sleep(0));
  wire.arrive("early");
  await sleep(1);
  assert.deepEqual(protocol.told, ["connectionMade"]);
  await loop.runUntilComplete(() => sleep(0));
  assert.deepEqual(protocol.told, ["connectionMade", "early"]);
  loop.close();
});

Deno.test("in debug mode the loop complains of a protocol that takes long", async () => {
  const warnings = await printed(() =>
    run(async () => {
      getEventLoop().slowCallbackDuration = 5;
      const wire = new Wire();
      const protocol = new Noting();
      const { transport } = await connectProtocol(() => protocol, wire);
      await settle();
      protocol.dataReceived = () => {
        const began = performance.now();
        while (performance.now() - began < 8);
      };
      wire.arrive("x");
      await settle();
      transport.abort();
      await settle();
    }, { debug: true }), "warn");
  assert.equal(warnings.length, 1, String(warnings));
});

Deno.test("a large message goes both ways over sockets, in order", async () => {
  const size = 4_000_000;
  const message = new Uint8Array(size);
  for (let at = 0; at < size; at++) message[at] = at * 31 >> 8;
  class Echo extends Noting {
    override dataReceived(data: Uint8Array): void {
      this.transport.write(data);
    }
    // More than the high mark is no reason not to echo.
    override pauseWriting(): void {
      this.transport.pauseReading();
    }
    override resumeWriting(): void {
      this.transport.resumeReading();
    }
  }
  class Receiving extends Noting {
    received = 0;
    readonly done = Promise.withResolvers<void>();
    override dataReceived(data: Uint8Array): void {
      for (let at = 0; at < data.length; at += 997) {
        assert.equal(data[at], message[this.received + at]);
      }
      this.received += data.length;
      if (this.received === size) this.done.resolve();
    }
  }
  await using server = await createServer(() => new Echo());
  const { protocol, transport } = await createConnection(
    () => new Receiving(),
    "127.0.0.1",
    server.port,
  );
  transport.write(message);
  await protocol.done.promise;
  transport.close();
  while (protocol.told.at(-1) !== "connectionLost") await sleep(1);
});

Deno.test("what was written before a stream is exchanged is sent to it, what is written meanwhile to the other", async () => {
  const [plain, encrypted] = [new Wire(), new Wire()];
  plain.takes = 0;
  const protocol = new Noting();
  const transport = new StreamTransport(plain, protocol);
  await settle();
  transport.write("before");
  const begun = Promise.withResolvers<void>();
  const exchanging = transport._exchange(async (stream, pending) => {
    assert.equal(stream, plain);
    begun.resolve();
    // What came in the meantime is part of what is to be made.
    assert.equal(await pending?.result, 5);
    return encrypted;
  });
  transport.write("after");
  transport.writeEof();
  plain.arrive("hello");
  await settle();
  plain.take(Infinity);
  await begun.promise;
  await exchanging;
  await settle();
  assert.deepEqual(plain.sent, ["before"]);
  assert.deepEqual(encrypted.sent, ["after"]);
  assert.equal(plain.ends, 0);
  assert.equal(encrypted.ends, 1);
  encrypted.arrive("secret");
  await settle();
  assert.deepEqual(protocol.told, ["connectionMade", "secret"]);
  transport.close();
  await settle();
  assert.equal(encrypted.closes, 1);
  assert.equal(protocol.told.at(-1), "connectionLost");
});

Deno.test("a connection that is closed while its stream is exchanged is lost, and so is the other", async () => {
  const [plain, encrypted] = [new Wire(), new Wire()];
  const protocol = new Noting();
  const transport = new StreamTransport(plain, protocol);
  await settle();
  const made = Promise.withResolvers<Wire>();
  const exchanging = transport._exchange(() => made.promise);
  await settle();
  transport.abort();
  await settle();
  assert.deepEqual(protocol.told, ["connectionMade", "connectionLost"]);
  assert.equal(plain.closes, 1);
  made.resolve(encrypted);
  await assert.rejects(exchanging, { name: "ConnectionAbortedError" });
  assert.equal(encrypted.closes, 1);
  await settle();
  assert.deepEqual(protocol.told, ["connectionMade", "connectionLost"]);
});

Deno.test("what comes while a transport is closing is told to nobody", async () => {
  const wire = new Wire();
  wire.takes = 0;
  const protocol = new Noting();
  const transport = new StreamTransport(wire, protocol);
  await settle();
  transport.write("last words");
  transport.close();
  // Outside of every task, so that the loop sleeps when it comes.
  await new Promise((resolve) => setTimeout(resolve, 5));
  wire.arrive("too late");
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(protocol.told, ["connectionMade"]);
  wire.take(Infinity);
  await settle();
  assert.deepEqual(protocol.told, ["connectionMade", "connectionLost"]);
});
