import assert from "node:assert/strict";
import type { ByteStream, StartTlsServerOptions } from "../../../net/byte_stream.ts";
import { run } from "../../../loop/runners.ts";
import { createTask } from "../../../loop/tasks.ts";
import { Connection } from "../../../net/streams/connection.ts";
import { ConnectionResetError } from "../../../net/errors.ts";
import { memoryPair } from "../../../net/memory.ts";
import { isAtLeast } from "../../../net/runtime.ts";
import { startTlsClient, startTlsServer } from "../../../net/tls/starttls.ts";
import { bytes, text } from "../cuts.ts";
import {
  Between,
  CARRIERS,
  certs,
  type Ends,
  NEEDED,
  readAll,
  shake,
  socketPair,
  tlsTest,
  writeAll,
} from "./pairs.ts";

const { caCerts } = certs.good;
const closeBoth = (...ends: { close(): void }[]) => ends.forEach((end) => end.close());

if (!isAtLeast(NEEDED)) {
  Deno.test({
    name: "an older Deno is told what it needs",
    async fn() {
      const [near, far] = memoryPair();
      const { cert, key } = certs.good;
      await assert.rejects(startTlsServer(far, { cert, key }), /needs Deno 2\.9\.1 or newer/);
      await assert.rejects(startTlsClient(near), /needs Deno 2\.9\.1 or newer/);
      closeBoth(near, far);
    },
  });
}

for (const [carrier, pair] of Object.entries(CARRIERS)) {
  tlsTest(`both sides make TLS and know what they have: ${carrier}`, async () => {
    const [client, server] = await shake(await pair(), { alpnProtocols: ["x", "imap"] }, {
      alpnProtocols: ["imap", "pop3"],
    });
    for (const { tls, tlsInfo } of [client, server]) {
      assert.equal(tls, true);
      assert.equal(tlsInfo?.protocol, "TLSv1.3");
      assert.match(tlsInfo?.cipher ?? "", /^TLS_/);
      assert.equal(tlsInfo?.alpnProtocol, "imap");
      assert.equal(tlsInfo?.serverName, "localhost");
      assert.equal(tlsInfo?.sessionReused, false);
      assert.equal(tlsInfo?.session, undefined);
    }
    const { peerCertificate } = client.tlsInfo!;
    assert.match(peerCertificate!.fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    assert.match(peerCertificate!.subjectAltName, /DNS:localhost/);
    assert.equal(peerCertificate!.subject, "CN=Tulip test server");
    assert.equal(peerCertificate!.issuer, "CN=Tulip test CA");
    assert.ok(peerCertificate!.validFrom < new Date() && peerCertificate!.validTo > new Date());
    assert.equal(server.tlsInfo!.peerCertificate, undefined);
    // ECDSA with SHA-256: so the hash is SHA-256 (RFC 5929 §4.1).
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", peerCertificate!.der));
    assert.deepEqual(client.tlsInfo!.serverEndPoint, hash);
    assert.deepEqual(server.tlsInfo!.serverEndPoint, hash);
    closeBoth(client, server);
  });

  tlsTest(`large data goes both ways at a time, and ends on both sides: ${carrier}`, async () => {
    const [client, server] = await shake(await pair());
    const data = new Uint8Array(3_000_000).map((_, at) => at % 251);
    const send = async (end: Ends[0]) => {
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
    closeBoth(client, server);
  });

  tlsTest(`our direction ends, and the other goes on: ${carrier}`, async () => {
    const [client, server] = await shake(await pair());
    await writeAll(client, bytes("that is all"));
    await client.closeWrite();
    await assert.rejects(client.write(bytes("x")), { name: "BrokenPipeError" });
    assert.equal(text(await readAll(server)), "that is all");
    await writeAll(server, bytes("thank you"));
    await writeAll(server, bytes(", good bye"));
    server.close();
    assert.equal(text(await readAll(client)), "thank you, good bye");
    client.close();
  });

  for (const who of ["client", "server"] as const) {
    tlsTest(`close() ends TLS as it should: ${who}, ${carrier}`, async () => {
      const [client, server] = await shake(await pair());
      const [closing, other] = who === "client" ? [client, server] : [server, client];
      await writeAll(closing, bytes("bye"));
      closing.close();
      closing.close();
      assert.equal(text(await readAll(other)), "bye");
      await assert.rejects(closing.read(new Uint8Array(1)), { name: "ConnectionAbortedError" });
      await assert.rejects(closing.write(bytes("x")), { name: "ConnectionAbortedError" });
      other.close();
    });

    for (const last of ["", "\r\n", "some more than that"]) {
      tlsTest(`a cut is no end: ${who}, ${carrier}, after ${last.length} bytes`, async () => {
        const ends = await pair();
        const [client, server] = await shake(ends);
        const [cut, other] = who === "client" ? [client, server] : [server, client];
        if (last !== "") await writeAll(cut, bytes(last));
        // Below TLS: 2 bytes of data make a record as long as the end of TLS does.
        ends[who === "client" ? 0 : 1].close();
        const buffer = new Uint8Array(64);
        if (last !== "") {
          const count = await other.read(buffer);
          assert.equal(text(buffer.subarray(0, count!)), last);
        }
        await assert.rejects(other.read(buffer), {
          name: "SSLError",
          code: "ERR_TLS_TRUNCATED",
          message: /without the end of TLS/,
        });
        await assert.rejects(other.read(buffer), { code: "ERR_TLS_TRUNCATED" });
        closeBoth(client, server);
      });
    }
  }
}

tlsTest("a reset is no end either, and what came before it is read first", async () => {
  const [near, far] = memoryPair();
  const broken = new Breaking(near);
  const [client, server] = await shake([broken, far]);
  await writeAll(server, bytes("last words"));
  const buffer = new Uint8Array(64);
  assert.equal(await client.read(buffer), 10);
  broken.reset();
  await assert.rejects(client.read(buffer), { name: "ConnectionResetError" });
  await assert.rejects(client.write(bytes("x")), { name: "ConnectionResetError" });
  closeBoth(client, server);
});

/** A stream that can be reset as a peer does it. */
class Breaking extends Between {
  readonly #reset = Promise.withResolvers<never>();

  constructor(stream: ByteStream) {
    super(stream);
    this.#reset.promise.catch(() => {});
  }

  reset(): void {
    this.#reset.reject(new ConnectionResetError("The peer reset the connection"));
  }

  override read(buffer: Uint8Array): Promise<number | null> {
    return Promise.race([this.#reset.promise, super.read(buffer)]);
  }
}

tlsTest("bytes that come one at a time make TLS all the same", async () => {
  const [near, far] = memoryPair();
  const [client, server] = await shake([new Between(near, 1), new Between(far, 1)]);
  await writeAll(client, bytes("slowly"));
  client.close();
  assert.equal(text(await readAll(server)), "slowly");
  server.close();
});

tlsTest("a hundred handshakes in a row, with what follows, lose nothing", async () => {
  for (let round = 0; round < 100; round++) {
    const [client, server] = await shake(await socketPair());
    const data = new Uint8Array(20_000).fill(round);
    const [there] = await Promise.all([
      readAll(server),
      writeAll(client, data).then(() => client.closeWrite()),
    ]);
    assert.deepEqual(there, data);
    server.close();
    assert.equal(await client.read(new Uint8Array(1)), null);
    client.close();
  }
});

tlsTest("TLS within TLS", async () => {
  const outer = await shake(await socketPair());
  const [client, server] = await shake(outer, { serverHostname: "other.example" }, {
    ...certs.otherName,
  });
  await writeAll(client, bytes("twice hidden"));
  client.close();
  assert.equal(text(await readAll(server)), "twice hidden");
  server.close();
});

tlsTest(
  "what the peer does not take is not taken from us, and what we do not read not from it",
  async () => {
    for (const pair of Object.values(CARRIERS)) {
      const [client, server] = await shake(await pair());
      let sent = 0;
      const data = new Uint8Array(100_000);
      const sending = (async () => {
        while (sent < 100e6) sent += await client.write(data);
      })();
      let before = -1;
      while (before !== sent) {
        before = sent;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      // The system's buffers hold most of it, over sockets.
      assert.ok(sent < 20e6, `${sent} bytes were taken`);
      client.close();
      await assert.rejects(sending, { name: "ConnectionAbortedError" });
      server.close();
    }
  },
);

tlsTest("one read and one write at a time", async () => {
  const [client, server] = await shake(memoryPair());
  const reading = client.read(new Uint8Array(1));
  await assert.rejects(client.read(new Uint8Array(1)), /a read is in flight/);
  const writing = client.write(bytes("a"));
  await assert.rejects(client.write(bytes("b")), /a write is in flight/);
  assert.equal(await writing, 1);
  client.close();
  await assert.rejects(reading, { name: "ConnectionAbortedError" });
  server.close();
});

const BREAK_OFF: Record<string, string> = {
  time: "TimeoutError",
  signal: "AbortError",
  cancel: "CancelledError",
};

for (const [how, name] of Object.entries(BREAK_OFF)) {
  for (const side of ["client", "server"] as const) {
    tlsTest(`a handshake that never ends is broken off: ${how}, ${side}`, async () => {
      const [near, far] = memoryPair();
      const stream = new Between(near);
      const abort = new AbortController();
      const options = { timeout: how === "time" ? 20 : 5000, signal: abort.signal };
      await run(async () => {
        const task = createTask(() =>
          side === "client"
            ? startTlsClient(stream, { ...options, serverHostname: "localhost" })
            : startTlsServer(stream, { ...options, ...certs.good })
        );
        const ended = assert.rejects(task, { name });
        // The client has spoken by then.
        if (side === "client") await far.read(new Uint8Array(1000));
        else await new Promise((resolve) => setTimeout(resolve, 5));
        if (how === "signal") abort.abort();
        if (how === "cancel") task.cancel();
        await ended;
      });
      assert.equal(stream.closed, true);
      far.close();
    });
  }
}

tlsTest("plain text to a server is named, and answered by an alert", async () => {
  const [near, far] = memoryPair();
  await near.write(bytes("EHLO localhost\r\n"));
  await assert.rejects(startTlsServer(far, { ...certs.good }), {
    name: "SSLError",
    code: "ERR_TLS_PLAINTEXT",
  });
  // Fatal, unexpected_message (RFC 8446 §6).
  assert.deepEqual([...await readAll(near)], [0x15, 3, 3, 0, 2, 2, 10]);
  near.close();
});

tlsTest("plain text from a server is named", async () => {
  const [near, far] = memoryPair();
  await far.write(bytes("220 ready\r\n"));
  await assert.rejects(startTlsClient(near, { serverHostname: "localhost" }), {
    name: "SSLError",
    code: "ERR_TLS_PLAINTEXT",
    message: /does not speak TLS there, but plain text/,
  });
  far.close();
});

for (const side of ["client", "server"] as const) {
  tlsTest(`a peer that goes in the handshake is named: ${side}`, async () => {
    const [near, far] = memoryPair();
    const shaking = side === "client"
      ? startTlsClient(near, { serverHostname: "localhost" })
      : startTlsServer(near, { ...certs.good });
    far.close();
    await assert.rejects(shaking, { name: "SSLError", code: "ERR_TLS_TRUNCATED" });
  });
}

tlsTest("a server shows the certificate for the name that it is asked for", async () => {
  const sni = { "other.example": certs.otherName, "*.wild.example": certs.otherName };
  for (
    const [serverHostname, shown] of [
      ["localhost", "DNS:localhost"],
      ["other.example", "DNS:other.example"],
      ["OTHER.example.", "DNS:other.example"],
      ["a.wild.example", "DNS:other.example"],
      ["127.0.0.1", "DNS:localhost"],
    ] as const
  ) {
    const [client, server] = await shake(memoryPair(), { serverHostname }, { sni });
    assert.ok(client.tlsInfo!.peerCertificate!.subjectAltName.startsWith(shown), serverHostname);
    assert.deepEqual(server.tlsInfo!.serverEndPoint, client.tlsInfo!.serverEndPoint);
    closeBoth(client, server);
  }
});

tlsTest("wrong options of a server are told before anything is sent", async () => {
  const { cert, key } = certs.good;
  const wrong: [Partial<StartTlsServerOptions>, RegExp][] = [
    [{ cert: "no PEM" }, /Cannot use cert: need PEM/],
    [{ key: "no PEM" }, /Cannot use key/],
    [{ key: certs.client.key }, /the key is not that of the certificate/],
    [{ sni: { "bad name": certs.otherName } }, /serverHostname/],
    [{ sni: { "a.example": { cert, key: certs.client.key } } }, /not that of the certificate/],
    [{ clientCaCerts: ["x"] }, /Cannot use clientCaCerts/],
    [{ requestCert: "require" }, /without clientCaCerts/],
    [{ minVersion: "TLSv1.3", maxVersion: "TLSv1.2" }, /no version is left/],
    [{ minVersion: "TLSv1.1" as never }, /need "TLSv1.2" or "TLSv1.3"/],
    [{ alpnProtocols: [""] }, /alpnProtocols/],
    [{ timeout: 0 }, /timeout/],
  ];
  for (const [options, message] of wrong) {
    const [near, far] = memoryPair();
    const stream = new Between(far);
    await assert.rejects(startTlsServer(stream, { cert, key, ...options }), message);
    assert.deepEqual(stream.written, []);
    closeBoth(near, far);
  }
});

tlsTest("a server's connection takes the server's part, in place", async () => {
  const [near, far] = memoryPair();
  const server = new Connection(far, { side: "server" });
  const client = new Connection(near, { hostname: "localhost" });
  const serving = (async () => {
    assert.equal(await server.reader.nextLine(), "STARTTLS");
    server.writer.write("220 go ahead\r\n");
    await server.writer.startTls({ ...certs.good });
    assert.equal(server.tls, true);
    assert.equal(await server.reader.nextLine(), "EHLO again");
    server.writer.write("250 hello\r\n");
    await server.writer.flush();
  })();
  client.writer.write("STARTTLS\r\n");
  assert.equal(await client.reader.nextLine(), "220 go ahead");
  await client.startTls({ caCerts });
  client.writer.write("EHLO again\r\n");
  assert.equal(await client.reader.nextLine(), "250 hello");
  await serving;
  client.close();
  server.close();
});

tlsTest("a server refuses what came before the handshake: it could be anybody's", async () => {
  const [near, far] = memoryPair();
  const server = new Connection(far, { side: "server" });
  await near.write(bytes("STARTTLS\r\nMAIL FROM:<evil@example.org>\r\n"));
  assert.equal(await server.reader.nextLine(), "STARTTLS");
  await assert.rejects(server.startTls({ ...certs.good }), { code: "ERR_TLS_INJECTION" });
  closeBoth(near, server);
});
