/**
 * The interface under the servers: where connections arrive.
 *
 * @module
 */

import type { Address, ByteStream } from "./byte_stream.ts";
import type { TlsServerOptions } from "./tls/tls.ts";

/** A place where connections arrive. */
export interface Listener {
  /** Where it listens; the port is the real one where 0 was asked for. */
  readonly address: Address;
  /**
   * Waits for the next connection.
   *
   * @returns The connection, or `null` once the listener is closed.
   */
  accept(): Promise<ByteStream | null>;
  /** Stops listening; idempotent. An `accept()` that waits gives `null`. */
  close(): void;
  /** Exchanges the certificates, where connections begin with TLS. */
  setSecureContext?(tls: TlsServerOptions): void;
}

/** How a place to listen at is made. */
export interface ListenOptions {
  /**
   * How many connections the system keeps waiting until they are accepted.
   *
   * @default 511, or less where the system allows no more
   */
  backlog?: number;
}

/**
 * Begins to listen: what `startServer` and `createServer` call in place of TCP when they are given
 * it as `listen`.
 */
export type Listen = (
  target: { hostname: string; port: number },
  options?: ListenOptions,
) => Listener;
