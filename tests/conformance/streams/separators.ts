/**
 * CPython's tests of `readuntil`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createTask } from "../../../loop/tasks.ts";
import { IncompleteReadError, LimitOverrunError } from "../../../net/errors.ts";
import { StreamReader } from "../../../net/streams/stream_reader.ts";
import { bytes, fed, left, streams, text } from "./suite.ts";

const WORDS = "the messages say the same in other words";

streams.adapted(
  "StreamTests.test_readuntil_separator",
  "`RangeError` is JavaScript's `ValueError`; several separators are an array",
  ({ run }) =>
    run(async () => {
      const reader = new StreamReader();
      for (const separator of [bytes(""), [bytes("")], []]) {
        await assert.rejects(reader.readuntil(separator), RangeError);
      }
    }),
);

streams.held("StreamTests.test_readuntil_multi_chunks", ({ run }) =>
  run(async () => {
    const reader = new StreamReader();
    for (const rest of ["", "", "xxx"]) {
      reader.feedData(bytes(`lineAAA${rest}`));
      assert.equal(await text(reader.readuntil(bytes("AAA"))), "lineAAA");
      assert.equal(await left(reader), rest);
    }
  }));

streams.held("StreamTests.test_readuntil_multi_chunks_1", ({ run }) =>
  run(async () => {
    const reader = new StreamReader();
    for (
      const pieces of [
        ["QWEaa", "XYaa", "a"],
        ["QWEaa", "XYa", "aa"],
        ["aaa"],
        ["Xaaa"],
        ["XXX", "a", "a", "a"],
      ]
    ) {
      for (const piece of pieces) reader.feedData(bytes(piece));
      assert.equal(await text(reader.readuntil(bytes("aaa"))), pieces.join(""));
      assert.equal(await left(reader), "");
    }
  }));

streams.adapted("StreamTests.test_readuntil_eof", WORDS, ({ run }) =>
  run(async () => {
    const reader = fed(["some dataAA"]);
    reader.feedEof();
    await assert.rejects(reader.readuntil(bytes("AAA")), (error: IncompleteReadError) => {
      assert.ok(error instanceof IncompleteReadError);
      assert.deepEqual(error.partial, bytes("some dataAA"));
      assert.equal(error.expected, null);
      return true;
    });
    assert.equal(await left(reader), "");
  }));

streams.adapted("StreamTests.test_readuntil_limit_found_sep", WORDS, ({ run }) =>
  run(async () => {
    const reader = fed(["some dataAA"], { limit: 3 });
    await assert.rejects(reader.readuntil(bytes("AAA")), {
      name: "LimitOverrunError",
      message: /No separator/,
    });
    assert.equal(reader.buffered, 11);
    reader.feedData(bytes("A"));
    await assert.rejects(reader.readuntil(bytes("AAA")), {
      name: "LimitOverrunError",
      message: /separator comes after/,
    });
    assert.equal(await left(reader), "some dataAAA");
  }));

streams.held("StreamTests.test_readuntil_multi_separator", ({ run }) =>
  run(async () => {
    const reader = fed(["line 1\nline 2\r"]);
    const ends = [bytes("\r"), bytes("\n")];
    assert.equal(await text(reader.readuntil(ends)), "line 1\n");
    assert.equal(await text(reader.readuntil(ends)), "line 2\r");
    assert.equal(await left(reader), "");
    // The first end counts, be it of a longer one.
    reader.feedData(bytes("ABCDEFG"));
    assert.equal(await text(reader.readuntil([bytes("DEF"), bytes("BCDE")])), "ABCDE");
    assert.equal(await left(reader), "FG");
  }));

streams.held("StreamTests.test_readuntil_multi_separator_limit", ({ run }) =>
  run(async () => {
    const reader = fed(["some dataA"], { limit: 3 });
    const reading = reader.readuntil([bytes("A"), bytes("ome dataA")]);
    await assert.rejects(reading, LimitOverrunError);
    assert.equal(await left(reader), "some dataA");
  }));

streams.held(
  "StreamTests.test_readuntil_multi_separator_negative_offset",
  ({ run }) =>
    run(async (loop) => {
      const reader = fed(["data"]);
      const task = createTask(() => reader.readuntil([bytes("A"), bytes("long sep")]));
      loop.callSoon(() => reader.feedData(bytes("Z")));
      loop.callSoon(() => reader.feedData(bytes("Aaaa")));
      assert.equal(await text(task), "dataZA");
      assert.equal(await left(reader), "aaa");
    }),
);
