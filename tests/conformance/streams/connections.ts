/**
 * CPython's tests of `open_connection`, of `drain`, and of TLS on an open connection.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createTask } from "../../../loop/tasks.ts";
import { gather } from "../../../loop/gather.ts";
import { RuntimeError } from "../../../loop/exceptions.ts";
import { openConnection } from "../../../net/streams/connect.ts";
import { ConnectionError } from "../../../net/errors.ts";
import { memoryPair } from "../../../net/memory.ts";
import { isAtLeast } from "../../../net/runtime.ts";
import { startServer } from "../../../net/servers/server.ts";
import { StreamWriter } from "../../../net/streams/stream_writer.ts";
import { openUnixConnection, startUnixServer } from "../../../net/unix/unix_streams.ts";
import { certificates } from "../../peers/certs.ts";
import { reportsOf } from "../by_hand.ts";
import {
  answer,
  bytes,
  IN_MEMORY,
  readPage,
  streams,
  text,
  UNLIMITED,
  withTestServer,
} from "./suite.ts";

const OURS = "the server is one of ours, in the same loop";
// An older Deno has no TLS on the server's side.
const HAS_TLS = isAtLeast("2.9.1");

streams.adapted("StreamTests.test_open_connection", IN_MEMORY, ({ run }) =>
  run(async (loop) => {
    const reports = reportsOf(loop);
    await withTestServer(async (connect) => {
      const connection = await connect();
      await readPage(connection);
      connection.writer.close();
    });
    assert.deepEqual(reports, []);
  }));

streams.adapted("StreamTests.test_open_unix_connection", OURS, ({ run }) =>
  run(async (loop) => {
    const reports = reportsOf(loop);
    const folder = await Deno.makeTempDir();
    {
      await using _server = await startUnixServer(answer, `${folder}/page.sock`);
      const connection = await openUnixConnection(`${folder}/page.sock`, UNLIMITED);
      await readPage(connection);
      connection.writer.close();
    }
    await Deno.remove(folder, { recursive: true });
    assert.deepEqual(reports, []);
  }));

streams.adapted(
  "StreamTests.test_open_connection_no_loop_ssl",
  OURS,
  ({ run }) =>
    run(async (loop) => {
      if (!HAS_TLS) return;
      const reports = reportsOf(loop);
      const { good } = await certificates();
      {
        await using server = await startServer(answer, "127.0.0.1", 0, {
          tls: { cert: good.cert, key: good.key },
          handshakeTimeout: Infinity,
        });
        const connection = await openConnection("localhost", server.port, {
          ...UNLIMITED,
          tls: true,
          caCerts: good.caCerts,
        });
        await readPage(connection);
        connection.writer.close();
        await connection.writer.waitClosed();
      }
      assert.deepEqual(reports, []);
    }),
);

streams.adapted(
  "StreamTests.test_open_connection_error",
  "the stream breaks; there is no protocol to be told so",
  ({ run }) =>
    run(async (loop) => {
      const reports = reportsOf(loop);
      const [near, far] = memoryPair();
      near.read = () => Promise.reject(new RuntimeError("broken"));
      const connection = await openConnection("localhost", 1, {
        ...UNLIMITED,
        dial: () => Promise.resolve(near),
      });
      await assert.rejects(connection.reader.read(), RuntimeError);
      connection.writer.close();
      far.close();
      assert.deepEqual(reports, []);
    }),
);

streams.adapted(
  "StreamTests.test_start_tls",
  '`tls` and `getExtraInfo("sslInfo")` tell whether a connection is encrypted',
  ({ run }) =>
    run(async (loop) => {
      if (!HAS_TLS) return;
      const reports = reportsOf(loop);
      const { good } = await certificates();
      const received: string[] = [];
      {
        await using server = await startServer(async (reader, writer) => {
          writer.write(await reader.readline());
          await writer.drain();
          assert.equal(writer.getExtraInfo("sslInfo"), undefined);
          await writer.startTls({ cert: good.cert, key: good.key, timeout: Infinity });
          assert.notEqual(writer.getExtraInfo("sslInfo"), undefined);
          writer.write(await reader.readline());
          await writer.drain();
          writer.close();
          await writer.waitClosed();
        });
        const connection = await openConnection("localhost", server.port, UNLIMITED);
        const { reader, writer } = connection;
        writer.write("hello world 1!\n");
        await writer.drain();
        received.push(await text(reader.readline()));
        assert.equal(connection.tls, false);
        await writer.startTls({ caCerts: good.caCerts, timeout: Infinity });
        assert.equal(connection.tls, true);
        writer.write("hello world 2!\n");
        await writer.drain();
        received.push(await text(reader.readline()));
        writer.close();
        await writer.waitClosed();
      }
      assert.deepEqual(reports, []);
      assert.deepEqual(received, ["hello world 1!\n", "hello world 2!\n"]);
    }),
);

streams.adapted(
  "StreamTests.test_multiple_drain",
  "a peer that reads late",
  ({ run }) =>
    run(async (loop) => {
      const [near, far] = memoryPair();
      const writer = new StreamWriter(near, { highWaterMark: 10 });
      const message = new Uint8Array(1_000_000);
      writer.write(message);
      loop.callLater(100, () => {
        createTask(async () => {
          const buffer = new Uint8Array(65_536);
          for (let count = 0; count < message.length;) count += await far.read(buffer) ?? 0;
        });
      });
      let drained = 0;
      const drainers = Array.from({ length: 10 }, () => async () => {
        await writer.drain({ timeout: Infinity });
        drained += 1;
      });
      await gather(...drainers);
      assert.equal(drained, 10);
      writer.abort();
      far.close();
    }),
);

streams.adapted("StreamTests.test_drain_raises", OURS, ({ run }) =>
  run(async (loop) => {
    const reports = reportsOf(loop);
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepting = listener.accept();
    const { writer } = await openConnection("127.0.0.1", listener.addr.port, UNLIMITED);
    (await accepting).close();
    await assert.rejects(async () => {
      for (;;) {
        writer.write("foo\n");
        await writer.drain();
      }
    }, ConnectionError);
    writer.abort();
    assert.deepEqual(reports, []);
  }));

streams.adapted("StreamTests.test_async_writer_api", IN_MEMORY, ({ run }) =>
  run(async (loop) => {
    const reports = reportsOf(loop);
    await withTestServer(async (connect) => {
      const connection = await connect();
      await readPage(connection);
      connection.writer.close();
      await connection.writer.waitClosed();
    });
    assert.deepEqual(reports, []);
  }));

streams.adapted(
  "StreamTests.test_async_writer_api_exception_after_close",
  "`ConnectionAbortedError`: it is we who closed it",
  ({ run }) =>
    run(async (loop) => {
      const reports = reportsOf(loop);
      await withTestServer(async (connect) => {
        const connection = await connect();
        await readPage(connection);
        connection.writer.close();
        connection.writer.write(bytes("data"));
        await assert.rejects(connection.writer.drain(), { name: "ConnectionAbortedError" });
      });
      assert.deepEqual(reports, []);
    }),
);
