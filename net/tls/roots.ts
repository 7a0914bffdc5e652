/**
 * The authorities that a client trusts.
 *
 * @module
 */

import type { X509Certificate } from "node:crypto";
import type { NodeTls } from "./node.ts";

let roots: X509Certificate[] | undefined;

/**
 * The authorities that the platform trusts, read once, when a chain leads to none of the caller's.
 *
 * @param node Node's modules.
 */
export function platformRoots({ tls, crypto }: NodeTls): readonly X509Certificate[] {
  const { getCACertificates } = tls as { getCACertificates?: (type: string) => string[] };
  return roots ??= (getCACertificates?.("default") ?? tls.rootCertificates).flatMap((pem) => {
    try {
      return [new crypto.X509Certificate(pem)];
    } catch {
      // One that cannot be read vouches for nobody.
      return [];
    }
  });
}
