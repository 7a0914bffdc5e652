/**
 * Times as FTP's newer commands write them: `YYYYMMDDHHMMSS[.sss]`, always UTC
 * (RFC 3659 §2.3).
 *
 * @module
 */

import type { TimePrecision } from "./types.ts";

/** A time, and how exactly it was told. */
export interface TimeVal {
  /** The time. */
  readonly date: Date;
  /** `"second"`, or `"millisecond"` where there was a fraction. */
  readonly precision: TimePrecision;
}

/**
 * Reads a time.
 *
 * @param text The digits. More digits of a second than three are cut off.
 * @returns The time, or `undefined` if there is no such time. Second 60 is the next minute's first.
 *
 * @example
 * ```ts
 * import { parseTimeVal } from "https://tulip.example/protocols/ftp/time_val.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parseTimeVal("19980615100045.014")?.date.toISOString(), "1998-06-15T10:00:45.014Z");
 * ```
 */
export function parseTimeVal(text: string): TimeVal | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d+))?$/.exec(text);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as Six;
  const fraction = parts[7];
  const date = utcDate(year, month, day, hour, minute, Math.min(second, 59));
  if (date === undefined || second > 60) return undefined;
  if (second === 60) date.setTime(date.getTime() + 1000);
  if (fraction === undefined) return { date, precision: "second" };
  date.setTime(date.getTime() + Number(fraction.slice(0, 3).padEnd(3, "0")));
  return { date, precision: "millisecond" };
}

/**
 * Writes a time.
 *
 * @param date The time.
 * @returns `YYYYMMDDHHMMSS`, with a fraction where it is not a whole second.
 * @throws {RangeError} If the date is invalid or not between the years 0 and 9999.
 *
 * @example
 * ```ts
 * import { formatTimeVal } from "https://tulip.example/protocols/ftp/time_val.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatTimeVal(new Date("2015-02-03T04:05:06Z")), "20150203040506");
 * ```
 */
export function formatTimeVal(date: Date): string {
  const iso = date.toISOString();
  if (!/^\d{4}-/.test(iso)) {
    throw new RangeError(`Cannot write the year of ${iso} with four digits`);
  }
  const [seconds = "", fraction] = iso.replace(/[-:TZ]/g, "").split(".");
  return fraction === "000" ? seconds : `${seconds}.${fraction}`;
}

type Six = [number, number, number, number, number, number];

/**
 * Makes a date of numbers that may be wrong.
 *
 * @param year The year, 0 to 9999: years before 100 are meant as they are.
 * @param month The month, 1 to 12.
 * @param day The day of the month.
 * @param hour The hour, 0 to 23.
 * @param minute The minute.
 * @param second The second.
 * @returns The date in UTC, or `undefined` where the calendar has no such time.
 */
export function utcDate(
  year: number,
  month: number,
  day: number,
  hour = 0,
  minute = 0,
  second = 0,
): Date | undefined {
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(0);
  // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date : undefined;
}
