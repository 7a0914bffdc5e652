/**
 * Listings in the manner of DOS `dir`: what IIS and other servers on Windows
 * answer to LIST. There is no standard.
 *
 * @module
 */

import { numericDate } from "./list_dates.ts";
import type { Entry, EntryType } from "./types.ts";

const NO_FACTS: ReadonlyMap<string, string> = new Map();

/**
 * Reads one line.
 *
 * @param line The line, without its CRLF.
 * @returns The entry, or `undefined` if the line is none of this dialect. A year of two digits is
 * one from 1969 to 2068, as POSIX has it.
 *
 * @example
 * ```ts
 * import { parseDosLine } from "https://tulip.example/protocols/ftp/list_dos.ts";
 * import assert from "node:assert/strict";
 *
 * const entry = parseDosLine("07-17-13  08:00PM                99710 iisstart.png");
 * assert.equal(entry?.size, 99710);
 * assert.equal(entry?.modified?.toISOString(), "2013-07-17T20:00:00.000Z");
 * ```
 */
export function parseDosLine(line: string): Entry | undefined {
  const found = LINE.exec(line);
  if (found === null) return undefined;
  const { date = "", clock = "", half, kind, size, name: text = "" } = found
    .groups as Record<string, string | undefined>;
  const modified = readDate(date, clock, half);
  const type = kind === undefined ? "file" : KINDS[kind.toUpperCase()] ?? "other";
  const link = type === "link" ? /^(.+?) \[(.*)\]$/.exec(text) : null;
  const name = link?.[1] ?? text;
  const bytes = Number(size?.replace(/[^\d]/g, ""));
  return {
    name,
    type,
    ...(type === "directory" && name === "." && { role: "current" }),
    ...(type === "directory" && name === ".." && { role: "parent" }),
    ...(Number.isSafeInteger(bytes) && { size: bytes }),
    ...(modified && { modified, precision: "minute" }),
    ...(link && { target: link[2] }),
    facts: NO_FACTS,
    line,
  };
}

// IIS fills the column of <DIR> with ten spaces: one more would belong to the name.
const LINE = new RegExp(
  String.raw`^(?<date>\d{4}[-/.]\d\d[-/.]\d\d|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d\d))[ \t]{1,4}` +
    String.raw`(?<clock>\d{1,2}:\d\d)[ \t]?(?<half>[AaPp][Mm]?)?[ \t]+` +
    String.raw`(?:<(?<kind>[A-Za-z]{3,12})>[ \t]{1,10}|(?<size>\d[\d,.'\xa0]*)[ \t])(?<name>.+)$`,
);

const KINDS: Readonly<Record<string, EntryType>> = {
  "DIR": "directory",
  "JUNCTION": "link",
  "SYMLINK": "link",
  "SYMLINKD": "link",
};

function readDate(date: string, clock: string, half: string | undefined): Date | undefined {
  const [hour = 0, minute = 0] = clock.split(":").map(Number);
  return numericDate(date, `${hourOfDay(hour, half)}:${minute}`);
}

function hourOfDay(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  if (hour < 1 || hour > 12) return NaN;
  return hour % 12 + (/^p/i.test(half) ? 12 : 0);
}
