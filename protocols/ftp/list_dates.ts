/**
 * Dates as listings write them: without a year, with two digits of it, in the order
 * of one country or another.
 *
 * @module
 */

import { utcDate } from "./time_val.ts";

/**
 * Finds the year of a date that has none: it is the latest that is not in the
 * future; a day of grace, because the server's clock may be in another time zone.
 *
 * @param now The present.
 * @param month The month, 1 to 12.
 * @param day The day of the month.
 * @param hour The hour.
 * @param minute The minute.
 * @returns The date in UTC, or `undefined` where no year has such a day.
 */
export function latestBefore(
  now: Date,
  month: number,
  day: number,
  hour = 0,
  minute = 0,
): Date | undefined {
  const latest = now.getTime() + 86_400_000;
  const year = new Date(latest).getUTCFullYear();
  // 29 February may be up to eight years back.
  for (let back = 0; back <= 9; back++) {
    const date = utcDate(year - back, month, day, hour, minute);
    if (date !== undefined && date.getTime() <= latest) return date;
  }
  return undefined;
}

/**
 * Reads a date of three numbers. Four digits are a year, wherever they stand; with
 * dots the day comes first, with other separators the month, as in the country
 * that wrote the server, unless it could be none.
 *
 * @param text Such as `07-17-13`, `2024/02/29` or `17.7.2013`.
 * @param clock The time of day, `HH:MM[:SS]`, where there is one.
 * @returns The date in UTC, or `undefined` where the calendar has no such time.
 */
export function numericDate(text: string, clock?: string): Date | undefined {
  const [a = "", b = "", c = ""] = text.split(/[-/.]/);
  const [hour, minute, second] = clock?.split(":").map(Number) ?? [];
  const [year, month, day] = order(a, b, c, text.includes("."));
  return utcDate(year, month, day, hour, minute, second);
}

/**
 * Completes a year of two digits: it is one from 1969 to 2068, as POSIX has it.
 *
 * @param digits The digits; more than two are the year itself.
 * @returns The year.
 */
export function fullYear(digits: string): number {
  const year = Number(digits);
  // OS/2 counts from 1900: 2003 is 103 there.
  if (digits.length === 3) return 1900 + year;
  if (digits.length !== 2) return year;
  return year < 69 ? 2000 + year : 1900 + year;
}

function order(a: string, b: string, c: string, dots: boolean): [number, number, number] {
  if (a.length === 4) return [Number(a), Number(b), Number(c)];
  const dayFirst = dots || (Number(a) > 12 && Number(b) <= 12);
  return dayFirst ? [fullYear(c), Number(b), Number(a)] : [fullYear(c), Number(a), Number(b)];
}
