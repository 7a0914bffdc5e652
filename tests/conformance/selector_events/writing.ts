/**
 * CPython's tests of what a transport writes.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { ExceptionContext } from "../../../loop/event_loop.ts";
import { RuntimeError } from "../../../loop/exceptions.ts";
import { OSError } from "../../../net/errors.ts";
import { StreamTransport } from "../../../net/transports/stream_transport.ts";
import { Noting, settle, Wire } from "../transports/wire.ts";
import { selectorEvents } from "./suite.ts";

const STREAM = "SelectorSocketTransportTests";
const IN_BACKGROUND =
  "nothing is sent inside of write(): what is written in one go leaves together right after it";

/** A test, with a transport whose peer is in its hand. */
type Test = (
  parts: { wire: Wire; protocol: Noting; transport: StreamTransport },
) => Promise<void>;

function writing(name: string, test: Test, why = IN_BACKGROUND): void {
  selectorEvents.adapted(`${STREAM}.${name}`, why, ({ run }) =>
    run(async () => {
      const wire = new Wire();
      const protocol = new Noting();
      const transport = new StreamTransport(wire, protocol);
      await settle();
      await test({ wire, protocol, transport });
      transport.abort();
      await settle();
    }));
}

writing("test_write", async ({ wire, transport }) => {
  transport.write(bytes("data"));
  await settle();
  assert.deepEqual(wire.sent, ["data"]);
});

writing("test_write_bytearray", async ({ wire, transport }) => {
  const data = bytes("data");
  transport.write(data);
  await settle();
  assert.deepEqual(wire.sent, ["data"]);
  assert.deepEqual(data, bytes("data"));
});

writing("test_write_memoryview", async ({ wire, transport }) => {
  transport.write(bytes("some data here").subarray(5, 9));
  await settle();
  assert.deepEqual(wire.sent, ["data"]);
});

writing("test_write_no_data", async ({ wire, transport }) => {
  wire.takes = 0;
  transport.write("data");
  transport.write(new Uint8Array(0));
  transport.write("");
  await settle();
  assert.equal(transport.getWriteBufferSize(), 4);
  assert.deepEqual(wire.sent, []);
});

writing("test_write_buffer", async ({ wire, transport }) => {
  wire.takes = 0;
  transport.write("data1");
  await settle();
  transport.write("data2");
  assert.equal(transport.getWriteBufferSize(), 10);
  wire.take(Infinity);
  await settle();
  assert.equal(wire.sent.join(""), "data1data2");
});

for (
  const [name, data] of [
    ["test_write_partial", "data"],
    ["test_write_partial_bytearray", bytes("data")],
    ["test_write_partial_memoryview", bytes("data!").subarray(0, 4)],
  ] as const
) {
  writing(name, async ({ wire, transport }) => {
    wire.takes = 2;
    transport.write(data);
    await settle();
    assert.deepEqual(wire.sent, ["da", "ta"]);
    assert.equal(transport.getWriteBufferSize(), 0);
  });
}

for (
  const name of ["test_write_partial_none", "test_write_tryagain", "test_write_ready_tryagain"]
) {
  writing(name, async ({ wire, transport }) => {
    wire.takes = 0;
    transport.write("data");
    await settle();
    assert.deepEqual(wire.sent, []);
    assert.equal(transport.getWriteBufferSize(), 4);
    wire.take(3);
    await settle();
    assert.deepEqual(wire.sent, ["dat", "a"]);
  });
}

for (const name of ["test_writelines_send_full", "test_writelines_sendmsg_full"]) {
  writing(name, async ({ wire, transport }) => {
    transport.writelines([bytes("line1"), "line2", bytes("line3")]);
    await settle();
    assert.deepEqual(wire.sent, ["line1line2line3"]);
  });
}

for (const name of ["test_writelines_send_partial", "test_writelines_sendmsg_partial"]) {
  writing(name, async ({ wire, transport }) => {
    wire.takes = 7;
    transport.writelines([bytes("line1"), "line2"]);
    await settle();
    assert.deepEqual(wire.sent, ["line1li", "ne2"]);
  });
}

writing("test_write_exception", async ({ wire, protocol, transport }) => {
  wire.takes = 0;
  transport.write("data");
  await settle();
  const error = new OSError("gone");
  wire.take(error);
  await settle();
  assert.equal(protocol.lostTo, error);
  assert.equal(transport.isClosing(), true);
  wire.takes = Infinity;
  transport.write("dropped");
  await settle();
  assert.deepEqual(wire.sent, []);
}, "what is written later is dropped without a warning");

writing("test_write_ready_exception", async ({ wire, protocol, transport }) => {
  wire.takes = 0;
  transport.write("data");
  transport.write("more");
  await settle();
  wire.take(new OSError("gone"));
  await settle();
  assert.equal(transport.getWriteBufferSize(), 0);
  assert.deepEqual(protocol.told, ["connectionMade", "connectionLost"]);
});

selectorEvents.differs(
  `${STREAM}.test_write_str`,
  "text is sent as UTF-8; anything else is a TypeError",
  ({ run }) =>
    run(async () => {
      const wire = new Wire();
      const transport = new StreamTransport(wire, new Noting());
      transport.write("wö");
      for (const wrong of [5, null, undefined, ["a"], new ArrayBuffer(3)]) {
        assert.throws(() => transport.write(wrong as unknown as string), TypeError);
      }
      await settle();
      assert.deepEqual(wire.sent, ["wö"]);
      transport.abort();
      await settle();
    }),
);

writing("test_write_closing", async ({ wire, transport }) => {
  transport.close();
  transport.write("data");
  await settle();
  assert.deepEqual(wire.sent, []);
}, "nothing counts what is dropped");

writing("test_write_ready", async ({ wire, transport }) => {
  wire.takes = 0;
  transport.write("data");
  await settle();
  wire.take(Infinity);
  await settle();
  assert.deepEqual(wire.sent, ["data"]);
  assert.equal(transport.getWriteBufferSize(), 0);
});

writing("test_write_ready_closing", async ({ wire, protocol, transport }) => {
  wire.takes = 0;
  transport.write("data");
  transport.close();
  await settle();
  assert.deepEqual(protocol.told, ["connectionMade"]);
  wire.take(Infinity);
  await settle();
  assert.deepEqual(wire.sent, ["data"]);
  assert.equal(wire.closes, 1);
  assert.deepEqual(protocol.told, ["connectionMade", "connectionLost"]);
  assert.equal(protocol.lostTo, null);
});

writing("test_write_ready_partial", async ({ wire, transport }) => {
  wire.takes = 0;
  transport.write("data");
  await settle();
  wire.take(2);
  wire.takes = 0;
  await settle();
  assert.deepEqual(wire.sent, ["da"]);
  assert.equal(transport.getWriteBufferSize(), 2);
});

writing("test_write_eof", async ({ wire, transport }) => {
  assert.equal(transport.canWriteEof(), true);
  transport.writeEof();
  await settle();
  assert.equal(wire.ends, 1);
  transport.writeEof();
  await settle();
  assert.equal(wire.ends, 1);
  assert.throws(() => transport.write("after the end"), RuntimeError);
});

writing("test_write_eof_buffer", async ({ wire, transport }) => {
  wire.takes = 0;
  transport.write("data");
  transport.writeEof();
  await settle();
  assert.equal(transport.getWriteBufferSize(), 4);
  assert.equal(wire.ends, 0);
  wire.take(Infinity);
  await settle();
  assert.deepEqual(wire.sent, ["data"]);
  assert.equal(wire.ends, 1);
});

writing("test_write_eof_after_close", async ({ wire, transport }) => {
  transport.close();
  await settle();
  transport.writeEof();
  await settle();
  assert.equal(wire.ends, 0);
});

selectorEvents.adapted(
  "SelectorSocketTransportTests.test_write_sendmsg_OSError",
  IN_BACKGROUND,
  ({ run }) =>
    run(async (loop) => {
      const reports: ExceptionContext[] = [];
      loop.setExceptionHandler((_loop, context) => reports.push(context));
      const wire = new Wire();
      const protocol = new Noting();
      const transport = new StreamTransport(wire, protocol);
      wire.takes = 0;
      transport.writelines(["data", "more"]);
      await settle();
      const error = new OSError("gone");
      wire.take(error);
      await settle();
      assert.equal(transport.getWriteBufferSize(), 0);
      assert.equal(protocol.lostTo, error);
      assert.deepEqual(reports, []);
    }),
);

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
