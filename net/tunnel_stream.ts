/**
 * A connection through a proxy, which goes by the address of the host behind
 * it: that is whom a certificate must name, and whom a second connection is
 * for.
 *
 * @module
 */

import type { Address, ByteStream, StartTlsOptions } from "./byte_stream.ts";
import type { TlsInfo } from "./tls.ts";

/** Passes everything on to the connection with the proxy. */
export class TunnelStream implements ByteStream {
  /** The host behind the proxy, by the name that it was asked for. */
  readonly remoteAddress: Address;
  /** Whether what travels inside the tunnel is encrypted; the way to the proxy is another matter. */
  readonly tls: boolean;
  /** Begins TLS inside the tunnel, where the connection below can do that itself. */
  readonly startTls?: (options: StartTlsOptions) => Promise<ByteStream>;
  readonly #stream: ByteStream;

  /**
   * Takes over a connection.
   *
   * @param stream The connection with the proxy, which has let us through.
   * @param target The host behind it.
   * @param tls Whether TLS with that host has begun.
   */
  constructor(
    stream: ByteStream,
    target: { hostname: string; port: number },
    tls = false,
  ) {
    this.#stream = stream;
    this.tls = tls;
    this.remoteAddress = { hostname: target.hostname, port: target.port, transport: "tcp" };
    // What is encrypted up to the proxy cannot be encrypted once more by Deno itself.
    if (tls || stream.tls || stream.startTls === undefined) return;
    this.startTls = async (options) => {
      const serverHostname = options.serverHostname ?? target.hostname;
      const encrypted = await stream.startTls!({ ...options, serverHostname });
      return new TunnelStream(encrypted, target, true);
    };
  }

  /** This side of the connection with the proxy. */
  get localAddress(): Address {
    return this.#stream.localAddress;
  }

  /** What is known about the encryption inside the tunnel. */
  get tlsInfo(): TlsInfo | undefined {
    return this.tls ? this.#stream.tlsInfo : undefined;
  }

  /** Reads what has arrived. */
  read(buffer: Uint8Array): Promise<number | null> {
    return this.#stream.read(buffer);
  }

  /** Writes bytes, perhaps not all. */
  write(data: Uint8Array): Promise<number> {
    return this.#stream.write(data);
  }

  /** Ends our direction. */
  closeWrite(): Promise<void> {
    return this.#stream.closeWrite();
  }

  /** Closes both directions at once. */
  close(): void {
    this.#stream.close();
  }
}
