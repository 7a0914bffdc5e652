/**
 * The limits of what a transport buffers, by Python's arithmetic.
 *
 * @module
 */

import type { Outgoing } from "../streams/outgoing.ts";
import type { WriteBufferLimits } from "./transports.ts";

/**
 * Sets the limits; what is not given follows from the other.
 *
 * @param outgoing Whose limits.
 * @param limits The limits, in bytes.
 * @throws {RangeError} If they are no numbers of at least 0, or `low` is above `high`.
 */
export function setLimits(outgoing: Outgoing, { high, low }: WriteBufferLimits = {}): void {
  const above = high ?? (low === undefined ? DEFAULT_HIGH : 4 * low);
  outgoing.setWaterMarks(above, low ?? Math.floor(above / 4));
}

const DEFAULT_HIGH = 65_536;
