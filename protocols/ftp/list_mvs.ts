/**
 * Listings of z/OS (MVS): data sets, members of partitioned data sets, and jobs.
 * Which of them a listing has, its first line says. Its Unix files are listed as
 * `ls` does.
 *
 * @module
 */

import { fullYear } from "./list_dates.ts";
import { utcDate } from "./time_val.ts";
import type { Entry } from "./types.ts";

/** What the lines of a listing are about. */
export type MvsKind = "datasets" | "members" | "modules" | "jobs";

/**
 * Tells what a listing is about.
 *
 * @param line Its first line.
 * @returns What the lines after it are, or `undefined` if it is no heading of this dialect.
 *
 * @example
 * ```ts
 * import { mvsHeading } from "https://tulip.example/protocols/ftp/list_mvs.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(
 *   mvsHeading("Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname"),
 *   "datasets",
 * );
 * ```
 */
export function mvsHeading(line: string): MvsKind | undefined {
  return HEADINGS.find(([, form]) => form.test(line))?.[0];
}

/**
 * Reads one line.
 *
 * @param line The line, without its CRLF.
 * @param kind What the heading said.
 * @returns The entry, or `undefined` if the line is none of this kind. A partitioned data set is a
 * directory; data sets have no size in bytes. Their attributes are facts: `volume`, `unit`,
 * `recfm`, `lrecl`, `blksz`, `dsorg`; a job has `status` and `class`.
 *
 * @example
 * ```ts
 * import { parseMvsLine } from "https://tulip.example/protocols/ftp/list_mvs.ts";
 * import assert from "node:assert/strict";
 *
 * const entry = parseMvsLine(
 *   "B10142 3390   2006/03/20  2   31  PO      80    80  PO   MDI.OKL.WORK",
 *   "datasets",
 * );
 * assert.deepEqual([entry?.name, entry?.type], ["MDI.OKL.WORK", "directory"]);
 * ```
 */
export function parseMvsLine(line: string, kind: MvsKind): Entry | undefined {
  switch (kind) {
    case "datasets":
      return parseDataset(line);
    case "members":
      return parseMember(line);
    case "modules":
      return parseModule(line);
    case "jobs":
      return parseJob(line);
  }
}

const HEADINGS: readonly (readonly [MvsKind, RegExp])[] = [
  ["datasets", /^Volume\s+Unit\s+Referred\s.*\sDsname\s*$/i],
  ["members", /^\s*Name\s+VV\.MM\s+Created\s+Changed\s+Size\s/i],
  ["modules", /^\s*Name\s+Size\s+TTR\s+Alias-of\s/i],
  ["jobs", /^\s*JOBNAME\s+JOBID\s+OWNER\s+STATUS(?:\s+CLASS)?\s*$/i],
];

const COLUMNS = ["volume", "unit", "", "", "", "recfm", "lrecl", "blksz", "dsorg"];

function parseDataset(line: string): Entry | undefined {
  const words = line.trim().split(/\s+/);
  const name = words.at(-1)?.replace(/^'(.*)'$/, "$1") ?? "";
  if (words.length < 2 || !DATASET.test(name)) return undefined;
  if (/^(?:pseudo directory|partitioned)\b/i.test(line)) {
    return { name, type: "directory", facts: NO_FACTS, line };
  }
  if (words.length !== 10) {
    // On tape, migrated to slower storage, or in error: only the name is sure.
    const known = /^(?:migrated|archived?|arcive|vsam|tape)\b/i.test(line) ||
      /\bnot direct access device\b/i.test(line);
    return known ? { name, type: "file", facts: NO_FACTS, line } : undefined;
  }
  if (!/^(?:\d{2,4}\/\d\d\/\d\d|\*\*NONE\*\*)$/i.test(words[2] as string)) return undefined;
  const modified = readDate(words[2] as string);
  const facts = new Map<string, string>();
  COLUMNS.forEach((column, index) => {
    if (column !== "") facts.set(column, words[index] as string);
  });
  const dsorg = words[8] as string;
  return {
    name,
    type: /^PO(?:-?E)?$/i.test(dsorg) ? "directory" : "file",
    ...(modified && { modified, precision: "day" }),
    facts,
    line,
  };
}

function parseMember(line: string): Entry | undefined {
  const found = MEMBER.exec(line);
  if (found === null) return undefined;
  const [, name = "", date, clock, owner] = found;
  const modified = date === undefined ? undefined : readDate(date, clock);
  // The column "Size" counts lines.
  return {
    name,
    type: "file",
    ...(modified && { modified, precision: clock?.length === 8 ? "second" : "minute" }),
    ...(owner !== undefined && { owner }),
    facts: NO_FACTS,
    line,
  };
}

function parseModule(line: string): Entry | undefined {
  const [, name, size] =
    /^\s?([A-Z$#@][A-Z0-9$#@]{0,7})\s+([0-9A-F]{6,8})\s+[0-9A-F]{6}\b/i.exec(line) ?? [];
  if (name === undefined || size === undefined) return undefined;
  return { name, type: "file", size: parseInt(size, 16), facts: NO_FACTS, line };
}

function parseJob(line: string): Entry | undefined {
  const found =
    /^\s*(\S{1,8})\s+((?:JOB|STC|TSU|J|S|T)\d{5,7})\s+(\S{1,8})\s+(INPUT|ACTIVE|OUTPUT|HELD)\b(?:\s+(\S+))?/i
      .exec(line);
  if (found === null) return undefined;
  const [, job = "", name = "", owner, status = "", jobClass] = found;
  const facts = new Map([["job", job], ["status", status.toUpperCase()]]);
  if (jobClass !== undefined) facts.set("class", jobClass);
  return { name, type: "file", owner, facts, line };
}

const NO_FACTS: ReadonlyMap<string, string> = new Map();
const DATASET = /^[A-Z$#@][A-Z0-9$#@-]{0,7}(?:\.[A-Z0-9$#@-]{1,8}){0,21}$/i;
// A member whose editor left no statistics has nothing but its name.
const MEMBER = new RegExp(
  String.raw`^\s?([A-Z$#@][A-Z0-9$#@]{0,7})(?:\s+\d\d\.\d\d\s+\d{2,4}\/\d\d\/\d\d\s+` +
    String.raw`(\d{2,4}\/\d\d\/\d\d)\s+(\d\d:\d\d(?::\d\d)?)\s+\d+\s+\d+\s+\d+\s+(\S{1,8}))?\s*$`,
  "i",
);

function readDate(text: string, clock = ""): Date | undefined {
  const parts = /^(\d{2}|\d{4})\/(\d\d)\/(\d\d)$/.exec(text);
  if (parts === null) return undefined;
  const [year = "", month, day] = parts.slice(1);
  const [hour, minute, second] = clock === "" ? [] : clock.split(":").map(Number);
  return utcDate(fullYear(year), Number(month), Number(day), hour, minute, second);
}
