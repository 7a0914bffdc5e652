/**
 * Datagrams with callbacks: Python's `loop.create_datagram_endpoint`.
 *
 * @module
 */

import { getEventLoop } from "../../loop/events.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { interruptible } from "../../loop/wait.ts";
import { type DatagramOptions, type DatagramPlaces, openPort } from "./datagram_options.ts";
import { UdpTransport } from "./datagram_transport.ts";
import type { DatagramProtocol } from "../transports/protocols.ts";
import type { DatagramTransport } from "../transports/transports.ts";

/** Options of {@linkcode createDatagramEndpoint}. */
export interface DatagramEndpointOptions extends DatagramOptions, DatagramPlaces, WaitOptions {}

/** A socket for datagrams, and whom it tells. */
export interface DatagramEndpoint<P extends DatagramProtocol> {
  /** The socket. */
  readonly transport: DatagramTransport;
  /** The protocol that the factory made. */
  readonly protocol: P;
}

/**
 * Opens a socket for datagrams (UDP, RFC 768) that calls a protocol.
 *
 * With a `remoteAddress` it talks to that peer only. Deno connects no such
 * socket in the system: what strangers send is dropped here, and that nobody
 * listens at the peer's port is not told, where Python calls `error_received`.
 *
 * It needs `--allow-net` for where it is bound, which for a peer on this machine
 * is `127.0.0.1:0` or `[::1]:0`, for others `0.0.0.0:0` or `[::]:0`, unless
 * `localAddress` says it; and for each address that it sends to.
 *
 * @param protocolFactory Makes the protocol, when the socket is open.
 * @param options Addresses and settings; an address or a family is needed.
 * @returns The transport and the protocol, which has been told of its transport.
 * @throws {TypeError} If an address is none.
 * @throws {RangeError} If a number is out of range, the addresses are of two kinds, or neither an
 * address nor a family is given.
 * @throws {ResolveError} If a host name is unknown.
 * @throws {PermissionError} If the program may not bind there.
 * @throws {OSError} If it cannot be bound; `code` is `"EADDRINUSE"` where the port is taken.
 * @throws {TimeoutError} If a host name is not resolved in time.
 *
 * @example A server that answers in upper case
 * ```ts
 * import { createDatagramEndpoint } from "https://tulip.example/net/datagrams/create_datagram_endpoint.ts";
 * import { connectDatagram } from "https://tulip.example/net/datagrams/datagram_socket.ts";
 * import { DatagramProtocol } from "https://tulip.example/net/transports/protocols.ts";
 * import type { DatagramAddress, DatagramTransport } from "https://tulip.example/net/transports/transports.ts";
 * import assert from "node:assert/strict";
 *
 * class Shout extends DatagramProtocol {
 *   #transport!: DatagramTransport;
 *
 *   override connectionMade(transport: DatagramTransport) {
 *     this.#transport = transport;
 *   }
 *
 *   override datagramReceived(data: Uint8Array, address: DatagramAddress) {
 *     this.#transport.sendto(new TextDecoder().decode(data).toUpperCase(), address);
 *   }
 * }
 *
 * const { transport } = await createDatagramEndpoint(() => new Shout(), {
 *   localAddress: { hostname: "127.0.0.1", port: 0 },
 * });
 *
 * await using client = await connectDatagram("127.0.0.1", transport.getExtraInfo("sockname").port);
 * await client.send("hello");
 * const { data } = await client.receive({ timeout: 5000 });
 * assert.equal(new TextDecoder().decode(data), "HELLO");
 * transport.close();
 * ```
 */
export async function createDatagramEndpoint<P extends DatagramProtocol>(
  protocolFactory: () => P,
  options: DatagramEndpointOptions = {},
): Promise<DatagramEndpoint<P>> {
  const loop = getEventLoop();
  const transport = new UdpTransport(loop);
  const port = await openPort(options, transport);
  let protocol: P;
  try {
    protocol = protocolFactory();
  } catch (error) {
    port.close();
    throw error;
  }
  transport._begin(port, protocol);
  // The transport is handed out when the protocol knows it. It was told to the loop before.
  let done = false;
  try {
    await interruptible(new Promise<void>((resolve) => loop.callSoon(resolve)), options);
    done = true;
  } finally {
    if (!done) transport.abort();
  }
  return { transport, protocol };
}
