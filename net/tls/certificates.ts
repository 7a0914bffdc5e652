/**
 * Certificates: from PEM, and what is told about one.
 *
 * @module
 */

import type { X509Certificate } from "node:crypto";
import type { PeerCertificate, TlsIdentity } from "./tls.ts";
import { endPointHash } from "./channel_binding.ts";
import type { NodeTls } from "./node.ts";

/**
 * Reads certificates.
 *
 * @param name How the option is called, for messages.
 * @param texts PEM, any number of certificates in each.
 * @param node Node's modules.
 * @returns The certificates, at least one for each text.
 * @throws {TypeError} If a text holds no certificate, or one that cannot be read.
 */
export function readCertificates(
  name: string,
  texts: readonly string[],
  node: NodeTls,
): X509Certificate[] {
  return texts.flatMap((text) => {
    const known = lately.get(text);
    if (known !== undefined) return known;
    const certificates = readText(name, text, node);
    if (lately.size >= REMEMBERED) lately.delete(lately.keys().next().value!);
    lately.set(text, certificates);
    return certificates;
  });
}

/** The texts that were read last: a session over TLS reads the same ones for every connection. */
const lately = new Map<string, X509Certificate[]>();
const REMEMBERED = 16;

function readText(name: string, text: string, { crypto }: NodeTls): X509Certificate[] {
  const blocks = pemBlocks(text);
  if (blocks.length === 0) {
    throw new TypeError(
      `Cannot use ${name}: need PEM, which begins with -----BEGIN CERTIFICATE-----`,
    );
  }
  return blocks.map((block) => {
    try {
      return new crypto.X509Certificate(block);
    } catch (error) {
      throw new TypeError(`Cannot use ${name}: a certificate in it cannot be read`, {
        cause: error,
      });
    }
  });
}

/**
 * Cuts PEM into its certificates.
 *
 * @param text PEM; what stands between the certificates is left out.
 * @returns One PEM a certificate.
 */
export function pemBlocks(text: string): string[] {
  const blocks = text.match(
    /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[\s\S]*?-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g,
  );
  return blocks ?? [];
}

/**
 * Checks that a certificate can be read, and that its key belongs to it.
 *
 * @param identity The certificate and the key.
 * @param node Node's modules.
 * @returns The certificate.
 * @throws {TypeError} If they are no PEM, or do not belong together.
 */
export function checkIdentity({ cert, key }: TlsIdentity, node: NodeTls): X509Certificate {
  if (typeof cert !== "string" || typeof key !== "string") {
    throw new TypeError("Cannot use a certificate without its key: need cert and key, both PEM");
  }
  const [leaf] = readCertificates("cert", [cert], node);
  let privateKey;
  try {
    privateKey = node.crypto.createPrivateKey(key);
  } catch (error) {
    throw new TypeError("Cannot use key: need a private key without passphrase, PEM", {
      cause: error,
    });
  }
  if (!leaf!.checkPrivateKey(privateKey)) {
    throw new TypeError("Cannot use cert and key: the key is not that of the certificate");
  }
  return leaf!;
}

/**
 * Tells about a certificate.
 *
 * @param certificate The certificate.
 * @returns What is told.
 */
export function describe(certificate: X509Certificate): PeerCertificate {
  return {
    der: new Uint8Array(certificate.raw),
    subject: certificate.subject,
    issuer: certificate.issuer,
    subjectAltName: certificate.subjectAltName ?? "",
    validFrom: new Date(certificate.validFrom),
    validTo: new Date(certificate.validTo),
    serialNumber: certificate.serialNumber,
    fingerprint: certificate.fingerprint256,
  };
}

/**
 * Computes the channel binding `tls-server-end-point` (RFC 5929 §4).
 *
 * @param server The server's certificate.
 * @param node Node's modules.
 * @returns The hash; `undefined` where the standard defines none.
 */
export function serverEndPoint(
  server: X509Certificate,
  { crypto }: NodeTls,
): Uint8Array<ArrayBuffer> | undefined {
  const der = new Uint8Array(server.raw);
  const hash = endPointHash(der);
  return hash && new Uint8Array(crypto.createHash(hash).update(der).digest());
}
