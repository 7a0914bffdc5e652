import assert from "node:assert/strict";
import type { ExceptionContext } from "../../loop/event_loop.ts";
import { getEventLoop } from "../../loop/events.ts";
import { run } from "../../loop/runners.ts";
import { sleep } from "../../loop/sleep.ts";
import { createTask } from "../../loop/tasks.ts";
import type { ByteStream } from "../../net/byte_stream.ts";
import { openConnection } from "../../net/connect.ts";
import { createConnection } from "../../net/create_connection.ts";
import { createServer } from "../../net/create_server.ts";
import { OSError } from "../../net/errors.ts";
import type { Listener } from "../../net/listener.ts";
import { MemoryNetwork, memoryPair } from "../../net/memory.ts";
import { isAtLeast } from "../../net/runtime.ts";
import { type ConnectionCallback, type Server, startServer } from "../../net/server.ts";
import type { ServerOptions } from "../../net/server.ts";
import type { Transport } from "../../net/transports.ts";
import { Noting } from "../conformance/transports/wire.ts";
import { certificates } from "../peers/certs.ts";
import { runInNoTime } from "./pairs.ts";

const echo: ConnectionCallback = async (reader, writer) => {
  for await (const line of reader) writer.write(line);
};

/** Answers what it reads, in a protocol. */
class Echo extends Noting {
  override dataReceived(data: Uint8Array): void {
    this.transport.write(data);
  }
}

/** The same server by each face. */
const FACES: Record<string, (network: MemoryNetwork, options: ServerOptions) => Promise<Server>> = {
  streams: ({ listen }, options) => startServer(echo, "localhost", 0, { listen, ...options }),
  protocols: ({ listen }, options) =>
    createServer(() => new Echo(), "localhost", 0, { listen, ...options }),
};

/** Runs a test against both faces, in a network in memory, where time passes when all is quiet. */
function onEachFace(
  name: string,
  test: (
    site: {
      start(options?: ServerOptions): Promise<Server>;
      connect(server: Server): ReturnType<typeof openConnection>;
      reports: ExceptionContext[];
    },
  ) => Promise<void>,
): void {
  for (const [face, start] of Object.entries(FACES)) {
    Deno.test(`${name} (${face})`, () =>
      runInNoTime(async () => {
        const network = new MemoryNetwork();
        const reports: ExceptionContext[] = [];
        getEventLoop().setExceptionHandler((_loop, context) => reports.push(context));
        await test({
          reports,
          start: (options = {}) => start(network, options),
          connect: (server) =>
            openConnection("localhost", server.port, { dial: network.dial, timeout: 60_000 }),
        });
      }));
  }
}

onEachFace("maxConnections keeps others waiting until one ends", async ({ start, connect }) => {
  await using server = await start({ maxConnections: 2 });
  const first = await connect(server);
  const second = await connect(server);
  const third = await connect(server);
  for (const { writer } of [first, second, third]) writer.write("hello\n");
  assert.equal(await first.reader.nextLine(), "hello");
  assert.equal(await second.reader.nextLine(), "hello");
  await assert.rejects(third.reader.nextLine({ timeout: 1000 }), { name: "TimeoutError" });
  assert.equal(server.connections, 2);
  first.close();
  assert.equal(await third.reader.nextLine(), "hello");
  assert.equal(server.connections, 2);
  second.close();
  third.close();
});

Deno.test("a server that is full leaves others where they are, with the system", async () => {
  await runInNoTime(async () => {
    const listener = new ListenerByHand();
    await using server = await createServer(() => new Echo(), "localhost", 0, {
      listen: () => listener,
      maxConnections: 2,
    });
    const far = Array.from({ length: 5 }, () => listener.arrive());
    await sleep(10);
    assert.equal(server.connections, 2);
    assert.equal(listener.waiting, 3);
    for (const stream of far) stream.close();
    await sleep(10);
    assert.equal(listener.waiting, 0);
  });
});

onEachFace("a server that is full can be closed", async ({ start, connect }) => {
  const server = await start({ maxConnections: 1 });
  const first = await connect(server);
  first.writer.write("hello\n");
  assert.equal(await first.reader.nextLine(), "hello");
  const second = await connect(server);
  await sleep(1);
  server.close();
  first.close();
  await server.waitClosed({ timeout: 1000 });
  second.close();
});

Deno.test("several hosts share one limit of connections", async () => {
  await runInNoTime(async () => {
    const listeners = [new ListenerByHand(), new ListenerByHand()];
    const [one, two] = listeners;
    const all = [...listeners];
    const made: Echo[] = [];
    await using server = await createServer(
      () => {
        made.push(new Echo());
        return made.at(-1)!;
      },
      ["a", "b"],
      0,
      { listen: () => all.shift()!, maxConnections: 1 },
    );
    const far = [one!.arrive(), two!.arrive()];
    await sleep(10);
    assert.equal(server.connections, 1);
    assert.equal(made.length, 1);
    made[0]!.transport.close();
    await sleep(10);
    assert.equal(server.connections, 1);
    assert.equal(made.length, 2);
    for (const stream of far) stream.close();
  });
});

Deno.test("maxConnectionsPerAddress refuses one more, and says that it begins to", async () => {
  await runInNoTime(async () => {
    const reports: ExceptionContext[] = [];
    getEventLoop().setExceptionHandler((_loop, context) => reports.push(context));
    const listener = new ListenerByHand();
    await using server = await createServer(() => new Echo(), "localhost", 0, {
      listen: () => listener,
      maxConnectionsPerAddress: 2,
    });
    // As a socket shows it that hears of both kinds of addresses.
    const first = listener.arrive("::ffff:192.0.2.7");
    const second = listener.arrive("192.0.2.7");
    const others = [listener.arrive("192.0.2.8"), listener.arrive("2001:db8::7")];
    await sleep(1);
    assert.equal(server.connections, 4);
    const refused = [listener.arrive("192.0.2.7"), listener.arrive("::ffff:192.0.2.7")];
    for (const stream of refused) assert.equal(await stream.read(new Uint8Array(1)), null);
    assert.equal(server.connections, 4);
    assert.deepEqual(reports, [
      { message: "Connections from 192.0.2.7 are refused: it has too many already", server },
    ]);

    second.close();
    await sleep(1);
    const third = listener.arrive("192.0.2.7");
    await sleep(1);
    assert.equal(server.connections, 4);
    const fourth = listener.arrive("192.0.2.7");
    assert.equal(await fourth.read(new Uint8Array(1)), null);
    assert.equal(reports.length, 2);
    for (const stream of [first, third, fourth, ...others, ...refused]) stream.close();
  });
});

onEachFace("idleTimeout ends a connection on which nothing passes", async (site) => {
  await using server = await site.start({ idleTimeout: 1000 });
  const client = await site.connect(server);
  for (let count = 0; count < 5; count++) {
    await sleep(900);
    client.writer.write("still here\n");
    assert.equal(await client.reader.nextLine(), "still here");
  }
  const before = getEventLoop().time();
  assert.equal(await client.reader.nextLine(), null);
  assert.ok(Math.abs(getEventLoop().time() - before - 1000) < 2);
  await sleep(1);
  assert.equal(server.connections, 0);
  assert.deepEqual(site.reports, []);
  client.close();
});

Deno.test("idleTimeout tells a protocol why, also when the peer only takes nothing", async () => {
  await runInNoTime(async () => {
    const network = new MemoryNetwork({ capacity: 1000 });
    const protocol = new Echo();
    await using server = await createServer(() => protocol, "localhost", 0, {
      listen: network.listen,
      idleTimeout: 1000,
    });
    const stream = await network.dial({ hostname: "localhost", port: server.port }, {});
    await sleep(900);
    protocol.transport.write("x".repeat(5000));
    await sleep(900);
    assert.equal(protocol.transport.isClosing(), false);
    await sleep(200);
    assert.equal((protocol.lostTo as Error).name, "TimeoutError");
    assert.match((protocol.lostTo as Error).message, /was idle for 1000 ms/);
    stream.close();
  });
});

onEachFace("stop() lets connections end by themselves", async ({ start, connect }) => {
  const server = await start();
  const client = await connect(server);
  client.writer.write("one\n");
  assert.equal(await client.reader.nextLine(), "one");
  const stopping = createTask(() => server.stop());
  await sleep(1000);
  assert.equal(server.isServing(), false);
  await assert.rejects(connect(server), { name: "ConnectionRefusedError" });
  client.writer.write("two\n");
  assert.equal(await client.reader.nextLine(), "two");
  client.close();
  const before = getEventLoop().time();
  await stopping;
  assert.ok(getEventLoop().time() - before < 100);
});

onEachFace("stop() closes those that are left after its time", async ({ start, connect }) => {
  const server = await start();
  const client = await connect(server);
  client.writer.write("one\n");
  assert.equal(await client.reader.nextLine(), "one");
  const before = getEventLoop().time();
  await server.stop({ timeout: 5000 });
  assert.ok(Math.abs(getEventLoop().time() - before - 5000) < 10);
  assert.equal(await client.reader.nextLine(), null);
  client.close();
});

onEachFace("stop() ends those that take nothing at once, in the end", async (site) => {
  const server = await site.start();
  const client = await site.connect(server);
  for (let sent = 0; sent < 40; sent++) client.writer.write("x".repeat(9999) + "\n");
  await sleep(1);
  const before = getEventLoop().time();
  await server.stop({ timeout: 5000, flushTimeout: 2000 });
  assert.ok(Math.abs(getEventLoop().time() - before - 7000) < 10);
  assert.equal(server.connections, 0);
  assert.deepEqual(site.reports, []);
  client.close();
});

onEachFace("stop() loses its patience when its signal says so", async ({ start, connect }) => {
  const server = await start();
  const client = await connect(server);
  client.writer.write("one\n");
  assert.equal(await client.reader.nextLine(), "one");
  const patience = new AbortController();
  const stopping = createTask(() => server.stop({ signal: patience.signal }));
  await sleep(100);
  const reason = new Error("now");
  patience.abort(reason);
  await assert.rejects(stopping, reason);
  assert.equal(await client.reader.nextLine(), null);
  await server.waitClosed();
  client.close();
});

onEachFace("stop() of a server without connections is done at once", async ({ start }) => {
  const server = await start();
  await server.stop();
  await server.stop();
  await assert.rejects(server.stop({ timeout: 0 }), RangeError);
  await assert.rejects(server.stop({ flushTimeout: -1 }), RangeError);
});

onEachFace("startServing: false leaves clients waiting", async ({ start, connect }) => {
  await using server = await start({ startServing: false });
  assert.equal(server.isServing(), false);
  const client = await connect(server);
  client.writer.write("hello\n");
  await assert.rejects(client.reader.nextLine({ timeout: 100 }), { name: "TimeoutError" });
  await server.startServing();
  await server.startServing();
  assert.equal(server.isServing(), true);
  assert.equal(await client.reader.nextLine(), "hello");
  client.close();
});

onEachFace("a server that never served can be closed", async ({ start }) => {
  const server = await start({ startServing: false });
  server.close();
  await server.waitClosed();
  await assert.rejects(server.startServing(), { name: "RuntimeError", message: /is closed/ });
});

onEachFace("one call of serveForever() is enough", async ({ start }) => {
  await using server = await start({ startServing: false });
  const serving = createTask(() => server.serveForever());
  await sleep(1);
  assert.equal(server.isServing(), true);
  await assert.rejects(server.serveForever(), { name: "RuntimeError", message: /does already/ });
  assert.equal(server.isServing(), true);
  server.close();
  await serving;
});

Deno.test("a factory that throws ends one connection and is reported", async () => {
  await run(async () => {
    const reports: ExceptionContext[] = [];
    getEventLoop().setExceptionHandler((_loop, context) => reports.push(context));
    let fails = true;
    await using server = await createServer(() => {
      if (fails) throw new Error("no protocol");
      return new Echo();
    });
    const broken = await openConnection(server.hostname, server.port, { timeout: 5000 });
    assert.equal(await broken.reader.nextLine(), null);
    assert.equal(reports.length, 1);
    assert.equal(reports[0]!.server, server);
    assert.equal(server.connections, 0);
    broken.close();
    fails = false;
    const fine = await openConnection(server.hostname, server.port, { timeout: 5000 });
    fine.writer.write("hello\n");
    assert.equal(await fine.reader.nextLine(), "hello");
    fine.close();
  });
});

Deno.test("a protocol that throws ends one connection and is reported", async () => {
  await run(async () => {
    const reports: ExceptionContext[] = [];
    getEventLoop().setExceptionHandler((_loop, context) => reports.push(context));
    class Fragile extends Echo {
      override dataReceived(data: Uint8Array): void {
        if (data[0] === 33) throw new Error("ouch");
        super.dataReceived(data);
      }
    }
    await using server = await createServer(() => new Fragile());
    const fine = await openConnection(server.hostname, server.port, { timeout: 5000 });
    const broken = await openConnection(server.hostname, server.port, { timeout: 5000 });
    broken.writer.write("!\n");
    assert.equal(await broken.reader.nextLine().catch(() => null), null);
    assert.equal(reports.length, 1);
    assert.equal((reports[0]!.exception as Error).message, "ouch");
    fine.writer.write("hello\n");
    assert.equal(await fine.reader.nextLine(), "hello");
    fine.close();
    broken.close();
  });
});

Deno.test("disposing a server of protocols ends them, and waits", async () => {
  const protocols: Echo[] = [];
  const clients: Echo[] = [];
  {
    await using server = await createServer(() => {
      protocols.push(new Echo());
      return protocols.at(-1)!;
    });
    for (let count = 0; count < 3; count++) {
      const client = await createConnection(() => new Echo(), "127.0.0.1", server.port);
      client.transport.write("hello");
      clients.push(client.protocol);
    }
    while (protocols.length < 3) await sleep(1);
  }
  assert.deepEqual(protocols.map(({ told }) => told.at(-1)), Array(3).fill("connectionLost"));
  while (!clients.every(({ told }) => told.at(-1) === "connectionLost")) await sleep(1);
});

Deno.test("run() that ends closes the servers and connections that it leaves", async () => {
  const left = await run(async () => {
    const protocol = new Echo();
    const server = await createServer(() => new Echo());
    await createConnection(() => protocol, "127.0.0.1", server.port);
    await sleep(5);
    return { server, protocol };
  });
  assert.equal(left.server.isServing(), false);
  assert.equal(left.protocol.transport.isClosing(), true);
  assert.deepEqual(left.protocol.told, ["connectionMade"]);
});

Deno.test("what limits a connection passes everything else on", async () => {
  class Ending extends Noting {
    override connectionMade(transport: Transport): void {
      super.connectionMade(transport);
      transport.write("the end");
      transport.writeEof();
    }
  }
  const protocol = new Ending();
  await using server = await createServer(() => protocol, "127.0.0.1", 0, {
    idleTimeout: 60_000,
    maxConnectionsPerAddress: 5,
  });
  const { reader, writer } = await openConnection("127.0.0.1", server.port, { timeout: 5000 });
  assert.equal(new TextDecoder().decode(await reader.read()), "the end");
  writer.write("heard");
  writer.close();
  await writer.waitClosed();
  while (protocol.told.at(-1) !== "connectionLost") await sleep(1);
  assert.deepEqual(protocol.told, ["connectionMade", "heard", "eofReceived", "connectionLost"]);
  const { transport } = protocol;
  assert.equal(transport.getExtraInfo("sockname").port, server.port);
  assert.equal(transport.getExtraInfo("peername").hostname, "127.0.0.1");
  assert.equal(transport.getExtraInfo("sslInfo", "none"), "none");
  assert.equal(transport.getExtraInfo("compression", "none"), "none");
});

Deno.test("all addresses are those of IPv4 on a machine without IPv6", async () => {
  for (const code of ["EAFNOSUPPORT", "EADDRNOTAVAIL"]) {
    const asked: string[] = [];
    await using _server = await createServer(() => new Echo(), null, 0, {
      listen: ({ hostname }) => {
        asked.push(hostname);
        if (hostname === "::") throw new OSError("no such addresses here", { code });
        return new ListenerByHand();
      },
    });
    assert.deepEqual(asked, ["::", "0.0.0.0"]);
  }
});

Deno.test("limits of servers are checked", async () => {
  const make = () => new Echo();
  const wrong: [object, typeof RangeError | typeof TypeError][] = [
    [{ maxConnections: 0 }, RangeError],
    [{ maxConnections: NaN }, RangeError],
    [{ maxConnectionsPerAddress: 0.5 }, RangeError],
    [{ idleTimeout: 0 }, RangeError],
    [{ backlog: 0 }, RangeError],
    [{ handshakeTimeout: 1000 }, TypeError],
  ];
  for (const [options, type] of wrong) {
    await assert.rejects(createServer(make, "127.0.0.1", 0, options), type, Deno.inspect(options));
    await assert.rejects(startServer(echo, "127.0.0.1", 0, options), type);
  }
  await using _server = await createServer(make, "127.0.0.1", 0, {
    maxConnections: Infinity,
    maxConnectionsPerAddress: Infinity,
    idleTimeout: Infinity,
    backlog: 16,
  });
});

Deno.test({
  name: "handshakeTimeout ends a client that does not begin TLS, and keeps nobody waiting",
  ignore: !isAtLeast("2.9.1"),
  async fn() {
    const { good } = await certificates();
    await using server = await startServer(echo, "127.0.0.1", 0, {
      tls: good,
      handshakeTimeout: 100,
    });
    const silent = await openConnection("127.0.0.1", server.port, { timeout: 5000 });
    const client = await openConnection("localhost", server.port, {
      tls: true,
      caCerts: good.caCerts,
      timeout: 5000,
    });
    client.writer.write("hello\n");
    assert.equal(await client.reader.nextLine(), "hello");
    client.close();
    assert.equal(await silent.reader.nextLine().catch(() => null), null);
    silent.close();
  },
});

Deno.test({
  name: "maxConnectionsPerAddress counts those that are in the handshake of TLS",
  ignore: !isAtLeast("2.9.1"),
  async fn() {
    const { good } = await certificates();
    await run(async () => {
      const reports: ExceptionContext[] = [];
      getEventLoop().setExceptionHandler((_loop, context) => reports.push(context));
      await using server = await startServer(echo, "127.0.0.1", 0, {
        tls: good,
        maxConnectionsPerAddress: 1,
      });
      const { port } = server;
      const silent = await openConnection("127.0.0.1", port, { timeout: 5000 });
      const tls = { tls: true, caCerts: good.caCerts, timeout: 5000 };
      await assert.rejects(openConnection("localhost", port, tls), OSError);
      assert.match(reports[0]!.message, /127\.0\.0\.1 are refused/);
      silent.close();
      // The server hears of that end a moment later.
      await sleep(20);
      const client = await openConnection("localhost", port, tls);
      client.writer.write("hello\n");
      assert.equal(await client.reader.nextLine(), "hello");
      client.close();
    });
  },
});

Deno.test("a connection that comes as the server is closed is let go", async () => {
  await runInNoTime(async () => {
    const listener = new ListenerByHand();
    let served = 0;
    const server = await createServer(
      () => {
        served++;
        return new Echo();
      },
      "localhost",
      0,
      { listen: () => listener },
    );
    await sleep(1);
    const far = listener.arrive();
    // It is accepted, and not yet served.
    while (server.connections === 0) await Promise.resolve();
    server.close();
    await server.waitClosed({ timeout: 1000 });
    assert.equal(served, 0);
    assert.equal(await far.read(new Uint8Array(1)), null);
    far.close();
  });
});

/** A listener at which connections arrive when a test says so. */
class ListenerByHand implements Listener {
  readonly address = { hostname: "localhost", port: 25, transport: "memory" } as const;
  readonly #arrived: ByteStream[] = [];
  #waiting: ((stream: ByteStream | null) => void) | null = null;
  #closed = false;

  /** How many have arrived that nobody has accepted. */
  get waiting(): number {
    return this.#arrived.length;
  }

  /** Has somebody arrive from an address, and gives his end of the connection. */
  arrive(hostname = "client"): ByteStream {
    const [near, far] = memoryPair({
      addresses: [this.address, { hostname, port: 4000, transport: "memory" }],
    });
    if (this.#waiting === null) {
      this.#arrived.push(near);
    } else {
      this.#waiting(near);
      this.#waiting = null;
    }
    return far;
  }

  accept(): Promise<ByteStream | null> {
    const stream = this.#arrived.shift();
    if (stream !== undefined) return Promise.resolve(stream);
    if (this.#closed) return Promise.resolve(null);
    return new Promise((resolve) => this.#waiting = resolve);
  }

  close(): void {
    this.#closed = true;
    this.#waiting?.(null);
  }
}
