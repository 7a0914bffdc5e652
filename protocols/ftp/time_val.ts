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
  if (!/^\d{14}(?:\.\d+)?$/.test(text)) return undefined;
  const second = Number(text.slice(12, 14));
  const date = utcDate(
    Number(text.slice(0, 4)),
    Number(text.slice(4, 6)),
    Number(text.slice(6, 8)),
    Number(text.slice(8, 10)),
    Number(text.slice(10, 12)),
    Math.min(second, 59),
  );
  if (date === undefined || second > 60) return undefined;
  if (second === 60) date.setTime(date.getTime() + 1000);
  if (text.length === 14) return { date, precision: "second" };
  date.setTime(date.getTime() + Number(text.slice(15, 18).padEnd(3, "0")));
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
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  if (year < 100) date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date : undefined;
}
