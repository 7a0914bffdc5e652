/**
 * TLS on a connection that is open already, on both sides and over every
 * stream of bytes: what `STARTTLS`, `AUTH TLS` and `STLS` come to (RFC 3207,
 * RFC 4217, RFC 2595), and TLS within TLS.
 *
 * A client that asks for nothing special over TCP has Deno's own TLS, which is
 * faster: its stream has a `startTls` of its own. Everything here loads
 * `node:tls`, when it is first called, and needs Deno 2.9.1.
 *
 * @module
 */

import type { ByteStream, StartTlsOptions, StartTlsServerOptions } from "../byte_stream.ts";
import { bounded } from "./bounded.ts";

/**
 * Begins TLS as a server, after all that was written and read so far.
 *
 * What the client has sent in clear must be read by then: who goes on with bytes that came before
 * the handshake takes a stranger's words for the client's (RFC 3207 §6). {@linkcode Connection}
 * sees to that.
 *
 * @param stream The connection; used up, and closed if the handshake fails.
 * @param options The certificate, and what may end the wait.
 * @returns The encrypted stream, its handshake done.
 * @throws {TypeError} If a certificate or a key cannot be used.
 * @throws {RuntimeError} If this Deno is older than 2.9.1.
 * @throws {SSLError} If the handshake fails.
 * @throws {TimeoutError} If it is not done in time.
 *
 * @example TLS on both ends of a connection in memory
 * ```ts
 * import { memoryPair } from "https://tulip.example/net/memory.ts";
 * import { startTlsClient, startTlsServer } from "https://tulip.example/net/tls/starttls.ts";
 * import { trialCertificates } from "https://tulip.example/examples/net/certificates.ts";
 * import assert from "node:assert/strict";
 *
 * const { cert, key, caCerts } = await trialCertificates();
 * const [near, far] = memoryPair();
 * const [client, server] = await Promise.all([
 *   startTlsClient(near, { caCerts, serverHostname: "localhost" }),
 *   startTlsServer(far, { cert, key }),
 * ]);
 * await client.write(new TextEncoder().encode("secret"));
 * assert.equal(await server.read(new Uint8Array(10)), 6);
 * client.close();
 * server.close();
 * ```
 */
export async function startTlsServer(
  stream: ByteStream,
  options: StartTlsServerOptions,
): Promise<ByteStream> {
  const [{ nodeTlsOverStreams }, { ServerContext }, { serverHandshake }] = await Promise.all([
    import("./node.ts"),
    import("./server_context.ts"),
    import("./server_handshake.ts"),
  ]);
  const node = await nodeTlsOverStreams("TLS on the server side of STARTTLS");
  const context = new ServerContext(options, node);
  return await bounded(stream, () => serverHandshake(stream, context), options);
}

/**
 * Begins TLS as a client, after all that was written and read so far.
 *
 * @param stream The connection; used up, and closed if the handshake fails.
 * @param options How the server is verified, what we show, and what may end the wait.
 * @returns The encrypted stream, its handshake done.
 * @throws {TypeError} If a certificate, a key, a name or a fingerprint cannot be used.
 * @throws {RuntimeError} If this Deno is older than 2.9.1.
 * @throws {SSLCertVerificationError} If the server's certificate is refused.
 * @throws {SSLError} If the handshake fails otherwise.
 * @throws {TimeoutError} If it is not done in time.
 */
export async function startTlsClient(
  stream: ByteStream,
  options: StartTlsOptions = {},
): Promise<ByteStream> {
  const [{ nodeTlsOverStreams }, { clientSettings, clientHandshake }] = await Promise.all([
    import("./node.ts"),
    import("./client_handshake.ts"),
  ]);
  const node = await nodeTlsOverStreams("TLS with these options over a connection that is open");
  const settings = clientSettings(options, stream.remoteAddress.hostname, node);
  return await bounded(stream, () => clientHandshake(stream, settings, node), options);
}
