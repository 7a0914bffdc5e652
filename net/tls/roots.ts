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
export function platformRoots(node: NodeTls): readonly X509Certificate[] {
  return roots ??= platformPems(node).flatMap((pem) => {
    try {
      return [new node.crypto.X509Certificate(pem)];
    } catch {
      // One that cannot be read vouches for nobody.
      return [];
    }
  });
}

/** None where the program may not see them: nobody is asked for a permission on the way. */
function platformPems({ tls }: NodeTls): readonly string[] {
  try {
    const access = { name: "sys", kind: "ca" } as unknown as Deno.PermissionDescriptor;
    if (Deno.permissions.querySync(access).state !== "granted") return [];
    return (tls as { getCACertificates?: (type: string) => string[] })
      .getCACertificates?.("default") ?? tls.rootCertificates;
  } catch {
    return [];
  }
}
