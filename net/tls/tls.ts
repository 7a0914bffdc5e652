/**
 * What TLS is told, and what it tells: the options of both sides, and what is
 * known about an encrypted connection (TLS 1.2, RFC 5246, and 1.3, RFC 8446).
 *
 * Certificates and host names are always verified. Nothing switches that off;
 * a server whose certificate nobody signed is known by its fingerprint.
 *
 * @module
 */

/** A version of TLS. Older ones than these are refused everywhere. */
export type TlsVersion = "TLSv1.2" | "TLSv1.3";

/** Which versions of TLS may be spoken. */
export interface TlsVersions {
  /**
   * The oldest version.
   *
   * @default {"TLSv1.2"}
   */
  minVersion?: TlsVersion;
  /**
   * The newest version.
   *
   * @default {"TLSv1.3"}
   */
  maxVersion?: TlsVersion;
}

/**
 * How a client makes TLS, and how it verifies the server.
 *
 * `caCerts`, `serverHostname` and `alpnProtocols` alone are served by Deno's own TLS. Everything
 * else loads `node:tls`, and needs Deno 2.9.1. An older one can do `cert` and `pinnedFingerprints`
 * over TCP from the first byte, but not by STARTTLS, and cannot tell a connection that was cut off.
 */
export interface TlsOptions extends TlsVersions {
  /**
   * Certificates of authorities to trust besides those that the platform trusts, PEM. Each string
   * may hold several.
   *
   * @default {[]}
   */
  caCerts?: string[];
  /**
   * The name that the server's certificate must hold, and that it is asked for (SNI, RFC 6066 §3).
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
  /** Our certificate, and the intermediate ones above it, PEM: for a server that asks for one. */
  cert?: string;
  /** The private key of `cert`, PEM. */
  key?: string;
  /**
   * SHA-256 fingerprints of the server's certificate, of which one must fit: 64 hexadecimal
   * digits, with or without colons. They take the place of everything else that is verified, of
   * authorities, names and dates: for servers that have signed their certificate themselves.
   */
  pinnedFingerprints?: string[];
  /**
   * Whether `tlsInfo` is to tell the version, the cipher, the server's certificate and the
   * channel binding, which Deno's own TLS does not.
   *
   * @default {false}
   */
  details?: boolean;
  /**
   * Whether another connection to the server may resume the session of this one, as data
   * connections of FTP over TLS have to. The session is `tlsInfo.session`; TLS 1.2 is spoken. With
   * `caCerts`, the platform's authorities count besides them only where the program may see them
   * (`--allow-sys=ca`). Deno keeps one session for each name of a server, the newest, and one for all
   * servers that go by an address: of several such connections at a time, only the last can be
   * resumed. A name with a dot at its end counts as another one; for more there is
   * `net/tls/realm/realm.ts`.
   *
   * @default {false}
   */
  resumable?: boolean;
  /**
   * The session to resume: `tlsInfo.session` of a connection made with `resumable`. Where the
   * server does not go on with it, its certificate is verified as on every other connection;
   * `tlsInfo.sessionReused` tells.
   */
  session?: TlsSession;
}

/** A certificate and its private key. */
export interface TlsIdentity {
  /** The certificate, and the intermediate ones above it, PEM. */
  cert: string;
  /** Its private key, PEM. */
  key: string;
}

/** How a server makes TLS. */
export interface TlsServerOptions extends TlsIdentity, TlsVersions {
  /**
   * Other certificates, by the name that a client asks for (SNI, RFC 6066 §3): a host name in
   * full, or with `*` in place of its first label. Who asks for another name, or none, is shown
   * `cert`.
   *
   * @default {{}}
   */
  sni?: Record<string, TlsIdentity>;
  /**
   * Application protocols that are spoken here, the best first (ALPN, RFC 7301). A client that
   * offers only others is refused.
   *
   * @default {[]}
   */
  alpnProtocols?: string[];
  /**
   * The authorities whose certificates clients show, PEM. Where there are any, clients are asked
   * for one, and one that does not hold is refused.
   *
   * @default {[]}
   */
  clientCaCerts?: string[];
  /**
   * Whether a client must show a certificate, or only may, where `clientCaCerts` are given.
   *
   * @default {"require"}
   */
  requestCert?: "request" | "require";
}

/** A certificate that the other side has shown. */
export interface PeerCertificate {
  /** The certificate itself, DER (X.509, RFC 5280). */
  readonly der: Uint8Array<ArrayBuffer>;
  /** Whose it is: one attribute a line, `CN=example.org`. */
  readonly subject: string;
  /** Who signed it, in the same form. */
  readonly issuer: string;
  /** The names that it is for, as `DNS:example.org, IP Address:127.0.0.1`; empty for none. */
  readonly subjectAltName: string;
  /** From when it is valid. */
  readonly validFrom: Date;
  /** Until when it is valid. */
  readonly validTo: Date;
  /** Its number among those of its issuer, hexadecimal. */
  readonly serialNumber: string;
  /** Its SHA-256 fingerprint: what `pinnedFingerprints` takes, 32 bytes as `AA:BB:…`. */
  readonly fingerprint: string;
}

/**
 * A session of TLS that another connection can resume: a thing to be handed on, which tells
 * nothing. It is bound to the server that was verified when it was made.
 */
export interface TlsSession {
  /** The name that the server's certificate was verified for. */
  readonly serverHostname: string;
}

/** What is known about an encrypted connection; `undefined` is what the platform does not tell. */
export interface TlsInfo {
  /** The version that is spoken. */
  readonly protocol?: TlsVersion;
  /** The cipher suite, by its name in OpenSSL or in the standard. */
  readonly cipher?: string;
  /** The application protocol that both sides agreed on (ALPN). */
  readonly alpnProtocol?: string;
  /** The name that the client asked for (SNI). */
  readonly serverName?: string;
  /** What the other side has shown, verified. A client that need not show any may have none. */
  readonly peerCertificate?: PeerCertificate;
  /** Whether the session of another connection was resumed. */
  readonly sessionReused?: boolean;
  /**
   * On a server that has asked for it: whether the session that was resumed is one of the
   * connections that belong together with this one; `undefined` in TLS 1.3, where it cannot be told.
   */
  readonly sessionBelongs?: boolean;
  /** What another connection resumes, where `resumable` was asked for. */
  readonly session?: TlsSession;
  /**
   * What binds an authentication to this connection: the hash of the server's certificate
   * (`tls-server-end-point`, RFC 5929 §4), on both sides. A certificate whose signature names no
   * single hash that the standard allows (Ed25519, Ed448) has none.
   */
  readonly serverEndPoint?: Uint8Array<ArrayBuffer>;
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
 * import { looksLikeTls } from "https://tulip.example/net/tls/tls.ts";
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
