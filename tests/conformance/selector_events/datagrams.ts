/**
 * CPython's tests of the transport of datagrams.
 *
 * @module
 */

import assert from "node:assert/strict";
import { getRunningLoop } from "../../../loop/events.ts";
import type { DatagramPort } from "../../../net/datagrams/datagram_port.ts";
import { UdpTransport } from "../../../net/datagrams/datagram_transport.ts";
import { ConnectionRefusedError } from "../../../net/errors.ts";
import { DatagramProtocol } from "../../../net/transports/protocols.ts";
import type { DatagramAddress } from "../../../net/transports/transports.ts";
import { settle } from "../transports/wire.ts";
import { selectorEvents } from "./suite.ts";

const TESTS = "SelectorDatagramTransportTests";
const NO_SOCKET = "the socket is a mock of ours";
const SENT_LATER = "what is sent leaves in the background";
const PEER = { hostname: "0.0.0.0", port: 1234 };

/** A socket in the hand of a test. */
class Mock {
  readonly localAddress: DatagramAddress = { hostname: "0.0.0.0", port: 7 };
  readonly sent: [string, DatagramAddress][] = [];
  isClosed = false;
  failure: Error | null = null;
  blocked = false;
  #goOn: (() => void) | null = null;

  constructor(readonly remoteAddress: DatagramAddress | null = null) {}

  async send(data: Uint8Array, address: DatagramAddress): Promise<void> {
    if (this.blocked) await new Promise<void>((resolve) => this.#goOn = resolve);
    if (this.failure !== null) throw this.failure;
    this.sent.push([new TextDecoder().decode(data), address]);
  }

  /** Has the send that waits, and all after it, go on. */
  unblock(): void {
    this.blocked = false;
    this.#goOn?.();
  }

  close(): void {
    this.isClosed = true;
    this.unblock();
  }
}

class Noting extends DatagramProtocol {
  readonly told: unknown[] = [];

  override connectionMade(): void {
    this.told.push("connectionMade");
  }

  override datagramReceived(data: Uint8Array, address: DatagramAddress): void {
    this.told.push([new TextDecoder().decode(data), address]);
  }

  override errorReceived(error: unknown): void {
    this.told.push(error);
  }

  override connectionLost(error: unknown): void {
    this.told.push("connectionLost", error);
  }
}

interface Scene {
  transport: UdpTransport;
  protocol: Noting;
  mock: Mock;
}

/** Makes a transport on a mock. */
async function make(mock: Mock = new Mock()): Promise<Scene> {
  const transport = new UdpTransport(getRunningLoop());
  const protocol = new Noting();
  transport._begin(mock as unknown as DatagramPort, protocol);
  await settle();
  protocol.told.length = 0;
  return { transport, protocol, mock };
}

const bytes = (text: string) => new TextEncoder().encode(text);

selectorEvents.adapted(`${TESTS}.test_read_ready`, NO_SOCKET, ({ run }) =>
  run(async () => {
    const { transport, protocol } = await make();
    transport.received(bytes("data"), PEER);
    await settle();
    assert.deepEqual(protocol.told, [["data", PEER]]);
    transport.abort();
  }));

selectorEvents.adapted(`${TESTS}.test_read_ready_oserr`, NO_SOCKET, ({ run }) =>
  run(async () => {
    const { transport, protocol, mock } = await make();
    const error = new ConnectionRefusedError("refused");
    transport.failed(error);
    await settle();
    assert.deepEqual(protocol.told, [error]);
    assert.equal(mock.isClosed, false);
    transport.abort();
  }));

selectorEvents.adapted(`${TESTS}.test_sendto`, NO_SOCKET, ({ run }) =>
  run(async () => {
    const { transport, mock } = await make();
    transport.sendto(bytes("data"), PEER);
    await settle();
    assert.deepEqual(mock.sent, [["data", PEER]]);
    transport.abort();
  }));

selectorEvents.adapted(`${TESTS}.test_sendto_no_data`, NO_SOCKET, ({ run }) =>
  run(async () => {
    const { transport, mock } = await make();
    transport.sendto(new Uint8Array(0), PEER);
    await settle();
    assert.deepEqual(mock.sent, [["", PEER]]);
    transport.abort();
  }));

selectorEvents.adapted(`${TESTS}.test_sendto_buffer`, SENT_LATER, ({ run }) =>
  run(async () => {
    const { transport, mock } = await make();
    mock.blocked = true;
    transport.sendto(bytes("data1"), PEER);
    transport.sendto(bytes("data2"), PEER);
    await settle();
    assert.deepEqual(mock.sent, []);
    assert.equal(transport.getWriteBufferSize(), 2 * (5 + 8));
    mock.unblock();
    await settle();
    assert.deepEqual(mock.sent, [["data1", PEER], ["data2", PEER]]);
    assert.equal(transport.getWriteBufferSize(), 0);
    transport.abort();
  }));

selectorEvents.adapted(
  `${TESTS}.test_sendto_buffer_bytearray`,
  "an array that its owner may change is copied",
  ({ run }) =>
    run(async () => {
      const { transport, mock } = await make();
      const data = bytes("data");
      transport.sendto(data, PEER);
      data.fill(120);
      await settle();
      assert.deepEqual(mock.sent, [["data", PEER]]);
      transport.abort();
    }),
);

selectorEvents.adapted(
  `${TESTS}.test_sendto_buffer_nodata`,
  SENT_LATER,
  ({ run }) =>
    run(async () => {
      const { transport, mock } = await make();
      mock.blocked = true;
      transport.sendto(bytes("data1"), PEER);
      transport.sendto(bytes(""), PEER);
      mock.unblock();
      await settle();
      assert.deepEqual(mock.sent, [["data1", PEER], ["", PEER]]);
      transport.abort();
    }),
);

selectorEvents.adapted(
  `${TESTS}.test_sendto_error_received`,
  NO_SOCKET,
  ({ run }) =>
    run(async () => {
      const { transport, protocol, mock } = await make();
      mock.failure = new ConnectionRefusedError("refused");
      transport.sendto(bytes("data"), PEER);
      await settle();
      assert.deepEqual(protocol.told, [mock.failure]);
      assert.equal(transport.isClosing(), false);
      transport.abort();
    }),
);

selectorEvents.adapted(
  `${TESTS}.test_sendto_error_received_connected`,
  NO_SOCKET,
  ({ run }) =>
    run(async () => {
      const { transport, protocol, mock } = await make(new Mock(PEER));
      mock.failure = new ConnectionRefusedError("refused");
      transport.sendto(bytes("data"));
      await settle();
      assert.deepEqual(protocol.told, [mock.failure]);
      assert.equal(transport.isClosing(), false);
      transport.abort();
    }),
);

selectorEvents.differs(
  `${TESTS}.test_sendto_str`,
  "text is sent as UTF-8, as everywhere in `net`; what is neither bytes nor text is refused",
  ({ run }) =>
    run(async () => {
      const { transport, mock } = await make();
      transport.sendto("strö", PEER);
      assert.throws(() => transport.sendto(5 as unknown as string, PEER), TypeError);
      await settle();
      assert.deepEqual(mock.sent, [["strö", PEER]]);
      transport.abort();
    }),
);

selectorEvents.adapted(
  `${TESTS}.test_sendto_connected_addr`,
  NO_SOCKET,
  ({ run }) =>
    run(async () => {
      const { transport, mock } = await make(new Mock(PEER));
      const other = { ...PEER, port: 2 };
      assert.throws(() => transport.sendto(bytes("str"), other), RangeError);
      transport.sendto(bytes("str"), PEER);
      await settle();
      assert.deepEqual(mock.sent, [["str", PEER]]);
      transport.abort();
    }),
);

selectorEvents.adapted(`${TESTS}.test_sendto_closing`, NO_SOCKET, ({ run }) =>
  run(async () => {
    const { transport, mock } = await make(new Mock(PEER));
    transport.close();
    transport.sendto(bytes("data"), PEER);
    await settle();
    assert.deepEqual(mock.sent, []);
  }));

selectorEvents.adapted(
  `${TESTS}.test_sendto_ready_closing`,
  NO_SOCKET,
  ({ run }) =>
    run(async () => {
      const { transport, protocol, mock } = await make(new Mock(PEER));
      mock.blocked = true;
      transport.sendto(bytes("data"));
      transport.close();
      await settle();
      assert.equal(mock.isClosed, false);
      assert.deepEqual(protocol.told, []);
      mock.unblock();
      await settle();
      assert.deepEqual(mock.sent, [["data", PEER]]);
      assert.equal(mock.isClosed, true);
      assert.deepEqual(protocol.told, ["connectionLost", null]);
    }),
);

selectorEvents.adapted(
  `${TESTS}.test_sendto_ready_error_received`,
  NO_SOCKET,
  ({ run }) =>
    run(async () => {
      const { transport, protocol, mock } = await make();
      mock.blocked = true;
      transport.sendto(bytes("data1"), PEER);
      transport.sendto(bytes("data2"), PEER);
      mock.failure = new ConnectionRefusedError("refused");
      mock.unblock();
      await settle();
      // One that cannot be sent does not keep the next from being tried.
      assert.deepEqual(protocol.told, [mock.failure, mock.failure]);
      assert.equal(transport.isClosing(), false);
      transport.abort();
    }),
);
