/**
 * Both ends of a TLS connection in one test, the client's end in a realm.
 *
 * @module
 */

import type { StartTlsOptions, StartTlsServerOptions } from "../../../net/byte_stream.ts";
import type { TlsRealm } from "../../../net/tls/realm/realm.ts";
import { startTlsServer } from "../../../net/tls/starttls.ts";
import { certs, type Ends } from "./pairs.ts";

/** How long a test waits for what may have to start a Worker on a busy machine. */
export const PATIENCE = 20_000;

/** Does the handshake on both ends. By default the client trusts and the server shows what is good. */
export async function shakeIn(
  realm: TlsRealm,
  [near, far]: Ends,
  client: StartTlsOptions = {},
  server: Partial<StartTlsServerOptions> = {},
): Promise<Ends> {
  const { cert, key, caCerts } = certs.good;
  const serving = startTlsServer(far, { cert, key, timeout: PATIENCE, ...server });
  serving.catch(() => {});
  const encrypted = await realm.startTlsClient(near, {
    serverHostname: "localhost",
    caCerts,
    timeout: PATIENCE,
    ...client,
  });
  return [encrypted, await serving];
}
