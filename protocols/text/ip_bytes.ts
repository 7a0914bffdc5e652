/**
 * IP addresses between their text and their bytes (RFC 791, RFC 4291 §2.2,
 * RFC 5952).
 *
 * @module
 */

import { isIPv4, isIPv6 } from "./ip.ts";

/**
 * Turns an address into its bytes, in network order.
 *
 * @param text The address, IPv6 without brackets and zone.
 * @returns 4 or 16 bytes, or `undefined` where it is no address.
 *
 * @example
 * ```ts
 * import { ipBytes } from "https://tulip.example/protocols/text/ip_bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(ipBytes("192.0.2.1"), Uint8Array.of(192, 0, 2, 1));
 * assert.equal(ipBytes("example.org"), undefined);
 * ```
 */
export function ipBytes(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (isIPv4(text)) return Uint8Array.from(text.split("."), Number);
  if (!isIPv6(text)) return undefined;
  const [head = "", tail = ""] = text.split("::");
  const first = bytesOfGroups(head);
  const last = bytesOfGroups(tail);
  const bytes = new Uint8Array(16);
  bytes.set(first);
  bytes.set(last, 16 - last.length);
  return bytes;
}

/**
 * Turns the bytes of an address into its text, IPv6 in the one form that is
 * recommended (RFC 5952 §4).
 *
 * @param bytes 4 or 16 bytes, in network order.
 * @returns The address.
 * @throws {RangeError} If it is another number of bytes.
 *
 * @example
 * ```ts
 * import { formatIp } from "https://tulip.example/protocols/text/ip_bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const bytes = new Uint8Array(16);
 * bytes.set([0x20, 0x01, 0x0d, 0xb8]);
 * bytes[15] = 1;
 * assert.equal(formatIp(bytes), "2001:db8::1");
 * ```
 */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) {
    throw new RangeError(`An IP address has 4 or 16 bytes, not ${bytes.length}`);
  }
  const groups: number[] = [];
  for (let at = 0; at < 16; at += 2) groups.push(bytes[at]! << 8 | bytes[at + 1]!);
  // What is an IPv4 address in disguise is shown as one (§5).
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${bytes.subarray(12).join(".")}`;
  }
  const [start, length] = longestRunOfZeros(groups);
  const words = groups.map((group) => group.toString(16));
  if (length < 2) return words.join(":");
  return `${words.slice(0, start).join(":")}::${words.slice(start + length).join(":")}`;
}

function bytesOfGroups(groups: string): number[] {
  if (groups === "") return [];
  return groups.split(":").flatMap((group) => {
    if (group.includes(".")) return group.split(".").map(Number);
    const value = parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** Where the first of the longest runs begins, and how long it is. */
function longestRunOfZeros(groups: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [0, 0];
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best[1]) best = [index - length + 1, length];
  }
  return best;
}
