/**
 * The interface under the streams: a connected pair of byte pipes, as a TCP
 * connection is one. What moves bytes implements it (`tcp.ts`, `memory.ts`, a
 * proxy, a fault injector); what reads lines and replies needs no more.
 *
 * @module
 */

import type { TlsInfo, TlsOptions, TlsServerOptions } from "./tls/tls.ts";

/** One end of a connection. */
export interface Address {
  /** A host name or an IP address, IPv6 without brackets; empty for what has none. */
  readonly hostname: string;
  /** The port, 0 to 65535; 0 for what has none. */
  readonly port: number;
  /** What carries the bytes. */
  readonly transport: "tcp" | "unix" | "pipe" | "memory";
  /** The path of a Unix socket or a named pipe. */
  readonly path?: string;
}

/** What may end a TLS handshake. */
export interface HandshakeOptions {
  /** Breaks off the handshake, and with it the connection. */
  signal?: AbortSignal;
  /**
   * The longest that the handshake may take, in milliseconds.
   *
   * @default {30_000}
   */
  timeout?: number;
}

/** How TLS begins on an open connection, on the client's side. */
export interface StartTlsOptions extends TlsOptions, HandshakeOptions {}

/** How TLS begins on an open connection, on the server's side. */
export interface StartTlsServerOptions extends TlsServerOptions, HandshakeOptions {}

/**
 * A connection as a source and a sink of bytes.
 *
 * Reads come one at a time, and so do writes; a read and a write may wait side
 * by side. Every failure is one of the classes of `net/errors.ts`.
 */
export interface ByteStream {
  /**
   * Reads what has arrived, and waits where nothing has.
   *
   * @param buffer Where the bytes go; at least one byte long. It belongs to the stream until the
   * promise is settled.
   * @returns How many bytes came, at least 1, or `null` at the end.
   */
  read(buffer: Uint8Array): Promise<number | null>;
  /**
   * Writes bytes, perhaps not all.
   *
   * @param data The bytes, at least one; not to be changed until the promise is settled.
   * @returns How many were taken, at least 1.
   */
  write(data: Uint8Array): Promise<number>;
  /** Ends our direction: the peer reads the end after what was written. Reading goes on. */
  closeWrite(): Promise<void>;
  /** Closes both directions at once; idempotent. A read or write that waits is rejected. */
  close(): void;
  /** This side. */
  readonly localAddress: Address;
  /** The other side. */
  readonly remoteAddress: Address;
  /** Whether what is written travels encrypted. */
  readonly tls?: boolean;
  /** What is known about the encryption, where there is one. */
  readonly tlsInfo?: TlsInfo;
  /**
   * Begins TLS as a client, after all that was written and read so far. This
   * stream is used up, whether the handshake succeeds or not. A stream that has no way of its own
   * leaves it out: `net/tls/starttls.ts` makes TLS over every stream, and on both sides.
   *
   * @returns The encrypted stream, its handshake done.
   */
  startTls?(options: StartTlsOptions): Promise<ByteStream>;
  /**
   * Takes the encryption off: says its end, and waits for the other side to. This stream is used up.
   * One that cannot leaves it out.
   *
   * @param turn Whether we say it first, which is the default, or when the other side has.
   * @returns The stream underneath, in clear.
   */
  endTls?(turn?: "first" | "second"): Promise<ByteStream>;
  /**
   * Says that the other side may take the encryption off before {@linkcode endTls} is called, as it
   * may answer faster than that: what it sends in clear is kept.
   */
  expectEndOfTls?(): void;
}

/**
 * Opens a connection: what `openConnection` calls in place of TCP when it is
 * given as `dial`, for proxies, tunnels and tests.
 */
export type Dial = (
  target: { hostname: string; port: number },
  options: { signal?: AbortSignal },
) => Promise<ByteStream>;
