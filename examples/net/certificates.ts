/**
 * Certificates to try TLS with on this machine: an authority of your own, and a certificate for
 * `localhost` that it has signed. They are valid for a day and are never written anywhere.
 *
 * A server of yours that others reach needs a certificate from an authority that they trust
 * (Let's Encrypt, say). Inside a house of your own, an authority like this one is enough: hand its
 * certificate to clients as `caCerts`.
 *
 * @module
 */

// The library's container asks for this polyfill to be there first.
import "npm:reflect-metadata@0.2.2";
import * as x509 from "npm:@peculiar/x509@2.2.0";

/** What both sides of a TLS connection need. */
export interface TrialCertificates {
  /** The server's certificate, PEM. */
  readonly cert: string;
  /** Its private key, PEM. */
  readonly key: string;
  /** The authority's certificate, PEM: what a client is told to trust. */
  readonly caCerts: string[];
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const HOUR = 3_600_000;

/** Makes an authority and a certificate for `localhost`, new ones at every call. */
export async function trialCertificates(): Promise<TrialCertificates> {
  const [authority, server] = await Promise.all([newKeys(), newKeys()]);
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    ...common(),
    name: "CN=Trial authority",
    keys: authority,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
  });
  const leaf = await x509.X509CertificateGenerator.create({
    ...common(),
    subject: "CN=localhost",
    issuer: root.subject,
    publicKey: server.publicKey,
    signingKey: authority.privateKey,
    extensions: [
      // One that is marked as an authority would be refused as a server's.
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.SubjectAlternativeNameExtension([{ type: "dns", value: "localhost" }]),
    ],
  });
  const key = await crypto.subtle.exportKey("pkcs8", server.privateKey);
  return {
    cert: leaf.toString("pem"),
    key: x509.PemConverter.encode(key, "PRIVATE KEY"),
    caCerts: [root.toString("pem")],
  };
}

function common() {
  return {
    notBefore: new Date(Date.now() - HOUR),
    notAfter: new Date(Date.now() + 24 * HOUR),
    signingAlgorithm: ALGORITHM,
    serialNumber: crypto.getRandomValues(new Uint8Array(15)).toHex(),
  };
}

function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}
