/**
 * Beginning TLS as a client by the shortest way: the stream's own, which is
 * Deno's over TCP, else `node:tls` over the stream.
 *
 * @module
 */

import type { ByteStream, StartTlsOptions } from "../byte_stream.ts";
import type { TlsOptions } from "./tls.ts";

/**
 * Begins TLS as a client.
 *
 * @param stream The connection; used up.
 * @param options How the server is verified, and what may end the wait.
 * @returns The encrypted stream.
 * @throws {SSLError} If the handshake fails.
 */
export async function beginTls(
  stream: ByteStream,
  options: StartTlsOptions,
): Promise<ByteStream> {
  if (stream.startTls !== undefined) return await stream.startTls(options);
  const { startTlsClient } = await import("./starttls.ts");
  return await startTlsClient(stream, options);
}

/**
 * Takes what concerns TLS out of the options of something larger.
 *
 * @param options Options of a client, say.
 */
export function tlsOptions(options: TlsOptions): TlsOptions {
  const {
    caCerts,
    serverHostname,
    alpnProtocols,
    cert,
    key,
    pinnedFingerprints,
    minVersion,
    maxVersion,
    details,
    resumable,
    session,
  } = options;
  return {
    caCerts,
    serverHostname,
    alpnProtocols,
    cert,
    key,
    pinnedFingerprints,
    minVersion,
    maxVersion,
    details,
    resumable,
    session,
  };
}
