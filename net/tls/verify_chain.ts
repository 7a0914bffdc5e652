/**
 * Whether a chain of certificates holds: from what the other side has shown up
 * to an authority that is trusted (RFC 5280 §6), for where the platform does
 * not verify with the authorities that it was given.
 *
 * What is not understood is refused. Names that an authority is limited to are
 * not weighed, so such an authority is refused too; revocation is not looked
 * up, as the platform does not do it either.
 *
 * @module
 */

import type { X509Certificate } from "node:crypto";
import type { CertificateRefusal } from "../errors.ts";
import { type CertificateUse, useOf } from "./extensions.ts";
import { isFor } from "./server_name.ts";

/** What a chain is verified against. */
export interface ChainExpectations {
  /** The authorities that are trusted. */
  readonly trusted: readonly X509Certificate[];
  /** The name that the leaf must hold, as `plainName` writes it; none for a client's. */
  readonly hostname?: string;
  /** Whose certificate it is. */
  readonly purpose: "server" | "client";
  /** The time, in milliseconds since 1970. */
  readonly now: number;
}

/** Why a chain does not hold. */
export interface ChainRefusal {
  /** The reason, for programs. */
  readonly reason: CertificateRefusal;
  /** What is wrong, as the end of a sentence. */
  readonly detail: string;
}

/** The most signatures that are looked at: what is shown can be made to have very many ways up. */
const MOST_SIGNATURES = 64;

const PURPOSES = { server: "1.3.6.1.5.5.7.3.1", client: "1.3.6.1.5.5.7.3.2" };
const ANY_PURPOSE = "2.5.29.37.0";

// By MD5 and SHA-1: RSA, DSA and ECDSA. Such signatures can be forged.
const BROKEN = new Set([
  "1.2.840.113549.1.1.4",
  "1.2.840.113549.1.1.5",
  "1.2.840.10040.4.3",
  "1.2.840.10045.4.1",
]);
const SMALLEST_RSA = 2048;

/**
 * Verifies a chain.
 *
 * @param chain What was shown, the leaf first; what follows it may stand in any order.
 * @param expected What it is verified against.
 * @returns Why it does not hold, or `null` if it does.
 */
export function verifyChain(
  chain: readonly X509Certificate[],
  expected: ChainExpectations,
): ChainRefusal | null {
  const [leaf, ...others] = chain;
  if (leaf === undefined) return { reason: "other", detail: "no certificate was shown" };
  const use = readUse(leaf);
  const wrong = use === undefined
    ? { reason: "other" as const, detail: "it cannot be read" }
    : wrongWithLeaf(leaf, use, expected);
  if (wrong !== null) return wrong;
  const search = { others, expected, signatures: 0, refusal: null as ChainRefusal | null };
  if (climb(search, leaf, 0, [leaf])) return null;
  return search.refusal ?? {
    reason: "unknown-issuer",
    detail: "none of the trusted authorities has signed it, nor what was shown with it",
  };
}

function wrongWithLeaf(
  leaf: X509Certificate,
  use: CertificateUse,
  { hostname, purpose, now }: ChainExpectations,
): ChainRefusal | null {
  if (use.isAuthority) {
    return { reason: "ca-as-leaf", detail: "it is marked as an authority (CA:TRUE)" };
  }
  const wrong = wrongWithAny(leaf, use, purpose, now);
  if (wrong !== null) return wrong;
  if (hostname !== undefined && !isFor(hostname, use)) {
    const names = leaf.subjectAltName ?? "no name";
    return { reason: "wrong-host", detail: `it is for ${names}, not for ${hostname}` };
  }
  return null;
}

function wrongWithAny(
  certificate: X509Certificate,
  use: CertificateUse,
  purpose: ChainExpectations["purpose"],
  now: number,
): ChainRefusal | null {
  if (!use.isVersion3) return { reason: "other", detail: "it is not of X.509 version 3" };
  const date = wrongWithDate(certificate, now);
  if (date !== null) return date;
  const [unknown] = use.unknown;
  if (unknown !== undefined) {
    return { reason: "other", detail: `it demands what is not understood here (${unknown})` };
  }
  const { purposes } = use;
  if (purposes?.some((each) => each === PURPOSES[purpose] || each === ANY_PURPOSE) === false) {
    return { reason: "other", detail: `it is not for a ${purpose} (extended key usage)` };
  }
  if (BROKEN.has(use.signature)) {
    return { reason: "other", detail: "it is signed by MD5 or SHA-1, which can be forged" };
  }
  return null;
}

function wrongWithDate(certificate: X509Certificate, now: number): ChainRefusal | null {
  const from = Date.parse(certificate.validFrom);
  const to = Date.parse(certificate.validTo);
  if (now >= from && now <= to) return null;
  const detail = now < from
    ? `it is not valid yet, but from ${certificate.validFrom}`
    : `it has expired, on ${certificate.validTo}`;
  return { reason: "expired", detail };
}

interface Search {
  readonly others: readonly X509Certificate[];
  readonly expected: ChainExpectations;
  signatures: number;
  refusal: ChainRefusal | null;
}

/** Looks for a way from a certificate up to an authority that is trusted. */
function climb(
  search: Search,
  from: X509Certificate,
  between: number,
  path: readonly X509Certificate[],
): boolean {
  const { trusted, now, purpose } = search.expected;
  const trustedIssuer = trusted.find((each) => hasSigned(search, each, from));
  if (trustedIssuer !== undefined) {
    // An authority is trusted because somebody said so, but only as long as it says itself.
    const wrong = wrongWithDate(trustedIssuer, now) ?? tooLong(readUse(trustedIssuer), between);
    if (wrong === null) return true;
    search.refusal ??= wrong;
  }
  for (const issuer of search.others) {
    if (path.includes(issuer) || !hasSigned(search, issuer, from)) continue;
    const use = readUse(issuer);
    const wrong = use === undefined
      ? { reason: "other" as const, detail: "an authority in between cannot be read" }
      : wrongWithAuthority(use, between) ?? wrongWithAny(issuer, use, purpose, now);
    if (wrong === null && climb(search, issuer, between + 1, [...path, issuer])) return true;
    if (wrong !== null) search.refusal ??= wrong;
  }
  return false;
}

function wrongWithAuthority(use: CertificateUse, between: number): ChainRefusal | null {
  if (!use.isAuthority || !use.maySign) {
    return {
      reason: "unknown-issuer",
      detail: "it is signed with a certificate that is no authority's (CA:FALSE)",
    };
  }
  return tooLong(use, between);
}

function tooLong(use: CertificateUse | undefined, between: number): ChainRefusal | null {
  if (use === undefined || use.pathLength >= between) return null;
  return {
    reason: "other",
    detail: `an authority allows ${use.pathLength} others below it, and there are ${between}`,
  };
}

function hasSigned(search: Search, issuer: X509Certificate, subject: X509Certificate): boolean {
  if (!subject.checkIssued(issuer) || search.signatures === MOST_SIGNATURES) return false;
  search.signatures++;
  const { publicKey } = issuer;
  const bits = publicKey.asymmetricKeyDetails?.modulusLength;
  return (bits === undefined || bits >= SMALLEST_RSA) && subject.verify(publicKey);
}

function readUse(certificate: X509Certificate): CertificateUse | undefined {
  return useOf(new Uint8Array(certificate.raw));
}
