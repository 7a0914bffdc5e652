import assert from "node:assert/strict";
import { BufferedProtocol, Protocol } from "../../../net/transports/protocols.ts";
import { certificates } from "../../peers/certs.ts";
import { connectProtocol, createConnection } from "../../../net/transports/create_connection.ts";
import { createServer } from "../../../net/servers/create_server.ts";
import { isAtLeast } from "../../../net/runtime.ts";
import { memoryPair } from "../../../net/memory.ts";
import { startTls } from "../../../net/transports/transport_tls.ts";
import { StreamReader } from "../../../net/streams/stream_reader.ts";
import { StreamReaderProtocol } from "../../../net/transports/stream_reader_protocol.ts";
import { openConnection } from "../../../net/streams/connect.ts";
import type { ByteStream } from "../../../net/byte_stream.ts";
import type { Transport } from "../../../net/transports/transports.ts";

const { good, wrongHost } = await certificates();
// Over a stream of ours, node:tls needs this Deno.
const ignore = !isAtLeast("2.9.1");

/** Collects what it reads. */
class Collecting extends Protocol {
  transport!: Transport;
  text = "";
  made = 0;
  readonly lost = Promise.withResolvers<unknown>();
  #waiting: { text: string; come: () => void } | null = null;

  override connectionMade(transport: Transport): void {
    this.transport = transport;
    this.made++;
  }

  override dataReceived(data: Uint8Array): void {
    this.text += new TextDecoder().decode(data);
    if (this.#waiting !== null && this.text.endsWith(this.#waiting.text)) this.#waiting.come();
  }

  override connectionLost(error: unknown): void {
    this.lost.resolve(error);
  }

  /** Waits until it has read something that ends so. */
  until(text: string): Promise<void> {
    if (this.text.endsWith(text)) return Promise.resolve();
    return new Promise((come) => this.#waiting = { text, come });
  }
}

/** A server of one word: TLS after STARTTLS, and then an echo. */
class Upgrading extends Collecting {
  readonly upgraded = Promise.withResolvers<void>();

  override dataReceived(data: Uint8Array): void {
    super.dataReceived(data);
    this.upgraded.promise.catch(() => {});
    if (this.text === "STARTTLS\n") {
      this.transport.write("go\n");
      startTls(this.transport, this, { serverSide: true, cert: good.cert, key: good.key })
        .then(() => this.upgraded.resolve(), this.upgraded.reject);
    } else {
      this.transport.write(data);
    }
  }
}

const CLIENT = { caCerts: good.caCerts, serverHostname: "localhost", timeout: 5000 };

/** Two protocols over a connection, the server's waiting for STARTTLS. */
async function pair(
  kind: "memory" | "sockets",
): Promise<{ client: Collecting; server: Upgrading } & AsyncDisposable> {
  const server = new Upgrading();
  if (kind === "memory") {
    const [near, far] = memoryPair();
    await connectProtocol(() => server, far);
    const { protocol: client } = await connectProtocol(() => new Collecting(), near);
    return ending(client, server);
  }
  const listening = await createServer(() => server);
  const { protocol: client } = await createConnection(
    () => new Collecting(),
    "127.0.0.1",
    listening.port,
  );
  return ending(client, server, listening);
}

function ending(client: Collecting, server: Upgrading, listening?: AsyncDisposable) {
  return {
    client,
    server,
    async [Symbol.asyncDispose]() {
      client.transport.abort();
      server.transport?.abort();
      await client.lost.promise;
      await listening?.[Symbol.asyncDispose]();
    },
  };
}

for (const kind of ["memory", "sockets"] as const) {
  Deno.test({
    name: `startTls() encrypts both sides while each has a read in flight (${kind})`,
    ignore,
    async fn() {
      await using ends = await pair(kind);
      const { client, server } = ends;
      client.transport.write("STARTTLS\n");
      await client.until("go\n");
      const same = await startTls(client.transport, client, CLIENT);
      assert.equal(same, client.transport);
      await server.upgraded.promise;
      assert.equal(client.made, 1);

      client.transport.write("secret");
      await client.until("secret");
      assert.equal(server.text, "STARTTLS\nsecret");
      assert.equal(client.transport.getExtraInfo("compression", "none"), null);
      const info = client.transport.getExtraInfo("sslInfo");
      assert.match(info.protocol, /^TLSv1\.[23]$/);
      assert.ok(client.transport.getExtraInfo("peercert").der.length > 100);
      assert.equal(client.transport.getExtraInfo("cipher"), info.cipher);

      client.transport.close();
      assert.equal(await client.lost.promise, null);
      assert.equal(await server.lost.promise, null);
    },
  });
}

Deno.test({
  name: "startTls() sends what is written meanwhile after the handshake",
  ignore,
  async fn() {
    await using ends = await pair("sockets");
    const { client } = ends;
    client.transport.write("STARTTLS\n");
    await client.until("go\n");
    const upgrading = startTls(client.transport, client, CLIENT);
    client.transport.write("first of all\n");
    await upgrading;
    await client.until("first of all\n");
  },
});

Deno.test({
  name: "startTls() of a client that paused uses Deno's own TLS",
  ignore,
  async fn() {
    await using ends = await pair("sockets");
    const { client } = ends;
    const told = client.dataReceived.bind(client);
    client.dataReceived = (data) => {
      client.transport.pauseReading();
      told(data);
    };
    client.transport.write("STARTTLS\n");
    await client.until("go\n");
    client.dataReceived = told;
    await startTls(client.transport, client, CLIENT);
    assert.equal(client.transport.isReading(), true);
    // Deno does not tell its certificate.
    assert.equal(client.transport.getExtraInfo("peercert", "unknown"), "unknown");
    client.transport.write("secret");
    await client.until("secret");
  },
});

Deno.test({
  name: "startTls() that is refused loses the connection, once",
  ignore,
  async fn() {
    await using ends = await pair("sockets");
    const { client, server } = ends;
    client.transport.write("STARTTLS\n");
    await client.until("go\n");
    const options = { ...CLIENT, serverHostname: "other.example" };
    await assert.rejects(startTls(client.transport, client, options), {
      name: "SSLCertVerificationError",
    });
    assert.equal((await client.lost.promise as Error).name, "SSLCertVerificationError");
    // With TLS 1.3 the server's handshake is done before it hears of that.
    assert.notEqual(await server.lost.promise, null);
    await assert.rejects(startTls(client.transport, client, CLIENT), {
      name: "ConnectionAbortedError",
    });
  },
});

Deno.test({
  name: "startTls() takes what came in clear for a part of the handshake, and fails",
  ignore,
  async fn() {
    const [near, far] = memoryPair();
    const { protocol: client } = await connectProtocol(() => new Collecting(), near);
    client.transport.pauseReading();
    await far.write(new TextEncoder().encode("250 injected\r\n"));
    await assert.rejects(startTls(client.transport, client, CLIENT), { name: "SSLError" });
    assert.equal(client.text, "");
    assert.equal((await client.lost.promise as Error).name, "SSLError");
    far.close();
  },
});

Deno.test({
  name: "startTls() gives up after its time, and when its signal is aborted",
  ignore,
  async fn() {
    for (const way of ["timeout", "signal"]) {
      const [near, far] = memoryPair();
      const { protocol: client } = await connectProtocol(() => new Collecting(), near);
      const stop = new AbortController();
      const reason = new Error("enough");
      if (way === "signal") setTimeout(() => stop.abort(reason), 20);
      const options = way === "timeout"
        ? { ...CLIENT, timeout: 20 }
        : { ...CLIENT, signal: stop.signal };
      await assert.rejects(
        startTls(client.transport, client, options),
        way === "timeout" ? { name: "TimeoutError" } : reason,
      );
      await client.lost.promise;
      far.close();
    }
  },
});

Deno.test("startTls() refuses what it cannot do", async () => {
  const [near, far] = memoryPair();
  const { protocol: client } = await connectProtocol(() => new Collecting(), near);
  await assert.rejects(startTls({} as Transport, client), TypeError);
  await assert.rejects(startTls(client.transport, client, { timeout: 0 }), RangeError);
  client.transport.close();
  await assert.rejects(startTls(client.transport, client, CLIENT), {
    name: "ConnectionAbortedError",
  });
  await client.lost.promise;
  far.close();

  const [secure] = memoryPair();
  const encrypted: ByteStream = Object.assign(Object.create(secure), { tls: true });
  encrypted.read = () => new Promise(() => {});
  encrypted.close = () => secure.close();
  const { protocol } = await connectProtocol(() => new Collecting(), encrypted);
  await assert.rejects(startTls(protocol.transport, protocol, CLIENT), {
    name: "RuntimeError",
    message: /encrypted already/,
  });
  protocol.transport.abort();
  await protocol.lost.promise;
});

Deno.test({
  name: "createServer() and createConnection() speak TLS from the first byte",
  ignore,
  async fn() {
    class Echo extends BufferedProtocol {
      #transport!: Transport;
      readonly #buffer = new Uint8Array(1000);
      override connectionMade(transport: Transport): void {
        this.#transport = transport;
      }
      override getBuffer(): Uint8Array {
        return this.#buffer;
      }
      override bufferUpdated(count: number): void {
        this.#transport.write(this.#buffer.slice(0, count));
      }
    }
    await using server = await createServer(() => new Echo(), "127.0.0.1", 0, { tls: good });
    const { protocol: client } = await createConnection(
      () => new Collecting(),
      "localhost",
      server.port,
      { tls: true, caCerts: good.caCerts, connectTimeout: 5000 },
    );
    client.transport.write("hello");
    await client.until("hello");
    client.transport.close();
    assert.equal(await client.lost.promise, null);

    await assert.rejects(
      createConnection(() => new Collecting(), "localhost", server.port, { tls: true }),
      { name: "SSLCertVerificationError" },
    );
    await using wrong = await createServer(() => new Echo(), "127.0.0.1", 0, { tls: wrongHost });
    await assert.rejects(
      createConnection(() => new Collecting(), "localhost", wrong.port, {
        tls: true,
        caCerts: wrongHost.caCerts,
      }),
      { name: "SSLCertVerificationError" },
    );
  },
});

Deno.test({
  name: "a StreamReaderProtocol upgrades as a stream does, on both sides",
  ignore,
  async fn() {
    const failures: unknown[] = [];
    await using server = await createServer(() => {
      const reader = new StreamReader();
      return new StreamReaderProtocol(reader, async (_reader, writer) => {
        assert.equal(await reader.nextLine(), "STARTTLS");
        writer.write("go\n");
        await writer.startTls({ cert: good.cert, key: good.key } as never).catch((error) => {
          failures.push(error);
          throw error;
        });
        writer.write(await reader.readline());
        await writer.drain();
      });
    });
    await using connection = await openConnection("127.0.0.1", server.port, { timeout: 5000 });
    connection.writer.write("STARTTLS\n");
    assert.equal(await connection.reader.nextLine(), "go");
    await connection.startTls({ caCerts: good.caCerts, serverHostname: "localhost" });
    connection.writer.write("secret\n");
    assert.equal(await connection.reader.nextLine(), "secret");
    assert.deepEqual(failures, []);
  },
});
