/**
 * Addresses as SOCKS carries them (RFC 1928 §5).
 *
 * @module
 */

import { decodeLatin1, encodeLatin1 } from "../text/latin1.ts";
import { formatIp, ipBytes } from "../text/ip_bytes.ts";

/** A host and a port. */
export interface SocksAddress {
  /** A host name in ASCII, or an IP address, IPv6 without brackets. */
  readonly hostname: string;
  /** The port, 0 to 65535. */
  readonly port: number;
}

/** Kinds of address (RFC 1928 §4). */
export const IPV4 = 1;
/** A name, resolved by the server. */
export const DOMAIN = 3;
/** Kinds of address (RFC 1928 §4). */
export const IPV6 = 4;

/** The most bytes that a name may have: its length is sent as one byte. */
export const LONGEST_NAME = 255;

/**
 * Checks a host and a port that are to be sent.
 *
 * @param address The address.
 * @throws {TypeError} If the host is no name in ASCII and no IP address.
 * @throws {RangeError} If the name is longer than 255 bytes, or the port is none.
 */
export function checkAddress({ hostname, port }: SocksAddress): void {
  if (typeof hostname !== "string" || hostname === "" || !/^[\x21-\x7e]+$/.test(hostname)) {
    throw new TypeError("Cannot send the host by SOCKS: need a name in ASCII or an IP address");
  }
  if (hostname.includes(":") && ipBytes(hostname) === undefined) {
    throw new TypeError("Cannot send the host by SOCKS: it is no IPv6 address without a zone");
  }
  if (hostname.length > LONGEST_NAME) {
    throw new RangeError(
      `Cannot send the host by SOCKS: it has ${hostname.length} bytes, and ${LONGEST_NAME} fit`,
    );
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(`Cannot send ${port} as a port: need a whole number up to 65535`);
  }
}

/**
 * Writes an address with its kind before it.
 *
 * @param address The address, checked.
 * @returns Kind, host and port.
 */
export function encodeAddress({ hostname, port }: SocksAddress): number[] {
  const ip = ipBytes(hostname);
  const host = ip === undefined
    ? [DOMAIN, hostname.length, ...encodeLatin1(hostname)]
    : [ip.length === 4 ? IPV4 : IPV6, ...ip];
  return [...host, port >> 8, port & 0xff];
}

/**
 * Says how long an address is, from its first two bytes.
 *
 * @param kind The first byte.
 * @param next The second, which is the length of a name.
 * @returns How many bytes it has with its kind and its port, or `undefined` for an unknown kind.
 */
export function lengthOfAddress(kind: number, next: number): number | undefined {
  if (kind === IPV4) return 1 + 4 + 2;
  if (kind === IPV6) return 1 + 16 + 2;
  return kind === DOMAIN ? 1 + 1 + next + 2 : undefined;
}

/**
 * Reads an address, whole, with its kind before it.
 *
 * @param bytes Kind, host and port.
 * @returns The address; a name as it came, in latin-1.
 */
export function decodeAddress(bytes: Uint8Array): SocksAddress {
  const end = bytes.length - 2;
  const port = bytes[end]! << 8 | bytes[end + 1]!;
  const hostname = bytes[0] === DOMAIN
    ? decodeLatin1(bytes, 2, end)
    : formatIp(bytes.subarray(1, end));
  return { hostname, port };
}
