import assert from "node:assert/strict";
import { getEventLoop } from "../../loop/events.ts";
import { openConnection } from "../../net/streams/connect.ts";
import { Connection } from "../../net/streams/connection.ts";
import { createConnection } from "../../net/transports/create_connection.ts";
import { createServer } from "../../net/servers/create_server.ts";
import { ConnectionResetError } from "../../net/errors.ts";
import { MemoryNetwork, memoryPair } from "../../net/memory.ts";
import { Protocol } from "../../net/transports/protocols.ts";
import { isAtLeast } from "../../net/runtime.ts";
import { startServer } from "../../net/servers/server.ts";
import type { Transport } from "../../net/transports/transports.ts";
import type { WireEvent } from "../../net/wire_log.ts";
import { wireLogTo } from "../../net/wire_log.ts";
import { certificates } from "../peers/certs.ts";
import { bytes, text } from "./cuts.ts";

/** What was said on a connection, without what differs from run to run. */
function recorded(): { lines: string[]; wireLog: (event: WireEvent) => void } {
  const lines: string[] = [];
  const wireLog = wireLogTo((line) => lines.push(line.replace(/^[\d:.]{12} #\d+ /, "")));
  return { lines, wireLog };
}

Deno.test("a wire log shows both directions, and who we are", async () => {
  const [client, server] = [recorded(), recorded()];
  await using serving = await startServer(
    async (reader, writer) => {
      writer.write("220 ready\r\n");
      await reader.readline();
      writer.write("250-one\r\n250 two\r\n");
    },
    "127.0.0.1",
    0,
    { wireLog: server.wireLog },
  );
  const { port } = serving;
  const connection = await openConnection("127.0.0.1", port, { wireLog: client.wireLog });
  assert.equal(await connection.reader.nextLine(), "220 ready");
  connection.writer.write("EHLO me\r\n");
  assert.equal(text(await connection.reader.readexactly(18)), "250-one\r\n250 two\r\n");
  assert.equal((await connection.reader.read()).length, 0);
  const clientPort = connection.localAddress.port;
  connection.close();
  await serving.stop();
  assert.deepEqual(client.lines, [
    `-- connected to 127.0.0.1 ${port}`,
    "S: 220 ready",
    "C: EHLO me",
    "S: 250-one",
    "S: 250 two",
    `-- 127.0.0.1 ${port} has ended its direction`,
    "-- closed",
  ]);
  assert.deepEqual(server.lines, [
    `-- connection from 127.0.0.1 ${clientPort}`,
    "S: 220 ready",
    "C: EHLO me",
    "S: 250-one",
    "S: 250 two",
    "-- closed",
  ]);
});

Deno.test("a wire log is told of every way in which bytes are taken, once", async () => {
  const taken: string[] = [];
  const [near, far] = memoryPair();
  const connection = new Connection(near, {
    wireLog: ({ kind, data }) => {
      if (kind === "received") taken.push(typeof data === "string" ? `"${data}"` : text(data!));
    },
  });
  const { reader } = connection;
  await far.write(bytes("line\r\nnext\r\nuntil;exactly into into borrowed rest"));
  assert.equal(await reader.nextLine(), "line");
  assert.equal(reader.takeLine(), "next");
  await reader.readuntil(bytes(";"));
  await reader.readexactly(8);
  assert.equal(await reader.readInto(new Uint8Array(5)), 5);
  assert.equal(await reader.readInto(new Uint8Array(5)), 5);
  await reader.borrow();
  reader.consume(9);
  await reader.read(100);
  const landing = reader.readInto(new Uint8Array(100));
  await far.write(bytes("landed"));
  await landing;
  assert.deepEqual(taken, [
    `"line"`,
    `"next"`,
    "until;",
    "exactly ",
    "into ",
    "into ",
    "borrowed ",
    "rest",
    "landed",
  ]);
  connection.close();
  far.close();
});

Deno.test("what is secret reaches no wire log", async () => {
  const { lines, wireLog } = recorded();
  const [near, far] = memoryPair();
  const connection = new Connection(near, { wireLog });
  connection.writer.write("PASS hunter2\r\n", "PASS ***\r\n");
  connection.reader.showAs((line) => line.replace(/^PASS .*/, "PASS ***"));
  await far.write(bytes("PASS hunter2\r\nPASS hunter2\r\nUSER me\r\n"));
  await connection.reader.nextLine();
  await connection.reader.readline();
  await connection.reader.nextLine();
  connection.reader.showAs(null);
  await far.write(bytes("PASS on\r\n"));
  await connection.reader.nextLine();
  assert.deepEqual(lines.slice(1), [
    "C: PASS ***",
    "S: PASS ***",
    "S: PASS ***",
    "S: USER me",
    "S: PASS on",
  ]);
  const buffer = new Uint8Array(16);
  assert.equal(text(buffer.subarray(0, await far.read(buffer) ?? 0)), "PASS hunter2\r\n");
  connection.close();
  far.close();
});

Deno.test("a wire log tells of TLS, and shows what travels inside", async () => {
  const { good } = await certificates();
  const { lines, wireLog } = recorded();
  using listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: good.cert,
    key: good.key,
  });
  const { port } = listener.addr;
  const accepting = listener.accept();
  await using connection = await openConnection("localhost", port, {
    tls: true,
    caCerts: good.caCerts,
    wireLog,
  });
  using peer = await accepting;
  connection.writer.write("hello\n");
  await peer.read(new Uint8Array(6));
  assert.match(lines[1]!, /^-- TLS/);
  assert.deepEqual(lines.slice(2), ["C: hello"]);
});

Deno.test("wireLogTo shows bytes by their number, and shortens and escapes what is text", () => {
  const lines: string[] = [];
  const log = wireLogTo((line) => lines.push(line), { maxLength: 10 });
  const address = { hostname: "host", port: 25, transport: "tcp" as const };
  const event = {
    time: Date.UTC(2024, 0, 1, 12, 0, 0, 123),
    connection: 7,
    side: "client" as const,
    localAddress: address,
    remoteAddress: address,
  };
  log({ ...event, kind: "sent", data: new Uint8Array([0, 1, 255]) });
  log({ ...event, kind: "received", data: bytes('"1"\n\x1b[2J\nabcdefghijkl\r\n') });
  log({ ...event, kind: "closed", error: new ConnectionResetError("gone") });
  assert.deepEqual(lines, [
    "12:00:00.123 #7 C: <3 bytes>",
    '12:00:00.123 #7 S: "1"',
    String.raw`12:00:00.123 #7 S: \x1b[2J`,
    "12:00:00.123 #7 S: abcdefghij… (12 characters)",
    "12:00:00.123 #7 -- closed: Connection… (26 characters)",
  ]);
  assert.throws(() => wireLogTo(() => {}, { maxLength: 0 }), RangeError);
});

Deno.test("a wire log that throws breaks nothing, and is reported", async () => {
  const reported: unknown[] = [];
  const loop = getEventLoop();
  loop.setExceptionHandler((_, { exception }) => reported.push(exception));
  try {
    const error = new Error("disk full");
    const [near, far] = memoryPair();
    const connection = new Connection(near, {
      wireLog() {
        throw error;
      },
    });
    connection.writer.write("x");
    assert.equal(await far.read(new Uint8Array(1)), 1);
    connection.close();
    far.close();
    assert.deepEqual(reported, [error, error, error]);
  } finally {
    loop.setExceptionHandler(null);
  }
});

Deno.test("connections are counted in a wire log, and say why they closed", async () => {
  const events: WireEvent[] = [];
  const wireLog = (event: WireEvent) => events.push(event);
  const network = new MemoryNetwork();
  await using server = await startServer(
    async (reader) => {
      await reader.read();
    },
    "localhost",
    25,
    { listen: network.listen },
  );
  for (let times = 0; times < 2; times++) {
    const connection = await openConnection("localhost", server.port, {
      dial: network.dial,
      wireLog,
    });
    connection.close();
  }
  const [first, , second] = events;
  assert.equal(second!.connection, first!.connection + 1);
  assert.deepEqual(events.map(({ kind }) => kind), ["opened", "closed", "opened", "closed"]);
});

Deno.test("protocols have a wire log too, on both sides", async () => {
  const [client, server] = [recorded(), recorded()];
  const network = new MemoryNetwork();
  class Greeter extends Protocol {
    override connectionMade(transport: Transport) {
      transport.write("220 ready\r\n");
    }
  }
  class Quitter extends Protocol {
    readonly lost = Promise.withResolvers<void>();
    #transport!: Transport;

    override connectionMade(transport: Transport) {
      this.#transport = transport;
    }

    override dataReceived() {
      this.#transport.write("QUIT\r\n");
      this.#transport.close();
    }

    override connectionLost() {
      this.lost.resolve();
    }
  }
  await using serving = await createServer(() => new Greeter(), "localhost", 25, {
    listen: network.listen,
    wireLog: server.wireLog,
  });
  const { protocol } = await createConnection(() => new Quitter(), "localhost", 25, {
    dial: network.dial,
    wireLog: client.wireLog,
  });
  await protocol.lost.promise;
  await serving.stop();
  const said = ["S: 220 ready", "C: QUIT"];
  assert.deepEqual(client.lines.slice(1), [...said, "-- closed"]);
  assert.match(server.lines[0]!, /^-- connection from /);
  assert.deepEqual(server.lines.slice(1, 3), said);
  assert.equal(server.lines.at(-1), "-- closed");
});

Deno.test({
  name: "a wire log shows a dialogue with STARTTLS in clear, on both sides",
  ignore: !isAtLeast("2.9.1"),
  async fn() {
    const { good } = await certificates();
    const [client, server] = [recorded(), recorded()];
    await using serving = await startServer(
      async (reader, writer) => {
        await reader.nextLine();
        writer.write("OK\r\n");
        await writer.startTls({ cert: good.cert, key: good.key });
        writer.write(`${await reader.nextLine()}\r\n`);
      },
      "127.0.0.1",
      0,
      { wireLog: server.wireLog },
    );
    const connection = await openConnection("localhost", serving.port, {
      wireLog: client.wireLog,
    });
    connection.writer.write("STARTTLS\r\n");
    await connection.reader.nextLine();
    await connection.startTls({ caCerts: good.caCerts });
    connection.writer.write("inside\r\n");
    await connection.reader.nextLine();
    connection.close();
    await serving.stop();
    for (const { lines } of [client, server]) {
      const said = lines.map((line) => line.replace(/ \(.*\)$/, ""));
      assert.deepEqual(said.slice(1, 6), [
        "C: STARTTLS",
        "S: OK",
        "-- TLS",
        "C: inside",
        "S: inside",
      ]);
    }
  },
});
