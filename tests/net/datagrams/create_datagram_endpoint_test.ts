import assert from "node:assert/strict";
import { ContextVar } from "../../../loop/context.ts";
import { EventLoop } from "../../../loop/event_loop.ts";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask, currentTask } from "../../../loop/tasks.ts";
import { createDatagramEndpoint } from "../../../net/datagrams/create_datagram_endpoint.ts";
import { bindDatagram, connectDatagram } from "../../../net/datagrams/datagram_socket.ts";
import { OSError } from "../../../net/errors.ts";
import { DatagramProtocol } from "../../../net/transports/protocols.ts";
import type { DatagramAddress, DatagramTransport } from "../../../net/transports/transports.ts";

const HERE = { hostname: "127.0.0.1", port: 0 };
const LIMIT = { timeout: 5000 };
const text = (data: Uint8Array) => new TextDecoder().decode(data);

class Recorder extends DatagramProtocol {
  transport!: DatagramTransport;
  readonly calls: string[] = [];
  readonly errors: unknown[] = [];
  readonly #lost = Promise.withResolvers<unknown>();
  readonly lost = this.#lost.promise;
  #changed = Promise.withResolvers<void>();

  override connectionMade(transport: DatagramTransport) {
    this.transport = transport;
    this.#note("made");
  }

  override datagramReceived(data: Uint8Array, _address: DatagramAddress) {
    this.#note(`received ${text(data)}`);
  }

  override errorReceived(error: unknown) {
    this.errors.push(error);
    this.#note("error");
  }

  override pauseWriting() {
    this.#note("pause");
  }

  override resumeWriting() {
    this.#note("resume");
  }

  override connectionLost(error: unknown) {
    this.#note("lost");
    this.#lost.resolve(error);
  }

  /** Waits until a call was noted. */
  async until(call: string): Promise<void> {
    const deadline = AbortSignal.timeout(5000);
    while (!this.calls.includes(call)) {
      await Promise.race([
        this.#changed.promise,
        new Promise((_, reject) => {
          deadline.addEventListener("abort", () => reject(new Error(`${call} was not called`)));
        }),
      ]);
    }
  }

  #note(call: string) {
    this.calls.push(call);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

Deno.test("A protocol is told of its transport, of each datagram, and of the end, once each", async () => {
  const { transport, protocol } = await createDatagramEndpoint(() => new Recorder(), {
    localAddress: HERE,
  });
  assert.equal(protocol.transport, transport);
  assert.deepEqual(protocol.calls, ["made"]);
  await using client = await connectDatagram(
    "127.0.0.1",
    transport.getExtraInfo("sockname").port,
  );
  await client.send("one");
  await client.send("");
  await protocol.until("received ");
  transport.close();
  transport.close();
  transport.abort();
  assert.equal(await protocol.lost, null);
  await sleep(5);
  assert.deepEqual(protocol.calls, ["made", "received one", "received ", "lost"]);
});

Deno.test("close() sends what is buffered, abort() drops it", async () => {
  await using server = await bindDatagram("127.0.0.1", 0);
  const options = { remoteAddress: server.localAddress };
  const first = await createDatagramEndpoint(() => new Recorder(), options);
  for (let number = 0; number < 20; number++) first.transport.sendto(String(number));
  first.transport.close();
  first.transport.sendto("after close()");
  assert.equal(first.transport.isClosing(), true);
  assert.equal(await first.protocol.lost, null);
  for (let number = 0; number < 20; number++) {
    assert.equal(text((await server.receive(LIMIT)).data), String(number));
  }

  const second = await createDatagramEndpoint(() => new Recorder(), options);
  for (let number = 0; number < 20; number++) second.transport.sendto(String(number));
  second.transport.abort();
  assert.equal(second.transport.getWriteBufferSize(), 0);
  assert.equal(await second.protocol.lost, null);
  await sleep(20);
  assert.ok(server.queued <= 1, `${server.queued} were sent`);
});

Deno.test("A protocol is paused above the high mark, and resumed at the low one", async () => {
  await using server = await bindDatagram("127.0.0.1", 0, { maxQueued: 1 });
  const { transport, protocol } = await createDatagramEndpoint(() => new Recorder(), {
    remoteAddress: server.localAddress,
  });
  assert.deepEqual(transport.getWriteBufferLimits(), { low: 16_384, high: 65_536 });
  transport.setWriteBufferLimits({ high: 100, low: 20 });
  transport.sendto(new Uint8Array(92)); // and eight for what the system keeps beside them
  assert.equal(transport.getWriteBufferSize(), 100);
  assert.deepEqual(protocol.calls, ["made"]);
  transport.sendto("x");
  assert.deepEqual(protocol.calls, ["made", "pause"]);
  transport.sendto("y");
  await protocol.until("resume");
  assert.deepEqual(protocol.calls, ["made", "pause", "resume"]);
  assert.throws(() => transport.setWriteBufferLimits({ high: 1, low: 2 }), RangeError);
  assert.throws(() => transport.setWriteBufferLimits({ high: NaN }), RangeError);
  transport.abort();
  await protocol.lost;
});

Deno.test("What cannot be sent is told to errorReceived, and the transport goes on", async () => {
  await using server = await bindDatagram("127.0.0.1", 0);
  const { transport, protocol } = await createDatagramEndpoint(() => new Recorder(), {
    remoteAddress: server.localAddress,
  });
  transport.sendto(new Uint8Array(70_000));
  transport.sendto("short");
  assert.equal(text((await server.receive(LIMIT)).data), "short");
  await protocol.until("error");
  const [error] = protocol.errors;
  assert.ok(error instanceof OSError && error.code === "EMSGSIZE");
  assert.equal(transport.isClosing(), false);
  transport.close();
  await protocol.lost;
});

Deno.test("A factory that throws leaves no socket behind", async () => {
  const failing = createDatagramEndpoint(() => {
    throw new Error("no protocol today");
  }, { localAddress: HERE });
  await assert.rejects(failing, /no protocol today/);
});

Deno.test("What a protocol throws is reported, and the transport goes on", async () => {
  const reports: unknown[] = [];
  await run(async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let count = 0;
    class Faulty extends DatagramProtocol {
      override datagramReceived() {
        if (++count === 2) resolve();
        throw new Error(`fault ${count}`);
      }
    }
    const { transport } = await createDatagramEndpoint(() => new Faulty(), { localAddress: HERE });
    const { port } = transport.getExtraInfo("sockname");
    await using client = await connectDatagram("127.0.0.1", port);
    await client.send("x");
    await client.send("x");
    await promise;
    await sleep(1);
    transport.close();
  }, {
    loopFactory: () => {
      const loop = new EventLoop();
      loop.setExceptionHandler((_, { exception }) => reports.push((exception as Error).message));
      return loop;
    },
  });
  assert.deepEqual(reports, ["fault 1", "fault 2"]);
});

Deno.test("Callbacks belong to no task, and see the context of the task that opened the socket", async () => {
  const variable = new ContextVar<string>("variable");
  await run(async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    class Asking extends DatagramProtocol {
      override datagramReceived() {
        resolve([currentTask(), variable.get()]);
      }
    }
    const { transport } = await createTask(() => {
      variable.set("inside");
      return createDatagramEndpoint(() => new Asking(), { localAddress: HERE });
    });
    const { port } = transport.getExtraInfo("sockname");
    await using client = await connectDatagram("127.0.0.1", port);
    await client.send("x");
    assert.deepEqual(await promise, [null, "inside"]);
    transport.close();
    await sleep(1);
  });
});

Deno.test("A socket ends with its loop", async () => {
  const protocol = new Recorder();
  const { transport } = await run(() =>
    createDatagramEndpoint(() => protocol, { localAddress: HERE })
  );
  assert.equal(transport.isClosing(), true);
  transport.close();
  transport.sendto("x", { hostname: "127.0.0.1", port: 9 });
  assert.deepEqual(protocol.calls, ["made"]);
});

Deno.test("Another protocol takes over", async () => {
  const { transport, protocol } = await createDatagramEndpoint(() => new Recorder(), {
    localAddress: HERE,
  });
  const second = new Recorder();
  assert.equal(transport.getProtocol(), protocol);
  transport.setProtocol(second);
  assert.equal(transport.getProtocol(), second);
  transport.close();
  await second.lost;
  assert.deepEqual(protocol.calls, ["made"]);
});

Deno.test("An answer to a sender without a port is told as an error, and the socket goes on", async () => {
  const { transport, protocol } = await createDatagramEndpoint(() => new Recorder(), {
    localAddress: HERE,
  });
  transport.sendto("nobody", { hostname: "127.0.0.1", port: 0 });
  transport.sendto("itself", transport.getExtraInfo("sockname"));
  await protocol.until("received itself");
  assert.ok(protocol.errors[0] instanceof OSError && protocol.errors[0].code === "EINVAL");
  transport.close();
  await protocol.lost;
});
