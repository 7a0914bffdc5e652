/**
 * CPython's tests of how a server serves and ends.
 *
 * @module
 */

import assert from "node:assert/strict";
import { CancelledError, RuntimeError } from "../../../loop/exceptions.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask, type Task } from "../../../loop/tasks.ts";
import { openConnection } from "../../../net/streams/connect.ts";
import { MemoryNetwork } from "../../../net/memory.ts";
import { startServer } from "../../../net/servers/server.ts";
import type { ConnectionCallback, Server } from "../../../net/servers/server.ts";
import { openUnixConnection, startUnixServer } from "../../../net/unix/unix_streams.ts";
import { settle } from "../transports/wire.ts";
import { servers } from "./suite.ts";

const IN_MEMORY = "over a network in memory, whose bytes a test clock waits for";
const UNLIMITED = { timeout: Infinity, connectTimeout: Infinity };

/** Reads everything, and closes. */
const drain: ConnectionCallback = async (reader, writer) => {
  try {
    await reader.read();
  } finally {
    writer.close();
    await writer.waitClosed();
  }
};

servers.adapted(
  "SelectorStartServerTests.test_start_server_1",
  "client and server are tasks of one loop",
  ({ run }) =>
    run(async () => {
      const message = "1".repeat(5 * 1024) + "\n";
      let main: Task<void> | null = null;
      const server = await startServer(
        async (reader, writer) => {
          await reader.readline();
          main!.cancel();
          writer.write("1");
          writer.close();
          await writer.waitClosed();
        },
        "127.0.0.1",
        0,
        { startServing: false },
      );
      assert.equal(server.isServing(), false);
      main = createTask(() => server.serveForever());
      const [socket] = server.sockets;
      await sleep(0);
      assert.equal(server.isServing(), true);
      const client = await openConnection(socket!.hostname, socket!.port, UNLIMITED);
      client.writer.write(message);
      assert.deepEqual(await client.reader.readexactly(1), new Uint8Array([49]));
      client.close();
      await assert.rejects(main, CancelledError);
      assert.deepEqual(server.sockets, []);
      assert.equal(server.isServing(), false);
      await assert.rejects(server.serveForever(), { name: "RuntimeError", message: /is closed/ });
      await assert.rejects(server.startServing(), RuntimeError);
      await server.waitClosed();
    }),
);

servers.adapted(
  "SelectorStartServerTests.test_start_unix_server_1",
  "client and server are tasks of one loop",
  ({ run }) =>
    run(async () => {
      const folder = await Deno.makeTempDir();
      const path = `${folder}/one.sock`;
      let main: Task<void> | null = null;
      const server = await startUnixServer(
        async (reader, writer) => {
          await reader.readline();
          main!.cancel();
          writer.write("1");
          writer.close();
          await writer.waitClosed();
        },
        path,
        { startServing: false },
      );
      assert.equal(server.isServing(), false);
      await server.startServing();
      assert.equal(server.isServing(), true);
      main = createTask(() => server.serveForever());
      const client = await openUnixConnection(path, UNLIMITED);
      client.writer.write("1".repeat(5 * 1024) + "\n");
      assert.deepEqual(await client.reader.readexactly(1), new Uint8Array([49]));
      client.close();
      await assert.rejects(main, CancelledError);
      assert.deepEqual(server.sockets, []);
      assert.equal(server.isServing(), false);
      await assert.rejects(server.serveForever(), RuntimeError);
      await server.waitClosed();
      await Deno.remove(folder, { recursive: true });
    }),
);

servers.adapted(
  "TestServer2.test_wait_closed_basic",
  IN_MEMORY,
  ({ run }) =>
    run(async () => {
      const { server, connect } = await starting(drain);
      const first = createTask(() => server.waitClosed());
      await settle();
      assert.equal(first.done(), false);
      const { writer } = await connect();
      const second = createTask(() => server.waitClosed());
      await settle();
      assert.equal(server.connections, 1);
      assert.equal(first.done(), false);
      assert.equal(second.done(), false);
      server.close();
      await settle();
      const third = createTask(() => server.waitClosed());
      await settle();
      assert.deepEqual([first, second, third].map((task) => task.done()), [false, false, false]);
      writer.close();
      await writer.waitClosed();
      await first;
      await second;
      await third;
      await server.waitClosed();
      assert.equal(server.connections, 0);
    }),
);

servers.adapted("TestServer2.test_wait_closed_race", IN_MEMORY, ({ run }) =>
  run(async (loop) => {
    const { server, connect } = await starting(drain);
    const task = createTask(() => server.waitClosed());
    await sleep(0);
    assert.equal(task.done(), false);
    const { writer } = await connect();
    loop.callSoon(() => server.close());
    loop.callSoon(() => writer.close());
    await server.waitClosed();
    await task;
  }));

servers.adapted("TestServer2.test_close_clients", IN_MEMORY, ({ run }) =>
  run(async () => {
    const { server, connect } = await starting(async (reader, writer) => {
      writer.write("hello");
      await drain(reader, writer)?.then(undefined, () => {});
    });
    const { reader, close } = await connect();
    const task = createTask(() => server.waitClosed());
    await settle();
    assert.equal(task.done(), false);
    server.close();
    server.closeClients();
    await settle();
    assert.equal(task.done(), true);
    assert.equal(new TextDecoder().decode(await reader.read()), "hello");
    close();
  }));

servers.adapted(
  "TestServer2.test_abort_clients",
  "the client reads when it is asked to, so that it need not be paused",
  ({ run }) =>
    run(async () => {
      const served = Promise.withResolvers<Parameters<ConnectionCallback>[1]>();
      const { server, connect } = await starting(async (_reader, writer) => {
        served.resolve(writer);
        await writer.waitClosed();
      });
      const { close } = await connect();
      const writer = await served.promise;
      for (let count = 0; count < 10; count++) writer.write("a".repeat(65_536));
      await settle();
      assert.notEqual(writer.transport.getWriteBufferSize(), 0);
      const task = createTask(() => server.waitClosed());
      await settle();
      assert.equal(task.done(), false);
      server.close();
      server.abortClients();
      await settle();
      assert.equal(task.done(), true);
      assert.equal(writer.transport.getWriteBufferSize(), 0);
      close();
    }),
);

async function starting(callback: ConnectionCallback) {
  const network = new MemoryNetwork();
  const server: Server = await startServer(callback, "localhost", 0, { listen: network.listen });
  return {
    server,
    async connect() {
      const { dial } = network;
      const connection = await openConnection("localhost", server.port, { ...UNLIMITED, dial });
      const { reader, writer } = connection;
      await settle();
      return { reader, writer, close: () => connection.close() };
    },
  };
}
