/**
 * From the errors that Deno throws to ours, in one place.
 *
 * Deno has a class for some of the system's errors, a `code` on most, and only
 * words for the rest (names that cannot be resolved, all of TLS).
 *
 * @module
 */

import { TimeoutError } from "../loop/exceptions.ts";
import { quote } from "../protocols/text/quote.ts";
import {
  BrokenPipeError,
  ConnectionAbortedError,
  ConnectionError,
  ConnectionRefusedError,
  ConnectionResetError,
  OSError,
  PermissionError,
  ResolveError,
  SSLCertVerificationError,
  SSLError,
} from "./errors.ts";
import type { CertificateRefusal, OSErrorOptions } from "./errors.ts";

/** Where something failed, for the message and the fields of the error. */
export interface FailurePlace {
  /** The host that was to be reached. */
  hostname: string;
  /** Its port. */
  port: number;
  /** The path, in place of host and port: a Unix socket, a pipe, a file. */
  path?: string;
}

/**
 * Turns what Deno threw into an error that says what failed, where, and what
 * can be done.
 *
 * @param error What was thrown.
 * @param doing What was being done, to stand after "Cannot": `"connect to"`, `"read from"`.
 * @param place With whom.
 * @returns The error to throw. What is no failure of a connection is returned as it is.
 */
export function fromNative(error: unknown, doing: string, place: FailurePlace): unknown {
  if (!(error instanceof Error) || error instanceof OSError) return error;
  const what = `Cannot ${doing} ${hostAndPort(place)}`;
  const options = { cause: error, ...place };
  return fromClass(error, what, options) ?? fromWords(error, what, options) ?? error;
}

/**
 * Writes a host and a port as URLs do (RFC 3986 §3.2).
 *
 * @param place The host and the port, or a path.
 * @returns `host:port`, or `[address]:port` for IPv6; the path where there is one.
 */
export function hostAndPort({ hostname, port, path }: FailurePlace): string {
  if (path !== undefined) return path;
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

function fromClass(error: Error, what: string, options: OSErrorOptions): Error | undefined {
  switch (codeOf(error)) {
    case "ECONNREFUSED":
      return new ConnectionRefusedError(
        `${what}: connection refused. Is the server running there, and is the port right?`,
        options,
      );
    case "ECONNRESET":
      return new ConnectionResetError(`${what}: the peer reset the connection`, options);
    case "EPIPE":
      return new BrokenPipeError(`${what}: the peer has closed the connection`, options);
    case "ECONNABORTED":
      return new ConnectionAbortedError(`${what}: the connection was aborted`, options);
    case "EINTR":
    case "EBADF":
      return new ConnectionAbortedError(`${what}: the connection was closed on our side`, options);
    case "ETIMEDOUT":
      return new TimeoutError(
        `${what}: the system gave up waiting for an answer. A firewall may be dropping it`,
        { cause: error },
      );
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return new ConnectionError(
        `${what}: there is no route to that host. Is the network up, and does it carry this ` +
          `kind of address?`,
        { code: codeOf(error), ...options },
      );
    case "EADDRINUSE":
      return new OSError(`${what}: the port is taken, perhaps by another run of the program`, {
        code: "EADDRINUSE",
        ...options,
      });
    case "EADDRNOTAVAIL":
      return new OSError(`${what}: this machine does not have that address`, {
        code: "EADDRNOTAVAIL",
        ...options,
      });
    case "EACCES":
      return new PermissionError(
        `${what}: permission denied. Run the program with --allow-net=${
          hostAndPort({ hostname: options.hostname!, port: options.port! })
        }`,
        options,
      );
  }
  return undefined;
}

function codeOf(error: Error): string | undefined {
  for (const [name, code] of CODES) {
    const Native = Deno.errors[name];
    if (Native !== undefined && error instanceof Native) return code;
  }
  return (error as { code?: string }).code;
}

// Classes without a `code` of their own, or with one that depends on the system.
const CODES: readonly (readonly [keyof typeof Deno.errors, string])[] = [
  ["ConnectionRefused", "ECONNREFUSED"],
  ["ConnectionReset", "ECONNRESET"],
  ["ConnectionAborted", "ECONNABORTED"],
  ["BrokenPipe", "EPIPE"],
  ["NotConnected", "EPIPE"],
  ["Interrupted", "EINTR"],
  ["BadResource", "EBADF"],
  ["TimedOut", "ETIMEDOUT"],
  ["AddrInUse", "EADDRINUSE"],
  ["AddrNotAvailable", "EADDRNOTAVAIL"],
  ["NotCapable", "EACCES"],
  ["PermissionDenied", "EACCES"],
];

function fromWords(error: Error, what: string, options: OSErrorOptions): Error | undefined {
  const words = error.message;
  if (/failed to lookup address|No address associated|name resolution/i.test(words)) {
    return new ResolveError(
      `${what}: the name ${quote(options.hostname ?? "")} could not be resolved. Is it spelled ` +
        `right, and does this machine have DNS?`,
      options,
    );
  }
  for (const { pattern, reason, advice } of CERTIFICATES) {
    if (pattern.test(words)) {
      return new SSLCertVerificationError(`${what}: ${advice} (${words})`, { reason, ...options });
    }
  }
  if (words.includes("InvalidContentType")) {
    return new SSLError(
      `${what}: the peer does not speak TLS there, but plain text. Use its TLS port, or connect ` +
        `without TLS and upgrade (STARTTLS)`,
      { ...options, code: "ERR_TLS_PLAINTEXT" },
    );
  }
  if (words.includes("close_notify")) {
    return new SSLError(
      `${what}: the connection ended without the end of TLS. What came may be cut off`,
      { ...options, code: "ERR_TLS_TRUNCATED" },
    );
  }
  if (error instanceof Deno.errors.UnexpectedEof) {
    return new SSLError(
      `${what}: the peer closed the connection in the middle of the handshake. Does it speak TLS ` +
        `on that port?`,
      { ...options, code: "ERR_TLS_TRUNCATED" },
    );
  }
  if (error instanceof Deno.errors.InvalidData) {
    return new SSLError(`${what}: TLS failed (${words})`, options);
  }
  if ((error as { code?: unknown }).code !== undefined) {
    return new ConnectionError(`${what}: ${words}`, {
      code: String((error as { code?: unknown }).code),
      ...options,
    });
  }
  return undefined;
}

interface CertificateRule {
  readonly pattern: RegExp;
  readonly reason: CertificateRefusal;
  readonly advice: string;
}

// The words are those of rustls and webpki; the first that fits is taken.
const CERTIFICATES: readonly CertificateRule[] = [
  {
    pattern: /CaUsedAsEndEntity/,
    reason: "ca-as-leaf",
    advice: "its certificate is marked as an authority (CA:TRUE), as `openssl req -x509` makes " +
      "them, and such a one cannot be a server's, even if it is trusted. Make an authority and a " +
      "certificate with CA:FALSE signed by it, and pass the authority as caCerts",
  },
  {
    pattern: /UnknownIssuer/,
    reason: "unknown-issuer",
    advice: "its certificate is signed by an authority that is not trusted here. If it is your " +
      "own, pass the authority's certificate as caCerts",
  },
  {
    pattern: /not valid for name|NotValidForName/,
    reason: "wrong-host",
    advice: "its certificate is for another name. Connect by a name that stands in it, or say " +
      "that name as serverHostname",
  },
  {
    pattern: /certificate expired|not valid yet|CertExpired|CertNotValidYet/,
    reason: "expired",
    advice: "its certificate is out of date, or the clock of one of the two machines is wrong",
  },
  {
    pattern: /invalid peer certificate/,
    reason: "other",
    advice: "its certificate was refused",
  },
];
