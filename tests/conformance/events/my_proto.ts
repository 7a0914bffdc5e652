/**
 * The protocol of CPython's `test_events`.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { ProtocolConnection } from "../../../net/transports/create_connection.ts";
import { Protocol } from "../../../net/transports/protocols.ts";
import type { ConnectionCallback } from "../../../net/servers/server.ts";
import type { Transport } from "../../../net/transports/transports.ts";

/** Checks that it is told everything in order. */
export class MyProto extends Protocol {
  transport!: Transport;
  state: "INITIAL" | "CONNECTED" | "EOF" | "CLOSED" = "INITIAL";
  nbytes = 0;
  readonly connected = Promise.withResolvers<void>();
  readonly done = Promise.withResolvers<void>();
  #awaited: { bytes: number; come: () => void } | null = null;

  override connectionMade(transport: Transport): void {
    assert.equal(this.state, "INITIAL");
    this.transport = transport;
    this.state = "CONNECTED";
    transport.write("GET / HTTP/1.0\r\nHost: example.com\r\n\r\n");
    this.connected.resolve();
  }

  override dataReceived(data: Uint8Array): void {
    assert.equal(this.state, "CONNECTED");
    this.nbytes += data.length;
    if (this.#awaited !== null && this.nbytes >= this.#awaited.bytes) this.#awaited.come();
  }

  override eofReceived(): void {
    assert.equal(this.state, "CONNECTED");
    this.state = "EOF";
  }

  override connectionLost(): void {
    assert.match(this.state, /^(?:CONNECTED|EOF)$/);
    this.state = "CLOSED";
    this.done.resolve();
  }

  /** Waits for so many bytes. */
  bytes(count: number): Promise<void> {
    if (this.nbytes >= count) return Promise.resolve();
    return new Promise((come) => this.#awaited = { bytes: count, come });
  }
}

/** Answers a request, and closes. */
export const page: ConnectionCallback = async (reader, writer) => {
  while (await reader.nextLine() !== "");
  writer.write("HTTP/1.0 200 OK\r\n\r\nTest message");
  writer.close();
};

/** Checks a client of {@linkcode page} until its end. */
export async function checkClient(
  { transport, protocol }: ProtocolConnection<MyProto>,
): Promise<void> {
  assert.equal(protocol.state, "CONNECTED");
  assert.equal(protocol.transport, transport);
  assert.equal(transport.getProtocol(), protocol);
  assert.ok(transport.getExtraInfo("sockname"));
  await protocol.done.promise;
  assert.ok(protocol.nbytes > 0);
  assert.equal(protocol.state, "CLOSED");
  transport.close();
}
