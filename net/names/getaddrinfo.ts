/**
 * From names to addresses: Python's `loop.getaddrinfo`, by the system's own
 * resolver (`/etc/hosts`, DNS and all else that it knows).
 *
 * @module
 */

import { rethrowIfCancelled, TimeoutError } from "../../loop/exceptions.ts";
import { checkTimeout, DEFAULT_TIMEOUT, interruptible } from "../../loop/wait.ts";
import { isIPv4, isIPv6 } from "../../protocols/text/ip.ts";
import { quote } from "../../protocols/text/quote.ts";
import {
  AI_ADDRCONFIG,
  AI_ALL,
  AI_CANONNAME,
  AI_NUMERICHOST,
  AI_NUMERICSERV,
  AI_PASSIVE,
  AI_V4MAPPED,
} from "./address_info.ts";
import type { AddressInfo, GetaddrinfoOptions, SocketType } from "./address_info.ts";
import { OSError, PermissionError, ResolveError } from "../errors.ts";
import { checkHost } from "../tcp/places.ts";
import { portOfService } from "./services.ts";

/**
 * Finds the addresses of a host, each once for every kind of socket that fits,
 * in the order in which the system would try them.
 *
 * An address is its own answer, and needs no permission; a name needs
 * `--allow-net` for it, without a port. The system does not tell whether a
 * name is an alias: with `AI_CANONNAME` the canonical name is the host as given.
 *
 * @param host A host name or an IP address, or `null` for this machine.
 * @param port A port, the name of a service, or `null` for none.
 * @param options Which addresses, and what may end the wait.
 * @returns The addresses; at least one.
 * @throws {TypeError} If the host is no host name or address.
 * @throws {RangeError} If the port is none.
 * @throws {ResolveError} If there is no such address; `code` is `"ENOTFOUND"` where the name is
 * unknown, `"EAI_AGAIN"` where nobody could be asked, `"EAI_ADDRFAMILY"` where the address is of
 * another family, `"EAI_SERVICE"` where the service is unknown for that kind of socket.
 * @throws {PermissionError} If the program may not look the name up.
 * @throws {TimeoutError} If it takes longer than `timeout`.
 *
 * @example
 * ```ts
 * import { getaddrinfo } from "https://tulip.example/net/names/getaddrinfo.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(await getaddrinfo("127.0.0.1", "http", { type: "stream" }), [{
 *   family: 4,
 *   type: "stream",
 *   proto: 6,
 *   canonname: "",
 *   address: { hostname: "127.0.0.1", port: 80 },
 * }]);
 * ```
 */
export async function getaddrinfo(
  host: string | null,
  port: number | string | null,
  options: GetaddrinfoOptions = {},
): Promise<AddressInfo[]> {
  const { family = 0, flags = 0, signal } = options;
  const timeout = checkTimeout(options.timeout, DEFAULT_TIMEOUT);
  const hostname = host === null ? null : checkHost(host);
  if (hostname === null && port === null) throw unknown("nothing", "neither host nor port");
  const sockets = socketsFor(options, port, flags);
  signal?.throwIfAborted();
  const addresses = hostname === null
    ? ownAddresses(family, flags)
    : numeric(hostname, family, flags) ?? await interruptible(lookUp(hostname, family, flags), {
      signal,
      timeout,
      timeoutError: () =>
        new TimeoutError(
          `Cannot resolve ${
            quote(hostname)
          }: no answer within ${timeout} ms. Is the DNS server up?`,
        ),
    });
  const canonname = flags & AI_CANONNAME ? hostname ?? "" : "";
  return addresses.flatMap((address) =>
    sockets.map((socket) => ({
      family: address.includes(":") ? 6 as const : 4 as const,
      type: socket.type,
      proto: socket.proto,
      canonname: "",
      address: { hostname: address, port: socket.port },
    }))
  ).map((info, index) => index === 0 ? { ...info, canonname } : info);
}

interface Socket {
  readonly type: SocketType;
  readonly proto: number;
  readonly port: number;
}

const KINDS: readonly { type: SocketType; proto: number; name?: "tcp" | "udp" }[] = [
  { type: "stream", proto: 6, name: "tcp" },
  { type: "dgram", proto: 17, name: "udp" },
  { type: "raw", proto: 0 },
];

function socketsFor(
  { type, proto = 0 }: GetaddrinfoOptions,
  port: number | string | null,
  flags: number,
): Socket[] {
  const kinds = KINDS.filter((kind) =>
    (type === undefined || kind.type === type) &&
    (proto === 0 || kind.proto === proto || kind.type === "raw" && type === "raw")
  );
  if (kinds.length === 0) {
    throw new ResolveError(`Cannot resolve: no ${type} socket speaks protocol ${proto}`, {
      code: "EAI_SOCKTYPE",
    });
  }
  const sockets = kinds.flatMap((kind) => {
    const number = portNumber(port, kind.name, flags);
    return number === undefined ? [] : [{ ...kind, proto: kind.proto || proto, port: number }];
  });
  if (sockets.length === 0) {
    throw new ResolveError(`Cannot resolve: the service ${quote(String(port))} is not known`, {
      code: "EAI_SERVICE",
    });
  }
  return sockets.map(({ type, proto, port }) => ({ type, proto, port }));
}

function portNumber(
  port: number | string | null,
  protocol: "tcp" | "udp" | undefined,
  flags: number,
): number | undefined {
  if (port === null) return 0;
  const number = typeof port === "string" && /^\d+$/.test(port) ? Number(port) : port;
  if (typeof number === "string") {
    if (flags & AI_NUMERICSERV) throw unknown(number, "it is to be a number, and is none");
    return protocol && portOfService(number, protocol);
  }
  if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number;
  throw new RangeError(
    `Cannot use ${String(port)} as a port: need a whole number from 0 to 65535`,
  );
}

/** RFC 3493 §6.1: without a host, the loopback or every interface. */
function ownAddresses(family: number, flags: number): string[] {
  const addresses = flags & AI_PASSIVE ? ["0.0.0.0", "::"] : ["::1", "127.0.0.1"];
  return addresses.filter((each) => family === 0 || each.includes(":") === (family === 6));
}

function numeric(hostname: string, family: number, flags: number): string[] | undefined {
  const six = isIPv6(hostname.replace(/%[\w.-]+$/, ""));
  if (!six && !isIPv4(hostname)) {
    if (flags & AI_NUMERICHOST) throw unknown(hostname, "it is to be an address, and is none");
    return undefined;
  }
  if (family === 0 || six === (family === 6)) return [hostname];
  if (family === 6 && flags & AI_V4MAPPED) return [`::ffff:${hostname}`];
  throw new ResolveError(`Cannot resolve ${quote(hostname)}: it is no IPv${family} address`, {
    code: "EAI_ADDRFAMILY",
    hostname,
  });
}

async function lookUp(hostname: string, family: number, flags: number): Promise<string[]> {
  const { promises } = await import("node:dns");
  try {
    const found = await promises.lookup(hostname, {
      all: true,
      family,
      // As the system orders them (RFC 6724); the older option is for an older Deno.
      order: "verbatim",
      verbatim: true,
      hints: hintsOf(flags),
    });
    if (found.length > 0) return found.map(({ address }) => address);
  } catch (error) {
    rethrowIfCancelled(error);
    throw explained(error, hostname);
  }
  throw unknown(hostname, "there is no such name, or it has no such address");
}

/** Node's own numbers for the flags, which are not the system's. */
function hintsOf(flags: number): number {
  return (flags & AI_ADDRCONFIG ? 64 : 0) | (flags & AI_V4MAPPED ? 16 : 0) |
    (flags & AI_ALL ? 32 : 0);
}

function explained(error: unknown, hostname: string): unknown {
  if (!(error instanceof Error) || error instanceof OSError) return error;
  const { code } = error as { code?: string };
  const options = { cause: error, hostname };
  if (code === "EPERM" || error instanceof Deno.errors.NotCapable) {
    return new PermissionError(
      `Cannot resolve ${quote(hostname)}: permission denied. Run the program with ` +
        `--allow-net=${hostname}, without a port`,
      options,
    );
  }
  if (code === "EAI_AGAIN" || code === "ETIMEOUT" || code === "ESERVFAIL") {
    return new ResolveError(
      `Cannot resolve ${quote(hostname)}: no DNS server could be asked. Is the network up?`,
      { ...options, code: "EAI_AGAIN" },
    );
  }
  return unknown(hostname, "there is no such name, or it has no such address", error);
}

function unknown(name: string, why: string, cause?: Error): ResolveError {
  return new ResolveError(`Cannot resolve ${quote(name)}: ${why}`, { hostname: name, cause });
}
