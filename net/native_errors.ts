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
} from "./errors.ts";
import type { OSErrorOptions } from "./errors.ts";
import { isAtLeast } from "./runtime.ts";
import { tlsFailure } from "./tls/failures.ts";

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
        `${what}: connection refused. Is the server running there, and is the port right?` +
          firstAlone(options),
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
          `kind of address?${firstAlone(options)}`,
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

/** What an old Deno does with the addresses of a name. */
function firstAlone({ hostname = "", path }: OSErrorOptions): string {
  if (path !== undefined || !/[a-z]/i.test(hostname) || hostname.includes(":")) return "";
  if (isAtLeast("2.9.0")) return "";
  return ` This Deno (${Deno.version.deno}) tries the first address of a name alone, which may be ` +
    "one of IPv6: say 127.0.0.1 in place of localhost";
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
  const failure = tlsFailure(error, what, options);
  if (failure !== undefined) return failure;
  if ((error as { code?: unknown }).code !== undefined) {
    return new ConnectionError(`${what}: ${words}`, {
      code: String((error as { code?: unknown }).code),
      ...options,
    });
  }
  return undefined;
}
