/**
 * A whole answer to LIST, whatever the server's dialect.
 *
 * @module
 */

import { LimitError } from "../errors.ts";
import { checkLimit } from "../limits.ts";
import { type ListDialect, type ListLine, ListReader } from "./list_reader.ts";
import type { Entry } from "./types.ts";

/** Options of {@linkcode parseList}. */
export interface ListOptions {
  /** The present, which decides the year where a line leaves it out. */
  now: Date;
  /**
   * How the server lists.
   *
   * @default {"auto"}
   */
  dialect?: ListDialect | "auto";
  /**
   * How far the server's clock is ahead of UTC, in milliseconds: LIST does not tell its time zone.
   *
   * @default {0}
   */
  utcOffset?: number;
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
  /** The lines that are not of the listing's dialect, as they came. */
  readonly unknown: string[];
}

/**
 * Reads one line of a listing by itself. For more than one, {@linkcode ListReader} keeps to the
 * dialect of the first.
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
  return new ListReader({ now }).push(line);
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
  const reader = new ListReader(options);
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
    const read = reader.push(line);
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
