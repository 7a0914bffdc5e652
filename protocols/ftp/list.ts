/**
 * The answer to LIST, whatever the server's dialect: there is no standard, so
 * each line is tried in turn as one of the forms that servers send.
 *
 * @module
 */

import { LimitError } from "../errors.ts";
import { checkLimit } from "../limits.ts";
import { parseFacts } from "./facts.ts";
import { parseDosLine } from "./list_dos.ts";
import { parseUnixLine } from "./list_unix.ts";
import type { Entry } from "./types.ts";

/** What a line of a listing is. */
export type ListLine =
  | { readonly kind: "entry"; readonly entry: Entry }
  /** An empty line, or the total of blocks before the entries. */
  | { readonly kind: "heading" }
  /** Of no dialect known here. */
  | { readonly kind: "unknown"; readonly line: string };

/** Options of {@linkcode parseList}. */
export interface ListOptions {
  /** The present, which decides the year where a line leaves it out. */
  now: Date;
  /**
   * The most bytes in the listing, line ends included.
   *
   * @default {33554432}
   */
  maxBytes?: number;
  /**
   * The most entries.
   *
   * @default {1000000}
   */
  maxEntries?: number;
}

/** A whole listing. */
export interface Listing {
  /** The entries, in the server's order. */
  readonly entries: Entry[];
  /** The lines that no dialect knows, as they came. */
  readonly unknown: string[];
}

/**
 * Reads one line of a listing.
 *
 * @param line The line, without its CRLF.
 * @param now The present, which decides the year where the line leaves it out.
 * @returns What it is. No line is an error.
 *
 * @example
 * ```ts
 * import { parseListLine } from "https://tulip.example/protocols/ftp/list.ts";
 * import assert from "node:assert/strict";
 *
 * const line = parseListLine("lrwxrwxrwx 1 0 0 7 Jan 02 2024 bin -> usr/bin", new Date());
 * assert.ok(line.kind === "entry");
 * assert.equal(line.entry.target, "usr/bin");
 * ```
 */
export function parseListLine(line: string, now: Date): ListLine {
  const entry = parseUnixLine(line, now) ?? parseDosLine(line) ?? parseFactsLine(line);
  if (entry !== undefined) return { kind: "entry", entry };
  return HEADING.test(line) ? { kind: "heading" } : { kind: "unknown", line };
}

/**
 * Reads a whole listing.
 *
 * @param lines Its lines, without their CRLF.
 * @param options The present, and what a listing may cost.
 * @returns The entries, and the lines that are none.
 * @throws {LimitError} If the listing has too many bytes or entries.
 * @throws {RangeError} If a limit is no whole number of at least 1.
 *
 * @example
 * ```ts
 * import { parseList } from "https://tulip.example/protocols/ftp/list.ts";
 * import assert from "node:assert/strict";
 *
 * const { entries, unknown } = parseList(
 *   ["total 1", "-rw-r--r-- 1 u g 5 Jan  1  2024 a", "What is this?"],
 *   { now: new Date() },
 * );
 * assert.deepEqual(entries.map((entry) => entry.name), ["a"]);
 * assert.deepEqual(unknown, ["What is this?"]);
 * ```
 */
export function parseList(lines: Iterable<string>, options: ListOptions): Listing {
  const maxBytes = checkLimit("maxBytes", options.maxBytes, 33_554_432);
  const maxEntries = checkLimit("maxEntries", options.maxEntries, 1_000_000);
  const listing: Listing = { entries: [], unknown: [] };
  let bytes = 0;
  for (const line of lines) {
    bytes += line.length + 2;
    if (bytes > maxBytes) {
      throw new LimitError(
        `A listing may have ${maxBytes} bytes, the peer sends more`,
        "maxBytes",
        maxBytes,
      );
    }
    const read = parseListLine(line, options.now);
    if (read.kind === "unknown") listing.unknown.push(read.line);
    if (read.kind !== "entry") continue;
    if (listing.entries.length === maxEntries) {
      throw new LimitError(
        `A listing may have ${maxEntries} entries, the peer sends more`,
        "maxEntries",
        maxEntries,
      );
    }
    listing.entries.push(read.entry);
  }
  return listing;
}

const HEADING = /^\s*$|^total(?:\s+[\d,.]+[KMGT]?)?\s*$/i;

/** Some servers answer LIST in the form of MLSD. */
function parseFactsLine(line: string): Entry | undefined {
  return /^(?:[A-Za-z][\w.-]*=[^ ;]*;)+ ./.test(line) ? parseFacts(line) : undefined;
}
