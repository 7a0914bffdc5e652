/**
 * Listings in Easily Parsed LIST Format (D. J. Bernstein), which publicfile and
 * anonftpd answer: `+i8388621.48594,m825718503,r,s280,<TAB>djb.html`.
 *
 * @module
 */

import type { Entry } from "./types.ts";

/**
 * Reads one line.
 *
 * @param line The line, without its CRLF.
 * @returns The entry, or `undefined` if the line is none of this dialect. Its identity (`i`) is the
 * fact `unique`.
 *
 * @example
 * ```ts
 * import { parseEplfLine } from "https://tulip.example/protocols/ftp/list_eplf.ts";
 * import assert from "node:assert/strict";
 *
 * const entry = parseEplfLine("+i8388621.48594,m825718503,r,s280,\tdjb.html");
 * assert.equal(entry?.name, "djb.html");
 * assert.equal(entry?.modified?.toISOString(), "1996-03-01T22:15:03.000Z");
 * ```
 */
export function parseEplfLine(line: string): Entry | undefined {
  if (line[0] !== "+") return undefined;
  const tab = line.indexOf("\t");
  if (tab < 0 || tab + 1 === line.length) return undefined;
  const facts = new Map<string, string>();
  let type: Entry["type"] = "other";
  let size: number | undefined;
  let seconds: number | undefined;
  let permissions: number | undefined;
  for (const fact of line.slice(1, tab).split(",")) {
    const value = fact.slice(1);
    if (fact === "/") type = "directory";
    else if (fact === "r" && type !== "directory") type = "file";
    else if (fact[0] === "s") size = wholeNumber(value);
    else if (fact[0] === "m") seconds = wholeNumber(value);
    else if (/^up[0-7]{3,4}$/.test(fact)) permissions = parseInt(fact.slice(2), 8);
    else if (fact[0] === "i" && value !== "") facts.set("unique", value);
  }
  const modified = seconds === undefined ? undefined : new Date(seconds * 1000);
  return {
    name: line.slice(tab + 1),
    type,
    ...(size !== undefined && { size }),
    ...(modified && !Number.isNaN(modified.getTime()) && { modified, precision: "second" }),
    ...(permissions !== undefined && { permissions }),
    facts,
    line,
  };
}

function wholeNumber(text: string): number | undefined {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}
