/**
 * What the values of options mean: counts, sizes, times, choices. Pure.
 *
 * @module
 */

import { quote } from "../../protocols/text/quote.ts";
import { UsageError } from "./exit_codes.ts";

/**
 * Reads a count.
 *
 * @param name The option, for the message.
 * @param text What was written.
 * @param range The least and the most.
 * @returns The number.
 * @throws {UsageError} If it is no whole number between them.
 */
export function parseCount(
  name: string,
  text: string,
  { least = 0, most = Infinity }: { least?: number; most?: number } = {},
): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  const range = most === Infinity ? `from ${least} on` : `from ${least} to ${most}`;
  throw new UsageError(`${name} ${quote(text)}: need a whole number ${range}`);
}

/**
 * Reads a number of bytes: `500`, `64k`, `1.5M`, `2GiB`. A letter counts by 1024, as curl's and
 * wget's do.
 *
 * @param name The option, for the message.
 * @param text What was written.
 * @returns The bytes, above 0.
 * @throws {UsageError} If it is no such number.
 */
export function parseSize(name: string, text: string): number {
  const [, digits, letter = ""] = /^(\d{1,15}(?:\.\d{1,6})?)([kmgt]?)(?:i?b)?$/i.exec(text) ?? [];
  const value = Math.floor(Number(digits) * 1024 ** " kmgt".indexOf(letter.toLowerCase() || " "));
  if (value > 0 && value <= Number.MAX_SAFE_INTEGER) return value;
  throw new UsageError(`${name} ${quote(text)}: need bytes above 0, such as 500k, 2M or 1.5G`);
}

/**
 * Reads a time: `30` and `30s` are seconds; `500ms`, `2m` and `1h` are what they say.
 *
 * @param name The option, for the message.
 * @param text What was written.
 * @returns The time in milliseconds, above 0.
 * @throws {UsageError} If it is no such time.
 */
export function parseTime(name: string, text: string): number {
  const [, digits, unit = "s"] = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h)?$/.exec(text) ?? [];
  const value = Number(digits) * { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit]!;
  if (value > 0) return value;
  throw new UsageError(`${name} ${quote(text)}: need a time above 0, such as 30s, 500ms or 2m`);
}

/**
 * Reads one of several words.
 *
 * @param name The option, for the message.
 * @param text What was written.
 * @param choices The words.
 * @returns The word.
 * @throws {UsageError} If it is none of them.
 */
export function parseChoice<T extends string>(
  name: string,
  text: string,
  choices: readonly T[],
): T {
  const choice = choices.find((one) => one === text);
  if (choice !== undefined) return choice;
  throw new UsageError(`${name} ${quote(text)}: need ${choices.join(" or ")}`);
}
