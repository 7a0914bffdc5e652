/**
 * Servers by protocols: Python's `loop.create_server`.
 *
 * @module
 */

import type { ProtocolFactory } from "../transports/push_reader.ts";
import { Server } from "./server.ts";
import type { Serve } from "./served_connection.ts";
import type { Hosts, ServingOptions } from "./serving_options.ts";
import { StreamTransport } from "../transports/stream_transport.ts";
import { tapOn } from "../wire_tap.ts";

/** Options of {@linkcode createServer}. */
export type CreateServerOptions = ServingOptions;

/**
 * Starts a server that has one protocol for each connection
 * (`loop.create_server`).
 *
 * An exception in a method of the protocol ends its connection and is told to
 * the loop's exception handler; the server goes on.
 *
 * @param protocolFactory Makes the protocol of a connection.
 * @param host The address to listen on, or several, or `null` for all that this machine has; only
 * this machine is reached by the default.
 * @param port The port; 0 for a free one.
 * @param options TLS, limits.
 * @returns The server.
 * @throws {TypeError} If the host is no host name or address.
 * @throws {RangeError} If the port, a limit or a time is out of range.
 * @throws {OSError} If it cannot listen there; `code` is `"EADDRINUSE"` where the port is taken.
 * @throws {PermissionError} If the program may not listen there.
 *
 * @example An echo that copies nothing
 * ```ts
 * import { createServer } from "https://tulip.example/net/servers/create_server.ts";
 * import { openConnection } from "https://tulip.example/net/streams/connect.ts";
 * import { BufferedProtocol } from "https://tulip.example/net/transports/protocols.ts";
 * import type { Transport } from "https://tulip.example/net/transports/transports.ts";
 * import assert from "node:assert/strict";
 *
 * class Echo extends BufferedProtocol {
 *   #transport!: Transport;
 *   #buffer = new Uint8Array(65_536);
 *   #other = new Uint8Array(65_536);
 *
 *   override connectionMade(transport: Transport) {
 *     this.#transport = transport;
 *   }
 *
 *   override getBuffer() {
 *     return this.#buffer;
 *   }
 *
 *   override bufferUpdated(count: number) {
 *     // What was written last may not be sent yet: then its memory must not be written to.
 *     if (this.#transport.getWriteBufferSize() > 0) this.#other = new Uint8Array(65_536);
 *     this.#transport.write(this.#buffer.subarray(0, count));
 *     [this.#buffer, this.#other] = [this.#other, this.#buffer];
 *   }
 * }
 *
 * await using server = await createServer(() => new Echo());
 *
 * await using connection = await openConnection(server.hostname, server.port);
 * connection.writer.write("hello\n");
 * assert.equal(await connection.reader.nextLine(), "hello");
 * ```
 */
export async function createServer(
  protocolFactory: ProtocolFactory,
  host: Hosts = "127.0.0.1",
  port = 0,
  options: CreateServerOptions = {},
): Promise<Server> {
  return await Server._start(serveByProtocol(protocolFactory, options), [host, port], options);
}

function serveByProtocol(
  protocolFactory: ProtocolFactory,
  { wireLog }: CreateServerOptions,
): Serve {
  return (stream, { ended }) => {
    const transport = new StreamTransport(stream, protocolFactory(), {
      onLost: ended,
      tap: tapOn(wireLog, "server", stream),
    });
    return {
      close: () => transport.close(),
      abort: () => transport.abort(),
      cancel: () => transport.abort(),
    };
  };
}
