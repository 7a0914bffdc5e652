/**
 * The answer to LIST, line by line. There is no standard for it: what the server
 * speaks shows in the first line that makes sense, and all others are read so.
 *
 * @module
 */

import { parseFacts } from "./facts.ts";
import { parseDosLine } from "./list_dos.ts";
import { parseEplfLine } from "./list_eplf.ts";
import { mvsHeading, type MvsKind, parseMvsLine } from "./list_mvs.ts";
import { isNonStopHeading, parseNonStopLine } from "./list_nonstop.ts";
import { parseOs2Line } from "./list_os2.ts";
import { parseOs400Line } from "./list_os400.ts";
import { parseUnixLine } from "./list_unix.ts";
import { parseVmsLine, vmsLineKind } from "./list_vms.ts";
import type { Entry } from "./types.ts";

/**
 * How a server lists: as `ls -l` of Unix, `dir` of DOS (IIS and others on Windows), in the form of
 * MLSD, in EPLF, or as OpenVMS, z/OS (MVS), OS/400, HP NonStop and OS/2 do.
 */
export type ListDialect =
  | "unix"
  | "dos"
  | "mlsd"
  | "eplf"
  | "vms"
  | "mvs"
  | "os400"
  | "nonstop"
  | "os2";

/** What a line of a listing is. */
export type ListLine =
  | { readonly kind: "entry"; readonly entry: Entry }
  /**
   * No entry, and no mistake: an empty line, a heading, a total, the first half of an entry of two
   * lines, an older version of a file that was told already.
   */
  | { readonly kind: "heading" }
  /** Not of the listing's dialect. */
  | { readonly kind: "unknown"; readonly line: string };

/** Options of {@linkcode ListReader}. */
export interface ListReaderOptions {
  /** The present, which decides the year where a line leaves it out. */
  now: Date;
  /**
   * How the server lists; by default the first line that makes sense decides.
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
}

/**
 * Reads one listing.
 *
 * @example
 * ```ts
 * import { ListReader } from "https://tulip.example/protocols/ftp/list_reader.ts";
 * import assert from "node:assert/strict";
 *
 * const reader = new ListReader({ now: new Date() });
 * const line = reader.push("07-17-13  08:00PM       <DIR>          pub");
 * assert.ok(line.kind === "entry" && line.entry.type === "directory");
 * assert.equal(reader.dialect, "dos");
 * ```
 */
export class ListReader {
  readonly #now: Date;
  readonly #utcOffset: number;
  #dialect: ListDialect | undefined;
  #mvs: MvsKind | undefined;
  /** The name that stood alone on the last line. */
  #pending = "";
  /** The file that was told last: its older versions follow it. */
  #last = "";

  /**
   * Begins before the first line.
   *
   * @param options The present, and what is known of the server.
   * @throws {TypeError} If there is no such dialect.
   * @throws {RangeError} If the offset is more than a day, or no number.
   */
  constructor({ now, dialect = "auto", utcOffset = 0 }: ListReaderOptions) {
    if (!(Math.abs(utcOffset) <= 86_400_000)) {
      throw new RangeError(`Cannot set utcOffset to ${utcOffset}: need a day at most`);
    }
    this.#now = now;
    this.#utcOffset = utcOffset;
    if (dialect === "auto") return;
    if (!DIALECTS.includes(dialect)) {
      throw new TypeError(
        `Cannot read listings as ${JSON.stringify(dialect)}: need one of ${DIALECTS.join(", ")}`,
      );
    }
    this.#dialect = dialect;
  }

  /** How the server lists, as far as is known. */
  get dialect(): ListDialect | undefined {
    return this.#dialect;
  }

  /**
   * Takes one line.
   *
   * @param line The line, without its CRLF.
   * @returns What it is. No line is an error.
   */
  push(line: string): ListLine {
    if (EMPTY.test(line)) return NO_ENTRY;
    const dialect = this.#dialect;
    if (dialect !== undefined) return this.#read(dialect, line);
    for (const candidate of DIALECTS) {
      const found = this.#read(candidate, line);
      if (found.kind === "unknown") continue;
      // A total may stand above anything.
      if (candidate !== "unix" || found.kind === "entry") this.#dialect = candidate;
      return found;
    }
    return { kind: "unknown", line };
  }

  #read(dialect: ListDialect, line: string): ListLine {
    const found = dialect === "mvs"
      ? this.#readMvs(line)
      : dialect === "vms"
      ? this.#readVms(line)
      : PARSERS[dialect](line, this.#now, this.#utcOffset);
    if (found === null) return NO_ENTRY;
    if (this.#utcOffset !== 0 && LOCAL.has(dialect)) {
      found?.modified?.setTime(found.modified.getTime() - this.#utcOffset);
    }
    return found === undefined ? { kind: "unknown", line } : { kind: "entry", entry: found };
  }

  #readMvs(line: string): Entry | undefined | null {
    const heading = mvsHeading(line);
    if (heading !== undefined) {
      this.#mvs = heading;
      return null;
    }
    return this.#mvs === undefined ? undefined : parseMvsLine(line, this.#mvs);
  }

  #readVms(line: string): Entry | undefined | null {
    const before = this.#pending;
    this.#pending = "";
    const kind = vmsLineKind(line);
    if (kind === "name") this.#pending = line.trimEnd();
    if (kind !== undefined) return null;
    const isRest = before !== "" && /^\s/.test(line);
    const entry = parseVmsLine(isRest ? `${before}${line}` : line);
    if (entry === undefined) return undefined;
    const isOlder = entry.name === this.#last;
    this.#last = entry.name;
    return isOlder ? null : entry;
  }
}

/** In this order they are tried: those that are mistaken for nothing else first. */
const DIALECTS: readonly ListDialect[] = [
  "unix",
  "dos",
  "mlsd",
  "eplf",
  "mvs",
  "nonstop",
  "os400",
  "os2",
  "vms",
];

/** An entry; `null` for what is none and belongs there, `undefined` for what does not. */
type Parser = (line: string, now: Date, utcOffset: number) => Entry | undefined | null;

const PARSERS: Readonly<Record<Exclude<ListDialect, "mvs" | "vms">, Parser>> = {
  unix: (line, now, utcOffset) =>
    parseUnixLine(line, now, utcOffset) ?? (TOTAL.test(line) ? null : undefined),
  dos: parseDosLine,
  mlsd: parseFactsLine,
  eplf: parseEplfLine,
  nonstop: (line) => parseNonStopLine(line) ?? (isNonStopHeading(line) ? null : undefined),
  os400: parseOs400Line,
  os2: parseOs2Line,
};

/** Those that tell the time of the server's clock, and never its zone. */
const LOCAL: ReadonlySet<ListDialect> = new Set(
  ["dos", "vms", "mvs", "os400", "nonstop", "os2"] as const,
);

const NO_ENTRY: ListLine = { kind: "heading" };
const EMPTY = /^\s*$/;
// In the languages that have a word of their own for it, as GNU ls has them.
const TOTAL =
  /^(?:total[et]?|insgesamt|totaal|i alt|yhteensä|razem|celkem|összesen|итого|всего|合計|总用量|總計|합계)(?:\s+[\d,.]+[KMGT]?)?\s*$/i;

/** Some servers answer LIST in the form of MLSD. */
function parseFactsLine(line: string): Entry | undefined {
  if (!/^(?:[A-Za-z][\w.-]*=[^ ;]*;)+ ./.test(line)) return undefined;
  return { ...parseFacts(line), line };
}
