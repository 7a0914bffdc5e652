/**
 * Where datagrams come from and go to: host names, IP addresses, and the
 * permission for them.
 *
 * `node:dgram` ends the program where a permission is missing: it throws from a
 * callback that nobody can catch. So the permission is looked at first.
 *
 * @module
 */

import { isIPv4, isIPv6 } from "../../protocols/text/ip.ts";
import { PermissionError } from "../errors.ts";
import { hostAndPort } from "../native_errors.ts";
import { checkHost, checkPort } from "../tcp/places.ts";
import type { DatagramAddress } from "../transports/transports.ts";

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
  if (isIPv4(hostname)) return "IPv4";
  return isIPv6(withoutZone(hostname)) ? "IPv6" : undefined;
}

/**
 * Checks an address that a caller gave.
 *
 * @param address The address.
 * @param least The lowest port that makes sense.
 * @returns The address, without brackets.
 * @throws {TypeError} If it is none, or its host name holds what no host name holds.
 * @throws {RangeError} If the port is out of range.
 */
export function checkAddress(address: DatagramAddress, least: 0 | 1): DatagramAddress {
  const { hostname, port } = Object(address) as DatagramAddress;
  if (typeof hostname !== "string") {
    throw new TypeError(`Cannot use ${String(address)} as an address: need { hostname, port }`);
  }
  const bare = checkHost(hostname);
  checkPort(port, least);
  return { hostname: bare, port };
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
  if (literal !== undefined && (family ?? literal) === literal) {
    return { hostname, family: literal };
  }
  const { getaddrinfo } = await import("../names/getaddrinfo.ts");
  const [first] = await getaddrinfo(hostname, null, {
    family: family === undefined ? 0 : family === "IPv4" ? 4 : 6,
    type: "dgram",
    timeout: Infinity,
  });
  return { hostname: first!.address.hostname, family: first!.family === 6 ? "IPv6" : "IPv4" };
}

/**
 * Makes sure of the permission for an address; where Deno asks the user, it asks now.
 *
 * @param address Whose permission.
 * @param doing What for, to stand after "Cannot": `"bind to"`.
 * @throws {PermissionError} If it is not granted.
 */
export async function checkPermission(address: DatagramAddress, doing: string): Promise<void> {
  const descriptor = { name: "net", host: placeOf(address) } as const;
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
  const descriptor = { name: "net", host: placeOf(address) } as const;
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
  const place = placeOf({ hostname, port });
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

/** The zone of a link-local address (RFC 4007 §11) has no place in permissions. */
function placeOf({ hostname, port }: DatagramAddress): string {
  return hostAndPort({ hostname: withoutZone(hostname), port });
}

function withoutZone(hostname: string): string {
  return hostname.split("%", 1)[0]!;
}

/** An address as the URL standard writes it, which knows only one way; without its zone. */
function canonical(hostname: string): string | undefined {
  if (!hostname.includes(":")) return hostname;
  return URL.parse(`http://[${withoutZone(hostname)}]`)?.hostname;
}
