import assert from "node:assert/strict";
import type { ByteStream, StartTlsOptions } from "../../../net/byte_stream.ts";
import { getEventLoop } from "../../../loop/events.ts";
import { RuntimeError, TimeoutError } from "../../../loop/exceptions.ts";
import { openConnection } from "../../../net/streams/connect.ts";
import { Connection } from "../../../net/streams/connection.ts";
import { memoryPair } from "../../../net/memory.ts";
import { startServer } from "../../../net/servers/server.ts";
import { sleep } from "../../../loop/sleep.ts";
import { bytes, sameBytes, text } from "../cuts.ts";
import { overEachKind, runInNoTime } from "../pairs.ts";

overEachKind("a connection knows both its ends", (near, far) => {
  assert.deepEqual(near.localAddress, far.remoteAddress);
  assert.deepEqual(near.remoteAddress, far.localAddress);
  assert.deepEqual(near.writer.getExtraInfo("peername"), near.remoteAddress);
  assert.deepEqual(near.writer.getExtraInfo("sockname"), near.localAddress);
  assert.equal(near.writer.getExtraInfo("cipher"), undefined);
  assert.equal(near.tls, false);
  return Promise.resolve();
});

overEachKind("both directions go on side by side", async (near, far) => {
  const echo = (async () => {
    for (;;) {
      const chunk = await far.reader.read(65_536);
      if (chunk.length === 0) break;
      far.writer.write(chunk);
      await far.writer.drain();
    }
    far.writer.writeEof();
  })();
  const sent = new Uint8Array(3_000_000).map((_, index) => (index * 7) % 253);
  near.writer.write(sent);
  near.writer.writeEof();
  assert.ok(sameBytes(await near.reader.read(), sent));
  await echo;
});

overEachKind(
  "close() is immediate and idempotent, and the peer reads the end",
  async (near, far) => {
    near.close();
    near.close();
    assert.equal(near.closed, true);
    assert.equal(await far.reader.nextLine(), null);
    await near.writer.waitClosed();
  },
);

Deno.test("await using sends what was written", async () => {
  const [near, far] = memoryPair();
  {
    await using connection = new Connection(near);
    connection.writer.write("bye");
  }
  assert.equal(text(await new Connection(far).reader.read()), "bye");
});

Deno.test("await using gives up on a peer that takes nothing", async () => {
  const [near] = memoryPair({ capacity: 1 });
  {
    await using connection = new Connection(near, { timeout: 5 });
    connection.writer.write("too much");
  }
  await assert.rejects(near.write(new Uint8Array(1)), { name: "ConnectionAbortedError" });
});

/** A stream whose handshake is the test's. */
function upgradable(stream: ByteStream, startTls: NonNullable<ByteStream["startTls"]>) {
  return Object.assign(stream, { startTls });
}

Deno.test("startTls goes on, encrypted, with the same reader and writer", async () => {
  const [plain] = memoryPair();
  const [encrypted, peer] = memoryPair();
  const log: StartTlsOptions[] = [];
  const connection = new Connection(
    upgradable(plain, (options) => {
      log.push(options);
      return Promise.resolve(Object.assign(encrypted, { tls: true }));
    }),
    { hostname: "mail.example.org" },
  );
  await connection.writer.startTls({ alpnProtocols: ["smtp"] });
  assert.equal(connection.tls, true);
  const { alpnProtocols, serverHostname } = log[0]!;
  assert.deepEqual({ alpnProtocols, serverHostname }, {
    alpnProtocols: ["smtp"],
    serverHostname: "mail.example.org",
  });
  connection.writer.write("EHLO");
  await connection.writer.flush();
  const buffer = new Uint8Array(8);
  assert.equal(await peer.read(buffer), 4);
  await assert.rejects(connection.startTls(), { name: "RuntimeError" });
});

Deno.test("startTls refuses bytes that came before it: they could be anybody's", async () => {
  const [near, far] = memoryPair();
  const connection = new Connection(upgradable(near, () => assert.fail("must not begin")));
  await far.write(new TextEncoder().encode("220 go ahead\r\n250 injected\r\n"));
  assert.equal(await connection.reader.nextLine(), "220 go ahead");
  await assert.rejects(connection.startTls(), { name: "SSLError", code: "ERR_TLS_INJECTION" });
});

Deno.test("startTls refuses while a read is in flight, even one that nobody awaits", async () => {
  const [near] = memoryPair();
  const connection = new Connection(upgradable(near, () => assert.fail("must not begin")));
  await assert.rejects(connection.reader.nextLine({ timeout: 1 }), { name: "TimeoutError" });
  await assert.rejects(connection.startTls(), /a read is in flight/);
  connection.close();
  await assert.rejects(connection.startTls(), { name: "ConnectionAbortedError" });
});

Deno.test("startTls sends what was written first", async () => {
  const [near, far] = memoryPair();
  const before = new Uint8Array(16);
  const connection = new Connection(upgradable(near, async () => {
    assert.equal(await far.read(before), 10);
    throw new Error("seen");
  }));
  connection.writer.write("STARTTLS\r\n");
  await assert.rejects(connection.startTls(), /seen/);
  assert.equal(connection.closed, true);
});

Deno.test("startTls that is broken off closes the connection, also the one that comes late", async () => {
  const shaken = Promise.withResolvers<ByteStream>();
  const [near] = memoryPair();
  const [late] = memoryPair();
  const connection = new Connection(upgradable(near, () => shaken.promise));
  await assert.rejects(connection.startTls({ timeout: 2 }), {
    name: "TimeoutError",
    message: /TLS with memory:2 was not set up within 2 ms/,
  });
  assert.equal(connection.closed, true);
  shaken.resolve(late);
  await sleep(0);
  await assert.rejects(late.read(new Uint8Array(1)), { name: "ConnectionAbortedError" });
});

Deno.test("startTls on a server's connection needs a certificate, and leaves all as it was", async () => {
  const [near, far] = memoryPair();
  const connection = new Connection(near, { side: "server" });
  await assert.rejects(connection.startTls(), /need cert and key/);
  assert.equal(connection.closed, false);
  connection.close();
  far.close();
});

Deno.test("a connection on which nothing passes is broken off after idleTimeout", async () => {
  await runInNoTime(async () => {
    const [stream, far] = memoryPair();
    const { reader, writer } = new Connection(stream, { idleTimeout: 1000 });
    const began = getEventLoop().time();
    const reading = reader.read(1).then((data) => data.length);
    await sleep(900);
    await far.write(bytes("a"));
    assert.equal(await reading, 1);
    const other = reader.read(1);
    await sleep(900);
    writer.write("b");
    await assert.rejects(other, (error: Error) => {
      assert.ok(error instanceof TimeoutError);
      assert.match(error.message, /was idle for 1000 ms/);
      return true;
    });
    assert.equal(getEventLoop().time() - began, 2800);
    await assert.rejects(async () => {
      writer.write("c");
      await writer.flush();
    }, TimeoutError);
    writer.abort();
    far.close();
  });
});

Deno.test("a connection that is closed is idle no longer", async () => {
  await runInNoTime(async () => {
    const [stream, far] = memoryPair();
    const connection = new Connection(stream, { idleTimeout: 1000 });
    connection.close();
    await sleep(2000);
    far.close();
  });
});

Deno.test("a connection takes water marks", async () => {
  const [stream, far] = memoryPair();
  const { writer } = new Connection(stream, { highWaterMark: 100, lowWaterMark: 10 });
  assert.deepEqual(writer.transport.getWriteBufferLimits(), { high: 100, low: 10 });
  await writer.drain();
  writer.abort();
  far.close();
  assert.throws(() => new Connection(stream, { highWaterMark: 10, lowWaterMark: 100 }), RangeError);
  assert.throws(() => new Connection(stream, { idleTimeout: 0 }), RangeError);
});

Deno.test("what cannot hold is refused before anything is dialled or served", async () => {
  const never = () => Promise.reject(new Error("dialled"));
  for (
    const options of [
      { highWaterMark: 10, lowWaterMark: 100 },
      { highWaterMark: NaN },
      { idleTimeout: 0 },
    ]
  ) {
    await assert.rejects(openConnection("localhost", 1, { dial: never, ...options }), RangeError);
    await assert.rejects(startServer(() => {}, "127.0.0.1", 0, options), RangeError);
  }
});

overEachKind("each direction ends by itself", async (near, far) => {
  near.writer.writeEof();
  assert.equal((await far.reader.read(1)).length, 0);
  far.writer.write("still here");
  far.writer.writeEof();
  assert.equal(text(await near.reader.read()), "still here");
  assert.equal(near.closed, false);
  assert.throws(() => near.writer.write("x"), RuntimeError);
});
