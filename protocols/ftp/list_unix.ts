/**
 * Listings in the manner of `ls -l`: what most servers answer to LIST. There is
 * no standard; the forms are those of GNU and BSD `ls` and of the servers that
 * imitate them.
 *
 * @module
 */

import { checkLine } from "../text/guard.ts";
import { latestBefore } from "./list_dates.ts";
import { monthOf } from "./months.ts";
import { utcDate } from "./time_val.ts";
import type { Entry, EntryType } from "./types.ts";

const NO_FACTS: ReadonlyMap<string, string> = new Map();

/**
 * Reads one line.
 *
 * @param line The line, without its CRLF.
 * @param now The present, which decides the year where the line leaves it out.
 * @param utcOffset How far the server's clock is ahead of UTC, in milliseconds; it does not count
 * where the line tells its zone.
 * @returns The entry, or `undefined` if the line is none of this dialect.
 *
 * @example
 * ```ts
 * import { parseUnixLine } from "https://tulip.example/protocols/ftp/list_unix.ts";
 * import assert from "node:assert/strict";
 *
 * const entry = parseUnixLine(
 *   "-rw-r--r--   1 owner    group        1803 Dec 31 23:59 notes.txt",
 *   new Date("2026-01-02T00:00:00Z"),
 * );
 * assert.equal(entry?.name, "notes.txt");
 * assert.equal(entry?.modified?.toISOString(), "2025-12-31T23:59:00.000Z");
 * ```
 */
export function parseUnixLine(line: string, now: Date, utcOffset = 0): Entry | undefined {
  const mode = MODE.exec(line);
  if (mode === null) return undefined;
  const date = DATE.exec(line) ?? FOREIGN_DATE.exec(line);
  if (date === null) return undefined;
  const parts = partsOf(date);
  const rest = line.slice(date.index + date[0].length);
  // One space stands before the name, and any other belongs to it; NetWare pads, and has no such names.
  const text = mode[2] === undefined ? rest.trimStart() : rest;
  if (text === "") return undefined;
  const type = TYPES[mode[1] as string] ?? "other";
  // Field by field: spreading as many objects takes twice as long, and listings are long.
  const entry: Writable = { name: text, type, facts: NO_FACTS, line };
  if (type === "link") splitLink(entry, text);
  if (text === "." && type === "directory") entry.role = "current";
  if (text === ".." && type === "directory") entry.role = "parent";
  // Devices have a major and a minor number where the size would be.
  const size = type === "other" ? NaN : Number(parts.size);
  if (Number.isSafeInteger(size)) entry.size = size;
  readDate(entry, parts, utcOffset === 0 ? now : new Date(now.getTime() + utcOffset));
  if (utcOffset !== 0 && parts.zone === undefined) {
    entry.modified?.setTime(entry.modified.getTime() - utcOffset);
  }
  if (mode[2] !== undefined) entry.permissions = readMode(mode[2]);
  readOwners(entry, line.slice(mode[0].length, date.index));
  return entry;
}

/**
 * Writes one line, as a server does.
 *
 * @param entry The entry.
 * @param now The present: what is older than half a year, or in the future, is dated with its year
 * and without the time of day.
 * @returns The line, without CRLF.
 * @throws {TypeError} If the name is empty, or the name, the target or an owner holds CR, LF or NUL.
 *
 * @example
 * ```ts
 * import { formatUnixLine } from "https://tulip.example/protocols/ftp/list_unix.ts";
 * import assert from "node:assert/strict";
 *
 * const modified = new Date("2026-03-04T05:06:07Z");
 * assert.equal(
 *   formatUnixLine({ name: "a.txt", type: "file", size: 12, modified, facts: new Map() }, modified),
 *   "-rw-r--r--   1 ftp      ftp                12 Mar  4 05:06 a.txt",
 * );
 * ```
 */
export function formatUnixLine(entry: Entry, now: Date): string {
  const { name, target, owner = "ftp", group = "ftp", type } = entry;
  if (name === "") throw new TypeError("Cannot list a file without a name");
  for (const [what, text] of Object.entries({ name, target, owner, group })) {
    if (text !== undefined) checkLine(what, text);
  }
  const permissions = entry.permissions ?? DEFAULT_PERMISSIONS[type];
  const columns = [
    LETTERS[type] + writeMode(permissions),
    type === "directory" ? "  2" : "  1",
    writeColumn(owner),
    writeColumn(group),
    String(entry.size ?? 0).padStart(12),
    writeDate(entry.modified ?? new Date(0), now),
    type === "link" && target !== undefined ? `${name} -> ${target}` : name,
  ];
  return columns.join(" ");
}

// The type, then nine letters, and perhaps a mark of more rights; or NetWare's rights in brackets.
const MODE = /^([-bcdlpsD])(?:((?:[r-][w-][-xsStTlL]){3})[-+.@]?|[ \t]{0,4}\[[-A-Z]{8}\])(?=[ \t])/;

const DATE = sizeAndDate("(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\\.?");
/** Where the month is not understood, what stands around it is. */
const FOREIGN_DATE = sizeAndDate(String.raw`[^\s\d]{3,10}|\d{1,2}[月월]`, "[日일]?", "년?年?");

/**
 * The size and the date, wherever they stand: owners may hold spaces or be left
 * out, so the columns cannot be counted from the left. Each space and digit is
 * looked at a fixed number of times, however long the line.
 *
 * Only the forms with seconds have a year or a zone after the time: anything else
 * that looks like one begins a name.
 */
function sizeAndDate(month: string, afterDay = "", afterYear = ""): RegExp {
  const gap = "[ \\t]+";
  const afterMonth = String.raw`(?:(?<=[月월])[ \t]*|${gap})`;
  const minutes = String.raw`\d{1,2}:\d\d`;
  const seconds = String.raw`${minutes}:\d\d`;
  const day = String.raw`\d{1,2}${afterDay}`;
  const year = String.raw`\d{4}${afterYear}`;
  const forms = [
    `(${month})${afterMonth}(${day})${gap}(?:(${minutes})|(${year}))`,
    `(${month})${gap}(${day})${gap}(${seconds})${gap}(${year})`,
    `(${day})\\.?${gap}(${month})${gap}(?:(${minutes})|(${year}))`,
    String
      .raw`(\d{4}-\d\d-\d\d)${gap}(?:(${minutes})|(${seconds})(?:\.\d{1,9})?(?:[ \t]([+-]\d{4}))?)`,
  ];
  return new RegExp(String.raw`[ \t](\d+)${gap}(?:${forms.join("|")})[ \t]`, "i");
}

/** What the expression above finds. */
interface SizeAndDate {
  size: string | undefined;
  month: string | undefined;
  day: string | undefined;
  year: string | undefined;
  clock: string | undefined;
  iso: string | undefined;
  zone: string | undefined;
}

function partsOf(found: RegExpExecArray): SizeAndDate {
  // One group after the other, form by form: a loop over named groups takes five times as long.
  const [, size, m1, d1, c1, y1, m2, d2, c2, y2, d3, m3, c3, y3, iso, c4, c5, zone] = found;
  return {
    size,
    month: m1 ?? m2 ?? m3,
    day: d1 ?? d2 ?? d3,
    year: y1 ?? y2 ?? y3,
    clock: c1 ?? c2 ?? c3 ?? c4 ?? c5,
    iso,
    zone,
  };
}

const TYPES: Readonly<Record<string, EntryType>> = { "-": "file", "d": "directory", "l": "link" };
const LETTERS: Readonly<Record<EntryType, string>> = {
  file: "-",
  directory: "d",
  link: "l",
  other: "p",
};
const DEFAULT_PERMISSIONS: Readonly<Record<EntryType, number>> = {
  file: 0o644,
  directory: 0o755,
  link: 0o777,
  other: 0o644,
};
/** An entry that is being made. */
type Writable = { -readonly [Key in keyof Entry]: Entry[Key] };

function splitLink(entry: Writable, text: string): void {
  const arrow = text.indexOf(" -> ", 1);
  if (arrow < 0) return;
  entry.name = text.slice(0, arrow);
  entry.target = text.slice(arrow + 4);
}

/** Count of links, owner, group; any of them may be missing, and an owner may hold spaces. */
function readOwners(entry: Writable, columns: string): void {
  const words = columns.trim().split(/\s+/);
  // A device's major number, "1,", stands before its minor.
  if (words.at(-1)?.endsWith(",")) words.pop();
  if (words.length > 1 && /^\d+$/.test(words[0] as string)) words.shift();
  if (words.length > 1) {
    entry.owner = words.length === 2 ? words[0] : words.slice(0, -1).join(" ");
    entry.group = words.at(-1);
  } else if (words.length === 1 && words[0] !== "" && words[0] !== "folder") {
    // NetPresenz, on old Macs, says "folder" of what is one, and has no owners.
    entry.owner = words[0];
  }
}

function readMode(letters: string): number {
  let mode = 0;
  for (let index = 0; index < 9; index++) {
    const letter = letters[index] as string;
    const bit = 1 << (8 - index);
    if (letter === "-") continue;
    if (/[rwxst]/.test(letter)) mode |= bit;
    if (/[sStT]/.test(letter)) mode |= SPECIAL_BITS[(index - 2) / 3] ?? 0;
  }
  return mode;
}

/** Set-user, set-group, sticky: each is told in the place of an execute bit. */
const SPECIAL_BITS = [0o4000, 0o2000, 0o1000];

function writeMode(mode: number): string {
  let letters = "";
  for (let index = 0; index < 9; index++) {
    const set = (mode & (1 << (8 - index))) !== 0;
    const special = index % 3 === 2 && (mode & (SPECIAL_BITS[(index - 2) / 3] ?? 0)) !== 0;
    if (special) {
      const letter = index === 8 ? "t" : "s";
      letters += set ? letter : letter.toUpperCase();
    } else {
      letters += set ? "rwx"[index % 3] : "-";
    }
  }
  return letters;
}

function readDate(entry: Writable, parts: SizeAndDate, now: Date): void {
  const [hour, minute, second] = parts.clock?.split(":").map(Number) ?? [];
  const modified = parts.iso !== undefined
    ? isoDate(parts.iso, parts.zone, hour, minute, second)
    : monthAndDay(parts, now, hour, minute, second);
  if (modified === undefined) return;
  entry.modified = modified;
  entry.precision = second !== undefined ? "second" : minute !== undefined ? "minute" : "day";
}

function isoDate(
  iso: string,
  zone: string | undefined,
  ...time: (number | undefined)[]
): Date | undefined {
  const [year = 0, month = 0, day = 0] = iso.split("-").map(Number);
  const date = utcDate(year, month, day, ...time);
  date?.setTime(date.getTime() - zoneOffset(zone));
  return date;
}

function monthAndDay(
  parts: SizeAndDate,
  now: Date,
  ...time: (number | undefined)[]
): Date | undefined {
  const month = monthOf(parts.month ?? "") ?? 0;
  const day = parseInt(parts.day ?? "", 10);
  return parts.year !== undefined
    ? utcDate(parseInt(parts.year, 10), month, day, ...time)
    : latestBefore(now, month, day, ...time);
}

function zoneOffset(zone: string | undefined): number {
  if (zone === undefined) return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3));
  return (zone[0] === "-" ? -minutes : minutes) * 60_000;
}

function writeDate(date: Date, now: Date): string {
  const [, month = "", day = "", year = "", clock = ""] =
    /^\w+, (\d\d) (\w{3}) (\d+) (\d\d:\d\d)/.exec(date.toUTCString()) ?? [];
  return `${day} ${month.replace(/^0/, " ")} ${
    isRecent(date, now) ? clock : ` ${year.padStart(4, "0")}`
  }`;
}

function isRecent(date: Date, now: Date): boolean {
  const age = now.getTime() - date.getTime();
  return age >= 0 && age < 180 * 86_400_000;
}

function writeColumn(text: string): string {
  // A space would read as another column.
  return text.replace(/\s+/g, "_").padEnd(8);
}
