/**
 * Under which name DNS knows an address (RFC 1035 §3.5, RFC 3596 §2.5).
 *
 * @module
 */

import { ipBytes } from "../../protocols/text/ip_bytes.ts";

/**
 * Gives the name to ask for the name of an address (`PTR`).
 *
 * @param address An IPv4 or IPv6 address.
 * @returns The name, without a dot at its end.
 * @throws {TypeError} If it is no address.
 *
 * @example
 * ```ts
 * import { reverseName } from "https://tulip.example/net/names/reverse_name.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(reverseName("192.0.2.1"), "1.2.0.192.in-addr.arpa");
 * ```
 */
export function reverseName(address: string): string {
  const bytes = ipBytes(address);
  if (bytes === undefined) throw new TypeError("Cannot turn it round: it is no IP address");
  if (bytes.length === 4) return `${[...bytes].reverse().join(".")}.in-addr.arpa`;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${[...digits].reverse().join(".")}.ip6.arpa`;
}
