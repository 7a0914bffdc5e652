/**
 * A connection through a proxy, which goes by the address of the host behind
 * it: that is whom a certificate must name, and whom a second connection is
 * for.
 *
 * @module
 */

import type { Address, ByteStream, StartTlsOptions } from "../byte_stream.ts";
import { PassingStream } from "../streams/passing_stream.ts";
import type { TlsInfo } from "../tls/tls.ts";

/** Passes everything on to the connection with the proxy. */
export class TunnelStream extends PassingStream {
  /** Begins TLS inside the tunnel, where the connection below can do that itself. */
  readonly startTls?: (options: StartTlsOptions) => Promise<ByteStream>;
  readonly #target: Address;
  readonly #tls: boolean;

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
    super(stream);
    this.#tls = tls;
    this.#target = { hostname: target.hostname, port: target.port, transport: "tcp" };
    // What is encrypted up to the proxy cannot be encrypted once more by Deno itself.
    if (tls || stream.tls || stream.startTls === undefined) return;
    this.startTls = async (options) => {
      const serverHostname = options.serverHostname ?? target.hostname;
      const encrypted = await stream.startTls!({ ...options, serverHostname });
      return new TunnelStream(encrypted, target, true);
    };
  }

  /** The host behind the proxy, by the name that it was asked for. */
  override get remoteAddress(): Address {
    return this.#target;
  }

  /** Whether what travels inside the tunnel is encrypted; the way to the proxy is another matter. */
  override get tls(): boolean {
    return this.#tls;
  }

  /** What is known about the encryption inside the tunnel. */
  override get tlsInfo(): TlsInfo | undefined {
    return this.#tls ? super.tlsInfo : undefined;
  }
}
