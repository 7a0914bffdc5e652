import assert from "node:assert/strict";
import type { ExceptionContext } from "../../../loop/event_loop.ts";
import { getEventLoop } from "../../../loop/events.ts";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { openConnection } from "../../../net/streams/connect.ts";
import { createConnection } from "../../../net/transports/create_connection.ts";
import { createServer } from "../../../net/servers/create_server.ts";
import { OSError } from "../../../net/errors.ts";
import { runInNoTime } from "../pairs.ts";
import { Echo, ListenerByHand, onEachFace } from "./serving_sites.ts";

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
