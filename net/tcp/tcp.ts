/**
 * Bytes over TCP, and over TLS on top of it, by Deno.
 *
 * @module
 */

import { rethrowIfCancelled, RuntimeError } from "../../loop/exceptions.ts";
import type { Address, ByteStream, StartTlsOptions } from "../byte_stream.ts";
import type { Listener, ListenOptions } from "../listener.ts";
import { fromNative } from "../native_errors.ts";
import { checkAlpn } from "../tls/options.ts";
import { needsNodeTls } from "../tls/needs.ts";
import { addressBytes, plainName } from "../tls/server_name.ts";
import type { TlsInfo } from "../tls/tls.ts";

/**
 * Connects over TCP: the {@linkcode Dial} of everything that is not given another. Needs
 * `--allow-net` for just this host and port.
 *
 * @param target The host and the port.
 * @param options What ends the connecting.
 * @returns The connection.
 * @throws {ConnectionError} If there is no connection to be had.
 * @throws {ResolveError} If the host name is unknown.
 * @throws {PermissionError} If the program may not connect there.
 */
export async function dialTcp(
  target: { hostname: string; port: number },
  { signal }: { signal?: AbortSignal } = {},
): Promise<ByteStream> {
  const { hostname, port } = target;
  signal?.throwIfAborted();
  // Where its signal aborts in the moment in which it is done, Deno.connect() drops the finished
  // connection unclosed, by throwIfAborted(). So it gets a signal that ends the op and no more.
  const ending = new AbortController();
  ending.signal.throwIfAborted = () => {};
  const end = () => ending.abort();
  signal?.addEventListener("abort", end);
  try {
    const options = { hostname, port, signal: signal && ending.signal };
    const connection = await Deno.connect(options);
    if (signal?.aborted) connection.close();
    signal?.throwIfAborted();
    return new TcpStream(connection);
  } catch (error) {
    rethrowIfCancelled(error);
    if (signal?.aborted) throw signal.reason;
    throw fromNative(error, "connect to", { hostname, port });
  } finally {
    signal?.removeEventListener("abort", end);
  }
}

/**
 * Listens over TCP: the {@linkcode Listen} of everything that is not given another. Needs
 * `--allow-net` for the host and port.
 *
 * @param target The address and the port; port 0 for a free one.
 * @param options How many connections may wait.
 * @returns Where connections arrive.
 * @throws {OSError} If it cannot listen there; `code` is `"EADDRINUSE"` where the port is taken.
 * @throws {PermissionError} If the program may not listen there.
 */
export function listenTcp(
  { hostname, port }: { hostname: string; port: number },
  { backlog }: ListenOptions = {},
): Listener {
  try {
    return new TcpListener(Deno.listen({ hostname, port, tcpBacklog: backlog }));
  } catch (error) {
    throw fromNative(error, "listen on", { hostname, port });
  }
}

/** A TCP connection, encrypted or not. */
export class TcpStream implements ByteStream {
  /** This side. */
  readonly localAddress: Address;
  /** The other side. */
  readonly remoteAddress: Address;
  /** Whether it is encrypted. */
  readonly tls: boolean;
  /** What Deno tells about the encryption: no more than the names that were agreed on. */
  readonly tlsInfo?: TlsInfo;
  #connection: Deno.TcpConn | Deno.TlsConn;
  #closed = false;

  /**
   * Takes over a connection of Deno's.
   *
   * @param connection The connection. Of a plain one Nagle's algorithm is switched off: together
   * with delayed acknowledgements it stalls every second write for 40 ms, and under TLS it can no
   * longer be switched off.
   * @param tlsInfo What is known about its encryption.
   */
  constructor(connection: Deno.TcpConn | Deno.TlsConn, tlsInfo?: TlsInfo) {
    this.#connection = connection;
    this.tlsInfo = tlsInfo;
    this.localAddress = addressOf(connection.localAddr);
    this.remoteAddress = addressOf(connection.remoteAddr);
    this.tls = "handshake" in connection;
    if ("setNoDelay" in connection) connection.setNoDelay(true);
  }

  // Made once, and not at every call.
  readonly #readFailed = (error: unknown): never => {
    throw fromNative(error, "read from", this.remoteAddress);
  };
  readonly #writeFailed = (error: unknown): never => {
    throw fromNative(error, "write to", this.remoteAddress);
  };

  /** Reads what has arrived. */
  read(buffer: Uint8Array): Promise<number | null> {
    return this.#connection.read(buffer).then(undefined, this.#readFailed);
  }

  /** Writes bytes, perhaps not all. */
  write(data: Uint8Array): Promise<number> {
    return this.#connection.write(data).then(undefined, this.#writeFailed);
  }

  /** Ends our direction. */
  closeWrite(): Promise<void> {
    return this.#connection.closeWrite().catch((error) => {
      throw fromNative(error, "end writing to", this.remoteAddress);
    });
  }

  /** Closes both directions at once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#connection.close();
    } catch (error) {
      // A handshake has taken the connection over, and closes it.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  /**
   * Begins TLS as a client, and does the handshake.
   *
   * To close the stream breaks the handshake off at once; but Deno lets go of the socket only when
   * the peer stirs, or closes its side, or the program ends.
   */
  async startTls(options: StartTlsOptions): Promise<ByteStream> {
    if (this.tls) throw new RuntimeError("Cannot start TLS: the connection is encrypted already");
    if (needsNodeTls(options)) {
      const { startTlsClient } = await import("../tls/starttls.ts");
      return await startTlsClient(this, options);
    }
    const { caCerts } = options;
    const alpnProtocols = [...checkAlpn(options.alpnProtocols)];
    const hostname = plainName(options.serverHostname ?? this.remoteAddress.hostname);
    const place = { hostname, port: this.remoteAddress.port };
    try {
      const plain = this.#connection as Deno.TcpConn;
      const encrypted = await Deno.startTls(plain, { hostname, caCerts, alpnProtocols });
      this.#connection = encrypted;
      if (this.#closed) encrypted.close();
      // Else a failure would show only at the first read, as if that had failed.
      const { alpnProtocol } = await encrypted.handshake();
      this.#closed = true;
      return new TcpStream(encrypted, {
        alpnProtocol: alpnProtocol ?? undefined,
        serverName: addressBytes(hostname) === undefined ? hostname : undefined,
      });
    } catch (error) {
      rethrowIfCancelled(error);
      this.close();
      throw fromNative(error, "start TLS with", place);
    }
  }
}

class TcpListener implements Listener {
  readonly address: Address;
  readonly #listener: Deno.TcpListener;
  #closed = false;

  constructor(listener: Deno.TcpListener) {
    this.#listener = listener;
    this.address = addressOf(listener.addr);
  }

  async accept(): Promise<ByteStream | null> {
    for (;;) {
      try {
        return new TcpStream(await this.#listener.accept());
      } catch (error) {
        rethrowIfCancelled(error);
        if (this.#closed) return null;
        // Who has gone again before he was let in is no failure of ours: anybody can do that.
        if (isGoneAgain(error)) continue;
        throw fromNative(error, "accept connections on", this.address);
      }
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.close();
  }
}

function isGoneAgain(error: unknown): boolean {
  return error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.ConnectionReset;
}

function addressOf(address: Deno.NetAddr): Address {
  return { hostname: address.hostname, port: address.port, transport: "tcp" };
}
