/**
 * Listings of OS/400 (IBM i): `QSYS  77824 12/17/01 15:33:14 *DIR  QOpenSys/`.
 *
 * @module
 */

import { numericDate } from "./list_dates.ts";
import type { Entry } from "./types.ts";

/**
 * Reads one line.
 *
 * @param line The line, without its CRLF.
 * @returns The entry, or `undefined` if the line is none of this dialect. What kind of object it is
 * stands in the fact `objtype`. The order of day, month and year is up to each server; it is taken
 * for the month first, unless that cannot be.
 *
 * @example
 * ```ts
 * import { parseOs400Line } from "https://tulip.example/protocols/ftp/list_os400.ts";
 * import assert from "node:assert/strict";
 *
 * const entry = parseOs400Line("QSYS             77824 12/17/01 15:33:14 *DIR       QOpenSys/");
 * assert.deepEqual([entry?.name, entry?.type, entry?.owner], ["QOpenSys", "directory", "QSYS"]);
 * ```
 */
export function parseOs400Line(line: string): Entry | undefined {
  const found = LINE.exec(line);
  if (found === null) return undefined;
  const [, owner, digits, date, clock, kind = "", text = ""] = found;
  const isDirectory = DIRECTORIES.has(kind.toUpperCase());
  const name = withoutEnd(text);
  if (name === "") return undefined;
  const size = digits === undefined || isDirectory ? NaN : Number(digits);
  const modified = date === undefined ? undefined : numericDate(date, clock);
  return {
    name,
    type: isDirectory ? "directory" : FILES.has(kind.toUpperCase()) ? "file" : "other",
    ...(Number.isSafeInteger(size) && { size }),
    ...(modified && { modified, precision: "second" }),
    ...(owner !== undefined && { owner }),
    facts: new Map([["objtype", kind]]),
    line,
  };
}

/** Without the slash of a directory, and the spaces that fill the line. */
function withoutEnd(text: string): string {
  let end = text.trimEnd().length;
  while (text[end - 1] === "/") end--;
  return text.slice(0, end);
}

const DIRECTORIES: ReadonlySet<string> = new Set(["*DIR", "*DDIR", "*LIB", "*FLR"]);
const FILES: ReadonlySet<string> = new Set(["*STMF", "*DSTMF", "*FILE", "*MEM", "*DOC", "*SAVF"]);

// A member of a file has neither owner nor date.
const LINE = new RegExp(
  String.raw`^[ \t]{0,80}(?:([^\s*]\S{0,19})[ \t]+)?` +
    String.raw`(?:(\d{1,15})[ \t]+(\d{2,4}[-/.]\d\d[-/.]\d{2,4})[ \t]+(\d\d:\d\d:\d\d)[ \t]+)?` +
    String.raw`(\*[A-Z]{2,10})[ \t]+(\S.*)$`,
  "i",
);
