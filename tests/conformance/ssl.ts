/**
 * CPython's `test_ssl`.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { EventLoop } from "../../loop/event_loop.ts";
import { gather } from "../../loop/gather.ts";
import { createTask } from "../../loop/tasks.ts";
import type { ByteStream } from "../../net/byte_stream.ts";
import type { Connection } from "../../net/streams/connection.ts";
import { openConnection } from "../../net/streams/connect.ts";
import { MemoryNetwork, memoryPair } from "../../net/memory.ts";
import { startServer } from "../../net/servers/server.ts";
import { startTlsClient, startTlsServer } from "../../net/tls/starttls.ts";
import { certificates } from "../peers/certs.ts";
import { Suite } from "./behaviour.ts";

/** CPython's `test_ssl`: what `test_sslproto` does not have as well. */
export const ssl: Suite = new Suite("test_ssl");

const CASE = "TestSSL";
const NEEDS = { needs: "2.9.1" };
const IN_MEMORY = "over a network in memory; certificates are verified";
const PORT = 443;
const TOTAL = 25;
const A_DATA = "A".repeat(1024 * 8);
const B_DATA = "B".repeat(1024 * 8);
const CHUNK = new Uint8Array(1024 * 128);
const SIZE = 32;

/** What a client is told: no time limit, as the clock may jump. */
const UNLIMITED = { tls: true, connectTimeout: Infinity, timeout: Infinity };

/** Reads so many bytes, and takes them for text. */
async function text(reader: Connection["reader"], length: number): Promise<string> {
  return new TextDecoder().decode(await reader.readexactly(length));
}

ssl.adapted(`${CASE}.test_create_server_ssl_1`, IN_MEMORY, ({ run }) =>
  run(async () => {
    const { cert, key, caCerts } = (await certificates()).good;
    const { listen, dial } = new MemoryNetwork();
    let count = 0;
    await using _server = await startServer(
      async (reader, writer) => {
        assert.equal(await text(reader, A_DATA.length), A_DATA);
        writer.write("OK");
        assert.equal(await text(reader, B_DATA.length), B_DATA);
        writer.writelines(["SP", new Uint8Array([0x41]), "M"]);
        await writer.drain();
        writer.close();
        count++;
      },
      "localhost",
      PORT,
      { listen, tls: { cert, key }, handshakeTimeout: Infinity },
    );
    const client = async () => {
      const { reader, writer } = await openConnection("localhost", PORT, {
        ...UNLIMITED,
        dial,
        caCerts,
      });
      writer.write(A_DATA);
      assert.equal(await text(reader, 2), "OK");
      writer.write(B_DATA);
      assert.equal(await text(reader, 4), "SPAM");
      writer.close();
      await writer.waitClosed();
    };
    await gather(...Array.from({ length: TOTAL }, () => createTask(client)));
    assert.equal(count, TOTAL);
  }), NEEDS);

/** Accepts one connection with TLS, and serves it. */
async function served(
  serve: (stream: ByteStream) => Promise<void>,
): Promise<{ dial: () => Promise<ByteStream>; done: Promise<void>; caCerts: string[] }> {
  const { cert, key, caCerts } = (await certificates()).good;
  const [near, far] = memoryPair();
  const done = startTlsServer(far, { cert, key, timeout: Infinity }).then(serve);
  return { dial: () => Promise.resolve(near), done, caCerts };
}

async function receive(stream: ByteStream, most: number): Promise<number> {
  const buffer = new Uint8Array(65_536);
  let count = 0;
  while (count < most) {
    const came = await stream.read(buffer.subarray(0, Math.min(buffer.length, most - count)));
    if (came === null) break;
    count += came;
  }
  return count;
}

async function send(stream: ByteStream, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length;) at += await stream.write(data.subarray(at));
}

const OK = new TextEncoder().encode("OK");

for (const name of ["test_create_connection_ssl_1", "test_shutdown_cleanly"]) {
  ssl.adapted(`${CASE}.${name}`, IN_MEMORY, ({ run }) =>
    run(async () => {
      const client = async () => {
        const { dial, done, caCerts } = await served(async (stream) => {
          assert.equal(await receive(stream, A_DATA.length), A_DATA.length);
          await send(stream, OK);
          stream.close();
        });
        const { reader, writer } = await openConnection("localhost", PORT, {
          ...UNLIMITED,
          dial,
          caCerts,
        });
        writer.write(A_DATA);
        assert.equal(await text(reader, 2), "OK");
        // The end of TLS was said, or this would be an error.
        assert.equal((await reader.read()).length, 0);
        writer.close();
        await writer.waitClosed();
        await done;
      };
      await gather(...Array.from({ length: TOTAL }, () => createTask(client)));
    }), NEEDS);
}

ssl.adapted(`${CASE}.test_ssl_handshake_connection_lost`, IN_MEMORY, ({ run }) =>
  run(async () => {
    const [near, far] = memoryPair();
    const opening = openConnection("localhost", PORT, {
      ...UNLIMITED,
      dial: () => Promise.resolve(near),
    });
    await far.read(new Uint8Array(1));
    far.close();
    await assert.rejects(opening, { name: "SSLError", code: "ERR_TLS_TRUNCATED" });
  }), NEEDS);

ssl.adapted(
  `${CASE}.test_create_server_ssl_over_ssl`,
  "by streams, over a pair in memory; certificates are verified",
  ({ run }) =>
    run(async () => {
      const { good } = await certificates();
      const { cert, key, caCerts } = good;
      const client = { caCerts, serverHostname: "localhost", timeout: Infinity };
      const server = { cert, key, timeout: Infinity };
      let [near, far] = memoryPair();
      for (let layer = 0; layer < 2; layer++) {
        [near, far] = await Promise.all([
          startTlsClient(near, client),
          startTlsServer(far, server),
        ]);
      }
      await send(near, CHUNK.subarray(0, 20_000));
      assert.equal(await receive(far, 20_000), 20_000);
      await send(far, OK);
      assert.equal(await receive(near, 2), 2);
      near.close();
      assert.equal(await receive(far, 1), 0);
      far.close();
    }),
  NEEDS,
);

ssl.adapted(`${CASE}.test_flush_before_shutdown`, IN_MEMORY, ({ run }) =>
  run(async () => {
    const closed = Promise.withResolvers<void>();
    const { dial, done, caCerts } = await served(async (stream) => {
      assert.equal(await receive(stream, 4), 4);
      await send(stream, OK);
      await closed.promise;
      assert.equal(await receive(stream, Infinity), CHUNK.length * SIZE);
      stream.close();
    });
    const { reader, writer } = await openConnection("localhost", PORT, {
      ...UNLIMITED,
      dial,
      caCerts,
    });
    writer.write("ping");
    assert.equal(await text(reader, 2), "OK");
    for (let round = 0; round < SIZE; round++) writer.write(CHUNK);
    writer.close();
    closed.resolve();
    await done;
  }), NEEDS);

ssl.adapted(
  `${CASE}.test_remote_shutdown_receives_trailing_data`,
  IN_MEMORY,
  ({ run }) =>
    run(async () => {
      const { dial, done, caCerts } = await served(async (stream) => {
        assert.equal(await receive(stream, 4), 4);
        await send(stream, OK);
        // Our end is said; what the client sends after that still comes.
        await stream.closeWrite();
        assert.equal(await receive(stream, Infinity), CHUNK.length * SIZE);
        stream.close();
      });
      const { reader, writer } = await openConnection("localhost", PORT, {
        ...UNLIMITED,
        dial,
        caCerts,
      });
      writer.write("ping");
      assert.equal(await text(reader, 2), "OK");
      for (let round = 0; round < SIZE; round++) writer.write(CHUNK);
      assert.equal((await reader.read()).length, 0);
      writer.close();
      await writer.waitClosed();
      await done;
    }),
  NEEDS,
);

ssl.adapted(
  `${CASE}.test_shutdown_timeout_handler_not_set`,
  "a connection that is closed leaves no timer behind: with a test clock time would go on",
  ({ run }) =>
    run(async (loop: EventLoop) => {
      const { dial, done, caCerts } = await served(async (stream) => {
        assert.equal(await receive(stream, 4), 4);
        await send(stream, OK);
        stream.close();
      });
      const { reader, writer } = await openConnection("localhost", PORT, {
        ...UNLIMITED,
        dial,
        caCerts,
      });
      writer.write("ping");
      assert.equal(await text(reader, 2), "OK");
      assert.equal((await reader.read()).length, 0);
      const before = loop.time();
      writer.close();
      await writer.waitClosed();
      await done;
      assert.ok(loop.time() - before < 5000);
    }),
  NEEDS,
);
