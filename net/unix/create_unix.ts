/**
 * Unix sockets by protocols: Python's `loop.create_unix_connection` and
 * `loop.create_unix_server`.
 *
 * @module
 */

import { checkTimeout } from "../../loop/wait.ts";
import { connectProtocol } from "../transports/create_connection.ts";
import type {
  CreateConnectionOptions,
  ProtocolConnection,
} from "../transports/create_connection.ts";
import { createServer } from "../servers/create_server.ts";
import type { CreateServerOptions } from "../servers/create_server.ts";
import { openStream } from "../tcp/opening.ts";
import type { ProtocolFactory, StreamProtocol } from "../transports/push_reader.ts";
import type { Server } from "../servers/server.ts";
import { dialUnix, listenUnix } from "./unix.ts";
import type { UnixListenOptions } from "./unix.ts";

/**
 * Options of {@linkcode createUnixConnection}. `serverHostname`, the name that a certificate must
 * hold, is `"localhost"` by default.
 */
export type CreateUnixConnectionOptions = Omit<CreateConnectionOptions, "dial" | "localAddress">;

/** Options of {@linkcode createUnixServer}. */
export interface CreateUnixServerOptions
  extends Omit<CreateServerOptions, "listen">, UnixListenOptions {}

/**
 * Connects to a Unix socket, and tells a protocol what happens
 * (`loop.create_unix_connection`).
 *
 * @param protocolFactory Makes the protocol, once the connection stands.
 * @param path The path of the socket; an abstract name begins with NUL (Linux).
 * @param options TLS, time.
 * @returns The transport and the protocol, whose `connectionMade` has been called.
 * @throws {TypeError} If the path is empty, holds NUL inside, or is longer than the system allows.
 * @throws {ConnectionRefusedError} If nobody listens behind the socket's file.
 * @throws {FileNotFoundError} If there is no such file.
 * @throws {PermissionError} If the program may not use the path, or this user may not.
 *
 * @example
 * ```ts
 * import { createUnixConnection, createUnixServer } from "https://tulip.example/net/unix/create_unix.ts";
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
 * const path = `${await Deno.makeTempDir()}/hello.sock`;
 * await using _server = await createUnixServer(() => new Greeter(), path);
 * const { protocol } = await createUnixConnection(() => new Listener(), path);
 * await protocol.end.promise;
 * assert.equal(protocol.heard, "hello");
 * ```
 */
export function createUnixConnection<P extends StreamProtocol>(
  protocolFactory: ProtocolFactory<P>,
  path: string,
  options: CreateUnixConnectionOptions = {},
): Promise<ProtocolConnection<P>> {
  return Promise.try(async () => {
    const dial = dialUnix(path);
    checkTimeout(options.idleTimeout, Infinity, "idleTimeout");
    const target = { hostname: "localhost", port: 0 };
    const stream = await openStream(target, path.replace("\0", "@"), { ...options, dial });
    return await connectProtocol(protocolFactory, stream, options);
  });
}

/**
 * Starts a server on a Unix socket that has one protocol for each connection
 * (`loop.create_unix_server`).
 *
 * A socket's file that lies there already is replaced; when the server is
 * closed, its own is removed. Who may connect is told by the file's mode, and
 * by that of its folder.
 *
 * @param protocolFactory Makes the protocol of a connection.
 * @param path The path of the socket; an abstract name begins with NUL (Linux).
 * @param options TLS, limits, and what becomes of the file.
 * @returns The server.
 * @throws {TypeError} If the path is empty, holds NUL inside, or is longer than the system allows.
 * @throws {OSError} If it cannot listen there; `code` is `"EADDRINUSE"` where another kind of file
 * lies there.
 * @throws {FileNotFoundError} If there is no such folder.
 * @throws {PermissionError} If the program may not use the path, or this user may not.
 */
export function createUnixServer(
  protocolFactory: ProtocolFactory,
  path: string,
  options: CreateUnixServerOptions = {},
): Promise<Server> {
  return Promise.try(() => {
    const { cleanupSocket, ...rest } = options;
    const listen = listenUnix(path, { cleanupSocket });
    return createServer(protocolFactory, "localhost", 0, { ...rest, listen });
  });
}
