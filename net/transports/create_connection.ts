/**
 * Connections by protocols: Python's `loop.create_connection`.
 *
 * @module
 */

import { getEventLoop } from "../../loop/events.ts";
import { checkTimeout } from "../../loop/wait.ts";
import type { ByteStream } from "../byte_stream.ts";
import { hostAndPort } from "../native_errors.ts";
import { IdleStream } from "../streams/idle_stream.ts";
import { openStream } from "../tcp/opening.ts";
import type { OpenOptions } from "../tcp/opening.ts";
import { checkHost, checkPort } from "../tcp/places.ts";
import type { ProtocolFactory, StreamProtocol } from "./push_reader.ts";
import { StreamTransport } from "./stream_transport.ts";
import type { Transport } from "./transports.ts";
import type { WireLog } from "../wire_log.ts";
import { tapOn } from "../wire_tap.ts";

/**
 * Options of {@linkcode createConnection}.
 *
 * Where a host name has several addresses, Deno tries them side by side since 2.9
 * (Happy Eyeballs, RFC 8305), and before that the first one alone. It tells one error, not all.
 */
export interface CreateConnectionOptions extends OpenOptions {
  /** Is told what is written and what comes; see {@linkcode wireLogTo}. */
  wireLog?: WireLog;
  /**
   * The longest that not a single byte may pass, in either direction, in milliseconds. Then the
   * connection is broken off with a `TimeoutError`.
   *
   * @default {Infinity}
   */
  idleTimeout?: number;
}

/** A connection and who is told of it: a pair in Python. */
export interface ProtocolConnection<P extends StreamProtocol = StreamProtocol> {
  /** What moves the bytes. */
  readonly transport: Transport;
  /** What the factory has made. */
  readonly protocol: P;
}

/**
 * Connects to a server, and tells a protocol what happens
 * (`loop.create_connection`).
 *
 * The protocol's `connectionMade` has been called when the call returns.
 *
 * @param protocolFactory Makes the protocol, once the connection stands.
 * @param host A host name or an IP address.
 * @param port The port, 1 to 65535.
 * @param options TLS, time.
 * @returns The transport and the protocol.
 * @throws {TypeError} If the host is no host name or address.
 * @throws {RangeError} If the port or a time is out of range.
 * @throws {ConnectionRefusedError} If nothing listens there.
 * @throws {ResolveError} If the host name is unknown.
 * @throws {PermissionError} If the program may not connect there.
 * @throws {ConnectionError} If there is no way to the host.
 * @throws {SSLCertVerificationError} If the server's certificate is refused.
 * @throws {SSLError} If the TLS handshake fails otherwise.
 * @throws {TimeoutError} If it takes longer than `connectTimeout`.
 *
 * @example
 * ```ts
 * import { createConnection } from "https://tulip.example/net/transports/create_connection.ts";
 * import { createServer } from "https://tulip.example/net/servers/create_server.ts";
 * import { Protocol } from "https://tulip.example/net/transports/protocols.ts";
 * import type { Transport } from "https://tulip.example/net/transports/transports.ts";
 * import assert from "node:assert/strict";
 *
 * class Greeter extends Protocol {
 *   override connectionMade(transport: Transport) {
 *     transport.write("hello");
 *     transport.close();
 *   }
 * }
 *
 * class Listener extends Protocol {
 *   heard = "";
 *   readonly end = Promise.withResolvers<void>();
 *
 *   override dataReceived(data: Uint8Array) {
 *     this.heard += new TextDecoder().decode(data);
 *   }
 *
 *   override connectionLost() {
 *     this.end.resolve();
 *   }
 * }
 *
 * await using server = await createServer(() => new Greeter());
 * const { protocol } = await createConnection(() => new Listener(), "127.0.0.1", server.port);
 * await protocol.end.promise;
 * assert.equal(protocol.heard, "hello");
 * ```
 */
export function createConnection<P extends StreamProtocol>(
  protocolFactory: ProtocolFactory<P>,
  host: string,
  port: number,
  options: CreateConnectionOptions = {},
): Promise<ProtocolConnection<P>> {
  return Promise.try(async () => {
    const hostname = checkHost(host);
    checkPort(port, 1);
    const place = hostAndPort({ hostname, port });
    checkTimeout(options.idleTimeout, Infinity, "idleTimeout");
    return await connectProtocol(
      protocolFactory,
      await openStream({ hostname, port }, place, options),
      options,
    );
  });
}

/**
 * Joins a protocol to a stream that is open.
 *
 * @param protocolFactory Makes the protocol.
 * @param stream The stream; nobody else may read, write or close it from now on.
 * @param options Who looks on, and for how long nothing may pass.
 * @returns The transport and the protocol, whose `connectionMade` has been called.
 */
export async function connectProtocol<P extends StreamProtocol>(
  protocolFactory: ProtocolFactory<P>,
  stream: ByteStream,
  { wireLog, idleTimeout = Infinity }: CreateConnectionOptions = {},
): Promise<ProtocolConnection<P>> {
  let protocol: P;
  try {
    protocol = protocolFactory();
  } catch (error) {
    stream.close();
    throw error;
  }
  const loop = getEventLoop();
  const source = idleTimeout === Infinity ? stream : new IdleStream(stream, idleTimeout, loop);
  const transport = new StreamTransport(source, protocol, {
    tap: tapOn(wireLog, "client", stream),
  });
  // The loop calls connectionMade before this.
  await new Promise<void>((resolve) => loop.callSoon(resolve));
  return { transport, protocol };
}
