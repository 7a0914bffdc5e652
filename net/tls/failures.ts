/**
 * What is wrong with TLS, from the words of those who make it: rustls under
 * Deno's own TLS, and the codes of OpenSSL that `node:tls` has for the same.
 *
 * @module
 */

import type { CertificateRefusal, OSErrorOptions } from "../errors.ts";
import { SSLCertVerificationError, SSLError } from "../errors.ts";

/**
 * Turns a failure of TLS into an error that says what it means.
 *
 * @param error What was thrown.
 * @param what What failed, with whom: the beginning of the message.
 * @param options Fields of the error.
 * @returns The error, or `undefined` if it is no failure of TLS.
 */
export function tlsFailure(
  error: Error,
  what: string,
  options: OSErrorOptions,
): SSLError | undefined {
  const code = String((error as { code?: unknown }).code ?? "");
  const words = error.message;
  for (const { pattern, reason, detail = words } of CERTIFICATES) {
    if (pattern.test(`${code} ${words}`)) return refusedCertificate(reason, detail, what, options);
  }
  const alert = /received fatal alert: (?:the peer sent a fatal alert: )?(\w+)/.exec(words)?.[1];
  if (alert !== undefined) return alerted(alert, what, options);
  for (const { pattern, code, advice } of FAILURES) {
    if (pattern.test(words)) return new SSLError(`${what}: ${advice}`, { ...options, code });
  }
  if (error instanceof Deno.errors.UnexpectedEof) return cutShort(what, options);
  if (error instanceof Deno.errors.InvalidData || /^(ERR_SSL_|ERR_TLS_|EPROTO)/.test(code)) {
    return new SSLError(`${what}: TLS failed (${words})`, { ...options, code: "ERR_TLS" });
  }
  return undefined;
}

/**
 * Makes the error for a certificate that was refused.
 *
 * @param reason Why.
 * @param detail What exactly is wrong.
 * @param what What failed, with whom.
 * @param options Fields of the error.
 */
export function refusedCertificate(
  reason: CertificateRefusal,
  detail: string,
  what: string,
  options: OSErrorOptions,
): SSLCertVerificationError {
  return new SSLCertVerificationError(`${what}: ${ADVICE[reason]} (${detail})`, {
    reason,
    ...options,
  });
}

/**
 * Makes the error for a connection that ended before TLS was there.
 *
 * @param what What failed, with whom.
 * @param options Fields of the error.
 */
export function cutShort(what: string, options: OSErrorOptions): SSLError {
  return new SSLError(
    `${what}: the peer closed the connection in the middle of the handshake. Does it speak TLS ` +
      `on that port?`,
    { ...options, code: "ERR_TLS_TRUNCATED" },
  );
}

/**
 * Makes the error for text where TLS was due.
 *
 * @param what What failed, with whom.
 * @param options Fields of the error.
 */
export function plaintext(what: string, options: OSErrorOptions): SSLError {
  return new SSLError(
    `${what}: the peer does not speak TLS there, but plain text. Use its TLS port, or connect ` +
      `without TLS and upgrade (STARTTLS)`,
    { ...options, code: "ERR_TLS_PLAINTEXT" },
  );
}

/** An alert of the peer's: it has refused us (RFC 8446 §6.2). */
function alerted(alert: string, what: string, options: OSErrorOptions): SSLError {
  const meaning = ALERTS[alert] ?? "it refuses to go on";
  return new SSLError(`${what}: the peer ended TLS: ${meaning} (alert ${alert})`, {
    ...options,
    code: "ERR_TLS_ALERT",
  });
}

const ALERTS: Record<string, string> = {
  BadCertificate: "it cannot use our certificate",
  UnsupportedCertificate: "it cannot use our kind of certificate",
  CertificateRevoked: "our certificate was revoked",
  CertificateExpired: "our certificate has expired",
  CertificateUnknown: "it does not accept our certificate",
  UnknownCA: "it does not trust the authority that signed our certificate",
  UnknownCa: "it does not trust the authority that signed our certificate",
  AccessDenied: "our certificate is good, but gives us no access",
  CertificateRequired: "it wants a certificate of ours. Pass cert and key",
  ProtocolVersion: "it speaks no version of TLS that is allowed here",
  InsufficientSecurity: "it demands a stronger encryption than is spoken here",
  HandshakeFailure: "there is no encryption that both sides speak, or it wants a certificate",
  NoApplicationProtocol: "it speaks none of the application protocols that were offered (ALPN)",
  UnrecognisedName: "it does not know the name that it was asked for (SNI)",
  UnrecognizedName: "it does not know the name that it was asked for (SNI)",
  DecryptError: "a signature did not hold, perhaps of a key that is not that of its certificate",
  UnexpectedMessage: "it did not expect what was sent. Does it speak TLS there?",
  InappropriateFallback: "an older version was asked for than both sides speak",
  UserCanceled: "somebody has called it off",
  UserCancelled: "somebody has called it off",
  InternalError: "something went wrong on its side",
};

const ADVICE: Record<CertificateRefusal, string> = {
  "ca-as-leaf": "its certificate is marked as an authority (CA:TRUE), as `openssl req -x509` " +
    "makes them, and such a one cannot be a server's, even if it is trusted. Make an authority " +
    "and a certificate with CA:FALSE signed by it, and pass the authority as caCerts, or pin " +
    "the certificate by pinnedFingerprints",
  "unknown-issuer": "its certificate is signed by an authority that is not trusted here. If it " +
    "is your own, pass the authority's certificate as caCerts",
  "wrong-host": "its certificate is for another name. Connect by a name that stands in it, or " +
    "say that name as serverHostname",
  "expired": "its certificate is out of date, or the clock of one of the two machines is wrong",
  "wrong-fingerprint": "its certificate is not the one that was expected, by its fingerprint. " +
    "Either it was renewed, or this is another server",
  "other": "its certificate was refused",
};

interface CertificateRule {
  readonly pattern: RegExp;
  readonly reason: CertificateRefusal;
  readonly detail?: string;
}

// The words are those of rustls and webpki, the codes those of OpenSSL; the first that fits is taken.
const CERTIFICATES: readonly CertificateRule[] = [
  { pattern: /CaUsedAsEndEntity|DEPTH_ZERO_SELF_SIGNED_CERT/, reason: "ca-as-leaf" },
  { pattern: /UnknownIssuer|UNABLE_TO_GET_ISSUER_CERT|SELF_SIGNED/, reason: "unknown-issuer" },
  {
    pattern: /UNABLE_TO_VERIFY_LEAF_SIGNATURE/,
    reason: "unknown-issuer",
    detail: "or it is out of date, or breaks another rule: Deno's node:tls says the same of all",
  },
  {
    pattern: /not valid for name|NotValidForName|ERR_TLS_CERT_ALTNAME_INVALID/,
    reason: "wrong-host",
  },
  {
    pattern:
      /certificate expired|not valid yet|CertExpired|CertNotValidYet|CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/,
    reason: "expired",
  },
  { pattern: /invalid peer certificate|INVALID_PURPOSE|CERT_REVOKED/, reason: "other" },
];

interface FailureRule {
  readonly pattern: RegExp;
  readonly code: string;
  readonly advice: string;
}

const FAILURES: readonly FailureRule[] = [
  {
    pattern: /InvalidContentType/,
    code: "ERR_TLS_PLAINTEXT",
    advice:
      "the peer does not speak TLS there, but plain text. Use its TLS port, or connect without " +
      "TLS and upgrade (STARTTLS)",
  },
  {
    pattern: /close_notify/,
    code: "ERR_TLS_TRUNCATED",
    advice: "the connection ended without the end of TLS. What came may be cut off",
  },
  {
    pattern: /peer sent no certificates|NoCertificatesPresented/,
    code: "ERR_TLS_CERTIFICATE_REQUIRED",
    advice: "the peer has shown no certificate, and one is required",
  },
  {
    pattern:
      /Tls1\dNotOffered|Tls1\dNotSupported|UnsupportedVersion|SupportedVersions|SignatureAlgorithmsExtensionRequired|ServerDoesNotSupport/,
    code: "ERR_TLS_VERSION",
    advice: "there is no version of TLS that is allowed on both sides",
  },
  {
    pattern: /NoCipherSuitesInCommon|NoKxGroupsInCommon|NoSignatureSchemesInCommon/,
    code: "ERR_TLS_NO_CIPHER",
    advice: "there is no encryption that both sides speak",
  },
  {
    pattern: /support any known protocol|NoApplicationProtocol/,
    code: "ERR_TLS_NO_ALPN",
    advice: "there is no application protocol that both sides speak (ALPN)",
  },
];
