/**
 * TLS on a transport that is open already: Python's `loop.start_tls`.
 *
 * @module
 */

import { RuntimeError, TimeoutError } from "../../loop/exceptions.ts";
import { checkTimeout, DEFAULT_TIMEOUT, interruptible } from "../../loop/wait.ts";
import { AdoptedStream } from "./adopted_stream.ts";
import type { ByteStream, StartTlsOptions, StartTlsServerOptions } from "../byte_stream.ts";
import { ConnectionAbortedError } from "../errors.ts";
import { hostAndPort } from "../native_errors.ts";
import type { PendingRead, StreamProtocol } from "./push_reader.ts";
import { requireDeno } from "../runtime.ts";
import { StreamTransport } from "./stream_transport.ts";
import type { Transport } from "./transports.ts";

/** Options of {@linkcode startTls}, on the client's side. */
export interface TransportTlsOptions extends StartTlsOptions {
  /**
   * Whether we are the server.
   *
   * @default {false}
   */
  serverSide?: false;
}

/** Options of {@linkcode startTls}, on the server's side. */
export interface TransportTlsServerOptions extends StartTlsServerOptions {
  /** That we are the server. */
  serverSide: true;
}

/**
 * Begins TLS on a transport, after what was written to it (`loop.start_tls`).
 *
 * The transport itself goes on, encrypted, and is returned; in Python it is
 * another. `connectionMade` is not called again. Bytes that the protocol was
 * not told of when this is called are taken for the peer's handshake, so none
 * that were sent in clear can pass for encrypted ones.
 *
 * A transport reads all the time, and Deno's own TLS cannot take over a stream
 * that is being read. So this goes through `node:tls`, which needs Deno 2.9.1;
 * unless reading was paused, by `transport.pauseReading()`, in the very
 * `dataReceived` that told of the peer's consent. Reading is resumed at the end.
 *
 * @param transport The transport, of `createConnection` or `createServer`.
 * @param protocol Who is told from now on.
 * @param options Who we are, how the other side is verified, and what may end the wait.
 * @returns The transport.
 * @throws {TypeError} If the transport is of another kind.
 * @throws {RangeError} If the timeout is no number above 0.
 * @throws {RuntimeError} If it is encrypted already; or if this Deno is too old.
 * @throws {ConnectionAbortedError} If it is closed.
 * @throws {SSLCertVerificationError} If the server's certificate is refused.
 * @throws {SSLError} If the handshake fails otherwise. The connection is lost then.
 * @throws {TimeoutError} If it is not done in time.
 *
 * @example A client that is told to begin TLS
 * ```ts
 * import { createConnection } from "https://tulip.example/net/transports/create_connection.ts";
 * import { Protocol } from "https://tulip.example/net/transports/protocols.ts";
 * import { startServer } from "https://tulip.example/net/servers/server.ts";
 * import { startTls } from "https://tulip.example/net/transports/transport_tls.ts";
 * import { trialCertificates } from "https://tulip.example/examples/net/certificates.ts";
 * import type { Transport } from "https://tulip.example/net/transports/transports.ts";
 * import assert from "node:assert/strict";
 *
 * class Client extends Protocol {
 *   #transport!: Transport;
 *   #words = Promise.withResolvers<string>();
 *
 *   override connectionMade(transport: Transport) {
 *     this.#transport = transport;
 *     transport.write("STARTTLS\r\n");
 *   }
 *
 *   override dataReceived(data: Uint8Array) {
 *     // What comes next is TLS.
 *     if (this.#transport.getExtraInfo("sslInfo") === undefined) this.#transport.pauseReading();
 *     this.#words.resolve(new TextDecoder().decode(data));
 *     this.#words = Promise.withResolvers();
 *   }
 *
 *   words(): Promise<string> {
 *     return this.#words.promise;
 *   }
 * }
 *
 * const { cert, key, caCerts } = await trialCertificates();
 * await using server = await startServer(async (reader, writer) => {
 *   await reader.nextLine();
 *   writer.write("220 Go ahead\r\n");
 *   await writer.startTls({ cert, key });
 *   writer.write("now in secret");
 * });
 *
 * const { transport, protocol } = await createConnection(
 *   () => new Client(),
 *   "127.0.0.1",
 *   server.port,
 * );
 * await protocol.words();
 * const secret = protocol.words();
 * await startTls(transport, protocol, { caCerts, serverHostname: "localhost" });
 * assert.equal(await secret, "now in secret");
 * transport.close();
 * ```
 */
export async function startTls(
  transport: Transport,
  protocol: StreamProtocol,
  options: TransportTlsOptions | TransportTlsServerOptions = {},
): Promise<Transport> {
  if (!(transport instanceof StreamTransport)) {
    throw new TypeError("Cannot start TLS: need a transport of createConnection or createServer");
  }
  if (transport.isClosing()) {
    throw new ConnectionAbortedError("Cannot start TLS: the connection is closed");
  }
  if (transport._isEncrypted) {
    throw new RuntimeError("Cannot start TLS: the connection is encrypted already");
  }
  if (options.serverSide) requireDeno("2.9.1", "TLS on the server side of an open connection");
  const timeout = checkTimeout(options.timeout, DEFAULT_TIMEOUT);
  options.signal?.throwIfAborted();
  transport.setProtocol(protocol);
  await transport._exchange((stream, pending) =>
    interruptible(encrypt(stream, pending, options), {
      signal: options.signal,
      timeout,
      timeoutError: () =>
        new TimeoutError(
          `TLS with ${hostAndPort(stream.remoteAddress)} was not set up within ${timeout} ms`,
        ),
    })
  );
  return transport;
}

async function encrypt(
  stream: ByteStream,
  pending: PendingRead | null,
  options: TransportTlsOptions | TransportTlsServerOptions,
): Promise<ByteStream> {
  const plain: ByteStream = pending === null ? stream : new AdoptedStream(stream, pending);
  if (options.serverSide) {
    const { startTlsServer } = await import("../tls/starttls.ts");
    return await startTlsServer(plain, options);
  }
  if (plain.startTls !== undefined) return await plain.startTls(options);
  const { startTlsClient } = await import("../tls/starttls.ts");
  return await startTlsClient(plain, options);
}
