/**
 * CPython's tests of how a transport begins and ends.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { ExceptionContext } from "../../../loop/event_loop.ts";
import { OSError } from "../../../net/errors.ts";
import { StreamTransport } from "../../../net/transports/stream_transport.ts";
import { Noting, settle, Wire } from "../transports/wire.ts";
import { selectorEvents } from "./suite.ts";

const BASE = "SelectorTransportTests";
const STREAM = "SelectorSocketTransportTests";
const NO_SOCKET = "the stream is a mock, for there is no socket";

selectorEvents.adapted(`${STREAM}.test_ctor`, NO_SOCKET, ({ run }) =>
  run(async () => {
    const wire = new Wire();
    const protocol = new Noting();
    const transport = new StreamTransport(wire, protocol);
    assert.deepEqual(protocol.told, []);
    assert.equal(wire.isReading, false);
    await settle();
    assert.deepEqual(protocol.told, ["connectionMade"]);
    assert.equal(protocol.transport, transport);
    assert.equal(wire.isReading, true);
    transport.abort();
  }));

selectorEvents.adapted(`${BASE}.test_abort`, NO_SOCKET, ({ run }) =>
  run(async () => {
    const wire = new Wire();
    const protocol = new Noting();
    const transport = new StreamTransport(wire, protocol);
    wire.takes = 0;
    await settle();
    transport.write("never sent");
    await settle();
    transport.abort();
    assert.equal(transport.isClosing(), true);
    assert.equal(wire.closes, 1);
    assert.equal(transport.getWriteBufferSize(), 0);
    assert.deepEqual(protocol.told, ["connectionMade"]);
    await settle();
    assert.deepEqual(protocol.told, ["connectionMade", "connectionLost"]);
    assert.equal(protocol.lostTo, null);
  }));

selectorEvents.adapted(`${BASE}.test_close`, NO_SOCKET, ({ run }) =>
  run(async () => {
    const wire = new Wire();
    const protocol = new Noting();
    const transport = new StreamTransport(wire, protocol);
    await settle();
    transport.close();
    assert.equal(transport.isClosing(), true);
    // Never inside of the call that causes it.
    assert.deepEqual(protocol.told, ["connectionMade"]);
    transport.close();
    wire.arrive("too late");
    await settle();
    transport.close();
    await settle();
    assert.deepEqual(protocol.told, ["connectionMade", "connectionLost"]);
    assert.equal(protocol.lostTo, null);
    assert.equal(wire.closes, 1);
  }));

selectorEvents.adapted(`${BASE}.test_close_write_buffer`, NO_SOCKET, ({ run }) =>
  run(async () => {
    const wire = new Wire();
    const protocol = new Noting();
    const transport = new StreamTransport(wire, protocol);
    wire.takes = 0;
    transport.write("data");
    await settle();
    transport.close();
    await settle();
    assert.equal(wire.closes, 0);
    assert.deepEqual(protocol.told, ["connectionMade"]);
    wire.take(Infinity);
    await settle();
    assert.deepEqual(wire.sent, ["data"]);
    assert.equal(wire.closes, 1);
    assert.deepEqual(protocol.told, ["connectionMade", "connectionLost"]);
  }));

selectorEvents.adapted(`${BASE}.test_force_close`, NO_SOCKET, ({ run }) =>
  run(async () => {
    const wire = new Wire();
    const protocol = new Noting();
    const transport = new StreamTransport(wire, protocol);
    wire.takes = 0;
    transport.write("1");
    await settle();
    transport.abort();
    transport.abort();
    await settle();
    assert.equal(transport.getWriteBufferSize(), 0);
    assert.deepEqual(wire.sent, []);
    assert.equal(wire.closes, 1);
    assert.deepEqual(protocol.told, ["connectionMade", "connectionLost"]);
  }));

selectorEvents.adapted(`${BASE}.test_fatal_error`, NO_SOCKET, ({ run }) =>
  run(async (loop) => {
    const reports: ExceptionContext[] = [];
    loop.setExceptionHandler((_loop, context) => reports.push(context));
    const wire = new Wire();
    const protocol = new Noting();
    new StreamTransport(wire, protocol);
    await settle();
    const error = new OSError("the cable");
    wire.arrive(error);
    await settle();
    assert.deepEqual(reports, []);
    assert.equal(protocol.lostTo, error);
    assert.equal(wire.closes, 1);
  }));

selectorEvents.adapted(
  `${BASE}.test_fatal_error_custom_exception`,
  NO_SOCKET,
  ({ run }) =>
    run(async (loop) => {
      const reports: ExceptionContext[] = [];
      loop.setExceptionHandler((_loop, context) => reports.push(context));
      const wire = new Wire();
      const protocol = new Noting();
      const transport = new StreamTransport(wire, protocol);
      await settle();
      const error = new RangeError("a mistake of somebody's");
      wire.arrive(error);
      await settle();
      assert.equal(reports.length, 1);
      assert.match(reports[0]!.message, /^Fatal read error on/);
      assert.equal(reports[0]!.exception, error);
      assert.equal(reports[0]!.transport, transport);
      assert.equal(reports[0]!.protocol, protocol);
      assert.equal(protocol.lostTo, error);
      assert.equal(wire.closes, 1);
    }),
);

selectorEvents.adapted(`${BASE}.test_connection_lost`, NO_SOCKET, ({ run }) =>
  run(async () => {
    const wire = new Wire();
    const protocol = new Noting();
    let ends = 0;
    const transport = new StreamTransport(wire, protocol, { onLost: () => void ends++ });
    await settle();
    const error = new OSError("the cable");
    wire.arrive(error);
    await settle();
    transport.abort();
    transport.close();
    await settle();
    assert.deepEqual(protocol.told, ["connectionMade", "connectionLost"]);
    assert.equal(protocol.lostTo, error);
    assert.equal(ends, 1);
  }));

selectorEvents.adapted(
  `${STREAM}.test_transport_close_remove_writer`,
  NO_SOCKET,
  ({ run }) =>
    run(async () => {
      const wire = new Wire();
      const protocol = new Noting();
      const transport = new StreamTransport(wire, protocol);
      await settle();
      transport.close();
      transport.write("dropped");
      await settle();
      assert.deepEqual(wire.sent, []);
      assert.deepEqual(protocol.told, ["connectionMade", "connectionLost"]);
    }),
);
