/**
 * Addresses in FTP's own spellings: `h1,h2,h3,h4,p1,p2` (RFC 959 §4.1.2) and
 * `|1|132.235.1.2|6275|` (RFC 2428 §2).
 *
 * @module
 */

import { isIPv4, isIPv6 } from "../text/ip.ts";

/** Where a data connection goes to. */
export interface HostPort {
  /** An IPv4 or IPv6 address, never a name. */
  readonly hostname: string;
  /** The port, 1 to 65535. */
  readonly port: number;
}

/**
 * Writes the argument of PORT.
 *
 * @param address An IPv4 address and a port.
 * @returns `h1,h2,h3,h4,p1,p2`.
 * @throws {TypeError} If the host is no IPv4 address.
 * @throws {RangeError} If there is no such port.
 *
 * @example
 * ```ts
 * import { formatHostPort } from "https://tulip.example/protocols/ftp/addresses.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatHostPort({ hostname: "127.0.0.1", port: 1025 }), "127,0,0,1,4,1");
 * ```
 */
export function formatHostPort({ hostname, port }: HostPort): string {
  checkPort(port);
  if (!isIPv4(hostname)) {
    throw new TypeError(`Cannot use ${JSON.stringify(hostname)} with PORT or PASV: need IPv4`);
  }
  return `${hostname.replaceAll(".", ",")},${port >> 8},${port & 0xff}`;
}

/**
 * Reads the argument of PORT.
 *
 * @param text `h1,h2,h3,h4,p1,p2`.
 * @returns The address, or `undefined` if it is none: a number above 255, or port 0.
 */
export function parseHostPort(text: string): HostPort | undefined {
  if (!/^\d{1,3}(?:,\d{1,3}){5}$/.test(text)) return undefined;
  const numbers = text.split(",").map(Number);
  if (numbers.some((number) => number > 255)) return undefined;
  const [high = 0, low = 0] = numbers.slice(4);
  const port = high * 256 + low;
  return port === 0 ? undefined : { hostname: numbers.slice(0, 4).join("."), port };
}

/**
 * Writes the argument of EPRT.
 *
 * @param address An IPv4 or IPv6 address, without a zone, and a port.
 * @returns `|1|host|port|`, or `|2|host|port|` for IPv6.
 * @throws {TypeError} If the host is no address.
 * @throws {RangeError} If there is no such port.
 *
 * @example
 * ```ts
 * import { formatExtended } from "https://tulip.example/protocols/ftp/addresses.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatExtended({ hostname: "::1", port: 5282 }), "|2|::1|5282|");
 * ```
 */
export function formatExtended({ hostname, port }: HostPort): string {
  checkPort(port);
  if (isIPv4(hostname)) return `|1|${hostname}|${port}|`;
  if (isIPv6(hostname)) return `|2|${hostname}|${port}|`;
  throw new TypeError(`Cannot use ${JSON.stringify(hostname)} with EPRT: need an IP address`);
}

/**
 * Reads the argument of EPRT.
 *
 * @param text `|1|host|port|`, with any delimiter.
 * @returns The address with the number of its family, 1 or 2; `undefined` if it is none.
 */
export function parseExtended(text: string): HostPort & { readonly family: 1 | 2 } | undefined {
  const [family, hostname, digits] = splitDelimited(text) ?? [];
  if (hostname === undefined || digits === undefined || !/^\d{1,5}$/.test(digits)) return undefined;
  const port = Number(digits);
  if (port < 1 || port > 65_535) return undefined;
  if (family === "1" && isIPv4(hostname)) return { family: 1, hostname, port };
  if (family === "2" && isIPv6(hostname)) return { family: 2, hostname, port };
  return undefined;
}

/**
 * Splits `<d>a<d>b<d>c<d>` at its own first character (RFC 2428 §2: any of ASCII
 * 33 to 126; a digit would be ambiguous).
 *
 * @param text The text between the parentheses of EPSV's answer, or EPRT's argument.
 * @returns The three parts, or `undefined` if there are not exactly three.
 */
export function splitDelimited(text: string): [string, string, string] | undefined {
  const delimiter = text[0];
  if (delimiter === undefined || !/[!-/:-~]/.test(delimiter)) return undefined;
  const parts = text.split(delimiter, 6);
  if (parts.length !== 5 || parts[4] !== "") return undefined;
  return parts.slice(1, 4) as [string, string, string];
}

function checkPort(port: number): void {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new RangeError(`Cannot use port ${port}: need 1 to 65535`);
  }
}
