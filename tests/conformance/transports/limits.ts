/**
 * CPython's tests of what every transport has.
 *
 * @module
 */

import assert from "node:assert/strict";
import { StreamTransport } from "../../../net/transports/stream_transport.ts";
import type { Transport } from "../../../net/transports/transports.ts";
import { transports } from "./suite.ts";
import { Noting, settle, Wire } from "./wire.ts";

transports.adapted(
  "TransportTests.test_get_extra_info",
  "what is known comes from the connection, and cannot be given to the constructor",
  ({ run }) =>
    run(async () => {
      const wire = new Wire();
      const transport: Transport = new StreamTransport(wire, new Noting());
      assert.equal(transport.getExtraInfo("peername"), wire.remoteAddress);
      assert.equal(transport.getExtraInfo("sockname"), wire.localAddress);
      assert.equal(transport.getExtraInfo("unknown"), undefined);
      const fallback = {};
      assert.equal(transport.getExtraInfo("unknown", fallback), fallback);
      transport.abort();
      await settle();
      assert.equal(transport.getExtraInfo("peername"), wire.remoteAddress);
    }),
);

transports.adapted(
  "TransportTests.test_writelines",
  "what is written in one go leaves in one piece, by write() as well",
  ({ run }) =>
    run(async () => {
      const wire = new Wire();
      const transport = new StreamTransport(wire, new Noting());
      transport.writelines(["line1", new TextEncoder().encode("line2"), "line3"]);
      await settle();
      assert.deepEqual(wire.sent, ["line1line2line3"]);
      transport.abort();
      await settle();
    }),
);

transports.adapted(
  "TransportTests.test_flowcontrol_mixin_set_write_limits",
  "the limits have names, where Python has a tuple",
  ({ run }) =>
    run(async () => {
      const wire = new Wire();
      wire.takes = 0;
      const protocol = new Noting();
      const transport = new StreamTransport(wire, protocol);
      assert.deepEqual(transport.getWriteBufferLimits(), { high: 65_536, low: 16_384 });
      transport.write("x".repeat(512));
      await settle();
      assert.equal(transport.getWriteBufferSize(), 512);
      assert.deepEqual(protocol.told, ["connectionMade"]);

      assert.throws(
        () => transport.setWriteBufferLimits({ high: 0, low: 1 }),
        { name: "RangeError", message: /0 ≤ low ≤ high/ },
      );
      transport.setWriteBufferLimits({ high: 1024, low: 128 });
      assert.deepEqual(transport.getWriteBufferLimits(), { high: 1024, low: 128 });
      assert.deepEqual(protocol.told, ["connectionMade"]);
      transport.setWriteBufferLimits({ high: 256, low: 128 });
      assert.deepEqual(transport.getWriteBufferLimits(), { high: 256, low: 128 });
      assert.deepEqual(protocol.told, ["connectionMade", "pauseWriting"]);
      wire.take(384);
      wire.takes = 0;
      await settle();
      assert.deepEqual(protocol.told, ["connectionMade", "pauseWriting", "resumeWriting"]);

      // What is not given follows from the other.
      transport.setWriteBufferLimits({ low: 300 });
      assert.deepEqual(transport.getWriteBufferLimits(), { high: 1200, low: 300 });
      transport.setWriteBufferLimits({ high: 1002 });
      assert.deepEqual(transport.getWriteBufferLimits(), { high: 1002, low: 250 });
      transport.setWriteBufferLimits();
      assert.deepEqual(transport.getWriteBufferLimits(), { high: 65_536, low: 16_384 });
      transport.abort();
      await settle();
    }),
);
