/**
 * Opening connections: Python's `asyncio.open_connection`.
 *
 * @module
 */

import { RuntimeError, TimeoutError } from "../loop/exceptions.ts";
import { checkTimeout, DEFAULT_TIMEOUT, interruptible } from "../loop/wait.ts";
import type { WaitOptions } from "../loop/wait.ts";
import { checkLimit } from "../protocols/limits.ts";
import { checkLine } from "../protocols/text/guard.ts";
import type { ByteStream, Dial } from "./byte_stream.ts";
import { Connection } from "./connection.ts";
import { DEFAULT_LIMIT } from "./input_buffer.ts";
import { hostAndPort } from "./native_errors.ts";
import { dialTcp } from "./tcp.ts";
import type { TlsOptions } from "./tls.ts";

/** Options of {@linkcode openConnection}. `timeout` holds for every wait on the connection. */
export interface ConnectOptions extends WaitOptions, TlsOptions {
  /**
   * Whether TLS begins at once.
   *
   * @default {false}
   */
  tls?: boolean;
  /**
   * The longest that dialling and the TLS handshake may take together, in milliseconds.
   *
   * @default {30_000}
   */
  connectTimeout?: number;
  /**
   * The longest line, or piece before a separator, in bytes.
   *
   * @default {65_536}
   */
  limit?: number;
  /**
   * What connects, for proxies, tunnels and tests.
   *
   * @default TCP
   */
  dial?: Dial;
}

/**
 * Connects to a server.
 *
 * The signal ends the connecting; an open connection it does not touch.
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
 * import { openConnection } from "https://tulip.example/net/connect.ts";
 * import { startServer } from "https://tulip.example/net/server.ts";
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
  const connectTimeout = checkTimeout(
    options.connectTimeout,
    DEFAULT_TIMEOUT,
    "connectTimeout",
  );
  const limit = checkLimit("limit", options.limit, DEFAULT_LIMIT);
  options.signal?.throwIfAborted();

  const stop = new AbortController();
  const opening = open(target, options, stop.signal);
  let stream: ByteStream | undefined;
  try {
    stream = await interruptible(opening, {
      signal: options.signal,
      timeout: connectTimeout,
      timeoutError: () =>
        new TimeoutError(
          `Cannot connect to ${place}: no answer within ${connectTimeout} ms. Is a firewall ` +
            `dropping it, or the host down?`,
        ),
    });
    return new Connection(stream, { limit, timeout, hostname: target.hostname });
  } finally {
    if (stream === undefined) {
      stop.abort();
      // It may still come, when nobody wants it any more.
      opening.then((late) => late.close()).catch(() => {});
    }
  }
}

/**
 * Checks a host.
 *
 * @param host A host name or an IP address; IPv6 with or without brackets.
 * @returns The host, without brackets.
 * @throws {TypeError} If it cannot be one.
 */
export function checkHost(host: string): string {
  checkLine("host", host);
  const bare = /^\[(.*:.*)\]$/.exec(host)?.[1] ?? host;
  if (bare === "" || /[\s/?#@[\]]/.test(bare)) {
    throw new TypeError(
      `Cannot use ${JSON.stringify(host)} as a host: need a host name or an IP address`,
    );
  }
  return bare;
}

/**
 * Checks a port.
 *
 * @param port The port.
 * @param least The smallest that makes sense: 0 for listening, where it means any.
 * @throws {RangeError} If it is none.
 */
export function checkPort(port: number, least: 0 | 1): void {
  if (Number.isInteger(port) && port >= least && port <= 65_535) return;
  throw new RangeError(
    `Cannot use ${String(port)} as a port: need a whole number from ${least} to 65535`,
  );
}

async function open(
  target: { hostname: string; port: number },
  options: ConnectOptions,
  signal: AbortSignal,
): Promise<ByteStream> {
  const { dial = dialTcp, caCerts, alpnProtocols, serverHostname = target.hostname } = options;
  const stream = await dial(target, { signal });
  if (!options.tls) return stream;

  const giveUp = () => stream.close();
  if (signal.aborted) giveUp();
  else signal.addEventListener("abort", giveUp);
  try {
    if (stream.startTls === undefined) {
      throw new RuntimeError("Cannot start TLS: what was dialled cannot be upgraded");
    }
    return await stream.startTls({ caCerts, alpnProtocols, serverHostname, signal });
  } catch (error) {
    giveUp();
    throw error;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}
