/**
 * TLS as a server, made ready once for any number of connections that are open
 * already: what a server does that speaks `STARTTLS` or `AUTH TLS`, and that
 * encrypts its data connections as well (RFC 4217).
 *
 * @module
 */

import type { ByteStream, HandshakeOptions } from "../byte_stream.ts";
import { bounded } from "./bounded.ts";
import { nodeTlsOverStreams } from "./node.ts";
import { ServerContext } from "./server_context.ts";
import { serverHandshake } from "./server_handshake.ts";
import type { TlsSessions } from "./server_sessions.ts";
import type { TlsServerOptions } from "./tls.ts";

/** Options of {@linkcode ServerTls.start}. */
export interface ServerTlsStartOptions extends HandshakeOptions {
  /**
   * The sessions of connections that belong together. The one that this connection makes is added;
   * `tlsInfo.sessionBelongs` tells whether it goes on with one of them.
   */
  sessions?: TlsSessions;
}

/** How TLS begins on an open connection, on the side of a server that has made it ready before. */
export interface StartPreparedTlsOptions extends ServerTlsStartOptions {
  /** The certificates. */
  prepared: ServerTls;
}

/**
 * The certificates of a server, read once.
 *
 * @example TLS on both ends of a connection in memory
 * ```ts
 * import { memoryPair } from "https://tulip.example/net/memory.ts";
 * import { ServerTls } from "https://tulip.example/net/tls/server_tls.ts";
 * import { startTlsClient } from "https://tulip.example/net/tls/starttls.ts";
 * import { trialCertificates } from "https://tulip.example/examples/net/certificates.ts";
 * import assert from "node:assert/strict";
 *
 * const { cert, key, caCerts } = await trialCertificates();
 * const tls = await ServerTls.prepare({ cert, key });
 * const [near, far] = memoryPair();
 * const [client, server] = await Promise.all([
 *   startTlsClient(near, { caCerts, serverHostname: "localhost" }),
 *   tls.start(far),
 * ]);
 * await client.write(new TextEncoder().encode("secret"));
 * assert.equal(await server.read(new Uint8Array(10)), 6);
 * client.close();
 * server.close();
 * ```
 */
export class ServerTls {
  readonly #context: ServerContext;

  private constructor(context: ServerContext) {
    this.#context = context;
  }

  /**
   * Reads the certificates, and loads `node:tls`.
   *
   * @param options How the server makes TLS.
   * @throws {TypeError} If a certificate or a key cannot be used.
   * @throws {RangeError} If no version of TLS is left.
   * @throws {RuntimeError} If this Deno is older than 2.9.1.
   */
  static async prepare(options: TlsServerOptions): Promise<ServerTls> {
    return new ServerTls(
      new ServerContext(options, await nodeTlsOverStreams("TLS on the server side")),
    );
  }

  /**
   * Begins TLS, after all that was written and read so far.
   *
   * What the client has sent in clear must be read by then; see `startTlsServer`.
   *
   * @param stream The connection; used up, and closed if the handshake fails.
   * @param options What may end the wait.
   * @returns The encrypted stream, its handshake done.
   * @throws {SSLError} If the handshake fails.
   * @throws {TimeoutError} If it is not done in time.
   */
  async start(stream: ByteStream, options: ServerTlsStartOptions = {}): Promise<ByteStream> {
    const { sessions } = options;
    return await bounded(stream, () => serverHandshake(stream, this.#context, sessions), options);
  }
}
