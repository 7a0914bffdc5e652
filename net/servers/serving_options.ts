/**
 * What servers of both faces are told, and how they begin to listen.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import { checkTimeout } from "../../loop/wait.ts";
import { checkLimit } from "../../protocols/limits.ts";
import { AddressLimit } from "./address_limit.ts";
import { OSError } from "../errors.ts";
import type { Listen, Listener, ListenOptions } from "../listener.ts";
import { checkHost, checkPort } from "../tcp/places.ts";
import { listenTcp } from "../tcp/tcp.ts";
import type { TlsServerOptions } from "../tls/tls.ts";
import type { WireLog } from "../wire_log.ts";

/** Where and for whom a server is there: options of `startServer` and `createServer`. */
export interface ServingOptions extends ListenOptions {
  /** Has every connection begin with TLS, before its first byte is served. */
  tls?: TlsServerOptions;
  /**
   * The longest that a client may take for the TLS handshake, in milliseconds.
   *
   * @default {30_000}
   */
  handshakeTimeout?: number;
  /**
   * The longest that not a single byte may pass on a connection, in either direction, in
   * milliseconds. Then it is broken off with a `TimeoutError`.
   *
   * @default {Infinity}
   */
  idleTimeout?: number;
  /** Is told what is written and read on every connection; see {@linkcode wireLogTo}. */
  wireLog?: WireLog;
  /**
   * The most connections at a time. Others wait with the system, as many as its backlog holds,
   * until one ends. `Infinity` leaves it to the system, whose limit is that of open files.
   *
   * @default {10_000}
   */
  maxConnections?: number;
  /**
   * The most connections at a time from one IP address, those in the handshake of TLS included.
   * One more is closed as soon as it comes; that this begins is told to the loop's exception
   * handler.
   *
   * @default {Infinity}
   */
  maxConnectionsPerAddress?: number;
  /**
   * Whether connections are accepted at once. If not, the system keeps them waiting until
   * `server.startServing()` or `server.serveForever()` is called.
   *
   * @default {true}
   */
  startServing?: boolean;
  /**
   * What listens, for tests and other transports.
   *
   * @default TCP
   */
  listen?: Listen;
}

/** Options of `server.stop`. */
export interface StopServerOptions {
  /**
   * How long connections may take to end by themselves, in milliseconds.
   *
   * @default {30_000}
   */
  timeout?: number;
  /**
   * How long those that are left may take for what was written to them, in milliseconds.
   *
   * @default {1000}
   */
  flushTimeout?: number;
  /** Ends the patience: connections are closed at once, and the call rejects with `signal.reason`. */
  signal?: AbortSignal;
}

/** The hosts of a server: one or more addresses of this machine, or `null` for all of them. */
export type Hosts = string | readonly string[] | null;

/** What is left of the options when they are checked. */
export interface ServingLimits {
  /** The most connections at a time. */
  readonly maxConnections: number;
  /** The longest silence on a connection, in milliseconds. */
  readonly idleTimeout: number;
}

/**
 * Checks what a server is told.
 *
 * @param options What it is told.
 * @returns The limits that hold.
 * @throws {RangeError} If a limit or a time is out of range.
 * @throws {TypeError} If there is a time for a handshake, and no TLS.
 */
export function checkServing(options: ServingOptions): ServingLimits {
  const infinite = { allowInfinity: true };
  checkTimeout(options.handshakeTimeout, Infinity, "handshakeTimeout");
  if (options.handshakeTimeout !== undefined && options.tls === undefined) {
    throw new TypeError("Cannot set handshakeTimeout without tls: there is no handshake");
  }
  checkLimit("maxConnectionsPerAddress", options.maxConnectionsPerAddress, Infinity, infinite);
  checkLimit("backlog", options.backlog, Infinity);
  return {
    maxConnections: checkLimit("maxConnections", options.maxConnections, DEFAULT_MOST, infinite),
    idleTimeout: checkTimeout(options.idleTimeout, Infinity, "idleTimeout"),
  };
}

const DEFAULT_MOST = 10_000;

/**
 * Begins to listen on every host.
 *
 * @param hosts The hosts.
 * @param port The port; 0 for a free one, which each host has of its own.
 * @param options What listens, TLS, and the limit for each address.
 * @param refused Told of an address that has too many connections.
 * @returns Where connections arrive, one at least.
 * @throws {TypeError} If a host is no host name or address, or there is none.
 * @throws {RangeError} If the port is out of range.
 * @throws {OSError} If it cannot listen on one of them; then on none.
 */
export async function listenOn(
  hosts: Hosts,
  port: number,
  options: ServingOptions,
  refused: (hostname: string) => void,
): Promise<Listener[]> {
  checkPort(port, 0);
  const names = [...new Set((typeof hosts === "string" ? [hosts] : hosts ?? ANY).map(checkHost))];
  if (names.length === 0) throw new TypeError("Cannot listen without a host: need one at least");
  const listen = await listening(options, refused);
  const listeners: Listener[] = [];
  try {
    for (const hostname of names) {
      listeners.push(await listen({ hostname, port }, { backlog: options.backlog }));
    }
  } catch (error) {
    rethrowIfCancelled(error);
    for (const listener of listeners) listener.close();
    if (hosts !== null || !isWithoutIPv6(error)) throw error;
    return [await listen({ hostname: "0.0.0.0", port }, { backlog: options.backlog })];
  }
  return listeners;
}

// It hears of IPv4 as well.
const ANY: readonly string[] = ["::"];

function isWithoutIPv6(error: unknown): boolean {
  return error instanceof OSError && /^(?:EAFNOSUPPORT|EADDRNOTAVAIL)$/.test(error.code);
}

async function listening(options: ServingOptions, refused: (hostname: string) => void) {
  const { listen = listenTcp, maxConnectionsPerAddress: most, tls, handshakeTimeout } = options;
  const limited: Listen = most === undefined || most === Infinity
    ? listen
    : (target, how) => new AddressLimit(listen(target, how), { most, refused });
  if (tls === undefined) return limited;
  const { listenTls } = await import("../tls/tls_listener.ts");
  return listenTls(tls, { listen: limited, handshakeTimeout });
}
