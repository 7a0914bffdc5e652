/**
 * CPython's `test_events`: datagrams.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  createDatagramEndpoint,
  type DatagramEndpointOptions,
} from "../../../net/datagrams/create_datagram_endpoint.ts";
import { DatagramProtocol } from "../../../net/transports/protocols.ts";
import type { DatagramAddress, DatagramTransport } from "../../../net/transports/transports.ts";
import { events } from "./suite.ts";

const MIXIN = "EventLoopTestsMixin";
const HERE = { hostname: "127.0.0.1", port: 0 };

/** Checks that it is told everything in order. */
class MyDatagramProto extends DatagramProtocol {
  transport!: DatagramTransport;
  state: "INITIAL" | "INITIALIZED" | "CLOSED" = "INITIAL";
  nbytes = 0;
  readonly done = Promise.withResolvers<void>();
  #next: ((data: string) => void) | null = null;

  override connectionMade(transport: DatagramTransport): void {
    assert.equal(this.state, "INITIAL");
    this.transport = transport;
    this.state = "INITIALIZED";
  }

  override datagramReceived(data: Uint8Array, _address: DatagramAddress): void {
    assert.equal(this.state, "INITIALIZED");
    this.nbytes += data.length;
    this.#next?.(new TextDecoder().decode(data));
  }

  override connectionLost(): void {
    assert.equal(this.state, "INITIALIZED");
    this.state = "CLOSED";
    this.done.resolve();
  }

  /** Waits for the next datagram. */
  next(): Promise<string> {
    return new Promise((resolve) => this.#next = resolve);
  }
}

/** Answers what it is sent. */
class Answering extends MyDatagramProto {
  override datagramReceived(data: Uint8Array, address: DatagramAddress): void {
    super.datagramReceived(data, address);
    this.transport.sendto(`resp:${new TextDecoder().decode(data)}`, address);
  }
}

async function endpoint<P extends MyDatagramProto>(
  make: () => P,
  options: DatagramEndpointOptions,
) {
  const { transport, protocol } = await createDatagramEndpoint(make, options);
  assert.equal(protocol.state, "INITIALIZED");
  assert.equal(protocol.transport, transport);
  return { transport, protocol };
}

async function thereAndBack(hostname: string): Promise<void> {
  const server = await endpoint(() => new Answering(), { localAddress: { hostname, port: 0 } });
  const remoteAddress = server.transport.getExtraInfo("sockname");
  const client = await endpoint(() => new MyDatagramProto(), { remoteAddress });
  const answer = client.protocol.next();
  client.transport.sendto("xxx");
  assert.equal(await answer, "resp:xxx");
  assert.equal(server.protocol.nbytes, 3);
  assert.equal(client.protocol.nbytes, 8);
  assert.ok(client.transport.getExtraInfo("sockname"));
  client.transport.close();
  await client.protocol.done.promise;
  assert.equal(client.protocol.state, "CLOSED");
  server.transport.close();
  await server.protocol.done.promise;
}

events.held(
  `${MIXIN}.test_create_datagram_endpoint`,
  ({ run }) => run(() => thereAndBack("127.0.0.1")),
);

events.held(
  `${MIXIN}.test_create_datagram_endpoint_ipv6`,
  ({ run }) => run(() => thereAndBack("::1")),
);

events.held(`${MIXIN}.test_datagram_send_to_non_listening_address`, ({ run }) =>
  run(async () => {
    const first = await endpoint(() => new MyDatagramProto(), { localAddress: HERE });
    const second = await endpoint(() => new MyDatagramProto(), { localAddress: HERE });
    const third = await endpoint(() => new MyDatagramProto(), { localAddress: HERE });
    const [one, two, nobody] = [first, second, third].map(({ transport }) =>
      transport.getExtraInfo("sockname")
    );
    third.transport.abort();

    const atSecond = second.protocol.next();
    first.transport.sendto("a", two);
    assert.equal(await atSecond, "a");
    const atFirst = first.protocol.next();
    second.transport.sendto("b", one);
    assert.equal(await atFirst, "b");

    first.transport.sendto("c", nobody);
    const again = first.protocol.next();
    second.transport.sendto("d", one);
    assert.equal(await again, "d");
    first.transport.close();
    second.transport.close();
    await Promise.all([first.protocol.done.promise, second.protocol.done.promise]);
  }));
