/**
 * CPython's tests of what a transport reads, for both kinds of protocols.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { EventLoop, ExceptionContext } from "../../../loop/event_loop.ts";
import { ConnectionResetError, OSError } from "../../../net/errors.ts";
import { StreamTransport } from "../../../net/transports/stream_transport.ts";
import { Noting, NotingBuffered, settle, Wire } from "../transports/wire.ts";
import { selectorEvents } from "./suite.ts";

const NO_SOCKET = "the stream is a mock, for there is no socket";

/** Both kinds, by the class of CPython's tests for each. */
const KINDS = {
  SelectorSocketTransportTests: () => new Noting(),
  SelectorSocketTransportBufferedProtocolTests: () => new NotingBuffered(),
} as const;

for (const [suite, make] of Object.entries(KINDS)) {
  selectorEvents.adapted(`${suite}.test_read_ready`, NO_SOCKET, ({ run }) =>
    run(async () => {
      const { wire, protocol, transport } = await connected(make());
      wire.arrive("data");
      await settle();
      assert.deepEqual(protocol.told, ["connectionMade", "data"]);
      assert.equal(wire.isReading, true);
      transport.abort();
    }));

  selectorEvents.adapted(`${suite}.test_read_ready_eof`, NO_SOCKET, ({ run }) =>
    run(async () => {
      const { wire, protocol, transport } = await connected(make());
      wire.takes = 0;
      transport.write("last words");
      wire.arrive(null);
      await settle();
      assert.deepEqual(protocol.told, ["connectionMade", "eofReceived"]);
      assert.equal(transport.isClosing(), true);
      wire.take(Infinity);
      await settle();
      assert.deepEqual(wire.sent, ["last words"]);
      assert.deepEqual(protocol.told, ["connectionMade", "eofReceived", "connectionLost"]);
      assert.equal(protocol.lostTo, null);
    }));

  selectorEvents.adapted(
    `${suite}.test_read_ready_eof_keep_open`,
    NO_SOCKET,
    ({ run }) =>
      run(async () => {
        const { wire, protocol, transport } = await connected(make());
        protocol.staysOpen = true;
        wire.arrive(null);
        await settle();
        assert.deepEqual(protocol.told, ["connectionMade", "eofReceived"]);
        assert.equal(transport.isClosing(), false);
        assert.equal(wire.isReading, false);
        transport.write("still here");
        await settle();
        assert.deepEqual(wire.sent, ["still here"]);
        transport.close();
        await settle();
        assert.equal(protocol.told.at(-1), "connectionLost");
      }),
  );

  selectorEvents.adapted(
    `${suite}.test_read_eof_received_error`,
    NO_SOCKET,
    ({ run }) =>
      run(async (loop) => {
        const reports = reportsOf(loop);
        const { wire, protocol, transport } = await connected(make());
        const error = new RangeError("eof");
        protocol.eofReceived = () => {
          throw error;
        };
        wire.arrive(null);
        await settle();
        assert.deepEqual(reports.map(({ message }) => message), [
          "Fatal error: protocol.eofReceived() call failed.",
        ]);
        assert.equal(reports[0]!.exception, error);
        assert.equal(transport.isClosing(), true);
        assert.equal(protocol.lostTo, error);
      }),
  );

  selectorEvents.adapted(
    `${suite}.test_read_ready_conn_reset`,
    NO_SOCKET,
    ({ run }) =>
      run(async (loop) => {
        const reports = reportsOf(loop);
        const { wire, protocol } = await connected(make());
        const error = new ConnectionResetError("reset");
        wire.arrive(error);
        await settle();
        assert.equal(protocol.lostTo, error);
        assert.equal(wire.closes, 1);
        assert.deepEqual(reports, []);
      }),
  );

  selectorEvents.adapted(
    `${suite}.test_read_ready_err`,
    NO_SOCKET,
    ({ run }) =>
      run(async (loop) => {
        const reports = reportsOf(loop);
        const { wire, protocol } = await connected(make());
        const error = new OSError("broken");
        wire.arrive(error);
        await settle();
        assert.equal(protocol.lostTo, error);
        assert.equal(wire.closes, 1);
        assert.deepEqual(reports, []);
      }),
  );
}

selectorEvents.adapted(
  "SelectorSocketTransportTests.test_data_received_error",
  NO_SOCKET,
  ({ run }) =>
    run(async (loop) => {
      const reports = reportsOf(loop);
      const { wire, protocol, transport } = await connected(new Noting());
      const error = new RangeError("data");
      protocol.dataReceived = () => {
        throw error;
      };
      wire.arrive("data");
      await settle();
      assert.deepEqual(reports.map(({ message }) => message), [
        "Fatal error: protocol.dataReceived() call failed.",
      ]);
      assert.equal(reports[0]!.exception, error);
      assert.equal(reports[0]!.transport, transport);
      assert.equal(reports[0]!.protocol, protocol);
      assert.equal(protocol.lostTo, error);
      assert.equal(wire.isReading, false);
    }),
);

selectorEvents.adapted(
  "SelectorSocketTransportTests.test_pause_resume_reading",
  "a read that is in flight stays; what it brings is told after resumeReading()",
  ({ run }) =>
    run(async () => {
      const { wire, protocol, transport } = await connected(new Noting());
      assert.equal(transport.isReading(), true);
      transport.pauseReading();
      transport.pauseReading();
      assert.equal(transport.isReading(), false);
      wire.arrive("held");
      wire.arrive("later");
      await settle();
      assert.deepEqual(protocol.told, ["connectionMade"]);
      assert.equal(wire.isReading, false);
      transport.resumeReading();
      transport.resumeReading();
      assert.equal(transport.isReading(), true);
      // Not inside of the call.
      assert.deepEqual(protocol.told, ["connectionMade"]);
      await settle();
      assert.deepEqual(protocol.told, ["connectionMade", "held", "later"]);
      assert.equal(wire.isReading, true);
      transport.close();
      assert.equal(transport.isReading(), false);
      await settle();
      assert.equal(wire.isReading, false);
    }),
);

selectorEvents.adapted(
  "SelectorSocketTransportTests.test_pause_reading_connection_made",
  NO_SOCKET,
  ({ run }) =>
    run(async () => {
      const wire = new Wire();
      const protocol = new Noting();
      protocol.connectionMade = (transport) => transport.pauseReading();
      const transport = new StreamTransport(wire, protocol);
      await settle();
      assert.equal(transport.isReading(), false);
      assert.equal(wire.isReading, false);
      transport.resumeReading();
      assert.equal(transport.isReading(), true);
      await settle();
      assert.equal(wire.isReading, true);
      transport.close();
      assert.equal(transport.isReading(), false);
    }),
);

const BUFFERED = "SelectorSocketTransportBufferedProtocolTests";

selectorEvents.adapted(`${BUFFERED}.test_ctor`, NO_SOCKET, ({ run }) =>
  run(async () => {
    const { wire, protocol, transport } = await connected(new NotingBuffered());
    assert.equal(protocol.transport, transport);
    assert.equal(wire.isReading, true);
    transport.abort();
  }));

selectorEvents.adapted(
  `${BUFFERED}.test_get_buffer_error`,
  "memory is asked for when a read begins, for the system needs it while it waits",
  ({ run }) =>
    run(async (loop) => {
      const reports = reportsOf(loop);
      const { wire, protocol } = await connected(new NotingBuffered());
      const error = new RangeError("no memory");
      protocol.getBuffer = () => {
        throw error;
      };
      wire.arrive("data");
      await settle();
      assert.equal(protocol.told[1], "data");
      assert.deepEqual(reports.map(({ message }) => message), [
        "Fatal error: protocol.getBuffer() call failed.",
      ]);
      assert.equal(protocol.lostTo, error);
    }),
);

selectorEvents.adapted(
  `${BUFFERED}.test_get_buffer_zerosized`,
  "memory is asked for when a read begins, for the system needs it while it waits",
  ({ run }) =>
    run(async (loop) => {
      const reports = reportsOf(loop);
      const wire = new Wire();
      const protocol = new NotingBuffered(0);
      new StreamTransport(wire, protocol);
      await settle();
      assert.match(String(reports[0]!.exception), /at least one byte/);
      assert.match(String(protocol.lostTo), /RuntimeError/);
      assert.equal(wire.closes, 1);
    }),
);

selectorEvents.adapted(
  `${BUFFERED}.test_buffer_updated_error`,
  NO_SOCKET,
  ({ run }) =>
    run(async (loop) => {
      const reports = reportsOf(loop);
      const { wire, protocol } = await connected(new NotingBuffered());
      const error = new RangeError("updated");
      protocol.bufferUpdated = () => {
        throw error;
      };
      wire.arrive("data");
      await settle();
      assert.deepEqual(reports.map(({ message }) => message), [
        "Fatal error: protocol.bufferUpdated() call failed.",
      ]);
      assert.equal(protocol.lostTo, error);
    }),
);

selectorEvents.adapted(
  `${BUFFERED}.test_proto_type_switch`,
  "a read in flight lands in the memory of the old protocol, and is told to the new one",
  ({ run }) =>
    run(async () => {
      const { wire, protocol: chunks, transport } = await connected(new Noting());
      wire.arrive("data 1");
      await settle();
      assert.deepEqual(chunks.told, ["connectionMade", "data 1"]);
      const buffered = new NotingBuffered(4);
      transport.setProtocol(buffered);
      assert.equal(transport.getProtocol(), buffered);
      // It landed elsewhere, and is poured into the memory of the new one.
      wire.arrive("data 2");
      await settle();
      assert.deepEqual(buffered.told, ["data", " 2"]);
      wire.arrive("data 3");
      await settle();
      assert.deepEqual(buffered.told, ["data", " 2", "data", " 3"]);
      transport.setProtocol(chunks);
      wire.arrive("four");
      await settle();
      buffered.buffer.fill(0);
      assert.deepEqual(chunks.told, ["connectionMade", "data 1", "four"]);
      assert.equal(buffered.told.length, 4);
      transport.abort();
    }),
);

async function connected<P extends Noting | NotingBuffered>(protocol: P) {
  const wire = new Wire();
  const transport = new StreamTransport(wire, protocol);
  await settle();
  return { wire, protocol, transport };
}

function reportsOf(loop: EventLoop): ExceptionContext[] {
  const reports: ExceptionContext[] = [];
  loop.setExceptionHandler((_loop, context) => reports.push(context));
  return reports;
}
