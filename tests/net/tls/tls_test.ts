import assert from "node:assert/strict";
import { openConnection } from "../../../net/streams/connect.ts";
import { looksLikeTls } from "../../../net/tls/tls.ts";
import { dialTcp } from "../../../net/tcp/tcp.ts";
import { run } from "../../../loop/runners.ts";
import { createTask } from "../../../loop/tasks.ts";
import { certificates } from "../../peers/certs.ts";
import type { Identity } from "../../peers/certs.ts";
import { bytes, text } from "../cuts.ts";

const certs = await certificates();

/** Runs a test against a TLS server that shows a certificate and serves each connection. */
async function withTlsServer(
  identity: Identity,
  serve: (connection: Deno.TlsConn) => Promise<void>,
  test: (port: number) => Promise<void>,
): Promise<void> {
  const { cert, key } = identity;
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
  const serving = (async () => {
    for await (const connection of listener) {
      try {
        await connection.handshake();
        await serve(connection);
      } catch {
        // A client that refuses our certificate goes in the middle of the handshake.
      } finally {
        connection.close();
      }
    }
  })();
  try {
    await test(listener.addr.port);
  } finally {
    listener.close();
    await serving;
  }
}

/** Runs a test against a server that speaks no TLS at all. */
async function withPlainServer(
  serve: (connection: Deno.TcpConn) => Promise<void>,
  test: (port: number) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = listener.accept().then(
    (connection) => serve(connection).finally(() => closeQuietly(connection)),
    // The client gave up before it was accepted.
    () => {},
  );
  try {
    await test(listener.addr.port);
  } finally {
    listener.close();
    await serving;
  }
}

const greet = async (connection: Deno.TlsConn) => {
  await connection.write(bytes("220 ready\r\n"));
  await connection.read(new Uint8Array(64));
};

Deno.test("openConnection speaks TLS from the first byte", async () => {
  await withTlsServer(certs.good, greet, async (port) => {
    const { caCerts } = certs.good;
    for (const host of ["localhost", "127.0.0.1"]) {
      await using connection = await openConnection(host, port, { tls: true, caCerts });
      assert.equal(connection.tls, true);
      assert.equal(await connection.reader.nextLine(), "220 ready");
    }
  });
});

Deno.test("serverHostname is verified in place of the host", async () => {
  await withTlsServer(certs.wrongHost, greet, async (port) => {
    await using connection = await openConnection("127.0.0.1", port, {
      tls: true,
      caCerts: certs.wrongHost.caCerts,
      serverHostname: "wrong.example",
    });
    assert.equal(await connection.reader.nextLine(), "220 ready");
  });
});

const REFUSED: [keyof typeof certs, string, RegExp][] = [
  ["wrongHost", "wrong-host", /its certificate is for another name.*wrong\.example/],
  ["expired", "expired", /its certificate is out of date/],
  ["unknownIssuer", "unknown-issuer", /authority that is not trusted here.*caCerts/],
  ["selfSigned", "ca-as-leaf", /CA:TRUE.*CA:FALSE/],
];

for (const [name, reason, message] of REFUSED) {
  Deno.test(`a certificate is refused, and the error says why: ${reason}`, async () => {
    const identity = certs[name] as Identity;
    await withTlsServer(identity, greet, async (port) => {
      await assert.rejects(
        openConnection("localhost", port, { tls: true, caCerts: identity.caCerts }),
        {
          name: "SSLCertVerificationError",
          code: "ERR_TLS_CERTIFICATE",
          reason,
          hostname: "localhost",
          port,
          message,
        },
      );
    });
  });
}

Deno.test("plain text on a TLS port is named", async () => {
  await withPlainServer(async (connection) => {
    await connection.write(bytes("220 ready\r\n"));
    await connection.read(new Uint8Array(1024));
  }, async (port) => {
    await assert.rejects(openConnection("localhost", port, { tls: true }), {
      name: "SSLError",
      code: "ERR_TLS_PLAINTEXT",
      message: /does not speak TLS there, but plain text.*STARTTLS/,
    });
  });
});

Deno.test("a peer that closes in the handshake is named", async () => {
  await withPlainServer(async (connection) => {
    await connection.read(new Uint8Array(4096));
  }, async (port) => {
    await assert.rejects(openConnection("localhost", port, { tls: true }), {
      name: "SSLError",
      code: "ERR_TLS_TRUNCATED",
      message: /in the middle of the handshake/,
    });
  });
});

Deno.test("plain text to a TLS port is answered by an alert, and named", async () => {
  await withTlsServer(certs.good, greet, async (port) => {
    await using connection = await openConnection("localhost", port);
    connection.writer.write("EHLO localhost\r\n");
    await assert.rejects(connection.reader.nextLine(), {
      name: "SSLError",
      code: "ERR_TLS_UNEXPECTED",
    });
  });
});

const BREAK_OFF: Record<string, string> = {
  time: "TimeoutError",
  signal: "AbortError",
  cancel: "CancelledError",
};

for (const [how, name] of Object.entries(BREAK_OFF)) {
  Deno.test(`a handshake that never ends is broken off: ${how}`, async () => {
    const begun = Promise.withResolvers<void>();
    const rejected = Promise.withResolvers<void>();
    await withPlainServer(async (connection) => {
      const buffer = new Uint8Array(4096);
      await connection.read(buffer);
      begun.resolve();
      await rejected.promise;
      // Deno keeps the socket of a broken handshake until the peer stirs.
      await connection.write(bytes("too late"));
      while (await connection.read(buffer).catch(() => null) !== null);
    }, async (port) => {
      const abort = new AbortController();
      const connectTimeout = how === "time" ? 100 : 5000;
      await run(async () => {
        const task = createTask(() =>
          openConnection("localhost", port, { tls: true, connectTimeout, signal: abort.signal })
        );
        const ended = assert.rejects(task, { name });
        if (how !== "time") await begun.promise;
        if (how === "signal") abort.abort();
        if (how === "cancel") task.cancel();
        await ended;
      });
      rejected.resolve();
    });
  });
}

Deno.test("TLS that is cut off is no clean end", async () => {
  // A tunnel to the TLS server, which is cut without a close_notify (RFC 8446 §6.1).
  const greeted = Promise.withResolvers<void>();
  await withTlsServer(certs.good, greet, async (port) => {
    await withPlainServer(async (client) => {
      const server = await Deno.connect({ hostname: "127.0.0.1", port });
      const pumps = [pump(server, client), pump(client, server)];
      await greeted.promise;
      client.close();
      server.close();
      await Promise.all(pumps);
    }, async (tunnel) => {
      await using connection = await openConnection("localhost", tunnel, {
        tls: true,
        caCerts: certs.good.caCerts,
      });
      assert.equal(await connection.reader.nextLine(), "220 ready");
      greeted.resolve();
      await assert.rejects(connection.reader.nextLine(), {
        name: "SSLError",
        code: "ERR_TLS_TRUNCATED",
        message: /^Cannot read from .*without the end of TLS/,
      });
    });
  });
});

Deno.test("the end of TLS is the end", async () => {
  await withTlsServer(certs.good, async (connection) => {
    await connection.write(bytes("all\n"));
  }, async (port) => {
    await using connection = await openConnection("localhost", port, {
      tls: true,
      caCerts: certs.good.caCerts,
    });
    assert.equal(text(await connection.reader.read()), "all\n");
  });
});

Deno.test("startTls upgrades in place over sockets", async () => {
  // The far side speaks plain text first; a tunnel then leads to a real TLS server.
  await withTlsServer(certs.good, async (connection) => {
    const buffer = new Uint8Array(64);
    const count = await connection.read(buffer);
    await connection.write(buffer.subarray(0, count!));
  }, async (port) => {
    await withPlainServer(async (client) => {
      await client.write(bytes("220 ready\r\n"));
      const buffer = new Uint8Array(64);
      const count = await client.read(buffer);
      assert.equal(text(buffer.subarray(0, count!)), "STARTTLS\r\n");
      await client.write(bytes("220 go ahead\r\n"));
      using server = await Deno.connect({ hostname: "127.0.0.1", port });
      const there = pump(client, server);
      await pump(server, client);
      await there;
    }, async (plain) => {
      const connection = await openConnection("localhost", plain);
      const { reader, writer } = connection;
      assert.equal(await reader.nextLine(), "220 ready");
      writer.write("STARTTLS\r\n");
      assert.equal(await reader.nextLine(), "220 go ahead");
      assert.equal(connection.tls, false);
      await writer.startTls({ caCerts: certs.good.caCerts });
      assert.equal(connection.tls, true);
      writer.write("secret\r\n");
      assert.equal(await reader.nextLine(), "secret");
      writer.close();
      await writer.waitClosed();
    });
  });
});

Deno.test("startTls of a stream refuses a second TLS, and a name that is none", async () => {
  await withTlsServer(certs.good, greet, async (port) => {
    const { caCerts } = certs.good;
    const plain = await dialTcp({ hostname: "127.0.0.1", port });
    const stream = await plain.startTls!({ caCerts, serverHostname: "localhost" });
    await assert.rejects(stream.startTls!({}), { name: "RuntimeError" });
    plain.close();
    await stream.write(bytes("still open"));
    stream.close();
    stream.close();
    await assert.rejects(stream.read(new Uint8Array(1)), { name: "ConnectionAbortedError" });

    await assert.rejects(
      openConnection("localhost", port, { tls: true, serverHostname: "no name!" }),
      TypeError,
    );
  });
});

Deno.test("Nagle's algorithm is switched off before TLS, when it still can be", async () => {
  const setNoDelay: boolean[] = [];
  const original = Deno.connect;
  // deno-lint-ignore no-explicit-any
  (Deno as any).connect = async (options: Deno.ConnectOptions) => {
    const connection = await original(options);
    const set = connection.setNoDelay.bind(connection);
    connection.setNoDelay = (on?: boolean) => {
      setNoDelay.push(on ?? true);
      set(on);
    };
    return connection;
  };
  try {
    await withTlsServer(certs.good, greet, async (port) => {
      const { caCerts } = certs.good;
      await using connection = await openConnection("localhost", port, { tls: true, caCerts });
      assert.equal(await connection.reader.nextLine(), "220 ready");
    });
  } finally {
    Deno.connect = original;
  }
  assert.deepEqual(setNoDelay, [true]);
});

Deno.test("looksLikeTls tells a TLS record from what protocols greet with", () => {
  assert.equal(looksLikeTls(new Uint8Array([0x16, 3, 1, 0])), true);
  assert.equal(looksLikeTls(new Uint8Array([0x15, 3, 3])), true);
  for (const start of ["", "2", "22", "220 ready", "* OK", "\x16\x04\x01", "\x16\x03"]) {
    assert.equal(looksLikeTls(bytes(start)), false, JSON.stringify(start));
  }
});

/** Copies from one connection to another until the end. */
async function pump(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  try {
    for (;;) {
      const length = await from.read(buffer);
      if (length === null) break;
      for (let at = 0; at < length;) at += await to.write(buffer.subarray(at, length));
    }
    await to.closeWrite();
  } catch {
    // One of the two was closed under us.
  }
}

function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
