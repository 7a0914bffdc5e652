/**
 * CPython's `test_sslproto`: what may go wrong with a handshake.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createTask } from "../../../loop/tasks.ts";
import { connectProtocol } from "../../../net/transports/create_connection.ts";
import { OSError } from "../../../net/errors.ts";
import { memoryPair } from "../../../net/memory.ts";
import { startTlsServer } from "../../../net/tls/starttls.ts";
import { startTls } from "../../../net/transports/transport_tls.ts";
import { certificates } from "../../peers/certs.ts";
import { rejection } from "../../rejection.ts";
import type { BehaviourOptions } from "../behaviour.ts";
import { Noting, NotingBuffered, settle, Wire } from "../transports/wire.ts";
import { NEEDS, send, sslproto } from "./suite.ts";

const SHAKES = "SslProtoHandshakeTests";
const IN_PLACE = "the transport itself is upgraded, and the protocol stays the same";

function handshake(
  name: string,
  test: (wire: Wire, protocol: Noting) => Promise<void>,
  options?: BehaviourOptions,
): void {
  sslproto.adapted(`${SHAKES}.${name}`, IN_PLACE, ({ run }) =>
    run(async () => {
      const wire = new Wire();
      const protocol = new Noting();
      await connectProtocol(() => protocol, wire);
      await settle();
      await test(wire, protocol);
      protocol.transport.abort();
      await settle();
      assert.equal(protocol.told.filter((told) => told === "connectionLost").length, 1);
    }), options);
}

for (const [name, timeout] of [["zero", 0], ["negative", -10]] as const) {
  handshake(`test_handshake_timeout_${name}`, async (wire, protocol) => {
    await assert.rejects(startTls(protocol.transport, protocol, { timeout }), {
      name: "RangeError",
      message: /need milliseconds above 0/,
    });
    assert.equal(wire.closes, 0);
  });
}

handshake("test_eof_received_waiter", async (wire, protocol) => {
  const shaking = startTls(protocol.transport, protocol, { timeout: Infinity });
  wire.arrive(null);
  const error = await rejection(shaking, OSError);
  await settle();
  assert.equal(protocol.lostTo, error);
}, NEEDS);

handshake("test_connection_lost", async (wire, protocol) => {
  const shaking = startTls(protocol.transport, protocol, { timeout: Infinity });
  const error = new OSError("the cable");
  wire.arrive(error);
  assert.equal(await rejection(shaking, OSError), error);
  await settle();
  assert.equal(protocol.lostTo, error);
}, NEEDS);

handshake("test_close_during_handshake", async (wire, protocol) => {
  const shaking = startTls(protocol.transport, protocol, { timeout: Infinity });
  // Until it has something to send.
  while (wire.sent.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  await settle();
  protocol.transport.close();
  await assert.rejects(shaking);
  assert.equal(wire.closes > 0, true);
  await settle();
  assert.equal(protocol.lostTo, null);
}, NEEDS);

sslproto.differs(
  `${SHAKES}.test_get_extra_info_on_closed_connection`,
  "what was known of a connection is told after its end as well",
  ({ run }) =>
    run(async () => {
      const wire = new Wire();
      const protocol = new Noting();
      const { transport } = await connectProtocol(() => protocol, wire);
      transport.abort();
      await settle();
      assert.equal(transport.getExtraInfo("peername"), wire.remoteAddress);
      assert.equal(transport.getExtraInfo("socket", "none"), "none");
    }),
);

sslproto.adapted(`${SHAKES}.test_set_new_app_protocol`, IN_PLACE, ({ run }) =>
  run(async () => {
    const { good } = await certificates();
    const [near, far] = memoryPair();
    const { transport, protocol } = await connectProtocol(() => new Noting(), near);
    const serving = createTask(() => startTlsServer(far, good));
    const other = new Noting();
    await startTls(transport, other, {
      caCerts: good.caCerts,
      serverHostname: "localhost",
      timeout: Infinity,
    });
    assert.equal(transport.getProtocol(), other);
    const secure = await serving;
    await send(secure, "secret");
    while (other.told.length === 0) await settle();
    assert.deepEqual(other.told, ["secret"]);
    const third = new Noting();
    transport.setProtocol(third);
    await send(secure, "more");
    while (third.told.length === 0) await settle();
    assert.deepEqual(third.told, ["more"]);
    assert.deepEqual(protocol.told, ["connectionMade"]);
    secure.close();
    while (third.told.at(-1) !== "connectionLost") await settle();
  }), NEEDS);

for (const name of ["test_data_received_after_closing", "test_write_after_closing"]) {
  sslproto.adapted(`${SHAKES}.${name}`, IN_PLACE, ({ run }) =>
    run(async () => {
      const { good } = await certificates();
      const [near, far] = memoryPair();
      const { transport, protocol } = await connectProtocol(() => new Noting(), near);
      const serving = createTask(() => startTlsServer(far, good));
      await startTls(transport, protocol, {
        caCerts: good.caCerts,
        serverHostname: "localhost",
        timeout: Infinity,
      });
      const secure = await serving;
      transport.close();
      if (name === "test_write_after_closing") transport.write("data");
      else await send(secure, "data").catch(() => {});
      while (protocol.told.at(-1) !== "connectionLost") await settle();
      assert.deepEqual(protocol.told, ["connectionMade", "connectionLost"]);
      secure.close();
    }), NEEDS);
}

sslproto.adapted(
  "SelectorStartTLSTests.test_buf_feed_data",
  "what lands elsewhere is poured into the memory of a protocol that takes over",
  ({ run }) =>
    run(async () => {
      for (const [size, data] of [[1, "12345"], [2, "12345"], [2, "1234"], [4, "1234"]] as const) {
        const wire = new Wire();
        const { transport } = await connectProtocol(() => new Noting(), wire);
        await settle();
        const protocol = new NotingBuffered(size);
        transport.setProtocol(protocol);
        wire.arrive(data);
        await settle();
        assert.equal(protocol.told.join(""), data);
        assert.equal(protocol.told.length, Math.ceil(data.length / size));
        transport.abort();
        await settle();
      }
    }),
);
