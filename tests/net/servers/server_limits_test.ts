import assert from "node:assert/strict";
import type { ExceptionContext } from "../../../loop/event_loop.ts";
import { getEventLoop } from "../../../loop/events.ts";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { openConnection } from "../../../net/streams/connect.ts";
import { createServer } from "../../../net/servers/create_server.ts";
import { OSError } from "../../../net/errors.ts";
import { MemoryNetwork } from "../../../net/memory.ts";
import { isAtLeast } from "../../../net/runtime.ts";
import { startServer } from "../../../net/servers/server.ts";
import { createConnection } from "../../../net/transports/create_connection.ts";
import type { Transport } from "../../../net/transports/transports.ts";
import { Noting } from "../../conformance/transports/wire.ts";
import { certificates } from "../../peers/certs.ts";
import { runInNoTime } from "../pairs.ts";
import { Echo, echo, ListenerByHand, onEachFace } from "./serving_sites.ts";

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

Deno.test("createConnection has an idleTimeout as well", async () => {
  await runInNoTime(async () => {
    const network = new MemoryNetwork();
    await using server = await startServer(() => {}, "localhost", 0, { listen: network.listen });
    const { transport, protocol } = await createConnection(
      () => new Echo(),
      "localhost",
      server.port,
      { dial: network.dial, idleTimeout: 1000 },
    );
    await sleep(900);
    transport.write("x");
    await sleep(900);
    assert.equal(transport.isClosing(), false);
    await sleep(200);
    assert.match((protocol.lostTo as Error).message, /was idle for 1000 ms/);
    await assert.rejects(
      createConnection(() => new Echo(), "localhost", server.port, { idleTimeout: NaN }),
      RangeError,
    );
  });
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
