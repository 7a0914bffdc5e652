/**
 * The channel binding `tls-server-end-point`: a hash of the server's
 * certificate, by which an authentication is tied to one server (RFC 5929 §4).
 *
 * @module
 */

import {
  type DerElement,
  elementsOf,
  OBJECT_IDENTIFIER,
  objectIdentifier,
  SEQUENCE,
} from "./der.ts";

/**
 * Finds the hash for a certificate's channel binding: that of its signature algorithm, and SHA-256
 * in place of MD5 and SHA-1 (RFC 5929 §4.1).
 *
 * @param certificate The certificate, DER.
 * @returns The name of the hash; `undefined` where the signature algorithm uses no hash function,
 * or none that is known: then the standard defines no binding, and to guess one would not agree
 * with the other side's guess. That is so for Ed25519 and Ed448, whose hashes are within the
 * algorithm, and for RSA-PSS with one hash for the message and another for its mask.
 */
export function endPointHash(
  certificate: Uint8Array<ArrayBuffer>,
): "sha256" | "sha384" | "sha512" | "sha224" | undefined {
  const [identifier, parameters] = signatureAlgorithm(certificate) ?? [];
  if (identifier?.tag !== OBJECT_IDENTIFIER) return undefined;
  const name = objectIdentifier(identifier.contents);
  return HASHES[name === RSA_PSS ? hashOfPss(parameters) ?? "" : name];
}

const RSA_PSS = "1.2.840.113549.1.1.10";
const SHA_1 = "1.3.14.3.2.26";

const HASHES: Record<string, "sha256" | "sha384" | "sha512" | "sha224"> = {
  // RSA (RFC 8017 §A.2.4): MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512.
  "1.2.840.113549.1.1.4": "sha256",
  "1.2.840.113549.1.1.5": "sha256",
  "1.2.840.113549.1.1.14": "sha224",
  "1.2.840.113549.1.1.11": "sha256",
  "1.2.840.113549.1.1.12": "sha384",
  "1.2.840.113549.1.1.13": "sha512",
  // ECDSA (RFC 5758 §3.2): SHA-1, SHA-224, SHA-256, SHA-384, SHA-512.
  "1.2.840.10045.4.1": "sha256",
  "1.2.840.10045.4.3.1": "sha224",
  "1.2.840.10045.4.3.2": "sha256",
  "1.2.840.10045.4.3.3": "sha384",
  "1.2.840.10045.4.3.4": "sha512",
  // DSA (RFC 5758 §3.1): SHA-1, SHA-224, SHA-256.
  "1.2.840.10040.4.3": "sha256",
  "2.16.840.1.101.3.4.3.1": "sha224",
  "2.16.840.1.101.3.4.3.2": "sha256",
  // The hashes themselves, as RSA-PSS names them (RFC 4055 §2.1).
  [SHA_1]: "sha256",
  "2.16.840.1.101.3.4.2.4": "sha224",
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};

/** The hash of RSASSA-PSS (RFC 4055 §3.1), if the mask is made with the same one. */
function hashOfPss(parameters: DerElement | undefined): string | undefined {
  if (parameters === undefined) return SHA_1;
  const fields = parameters.tag === SEQUENCE ? elementsOf(parameters.contents) : undefined;
  if (fields === undefined) return undefined;
  let [hash, mask]: (string | undefined)[] = [SHA_1, SHA_1];
  for (const { tag, contents } of fields) {
    if (tag === 0xa0) hash = algorithmOf(elementsOf(contents)?.[0])?.[0];
    if (tag === 0xa1) mask = algorithmOf(algorithmOf(elementsOf(contents)?.[0])?.[1])?.[0];
  }
  return hash === mask ? hash : undefined;
}

/** An AlgorithmIdentifier: its name and its parameters. */
function algorithmOf(
  element: DerElement | undefined,
): [string, DerElement | undefined] | undefined {
  if (element?.tag !== SEQUENCE) return undefined;
  const [identifier, parameters] = elementsOf(element.contents) ?? [];
  if (identifier?.tag !== OBJECT_IDENTIFIER) return undefined;
  return [objectIdentifier(identifier.contents), parameters];
}

/** `Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue }` (RFC 5280 §4.1). */
function signatureAlgorithm(certificate: Uint8Array<ArrayBuffer>): DerElement[] | undefined {
  const [whole] = elementsOf(certificate) ?? [];
  if (whole?.tag !== SEQUENCE) return undefined;
  const algorithm = elementsOf(whole.contents)?.[1];
  return algorithm?.tag === SEQUENCE ? elementsOf(algorithm.contents) : undefined;
}
