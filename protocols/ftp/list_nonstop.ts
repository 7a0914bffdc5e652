/**
 * Listings of HP NonStop (Tandem Guardian):
 * `IARPTS  101  16384 18-Mar-09 15:09:12 244, 10 "nnnn"`.
 *
 * @module
 */

import { fullYear } from "./list_dates.ts";
import { monthOf } from "./months.ts";
import { utcDate } from "./time_val.ts";
import type { Entry } from "./types.ts";

/**
 * Reads one line.
 *
 * @param line The line, without its CRLF.
 * @returns The entry, or `undefined` if the line is none of this dialect. The facts tell the file
 * code, `code`, and who may read, write, execute and purge it, `rwep`.
 *
 * @example
 * ```ts
 * import { parseNonStopLine } from "https://tulip.example/protocols/ftp/list_nonstop.ts";
 * import assert from "node:assert/strict";
 *
 * const entry = parseNonStopLine('IARPTS     101   16384 18-Mar-09 15:09:12 244, 10 "nnnn"');
 * assert.deepEqual([entry?.name, entry?.size, entry?.owner], ["IARPTS", 16384, "244,10"]);
 * ```
 */
export function parseNonStopLine(line: string): Entry | undefined {
  const found = LINE.exec(line);
  if (found === null) return undefined;
  const [
    ,
    name = "",
    code = "",
    digits,
    day,
    month = "",
    year = "",
    clock = "",
    group,
    user,
    rwep,
  ] = found;
  const [hour, minute, second] = clock.split(":").map(Number);
  const modified = utcDate(
    fullYear(year),
    monthOf(month) ?? 0,
    Number(day),
    hour,
    minute,
    second,
  );
  const size = Number(digits);
  return {
    name,
    type: "file",
    ...(Number.isSafeInteger(size) && { size }),
    ...(modified && { modified, precision: "second" }),
    owner: `${group},${user}`,
    facts: new Map([["code", code], ["rwep", rwep as string]]),
    line,
  };
}

/**
 * Tells whether a line is the one above the entries.
 *
 * @param line The line.
 * @returns Whether it is.
 */
export function isNonStopHeading(line: string): boolean {
  return /^\s*File\s+Code\s+EOF\s+Last Modification\s+Owner\s+RWEP\s*$/i.test(line);
}

// An "O" before the code says that somebody has the file open.
const LINE = new RegExp(
  String
    .raw`^[ \t]{0,8}([A-Z$#][A-Z0-9]{0,7})[ \t]+(?:O[ \t]*)?(\d{1,5}\+?)[ \t]+(\d{1,15})[ \t]+` +
    String.raw`(\d{1,2})-([A-Z]{3})-(\d{2,4})[ \t]+(\d{1,2}:\d\d:\d\d)[ \t]+` +
    String.raw`(\d{1,3})[ \t]*,[ \t]*(\d{1,3})[ \t]+"([^"]{4})"[ \t]*$`,
  "i",
);
