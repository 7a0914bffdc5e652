/**
 * CPython's tests of `readline`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createTask } from "../../../loop/tasks.ts";
import { LimitOverrunError } from "../../../net/errors.ts";
import { StreamReader } from "../../../net/streams/stream_reader.ts";
import { bytes, DATA, fed, left, streams, text } from "./suite.ts";

const OVERRUN = "`LimitOverrunError`, as of `readuntil`, where Python has a plain `ValueError`";

streams.held("StreamTests.test_readline", ({ run }) =>
  run(async (loop) => {
    const reader = fed(["chunk1 "]);
    const task = createTask(() => reader.readline());
    loop.callSoon(() => {
      for (const piece of ["chunk2 ", "chunk3 ", "\n chunk4"]) reader.feedData(bytes(piece));
    });
    assert.equal(await text(task), "chunk1 chunk2 chunk3 \n");
    assert.equal(await left(reader), " chunk4");
  }));

streams.adapted(
  "StreamTests.test_readline_limit_with_existing_data",
  OVERRUN,
  ({ run }) =>
    run(async () => {
      const one = fed(["li", "ne1\nline2\n"], { limit: 3 });
      await assert.rejects(one.readline(), LimitOverrunError);
      assert.equal(await left(one), "line2\n");

      const other = fed(["li", "ne1", "li"], { limit: 3 });
      await assert.rejects(other.readline(), LimitOverrunError);
      assert.equal(await left(other), "");
    }),
);

streams.adapted("StreamTests.test_readline_limit", OVERRUN, ({ run }) =>
  run(async (loop) => {
    for (
      const [pieces, rest] of [
        [["chunk1", "chunk2", "chunk3\n"], ""],
        [["chunk1", "chunk2\n", "chunk3\n"], "chunk3\n"],
      ] as const
    ) {
      const reader = new StreamReader({ limit: 7 });
      loop.callSoon(() => {
        for (const piece of pieces) reader.feedData(bytes(piece));
        reader.feedEof();
      });
      await assert.rejects(reader.readline(), LimitOverrunError);
      assert.equal(await left(reader), rest);
    }

    const strict = fed(["1234567\n"], { limit: 7 });
    assert.equal(await text(strict.readline()), "1234567\n");
    assert.equal(await left(strict), "");
    for (const tooLong of ["12345678\n", "12345678"]) {
      strict.feedData(bytes(tooLong));
      await assert.rejects(strict.readline(), LimitOverrunError);
      assert.equal(await left(strict), "");
    }
  }));

streams.held("StreamTests.test_readline_nolimit_nowait", ({ run }) =>
  run(async () => {
    const reader = fed([DATA.slice(0, 6), DATA.slice(6)]);
    assert.equal(await text(reader.readline()), "line1\n");
    assert.equal(await left(reader), "line2\nline3\n");
  }));

streams.held("StreamTests.test_readline_eof", ({ run }) =>
  run(async () => {
    const reader = fed(["some data"]);
    reader.feedEof();
    assert.equal(await text(reader.readline()), "some data");
  }));

streams.held("StreamTests.test_readline_empty_eof", ({ run }) =>
  run(async () => {
    const reader = new StreamReader();
    reader.feedEof();
    assert.equal(await text(reader.readline()), "");
  }));

streams.held("StreamTests.test_readline_read_byte_count", ({ run }) =>
  run(async () => {
    const reader = fed([DATA]);
    await reader.readline();
    assert.equal(await text(reader.read(7)), "line2\nl");
    assert.equal(await left(reader), "ine3\n");
  }));

streams.held("StreamTests.test_readline_exception", ({ run }) =>
  run(async () => {
    const reader = fed(["line\n"]);
    assert.equal(await text(reader.readline()), "line\n");
    reader.setException(new TypeError());
    await assert.rejects(reader.readline(), TypeError);
    assert.equal(reader.buffered, 0);
  }));
