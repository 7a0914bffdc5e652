/**
 * CPython's tests of how a connection ends.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createTask } from "../../../loop/tasks.ts";
import { reportsOf } from "../by_hand.ts";
import { IN_MEMORY, readPage, settle, streams, text, withTestServer } from "./suite.ts";

streams.adapted(
  "StreamTests.test_wait_closed_on_close",
  IN_MEMORY,
  ({ run }) =>
    run(() =>
      withTestServer(async (connect) => {
        const connection = await connect();
        await readPage(connection);
        const { writer } = connection;
        assert.equal(writer.isClosing(), false);
        writer.close();
        assert.equal(writer.isClosing(), true);
        await writer.waitClosed();
      })
    ),
);

streams.adapted(
  "StreamTests.test_wait_closed_on_close_with_unread_data",
  IN_MEMORY,
  ({ run }) =>
    run(() =>
      withTestServer(async (connect) => {
        const { reader, writer } = await connect();
        writer.write("GET / HTTP/1.0\r\n\r\n");
        assert.equal(await text(reader.readline()), "HTTP/1.0 200 OK\r\n");
        writer.close();
        await writer.waitClosed();
      })
    ),
);

streams.adapted(
  "StreamTests.test_eof_feed_when_closing_writer",
  IN_MEMORY,
  ({ run }) =>
    run(async (loop) => {
      const reports = reportsOf(loop);
      await withTestServer(async (connect) => {
        const { reader, writer } = await connect();
        const reading = createTask(() => reader.read(1));
        await settle();
        writer.close();
        await writer.waitClosed();
        assert.equal(await text(reading), "");
        assert.equal(reader.atEof(), true);
        assert.equal(await text(reader.read()), "");
      });
      assert.deepEqual(reports, []);
    }),
);

streams.differs(
  "StreamTests.test_unclosed_resource_warnings",
  "nothing is told when an object is dropped; `await using` closes",
  ({ run }) =>
    run((loop) => {
      const reports = reportsOf(loop);
      return withTestServer(async (connect) => {
        await using connection = await connect();
        await readPage(connection);
        assert.equal(connection.closed, false);
        assert.deepEqual(reports, []);
      });
    }),
);
