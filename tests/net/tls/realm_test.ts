import assert from "node:assert/strict";
import type { ByteStream } from "../../../net/byte_stream.ts";
import { ConnectionResetError } from "../../../net/errors.ts";
import { memoryPair } from "../../../net/memory.ts";
import { isAtLeast } from "../../../net/runtime.ts";
import { TlsRealm } from "../../../net/tls/realm/realm.ts";
import { bytes, text } from "../cuts.ts";
import {
  Between,
  CARRIERS,
  certs,
  type Ends,
  NEEDED,
  readAll,
  shake,
  tlsTest,
  writeAll,
} from "./pairs.ts";
import { shakeIn } from "./realms.ts";

const closeAll = (...ends: { close(): void }[]) => ends.forEach((end) => end.close());

if (!isAtLeast(NEEDED)) {
  Deno.test("an older Deno is told what a realm needs", async () => {
    const [near, far] = memoryPair();
    await using realm = new TlsRealm();
    await assert.rejects(
      realm.startTlsClient(near),
      /realm of its own needs Deno 2\.9\.1 or newer/,
    );
    closeAll(near, far);
  });
}

for (const [carrier, pair] of Object.entries(CARRIERS)) {
  tlsTest(`a realm knows of a connection what the program would: ${carrier}`, async () => {
    const client = { alpnProtocols: ["x", "imap"], maxVersion: "TLSv1.2" as const };
    const server = { alpnProtocols: ["imap", "pop3"] };
    await using realm = new TlsRealm();
    const here = await shake(await pair(), client, server);
    const there = await shakeIn(realm, await pair(), client, server);
    assert.equal(there[0].tls, true);
    assert.equal(there[0].tlsInfo!.protocol, "TLSv1.2");
    assert.equal(there[0].tlsInfo!.alpnProtocol, "imap");
    assert.match(there[0].tlsInfo!.peerCertificate!.subjectAltName, /DNS:localhost/);
    assert.deepEqual({ ...there[0].tlsInfo }, { ...here[0].tlsInfo });
    assert.deepEqual(there[0].tlsInfo!.serverEndPoint, there[1].tlsInfo!.serverEndPoint);
    assert.equal(there[0].remoteAddress.transport, here[0].remoteAddress.transport);
    closeAll(...here, ...there);
  });

  tlsTest(
    `a realm knows of a resumed connection what it did of the first: ${carrier}`,
    async () => {
      await using realm = new TlsRealm();
      const first = await shakeIn(realm, await pair(), { resumable: true });
      const { session, ...made } = first[0].tlsInfo!;
      for (let round = 0; round < 2; round++) {
        const again = await shakeIn(realm, await pair(), { session });
        assert.deepEqual({ ...again[0].tlsInfo }, { ...made, session, sessionReused: true });
        assert.equal(again[0].tlsInfo!.session, session);
        closeAll(...again);
      }
      closeAll(...first);
    },
  );

  tlsTest(`large data goes both ways at a time through a realm, and ends: ${carrier}`, async () => {
    await using realm = new TlsRealm();
    const [client, server] = await shakeIn(realm, await pair());
    const data = new Uint8Array(3_000_000).map((_, at) => at % 251);
    const send = async (end: ByteStream) => {
      await writeAll(end, data);
      await end.closeWrite();
    };
    const [there, back] = await Promise.all([
      readAll(server, 200_000),
      readAll(client, 1000),
      send(client),
      send(server),
    ]);
    assert.ok(there.length === data.length && there.every((byte, at) => byte === at % 251));
    assert.ok(back.length === data.length && back.every((byte, at) => byte === at % 251));
    closeAll(client, server);
  });

  tlsTest(`our direction ends in a realm, and in the stream below: ${carrier}`, async () => {
    const [near, far] = await pair();
    let ended = 0;
    const watched = new class extends Between {
      override closeWrite(): Promise<void> {
        ended++;
        return super.closeWrite();
      }
    }(near);
    await using realm = new TlsRealm();
    const [client, server] = await shakeIn(realm, [watched, far]);
    const reading = readAll(server);
    // No more is taken at once than in the program itself.
    assert.equal(await client.write(new Uint8Array(1_000_000)), 262_144);
    assert.equal(ended, 0);
    await client.closeWrite();
    assert.equal(ended, 1);
    assert.equal((await reading).length, 262_144);
    closeAll(client, server);
  });

  tlsTest(`our direction ends in a realm, and the other goes on: ${carrier}`, async () => {
    await using realm = new TlsRealm();
    const [client, server] = await shakeIn(realm, await pair());
    await writeAll(client, bytes("that is all"));
    await client.closeWrite();
    await client.closeWrite();
    await assert.rejects(client.write(bytes("x")), { name: "BrokenPipeError" });
    assert.equal(text(await readAll(server)), "that is all");
    await writeAll(server, bytes("thank you"));
    await writeAll(server, bytes(", good bye"));
    server.close();
    assert.equal(text(await readAll(client)), "thank you, good bye");
    assert.equal(await client.read(new Uint8Array(1)), null);
    client.close();
  });

  tlsTest(`close() ends TLS as it should, out of a realm: ${carrier}`, async () => {
    await using realm = new TlsRealm();
    const [client, server] = await shakeIn(realm, await pair());
    await writeAll(client, bytes("bye"));
    const reading = client.read(new Uint8Array(1));
    client.close();
    client.close();
    await assert.rejects(reading, { name: "ConnectionAbortedError" });
    assert.equal(text(await readAll(server)), "bye");
    await assert.rejects(client.read(new Uint8Array(1)), { name: "ConnectionAbortedError" });
    await assert.rejects(client.write(bytes("x")), { name: "ConnectionAbortedError" });
    await assert.rejects(client.closeWrite(), { name: "ConnectionAbortedError" });
    server.close();
  });

  for (const last of ["", "\r\n", "some more than that"]) {
    tlsTest(`a cut is no end in a realm: ${carrier}, after ${last.length} bytes`, async () => {
      const ends = await pair();
      await using realm = new TlsRealm();
      const [client, server] = await shakeIn(realm, ends);
      if (last !== "") await writeAll(server, bytes(last));
      // Below TLS: 2 bytes of data make a record as long as the end of TLS does.
      ends[1].close();
      const buffer = new Uint8Array(64);
      if (last !== "") {
        const count = await client.read(buffer);
        assert.equal(text(buffer.subarray(0, count!)), last);
      }
      for (let again = 0; again < 2; again++) {
        await assert.rejects(client.read(buffer), {
          name: "SSLError",
          code: "ERR_TLS_TRUNCATED",
          message: /without the end of TLS/,
          hostname: ends[0].remoteAddress.hostname,
        });
      }
      closeAll(client, server);
    });
  }
}

/** A stream that can be reset as a peer does it. */
class Breaking extends Between {
  readonly error: Error = new ConnectionResetError("The peer reset the connection");
  readonly #reset = Promise.withResolvers<never>();

  constructor(stream: ByteStream) {
    super(stream);
    this.#reset.promise.catch(() => {});
  }

  reset(): void {
    this.#reset.reject(this.error);
  }

  override read(buffer: Uint8Array): Promise<number | null> {
    return Promise.race([this.#reset.promise, super.read(buffer)]);
  }
}

tlsTest(
  "what the stream throws comes out of a realm as it is, after what came before",
  async () => {
    const [near, far] = memoryPair();
    const broken = new Breaking(near);
    await using realm = new TlsRealm();
    const [client, server] = await shakeIn(realm, [broken, far]);
    await writeAll(server, bytes("last words"));
    const buffer = new Uint8Array(64);
    assert.equal(await client.read(buffer), 10);
    broken.reset();
    const same = (error: unknown) => error === broken.error;
    await assert.rejects(client.read(buffer), same);
    await assert.rejects(client.write(bytes("x")), same);
    await assert.rejects(client.closeWrite(), same);
    closeAll(client, server);
  },
);

tlsTest("a write that fails says so, out of a realm", async () => {
  const [near, far] = memoryPair();
  const failing = new class extends Between {
    broken = false;
    override write(data: Uint8Array): Promise<number> {
      if (this.broken) return Promise.reject(new ConnectionResetError("gone"));
      return super.write(data);
    }
  }(near);
  await using realm = new TlsRealm();
  const [client, server] = await shakeIn(realm, [failing, far]);
  await writeAll(client, bytes("taken"));
  failing.broken = true;
  await assert.rejects(client.write(bytes("lost")), { name: "ConnectionResetError" });
  await assert.rejects(client.read(new Uint8Array(1)), { name: "ConnectionResetError" });
  closeAll(client, server);
});

tlsTest("bytes that come one at a time make TLS in a realm all the same", async () => {
  const [near, far] = memoryPair();
  await using realm = new TlsRealm();
  const [client, server] = await shakeIn(realm, [new Between(near, 1), far]);
  await writeAll(client, bytes("slowly"));
  await writeAll(server, bytes("as slowly"));
  server.close();
  assert.equal(text(await readAll(client)), "as slowly");
  client.close();
});

tlsTest("one read and one write at a time, in a realm", async () => {
  await using realm = new TlsRealm();
  const [client, server] = await shakeIn(realm, memoryPair());
  const reading = client.read(new Uint8Array(1));
  await assert.rejects(client.read(new Uint8Array(1)), /a read is in flight/);
  const writing = client.write(bytes("a"));
  await assert.rejects(client.write(bytes("b")), /a write is in flight/);
  // The end comes after what is being written.
  const ended = client.closeWrite();
  assert.equal(await writing, 1);
  await ended;
  assert.equal(text(await readAll(server)), "a");
  client.close();
  await assert.rejects(reading, { name: "ConnectionAbortedError" });
  server.close();
});

/** Sends for as long as it is taken, and says how much that was. */
async function takenFrom(from: ByteStream): Promise<[number, Promise<void>]> {
  let sent = 0;
  const data = new Uint8Array(100_000);
  const sending = (async () => {
    while (sent < 100e6) sent += await from.write(data);
  })();
  sending.catch(() => {});
  for (let before = -1, same = 0; same < 3;) {
    same = before === sent ? same + 1 : 0;
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return [sent, sending];
}

for (const [carrier, pair] of Object.entries(CARRIERS)) {
  tlsTest(`what nobody takes stays where it is, on both sides of a realm: ${carrier}`, async () => {
    await using realm = new TlsRealm();
    for (const who of [0, 1] as const) {
      const ends = await shakeIn(realm, await pair());
      const [sent, sending] = await takenFrom(ends[who]);
      // The system's buffers hold most of it, over sockets.
      assert.ok(sent < 20e6, `${sent} bytes were taken`);
      closeAll(...ends);
      await assert.rejects(sending);
    }
  });
}

tlsTest("ten realms at once", async () => {
  const data = new Uint8Array(400_000).map((_, at) => at % 249);
  await Promise.all(Array.from({ length: 10 }, async (_, number) => {
    await using realm = new TlsRealm();
    const [client, server] = await shakeIn(realm, await CARRIERS.sockets!(), { resumable: true });
    const [there] = await Promise.all([
      readAll(server),
      writeAll(client, data.subarray(number)).then(() => client.closeWrite()),
    ]);
    assert.deepEqual(there, data.subarray(number));
    closeAll(client, server);
  }));
});

tlsTest("many connections of one realm at once", async () => {
  await using realm = new TlsRealm();
  await Promise.all(Array.from({ length: 20 }, async (_, number) => {
    const ends: Ends = await shakeIn(realm, memoryPair());
    await writeAll(ends[0], bytes(`number ${number}`));
    ends[0].close();
    assert.equal(text(await readAll(ends[1])), `number ${number}`);
    ends[1].close();
  }));
});

tlsTest("a realm that closes lets its connections say goodbye", async () => {
  const realm = new TlsRealm();
  const open = await shakeIn(realm, memoryPair());
  const closed = await shakeIn(realm, memoryPair());
  const ended = assert.rejects(open[0].read(new Uint8Array(1)), { name: "ConnectionAbortedError" });
  closed[0].close();
  await Promise.all([realm[Symbol.asyncDispose](), realm[Symbol.asyncDispose]()]);
  assert.equal(realm.closed, true);
  await ended;
  // Both read the end of TLS, or it would be an error.
  assert.equal(text(await readAll(open[1])), "");
  assert.equal(text(await readAll(closed[1])), "");
  closeAll(open[1], closed[1]);
  const [near, far] = memoryPair();
  await assert.rejects(realm.startTlsClient(near, certs.good), {
    name: "RuntimeError",
    message: /realm is closed/,
  });
  closeAll(near, far);
});

tlsTest("a realm that was never used, and one that is closed in a handshake", async () => {
  new TlsRealm().close();
  const realm = new TlsRealm();
  const [near, far] = memoryPair();
  const stream = new Between(near);
  const ended = assert.rejects(realm.startTlsClient(stream, { serverHostname: "localhost" }), {
    name: "ConnectionAbortedError",
  });
  await realm[Symbol.asyncDispose]();
  await ended;
  assert.equal(stream.closed, true);
  far.close();
});
