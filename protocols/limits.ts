/**
 * Limits that cannot be switched off by accident.
 *
 * @module
 */

/**
 * Checks a limit that a caller gave, and fills in the default.
 *
 * Only whole numbers pass: counters are compared with limits, and one that
 * counts by ones must be able to meet it.
 *
 * @param name The option, for the message.
 * @param value What the caller gave; `undefined` means the default.
 * @param fallback The default.
 * @param options Whether `Infinity` may be given: only where memory does not grow with it.
 * @returns The limit in force.
 * @throws {RangeError} If the value is no whole number of at least 1, so that `0`, `NaN` or a
 * string never means "no limit".
 *
 * @example
 * ```ts
 * import { checkLimit } from "https://tulip.example/protocols/limits.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(checkLimit("maxLines", undefined, 1000), 1000);
 * assert.throws(() => checkLimit("maxLines", 0, 1000), RangeError);
 * ```
 */
export function checkLimit(
  name: string,
  value: number | undefined,
  fallback: number,
  { allowInfinity = false }: { allowInfinity?: boolean } = {},
): number {
  if (value === undefined) return fallback;
  if (Number.isInteger(value) && value >= 1) return value;
  if (value === Infinity && allowInfinity) return value;
  throw new RangeError(
    `Cannot set ${name} to ${String(value)}: need a whole number of at least 1${
      allowInfinity ? ", or Infinity" : ""
    }`,
  );
}
