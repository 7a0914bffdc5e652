/**
 * CPython's tests of `read` and `readexactly`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { CancelledError, RuntimeError } from "../../../loop/exceptions.ts";
import { createTask } from "../../../loop/tasks.ts";
import { wait } from "../../../loop/wait_tasks.ts";
import { IncompleteReadError } from "../../../net/errors.ts";
import { StreamReader } from "../../../net/streams/stream_reader.ts";
import { bytes, DATA, fed, left, settle, streams, text } from "./suite.ts";

streams.held("StreamTests.test_feed_empty_data", () => {
  const reader = fed([""]);
  assert.equal(reader.buffered, 0);
});

streams.held("StreamTests.test_feed_nonempty_data", async () => {
  assert.equal(await left(fed([DATA])), DATA);
});

streams.held("StreamTests.test_read_zero", ({ run }) =>
  run(async () => {
    const reader = fed([DATA]);
    assert.equal(await text(reader.read(0)), "");
    assert.equal(await left(reader), DATA);
  }));

streams.held("StreamTests.test_read", ({ run }) =>
  run(async (loop) => {
    const reader = new StreamReader();
    const task = createTask(() => reader.read(30));
    loop.callSoon(() => reader.feedData(bytes(DATA)));
    assert.equal(await text(task), DATA);
    assert.equal(await left(reader), "");
  }));

streams.held("StreamTests.test_read_line_breaks", ({ run }) =>
  run(async () => {
    const reader = fed(["line1", "line2"]);
    assert.equal(await text(reader.read(5)), "line1");
    assert.equal(await left(reader), "line2");
  }));

streams.held("StreamTests.test_read_eof", ({ run }) =>
  run(async (loop) => {
    const reader = new StreamReader();
    const task = createTask(() => reader.read(1024));
    loop.callSoon(() => reader.feedEof());
    assert.equal(await text(task), "");
    assert.equal(await left(reader), "");
  }));

streams.held("StreamTests.test_read_until_eof", ({ run }) =>
  run(async (loop) => {
    const reader = new StreamReader();
    const task = createTask(() => reader.read(-1));
    loop.callSoon(() => {
      reader.feedData(bytes("chunk1\n"));
      reader.feedData(bytes("chunk2"));
      reader.feedEof();
    });
    assert.equal(await text(task), "chunk1\nchunk2");
    assert.equal(await left(reader), "");
  }));

streams.held("StreamTests.test_read_exception", ({ run }) =>
  run(async () => {
    const reader = fed(["line\n"]);
    assert.equal(await text(reader.read(2)), "li");
    reader.setException(new TypeError());
    await assert.rejects(reader.read(2), TypeError);
  }));

streams.adapted(
  "StreamTests.test_invalid_limit",
  "`RangeError` is JavaScript's `ValueError`",
  () => {
    for (const limit of [0, -1]) {
      assert.throws(() => new StreamReader({ limit }), { name: "RangeError", message: /limit/ });
    }
  },
);

streams.held("StreamTests.test_read_limit", ({ run }) =>
  run(async () => {
    const reader = fed(["chunk"], { limit: 3 });
    assert.equal(await text(reader.read(5)), "chunk");
    assert.equal(await left(reader), "");
  }));

streams.held("StreamTests.test_at_eof", ({ run }) =>
  run(async () => {
    const reader = new StreamReader();
    assert.equal(reader.atEof(), false);
    reader.feedData(bytes("some data\n"));
    assert.equal(reader.atEof(), false);
    await reader.readline();
    assert.equal(reader.atEof(), false);
    reader.feedData(bytes("some data\n"));
    reader.feedEof();
    await reader.readline();
    assert.equal(reader.atEof(), true);
  }));

streams.adapted(
  "StreamTests.test_readexactly_zero_or_less",
  "`RangeError` is JavaScript's `ValueError`",
  ({ run }) =>
    run(async () => {
      const reader = fed([DATA]);
      assert.equal(await text(reader.readexactly(0)), "");
      assert.equal(reader.buffered, DATA.length);
      await assert.rejects(reader.readexactly(-1), RangeError);
      assert.equal(await left(reader), DATA);
    }),
);

streams.held("StreamTests.test_readexactly", ({ run }) =>
  run(async (loop) => {
    const reader = new StreamReader();
    const task = createTask(() => reader.readexactly(2 * DATA.length));
    loop.callSoon(() => {
      for (let times = 0; times < 3; times++) reader.feedData(bytes(DATA));
    });
    assert.equal(await text(task), DATA + DATA);
    assert.equal(await left(reader), DATA);
  }));

streams.held("StreamTests.test_readexactly_limit", ({ run }) =>
  run(async () => {
    const reader = fed(["chunk"], { limit: 3 });
    assert.equal(await text(reader.readexactly(5)), "chunk");
    assert.equal(await left(reader), "");
  }));

streams.adapted(
  "StreamTests.test_readexactly_eof",
  "the message says the same in other words",
  ({ run }) =>
    run(async (loop) => {
      const reader = new StreamReader();
      const task = createTask(() => reader.readexactly(36));
      loop.callSoon(() => {
        reader.feedData(bytes(DATA));
        reader.feedEof();
      });
      await assert.rejects(task, (error: IncompleteReadError) => {
        assert.ok(error instanceof IncompleteReadError);
        assert.deepEqual(error.partial, bytes(DATA));
        assert.equal(error.expected, 36);
        assert.match(error.message, /18 of 36 bytes/);
        return true;
      });
      assert.equal(await left(reader), "");
    }),
);

streams.held("StreamTests.test_readexactly_exception", ({ run }) =>
  run(async () => {
    const reader = fed(["line\n"]);
    assert.equal(await text(reader.readexactly(2)), "li");
    reader.setException(new TypeError());
    await assert.rejects(reader.readexactly(2), TypeError);
  }));

streams.held("StreamTests.test_exception", () => {
  const reader = new StreamReader();
  assert.equal(reader.exception(), null);
  const error = new TypeError();
  reader.setException(error);
  assert.equal(reader.exception(), error);
});

streams.held("StreamTests.test_exception_waiter", ({ run }) =>
  run(async () => {
    const reader = new StreamReader();
    const reading = createTask(() => reader.readline());
    const setting = createTask(() => reader.setException(new TypeError()));
    await wait([reading, setting]);
    assert.throws(() => reading.result(), TypeError);
  }));

streams.held("StreamTests.test_exception_cancel", ({ run }) =>
  run(async () => {
    const reader = new StreamReader();
    const task = createTask(() => reader.readline());
    await settle();
    task.cancel();
    await settle();
    // It must not set the exception of a wait that is over.
    reader.setException(new RuntimeError("message"));
    await settle();
    await assert.rejects(task, CancelledError);
  }));

streams.held("StreamTests.test___repr__", () => {
  assert.equal(String(new StreamReader()), "<StreamReader>");
});

streams.held("StreamTests.test___repr__nondefault_limit", () => {
  assert.equal(String(new StreamReader({ limit: 123 })), "<StreamReader limit=123>");
});

streams.held("StreamTests.test___repr__eof", () => {
  const reader = new StreamReader();
  reader.feedEof();
  assert.equal(String(reader), "<StreamReader eof>");
});

streams.held("StreamTests.test___repr__data", () => {
  assert.equal(String(fed(["data"])), "<StreamReader 4 bytes>");
});

streams.adapted(
  "StreamTests.test___repr__exception",
  "errors show themselves in JavaScript's way",
  () => {
    const reader = new StreamReader();
    reader.setException(new RuntimeError("no"));
    assert.equal(String(reader), "<StreamReader exception=RuntimeError: no>");
  },
);

streams.adapted(
  "StreamTests.test___repr__waiter",
  "the future has another name",
  ({ run }) =>
    run(async () => {
      const reader = new StreamReader();
      const task = createTask(() => reader.read(1));
      await settle();
      assert.equal(String(reader), "<StreamReader waiter=<Arrival pending>>");
      reader.feedData(bytes("x"));
      await task;
      assert.equal(String(reader), "<StreamReader>");
    }),
);

streams.adapted(
  "StreamTests.test_streamreader_constructor_without_loop",
  "a reader has no loop: each call waits in that of whoever makes it; outside of all, in the default one",
  async () => {
    const reader = new StreamReader();
    const reading = reader.read(1);
    reader.feedData(bytes("x"));
    assert.equal(await text(reading), "x");
  },
);

streams.adapted(
  "StreamTests.test_streamreader_constructor_use_running_loop",
  "a reader has no loop: each call waits in that of whoever makes it",
  async ({ run }) => {
    const reader = new StreamReader();
    for (const part of ["a", "b"]) {
      await run(async (loop) => {
        loop.callSoon(() => reader.feedData(bytes(part)));
        assert.equal(await text(reader.read(1)), part);
      });
    }
  },
);
