/**
 * Where datagrams come from and go to: host names, IP addresses, and the
 * permission for them.
 *
 * `node:dgram` ends the program where a permission is missing: it throws from a
 * callback that nobody can catch. So the permission is looked at first.
 *
 * @module
 */

import { quote } from "../protocols/text/quote.ts";
import type { OSError } from "./errors.ts";
import { PermissionError, ResolveError } from "./errors.ts";
import { hostAndPort } from "./native_errors.ts";
import type { DatagramAddress } from "./transports.ts";

/** A kind of IP addresses. */
export type AddressFamily = "IPv4" | "IPv6";

/** An IP address, and of which kind it is. */
export interface IpAddress {
  /** The address, without brackets. */
  readonly hostname: string;
  /** Its kind. */
  readonly family: AddressFamily;
}

/**
 * Tells of which kind an IP address is.
 *
 * @param hostname An address or a host name.
 * @returns Its kind, or `undefined` where it is no address.
 */
export function familyOf(hostname: string): AddressFamily | undefined {
  if (IPV4.test(hostname)) return "IPv4";
  if (hostname.includes(":") && canonical(hostname) !== undefined) return "IPv6";
  return undefined;
}

/**
 * Checks an address that a caller gave.
 *
 * @param address The address.
 * @param what What it is, for the message: `"remoteAddress"`.
 * @param lowest The lowest port that makes sense.
 * @throws {TypeError} If it is none, or its host name holds what no host name holds.
 * @throws {RangeError} If the port is out of range.
 */
export function checkAddress(address: DatagramAddress, what: string, lowest: 0 | 1): void {
  const { hostname, port } = Object(address);
  if (typeof hostname !== "string" || !HOSTNAME.test(hostname)) {
    const given = typeof hostname === "string" ? quote(hostname) : typeof hostname;
    throw new TypeError(`Cannot use ${given} as the host of ${what}: need a name or an IP address`);
  }
  if (!(Number.isInteger(port) && port >= lowest && port <= 65_535)) {
    throw new RangeError(
      `Cannot use ${String(port)} as the port of ${what}: need ${lowest} to 65535`,
    );
  }
}

/**
 * Turns a host name into an IP address; addresses stay as they are.
 *
 * @param hostname The name or the address.
 * @param family Which kind is wanted; either, where it is not given.
 * @throws {ResolveError} If there is no such name, or none of that kind.
 * @throws {PermissionError} If the program may not ask for it.
 */
export async function resolveHost(hostname: string, family?: AddressFamily): Promise<IpAddress> {
  const literal = familyOf(hostname);
  if (literal !== undefined) {
    if (family === undefined || literal === family) return { hostname, family: literal };
    throw new ResolveError(`Cannot use ${hostname}: it is no ${family} address`, { hostname });
  }
  const { lookup } = await import("node:dns");
  const number = family === undefined ? 0 : family === "IPv4" ? 4 : 6;
  return new Promise((resolve, reject) => {
    lookup(hostname, { family: number }, (error, address, found) => {
      if (error === null) resolve({ hostname: address, family: found === 6 ? "IPv6" : "IPv4" });
      else reject(lookupError(error, hostname));
    });
  });
}

/**
 * Makes sure of the permission for an address; where Deno asks the user, it asks now.
 *
 * @param address Whose permission.
 * @param doing What for, to stand after "Cannot": `"bind to"`.
 * @throws {PermissionError} If it is not granted.
 */
export async function checkPermission(address: DatagramAddress, doing: string): Promise<void> {
  const descriptor = { name: "net", host: withoutZone(address) } as const;
  let { state } = Deno.permissions.querySync(descriptor);
  if (state === "prompt") ({ state } = await Deno.permissions.request(descriptor));
  if (state !== "granted") throw permissionError(address, doing);
}

/**
 * Says whether the program may use an address, without asking anybody.
 *
 * @param address The address.
 */
export function isPermitted(address: DatagramAddress): boolean {
  const descriptor = { name: "net", host: withoutZone(address) } as const;
  return Deno.permissions.querySync(descriptor).state === "granted";
}

/**
 * Makes the error for a permission that is missing.
 *
 * @param address What the permission would be for.
 * @param doing What was to be done, to stand after "Cannot".
 */
export function permissionError(
  { hostname, port }: DatagramAddress,
  doing: string,
): PermissionError {
  const place = withoutZone({ hostname, port });
  return new PermissionError(
    `Cannot ${doing} ${place}: permission denied. Run the program with --allow-net=${place}`,
    { hostname, port },
  );
}

/**
 * Says whether two addresses are the same, however they are written.
 *
 * @param one An IP address and a port.
 * @param other Another.
 */
export function isSameAddress(one: DatagramAddress, other: DatagramAddress): boolean {
  if (one.port !== other.port) return false;
  return one.hostname === other.hostname || canonical(one.hostname) === canonical(other.hostname);
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
// What is neither a name nor an address must not reach the system's resolver.
const HOSTNAME = /^[^\s\p{Cc}\[\]/?#@]{1,255}$/u;

/** The zone of a link-local address (RFC 4007 §11) has no place in permissions. */
function withoutZone({ hostname, port }: DatagramAddress): string {
  return hostAndPort({ hostname: hostname.split("%", 1)[0]!, port });
}

/** An address as the URL standard writes it, which knows only one way; without its zone. */
function canonical(hostname: string): string | undefined {
  if (!hostname.includes(":")) return hostname;
  const [address] = hostname.split("%", 1);
  return URL.parse(`http://[${address}]`)?.hostname;
}

function lookupError(error: Error & { code?: string }, hostname: string): OSError {
  const options = { hostname, cause: error };
  if (error.code === "EPERM") {
    return new PermissionError(
      `Cannot resolve ${hostname}: permission denied. Run the program with ` +
        `--allow-net=${hostname}, or name an IP address`,
      options,
    );
  }
  return new ResolveError(
    `Cannot resolve ${hostname}: no such name, or no address of the kind that is wanted`,
    options,
  );
}
