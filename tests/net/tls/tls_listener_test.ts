import assert from "node:assert/strict";
import { EventLoop } from "../../../loop/event_loop.ts";
import { run } from "../../../loop/runners.ts";
import type { ByteStream } from "../../../net/byte_stream.ts";
import { openConnection } from "../../../net/streams/connect.ts";
import { MemoryNetwork } from "../../../net/memory.ts";
import { isAtLeast } from "../../../net/runtime.ts";
import { type ConnectionCallback, startServer } from "../../../net/servers/server.ts";
import { startTlsClient } from "../../../net/tls/starttls.ts";
import { dialTcp } from "../../../net/tcp/tcp.ts";
import {
  listenTls,
  type TlsListener,
  type TlsListenOptions,
} from "../../../net/tls/tls_listener.ts";
import type { TlsInfo, TlsServerOptions } from "../../../net/tls/tls.ts";
import { bytes, text } from "../cuts.ts";
import { certs, NEEDED, readAll, tlsTest, writeAll } from "./pairs.ts";

const { cert, key, caCerts } = certs.good;

if (!isAtLeast(NEEDED)) {
  Deno.test({
    name: "an older Deno is told what a server with TLS needs",
    fn: () => assert.rejects(listenTls({ cert, key }), /A server with TLS needs Deno 2\.9\.1/),
  });
}

async function listening(
  options: TlsListenOptions = {},
  tls: Partial<TlsServerOptions> = {},
): Promise<TlsListener> {
  const listen = await listenTls({ cert, key, ...tls }, options);
  return await listen({ hostname: "127.0.0.1", port: 0 });
}

function connecting(listener: TlsListener, serverHostname = "localhost"): Promise<ByteStream> {
  return dialTcp(listener.address).then((stream) => stream.startTls!({ caCerts, serverHostname }));
}

tlsTest("a listener gives connections that are encrypted already", async () => {
  using listener = await listening();
  assert.notEqual(listener.address.port, 0);
  const [stream, client] = await Promise.all([listener.accept(), connecting(listener)]);
  assert.equal(stream?.tls, true);
  await writeAll(client, bytes("hello"));
  await client.closeWrite();
  assert.equal(text(await readAll(stream!)), "hello");
  stream!.close();
  assert.equal(await client.read(new Uint8Array(1)), null);
  client.close();
});

tlsTest("a handshake that is slow keeps nobody waiting", async () => {
  using listener = await listening();
  const accepting = listener.accept();
  const slow = await dialTcp(listener.address);
  const [stream, client] = await Promise.all([accepting, connecting(listener)]);
  stream!.close();
  client.close();
  slow.close();
});

tlsTest("handshakes that fail are told, and the listener goes on", async () => {
  const told: [string | undefined, number][] = [];
  const failed = Promise.withResolvers<void>();
  using listener = await listening({
    handshakeTimeout: 50,
    onHandshakeError: (error, { port }) => {
      told.push([(error as { code?: string }).code ?? (error as Error).name, port]);
      if (told.length === 3) failed.resolve();
    },
  });
  const accepting = listener.accept();
  const plain = await dialTcp(listener.address);
  await plain.write(bytes("GET / HTTP/1.1\r\n\r\n"));
  const silent = await dialTcp(listener.address);
  const gone = await dialTcp(listener.address);
  gone.close();
  await failed.promise;
  assert.deepEqual(
    told.toSorted(([one], [other]) => one! < other! ? -1 : 1),
    [
      ["ERR_TLS_PLAINTEXT", plain.localAddress.port],
      ["ERR_TLS_TRUNCATED", gone.localAddress.port],
      ["TimeoutError", silent.localAddress.port],
    ],
  );
  assert.equal(await silent.read(new Uint8Array(1)), null, "the silent one is closed");
  const [stream, client] = await Promise.all([accepting, connecting(listener)]);
  for (const each of [stream!, client, plain, silent]) each.close();
});

tlsTest("the exception handler is told in debug mode only", async () => {
  for (const debug of [false, true]) {
    const told: unknown[] = [];
    await run(async () => {
      using listener = await listening();
      const accepting = listener.accept();
      const plain = await dialTcp(listener.address);
      await plain.write(bytes("220 not TLS\r\n"));
      await readAll(plain);
      plain.close();
      listener.close();
      assert.equal(await accepting, null);
    }, {
      debug,
      loopFactory: () => {
        const loop = new EventLoop();
        loop.setExceptionHandler((_loop, context) => told.push(context.message));
        return loop;
      },
    });
    assert.equal(told.length, debug ? 1 : 0);
    if (debug) assert.match(String(told[0]), /The TLS handshake with 127\.0\.0\.1:\d+ has failed/);
  }
});

tlsTest(
  "clients wait with the system while nobody accepts, and while too many shake hands",
  async () => {
    using listener = await listening({ maxHandshakes: 1, handshakeTimeout: 5000 });
    const first = listener.accept();
    const slow = await dialTcp(listener.address);
    // The slow one comes first, and alone.
    await new Promise((resolve) => setTimeout(resolve, 20));
    const clients = [connecting(listener), connecting(listener)];
    const early = await Promise.race([
      first.then(() => "served"),
      new Promise((resolve) => setTimeout(resolve, 50, "waiting")),
    ]);
    assert.equal(early, "waiting");
    slow.close();
    const streams = [await first, await listener.accept()];
    for (const each of [...await Promise.all(clients), ...streams]) each!.close();
  },
);

tlsTest("closing gives up handshakes, and what waits", async () => {
  const listener = await listening();
  const accepting = listener.accept();
  const silent = await dialTcp(listener.address);
  await new Promise((resolve) => setTimeout(resolve, 20));
  listener.close();
  listener.close();
  assert.equal(await accepting, null);
  assert.equal(await listener.accept(), null);
  assert.equal(await silent.read(new Uint8Array(1)), null);
  silent.close();
});

tlsTest(
  "certificates are exchanged while it runs, and stay where the new ones are wrong",
  async () => {
    using listener = await listening();
    const shownTo = async () => {
      const [stream, client] = await Promise.all([
        listener.accept(),
        dialTcp(listener.address).then((plain) =>
          startTlsClient(plain, { caCerts, serverHostname: "localhost" })
        ),
      ]);
      const { serialNumber } = client.tlsInfo!.peerCertificate!;
      stream!.close();
      client.close();
      return serialNumber;
    };
    const before = await shownTo();
    const { cert, key } = certs.intermediate;
    assert.throws(() => listener.setSecureContext({ cert, key: certs.good.key }), TypeError);
    assert.equal(await shownTo(), before);
    listener.setSecureContext({ cert, key });
    assert.notEqual(await shownTo(), before);
  },
);

tlsTest("a server exchanges its certificates while it runs", async () => {
  const echo: ConnectionCallback = async (reader, writer) => writer.write(await reader.readline());
  await using server = await startServer(echo, "127.0.0.1", 0, { tls: { cert, key } });
  const shown = async () => {
    await using connection = await openConnection("localhost", server.port, {
      tls: true,
      caCerts,
      details: true,
    });
    return (connection.writer.getExtraInfo("sslInfo") as TlsInfo).peerCertificate!.serialNumber;
  };
  const before = await shown();
  server.setSecureContext({ cert: certs.intermediate.cert, key: certs.intermediate.key });
  assert.notEqual(await shown(), before);
  await using plain = await startServer(echo);
  assert.throws(() => plain.setSecureContext({ cert, key }), /has no TLS/);
});

tlsTest("a refused port is told, and no permission asked for", async () => {
  using listener = await listening();
  const { port } = listener.address;
  const listen = await listenTls({ cert, key });
  await assert.rejects(listen({ hostname: "127.0.0.1", port }), { code: "EADDRINUSE" });
  await assert.rejects(listenTls({ cert, key }, { handshakeTimeout: 0 }), RangeError);
  await assert.rejects(listenTls({ cert, key }, { maxHandshakes: NaN }), RangeError);
  await assert.rejects(listenTls({ cert: "", key }), TypeError);
});

tlsTest("it listens on whatever listens: a network in memory", async () => {
  const network = new MemoryNetwork();
  const listen = await listenTls({ cert, key }, { listen: network.listen });
  using listener = await listen({ hostname: "localhost", port: 993 });
  const dialled = await network.dial({ hostname: "localhost", port: 993 }, {});
  const [stream, client] = await Promise.all([
    listener.accept(),
    startTlsClient(dialled, { caCerts }),
  ]);
  client.close();
  assert.equal(await stream!.read(new Uint8Array(1)), null);
  stream!.close();
});

tlsTest("startServer serves TLS from the first byte", async () => {
  await using server = await startServer(
    async (reader, writer) => {
      writer.write(`you said ${await reader.nextLine()}\r\n`);
    },
    "127.0.0.1",
    0,
    { tls: { cert, key } },
  );
  await using connection = await openConnection("localhost", server.port, { tls: true, caCerts });
  connection.writer.write("hello\r\n");
  assert.equal(await connection.reader.nextLine(), "you said hello");
  assert.equal(await connection.reader.nextLine(), null);
});

tlsTest(
  "nothing stalls, in pieces small and large, both ways: Nagle's algorithm is off",
  async () => {
    using listener = await listening();
    const [stream, client] = await Promise.all([listener.accept(), connecting(listener)]);
    const serving = (async () => {
      const buffer = new Uint8Array(65_536);
      for (;;) {
        const count = await stream!.read(buffer);
        if (count === null) return;
        // In two writes: the second waits for an acknowledgement where the algorithm is on.
        await writeAll(stream!, buffer.subarray(0, count >> 1));
        await writeAll(stream!, buffer.subarray(count >> 1, count));
      }
    })();
    const began = performance.now();
    for (const size of [2, 1000, 40_000, 100_000]) {
      const data = new Uint8Array(size);
      for (let round = 0; round < 10; round++) {
        const half = size >> 1;
        const sending = writeAll(client, data.subarray(0, half)).then(() =>
          writeAll(client, data.subarray(half))
        );
        const buffer = new Uint8Array(size);
        for (let at = 0; at < size;) at += (await client.read(buffer.subarray(at)))!;
        await sending;
      }
    }
    // 40 round trips: a stall of 40 ms in each would be 1.6 s, and more where it is in both ways.
    assert.ok(performance.now() - began < 1500, `${performance.now() - began} ms`);
    client.close();
    await serving;
    stream!.close();
  },
);
