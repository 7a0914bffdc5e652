/**
 * Opening connections: Python's `asyncio.open_connection`.
 *
 * @module
 */

import { checkTimeout, DEFAULT_TIMEOUT } from "../../loop/wait.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { checkLimit } from "../../protocols/limits.ts";
import { Connection, type TuningOptions } from "./connection.ts";
import { DEFAULT_LIMIT } from "./input_buffer.ts";
import { hostAndPort } from "../native_errors.ts";
import { openStream } from "../tcp/opening.ts";
import type { OpenOptions } from "../tcp/opening.ts";
import { checkWaterMarks } from "./outgoing.ts";
import { checkHost, checkPort } from "../tcp/places.ts";

/** Options of {@linkcode openConnection}. `timeout` holds for every wait on the connection. */
export interface ConnectOptions extends WaitOptions, OpenOptions, TuningOptions {
  /** Ends the opening: it rejects with `signal.reason`. An open connection it does not touch. */
  signal?: AbortSignal;
  /**
   * The longest line, or piece before a separator, in bytes.
   *
   * @default {65_536}
   */
  limit?: number;
}

/**
 * Connects to a server.
 *
 * The signal ends the connecting; an open connection it does not touch. Of a
 * host with several addresses Deno tries the next where one is silent for 250 ms
 * or fails (Happy Eyeballs, RFC 8305), and before 2.9 the first alone; so Python's
 * `happy_eyeballs_delay` and `interleave` are no options here.
 *
 * @param host A host name or an IP address.
 * @param port The port, 1 to 65535.
 * @param options TLS, limits, time.
 * @returns The connection, with its reader and writer.
 * @throws {TypeError} If the host is no host name or address.
 * @throws {RangeError} If the port, the limit or a time is out of range.
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
 * import { openConnection } from "https://tulip.example/net/streams/connect.ts";
 * import { startServer } from "https://tulip.example/net/servers/server.ts";
 * import assert from "node:assert/strict";
 *
 * await using server = await startServer(async (reader, writer) => {
 *   writer.write(await reader.readline());
 *   await writer.drain();
 * });
 *
 * const { reader, writer } = await openConnection(server.hostname, server.port);
 * writer.write("hello\r\n");
 * assert.equal(await reader.nextLine(), "hello");
 * writer.close();
 * await writer.waitClosed();
 * ```
 */
export function openConnection(
  host: string,
  port: number,
  options: ConnectOptions = {},
): Promise<Connection> {
  return Promise.try(() => {
    const hostname = checkHost(host);
    checkPort(port, 1);
    const place = hostAndPort({ hostname, port });
    return connectTo({ hostname, port }, place, options);
  });
}

/**
 * Dials, begins TLS where that is asked for, and joins a reader and a writer to what comes.
 *
 * @internal
 * @param target What the dial is asked for; the host is the one that a certificate must name.
 * @param place The peer, for messages.
 * @param options TLS, limits, time.
 * @returns The connection.
 */
export async function connectTo(
  target: { hostname: string; port: number },
  place: string,
  options: ConnectOptions,
): Promise<Connection> {
  const timeout = checkTimeout(options.timeout, DEFAULT_TIMEOUT);
  const limit = checkLimit("limit", options.limit, DEFAULT_LIMIT);
  const { highWaterMark, lowWaterMark, idleTimeout, wireLog } = options;
  checkWaterMarks(options);
  checkTimeout(idleTimeout, Infinity, "idleTimeout");
  const stream = await openStream(target, place, options);
  const tuning = { highWaterMark, lowWaterMark, idleTimeout, wireLog };
  return new Connection(stream, { ...tuning, limit, timeout, hostname: target.hostname });
}
