/**
 * Whether Deno's own TLS can do what a client asks for.
 *
 * @module
 */

import type { TlsOptions } from "./tls.ts";

/**
 * Says whether `node:tls` has to be loaded.
 *
 * @param options What the client asks for.
 */
export function needsNodeTls(options: TlsOptions): boolean {
  const { cert, key, pinnedFingerprints, session, details, resumable } = options;
  return cert !== undefined || key !== undefined || pinnedFingerprints !== undefined ||
    session !== undefined || details === true || resumable === true ||
    (options.minVersion ?? "TLSv1.2") !== "TLSv1.2" ||
    (options.maxVersion ?? "TLSv1.3") !== "TLSv1.3";
}
