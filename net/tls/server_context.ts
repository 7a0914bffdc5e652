/**
 * The certificates of a server and whom it lets in, read once for all its
 * connections, and exchanged for new ones while it runs.
 *
 * @module
 */

import type { X509Certificate } from "node:crypto";
import type { SecureContext } from "node:tls";
import type { TlsIdentity, TlsServerOptions } from "./tls.ts";
import { checkIdentity, readCertificates } from "./certificates.ts";
import type { NodeTls } from "./node.ts";
import { checkAlpn, checkVersions } from "./options.ts";
import { matches, plainName } from "./server_name.ts";

/** A certificate, ready for handshakes. */
export interface ShownIdentity {
  /** What `node:tls` takes. */
  readonly context: SecureContext;
  /** The certificate itself. */
  readonly certificate: X509Certificate;
}

/** What every handshake of a server begins with. */
export class ServerContext {
  /** Node's modules. */
  readonly node: NodeTls;
  /** The application protocols that are spoken. */
  readonly alpnProtocols: readonly string[];
  /** The authorities of clients; empty where clients are not asked for a certificate. */
  readonly clientAuthorities: readonly X509Certificate[];
  /** Whether a client without a certificate is refused. */
  readonly requiresCertificate: boolean;
  readonly #main: ShownIdentity;
  readonly #others: readonly (readonly [string, ShownIdentity])[];

  /**
   * Reads the certificates.
   *
   * @param options How the server makes TLS.
   * @param node Node's modules.
   * @throws {TypeError} If a certificate or a key cannot be used, or a name is none.
   * @throws {RangeError} If no version of TLS is left.
   */
  constructor(options: TlsServerOptions, node: NodeTls) {
    const { sni = {}, clientCaCerts = [], requestCert } = options;
    if (requestCert !== undefined && clientCaCerts.length === 0) {
      throw new TypeError(
        "Cannot ask clients for a certificate without clientCaCerts: nobody could vouch for it",
      );
    }
    if (requestCert !== undefined && requestCert !== "request" && requestCert !== "require") {
      throw new TypeError(
        `Cannot set requestCert to ${String(requestCert)}: need "request" or "require"`,
      );
    }
    this.node = node;
    this.alpnProtocols = checkAlpn(options.alpnProtocols);
    this.clientAuthorities = readCertificates("clientCaCerts", clientCaCerts, node);
    this.requiresCertificate = clientCaCerts.length > 0 && requestCert !== "request";
    const versions = checkVersions(options);
    const ca = this.clientAuthorities.map(String);
    const ready = (identity: TlsIdentity) => ({
      certificate: checkIdentity(identity, node),
      context: node.tls.createSecureContext({
        ...versions,
        cert: identity.cert,
        key: identity.key,
        ...(ca.length > 0 && { ca }),
      }),
    });
    this.#main = ready(options);
    this.#others = Object.entries(sni).map((
      [name, identity],
    ) => [
      name.startsWith("*.") ? `*.${plainName(name.slice(2))}` : plainName(name),
      ready(identity),
    ]);
  }

  /** Whether more than one certificate may be shown. */
  get hasSeveral(): boolean {
    return this.#others.length > 0;
  }

  /** What is shown to a client that asks for a name. */
  identityFor(name: string | undefined): ShownIdentity {
    if (name === undefined || name === "") return this.#main;
    const asked = name.toLowerCase();
    const exact = this.#others.find(([pattern]) => pattern === asked);
    const found = exact ?? this.#others.find(([pattern]) => matches(pattern, asked));
    return found?.[1] ?? this.#main;
  }
}
