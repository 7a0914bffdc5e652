/**
 * TLS as a client, by the platform (rustls: TLS 1.2 and 1.3). Certificates and
 * host names are always verified.
 *
 * @module
 */

/** How the other side of a TLS connection is verified. */
export interface TlsOptions {
  /**
   * Certificates of authorities to trust besides those that the platform trusts, PEM.
   *
   * @default {[]}
   */
  caCerts?: string[];
  /**
   * The name that the server's certificate must hold.
   *
   * @default the host that is connected to
   */
  serverHostname?: string;
  /**
   * Application protocols to offer, the best first (ALPN, RFC 7301).
   *
   * @default {[]}
   */
  alpnProtocols?: string[];
}

/**
 * Says whether bytes are the beginning of a TLS record (RFC 8446 §5.1): a
 * greeting in TLS where plain text was expected, because the port is the wrong
 * one.
 *
 * @param start The first bytes that a peer sent; three are enough.
 * @returns Whether they begin a handshake or an alert of TLS.
 *
 * @example
 * ```ts
 * import { looksLikeTls } from "https://tulip.example/net/tls.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(looksLikeTls(new Uint8Array([0x16, 0x03, 0x01])), true);
 * assert.equal(looksLikeTls(new TextEncoder().encode("220 ready")), false);
 * ```
 */
export function looksLikeTls(start: Uint8Array): boolean {
  const [type, major, minor] = start;
  return (type === 0x15 || type === 0x16) && major === 3 && minor !== undefined && minor <= 4;
}
