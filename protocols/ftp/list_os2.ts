/**
 * Listings of OS/2: `     0           DIR   05-12-97   16:44  PSFONTS`.
 *
 * @module
 */

import { numericDate } from "./list_dates.ts";
import type { Entry } from "./types.ts";

/**
 * Reads one line.
 *
 * @param line The line, without its CRLF.
 * @returns The entry, or `undefined` if the line is none of this dialect. A year of three digits
 * counts from 1900.
 *
 * @example
 * ```ts
 * import { parseOs2Line } from "https://tulip.example/protocols/ftp/list_os2.ts";
 * import assert from "node:assert/strict";
 *
 * const entry = parseOs2Line("  73098      A          04-06-99   15:15  my file.zip");
 * assert.deepEqual([entry?.name, entry?.size], ["my file.zip", 73098]);
 * ```
 */
export function parseOs2Line(line: string): Entry | undefined {
  const found = LINE.exec(line);
  if (found === null) return undefined;
  const [, digits, directory, date = "", clock, name = ""] = found;
  const type = directory === undefined ? "file" : "directory";
  const size = type === "file" ? Number(digits) : NaN;
  const modified = numericDate(date, clock);
  return {
    name,
    type,
    ...(type === "directory" && name === "." && { role: "current" }),
    ...(type === "directory" && name === ".." && { role: "parent" }),
    ...(Number.isSafeInteger(size) && { size }),
    ...(modified && { modified, precision: "minute" }),
    facts: NO_FACTS,
    line,
  };
}

const NO_FACTS: ReadonlyMap<string, string> = new Map();
const LINE = new RegExp(
  String.raw`^[ \t]{0,40}(\d{1,15})[ \t]+(?:[ARHS]{1,4}[ \t]+)?(?:(DIR)[ \t]+)?` +
    String.raw`(\d{1,2}-\d\d-\d{2,4})[ \t]+(\d{1,2}:\d\d)[ \t]{1,2}(\S.*)$`,
  "i",
);
