/**
 * CPython's tests of `start_server`, and of what its callbacks leave behind.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createTask, currentTask } from "../../../loop/tasks.ts";
import { sleep } from "../../../loop/sleep.ts";
import { openConnection } from "../../../net/streams/connect.ts";
import { startServer } from "../../../net/servers/server.ts";
import type { ConnectionCallback } from "../../../net/servers/server.ts";
import { openUnixConnection, startUnixServer } from "../../../net/unix/unix_streams.ts";
import { reportsOf } from "../by_hand.ts";
import { IN_MEMORY, streams, text, UNLIMITED, withTestServer } from "./suite.ts";

const echoLine = async (...[reader, writer]: Parameters<ConnectionCallback>) => {
  writer.write(await reader.readline());
  await writer.drain();
  writer.close();
  await writer.waitClosed();
};

/** A coroutine as callback, and a function that leaves the work to a task. */
const CALLBACKS: readonly ConnectionCallback[] = [
  echoLine,
  (reader, writer) => {
    createTask(() => echoLine(reader, writer));
  },
];

streams.held("StreamTests.test_start_server", ({ run }) =>
  run(async (loop) => {
    const reports = reportsOf(loop);
    for (const callback of CALLBACKS) {
      const server = await startServer(callback, "127.0.0.1", 0);
      const { hostname, port } = server;
      const { reader, writer } = await openConnection(hostname, port, UNLIMITED);
      writer.write("hello world!\n");
      assert.equal(await text(reader.readline()), "hello world!\n");
      writer.close();
      await writer.waitClosed();
      server.close();
      await server.waitClosed();
    }
    assert.deepEqual(reports, []);
  }));

streams.held("StreamTests.test_start_unix_server", ({ run }) =>
  run(async (loop) => {
    const reports = reportsOf(loop);
    const folder = await Deno.makeTempDir();
    for (const callback of CALLBACKS) {
      const server = await startUnixServer(callback, `${folder}/echo.sock`);
      const { reader, writer } = await openUnixConnection(`${folder}/echo.sock`, UNLIMITED);
      writer.write("hello world!\n");
      assert.equal(await text(reader.readline()), "hello world!\n");
      writer.close();
      await writer.waitClosed();
      server.close();
      await server.waitClosed();
    }
    await Deno.remove(folder, { recursive: true });
    assert.deepEqual(reports, []);
  }));

const talk = (callback: ConnectionCallback) =>
  withTestServer(async (connect, server) => {
    const { writer } = await connect();
    writer.write("test msg");
    await writer.drain();
    writer.close();
    await writer.waitClosed();
    server.close();
    await server.waitClosed();
  }, callback);

streams.adapted(
  "StreamTests.test_unhandled_exception",
  IN_MEMORY,
  ({ run }) =>
    run(async (loop) => {
      const reports = reportsOf(loop);
      const error = new Error("test");
      await talk(async () => {
        await sleep(0);
        throw error;
      });
      assert.equal(reports[0]!.message, "Unhandled exception in a connection");
      assert.equal(reports[0]!.exception, error);
    }),
);

streams.adapted("StreamTests.test_unhandled_cancel", IN_MEMORY, ({ run }) =>
  run(async (loop) => {
    const reports = reportsOf(loop);
    await talk(async (_reader, writer) => {
      writer.close();
      currentTask()!.cancel();
      await sleep(0);
    });
    assert.deepEqual(reports, []);
  }));
