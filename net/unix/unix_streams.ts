/**
 * Streams over Unix sockets: Python's `asyncio.open_unix_connection` and
 * `asyncio.start_unix_server`.
 *
 * @module
 */

import { connectTo } from "../streams/connect.ts";
import type { ConnectOptions } from "../streams/connect.ts";
import type { Connection } from "../streams/connection.ts";
import { startServer } from "../servers/server.ts";
import type { ConnectionCallback, Server, ServerOptions } from "../servers/server.ts";
import { dialUnix, listenUnix } from "./unix.ts";
import type { UnixListenOptions } from "./unix.ts";

/**
 * Options of {@linkcode openUnixConnection}. `serverHostname`, the name that a certificate must
 * hold, is `"localhost"` by default.
 */
export type UnixConnectOptions = Omit<ConnectOptions, "dial" | "localAddress">;

/** Options of {@linkcode startUnixServer}. */
export interface UnixServerOptions extends Omit<ServerOptions, "listen">, UnixListenOptions {}

/**
 * Connects to a Unix socket.
 *
 * @param path The path of the socket; an abstract name begins with NUL (Linux).
 * @param options TLS, limits, time.
 * @returns The connection, with its reader and writer.
 * @throws {TypeError} If the path is empty, holds NUL inside, or is longer than the system allows.
 * @throws {RangeError} If the limit or a time is out of range.
 * @throws {ConnectionRefusedError} If nobody listens behind the socket's file.
 * @throws {FileNotFoundError} If there is no such file.
 * @throws {PermissionError} If the program may not use the path, or this user may not.
 *
 * @example
 * ```ts
 * import { openUnixConnection, startUnixServer } from "https://tulip.example/net/unix/unix_streams.ts";
 * import assert from "node:assert/strict";
 *
 * const path = `${await Deno.makeTempDir()}/echo.sock`;
 * await using server = await startUnixServer(async (reader, writer) => {
 *   for await (const line of reader) writer.write(line);
 * }, path);
 *
 * await using connection = await openUnixConnection(path);
 * connection.writer.write("hello\n");
 * assert.equal(await connection.reader.nextLine(), "hello");
 * assert.equal(server.addresses[0]?.path, path);
 * ```
 */
export function openUnixConnection(
  path: string,
  options: UnixConnectOptions = {},
): Promise<Connection> {
  return Promise.try(() => {
    const dial = dialUnix(path);
    // The peer is a program of this machine, so that is what its certificate is to name.
    const target = { hostname: "localhost", port: 0 };
    return connectTo(target, path.replace("\0", "@"), { ...options, dial });
  });
}

/**
 * Starts a server on a Unix socket, which accepts connections at once.
 *
 * A socket's file that lies there already is replaced; when the server is
 * closed, its own is removed. Who may connect is told by the file's mode, and
 * by that of its folder.
 *
 * @param callback Serves one connection.
 * @param path The path of the socket; an abstract name begins with NUL (Linux).
 * @param options Limits, and what becomes of the file.
 * @returns The server.
 * @throws {TypeError} If the path is empty, holds NUL inside, or is longer than the system allows.
 * @throws {RangeError} If a limit is out of range.
 * @throws {OSError} If it cannot listen there; `code` is `"EADDRINUSE"` where another kind of file
 * lies there.
 * @throws {FileNotFoundError} If there is no such folder.
 * @throws {PermissionError} If the program may not use the path, or this user may not.
 */
export function startUnixServer(
  callback: ConnectionCallback,
  path: string,
  options: UnixServerOptions = {},
): Promise<Server> {
  return Promise.try(() => {
    const { cleanupSocket, ...rest } = options;
    return startServer(callback, "localhost", 0, {
      ...rest,
      listen: listenUnix(path, { cleanupSocket }),
    });
  });
}
