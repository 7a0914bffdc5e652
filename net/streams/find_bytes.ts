/**
 * Looking for bytes, as fast as the platform can: `Uint8Array.indexOf` looks at
 * one after the other, the `indexOf` of a string at many at once, and to make a
 * string of bytes costs little.
 *
 * @module
 */

import { decodeLatin1 } from "../../protocols/text/latin1.ts";

/** Up to here the detour does not pay. */
const SHORT = 256;
const PIECE = 16_384;

/**
 * Finds bytes in others.
 *
 * @param bytes Where.
 * @param sought What, one byte at least.
 * @param from Where to begin.
 * @param end Where to stop: all that is sought lies before.
 * @returns Its first place, or -1.
 */
export function findBytes(
  bytes: Uint8Array,
  sought: Uint8Array,
  from: number,
  end: number = bytes.length,
): number {
  let at = from;
  if (sought.length === 1) {
    const near = bytes.subarray(at, Math.min(at + SHORT, end)).indexOf(sought[0]!);
    if (near >= 0) return at + near;
    at += SHORT;
  }
  const text = decodeLatin1(sought);
  const overlap = sought.length - 1;
  for (; at + overlap < end; at += PIECE) {
    const piece = decodeLatin1(bytes, at, Math.min(at + PIECE + overlap, end));
    const found = piece.indexOf(text);
    if (found >= 0) return at + found;
  }
  return -1;
}
