/**
 * The interface under the servers: where connections arrive.
 *
 * @module
 */

import type { Address, ByteStream } from "./byte_stream.ts";

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
}

/**
 * Begins to listen: what `startServer` calls in place of TCP when it is given
 * as `listen`.
 */
export type Listen = (target: { hostname: string; port: number }) => Listener;
