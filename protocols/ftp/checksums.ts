/**
 * Checksums that a server counts: HASH (draft-bryan-ftpext-hash), and the older
 * commands, one for each algorithm, that no document describes: XCRC, XMD5,
 * XSHA1 and their like, and MD5 (draft-twine-ftpmd5).
 *
 * @module
 */

import { checkLine } from "../text/guard.ts";
import { quote } from "../text/quote.ts";
import { type Reply, ReplySyntaxError } from "../text/reply.ts";
import { command } from "./commands.ts";

/** A checksum, by the name that HASH has for it. */
export type HashAlgorithm = "CRC32" | "MD5" | "SHA-1" | "SHA-256" | "SHA-512";

/** A command that asks for a checksum. */
export type ChecksumVerb =
  | "HASH"
  | "XCRC"
  | "MD5"
  | "XMD5"
  | "XSHA"
  | "XSHA1"
  | "XSHA256"
  | "XSHA512";

/** What FEAT says of HASH. */
export interface HashOffer {
  /** The algorithms known here, with the names under which the server has them. */
  readonly names: ReadonlyMap<HashAlgorithm, string>;
  /** The one that HASH counts until another is chosen; `undefined` where it is none of these. */
  readonly selected: HashAlgorithm | undefined;
}

/** What the answer to HASH says. */
export interface HashAnswer {
  /** The algorithm; `undefined` where it is none of those known here. */
  readonly algorithm: HashAlgorithm | undefined;
  /**
   * Which bytes were counted, where the server tells. By the draft the last of them
   * is meant, and some servers name the one behind it.
   */
  readonly range: { readonly first: number; readonly last: number } | undefined;
  /** The checksum, in lower-case hexadecimal digits. */
  readonly hex: string;
}

/** The bytes of a file from the first of them up to, and without, the end. */
export interface ByteRange {
  /** The first byte. */
  readonly start: number;
  /** The byte to stop before. */
  readonly end: number;
}

/**
 * Reads what FEAT says of HASH, such as `SHA-256;SHA-512;SHA-1*;MD5`.
 *
 * @param parameters What stands behind `HASH`.
 * @returns The algorithms, and the one that is chosen.
 *
 * @example
 * ```ts
 * import { parseHashOffer } from "https://tulip.example/protocols/ftp/checksums.ts";
 * import assert from "node:assert/strict";
 *
 * const offer = parseHashOffer("SHA-256;SHA-1*;MD5");
 * assert.deepEqual([...offer.names.keys()], ["SHA-256", "SHA-1", "MD5"]);
 * assert.equal(offer.selected, "SHA-1");
 * ```
 */
export function parseHashOffer(parameters: string): HashOffer {
  const names = new Map<HashAlgorithm, string>();
  let selected: HashAlgorithm | undefined;
  for (const part of parameters.split(/[;,\s]+/)) {
    const name = part.replace(/\*$/, "");
    const algorithm = algorithmOf(name);
    if (algorithm === undefined || names.has(algorithm)) continue;
    names.set(algorithm, name);
    if (name !== part) selected ??= algorithm;
  }
  return { names, selected };
}

/**
 * Writes what FEAT says of HASH, as a server does.
 *
 * @param algorithms The algorithms on offer.
 * @param selected The one that HASH counts now.
 * @returns What stands behind `HASH`.
 */
export function formatHashOffer(
  algorithms: readonly HashAlgorithm[],
  selected: HashAlgorithm,
): string {
  return algorithms.map((name) => `${name}${name === selected ? "*" : ""}`).join(";");
}

/**
 * Finds out which commands a server has for which algorithm.
 *
 * @param features What the server says of itself in answer to FEAT.
 * @returns The commands for each algorithm, HASH first; of the algorithms the one to prefer first.
 *
 * @example
 * ```ts
 * import { checksumVerbs } from "https://tulip.example/protocols/ftp/checksums.ts";
 * import assert from "node:assert/strict";
 *
 * const verbs = checksumVerbs(new Map([["XCRC", ""], ["HASH", "SHA-256*;CRC32"]]));
 * assert.deepEqual([...verbs], [["SHA-256", ["HASH"]], ["CRC32", ["HASH", "XCRC"]]]);
 * ```
 */
export function checksumVerbs(
  features: ReadonlyMap<string, string>,
): Map<HashAlgorithm, ChecksumVerb[]> {
  const found = new Map<HashAlgorithm, ChecksumVerb[]>();
  const offer = parseHashOffer(features.get("HASH") ?? "");
  for (const [algorithm, { verbs }] of Object.entries(ALGORITHMS) as [HashAlgorithm, Known][]) {
    const has = verbs.filter((verb) => features.has(verb));
    if (offer.names.has(algorithm)) has.unshift("HASH");
    if (has.length > 0) found.set(algorithm, has);
  }
  return found;
}

/**
 * Builds the command that asks for a checksum.
 *
 * @param verb The command.
 * @param path The file. One with a space in it is put between quotes, for all but HASH.
 * @param range Which bytes; all unless given. HASH and MD5 take none.
 * @param encoding How the line will be encoded.
 * @returns The line, without CRLF.
 * @throws {TypeError} If the path is empty or holds CR, LF or NUL, or HASH or MD5 is given a range.
 * @throws {RangeError} If the range is none.
 */
export function checksumCommand(
  verb: ChecksumVerb,
  path: string,
  range?: ByteRange,
  encoding: "utf-8" | "latin-1" = "utf-8",
): string {
  command(verb, path, encoding);
  const argument = verb !== "HASH" && /\s/.test(path) ? `"${path}"` : path;
  if (range === undefined) return `${verb} ${argument}`;
  if (verb === "HASH" || verb === "MD5") throw new TypeError(`${verb} takes no range`);
  checkRange(range);
  return `${verb} ${argument} ${range.start} ${range.end}`;
}

/**
 * Reads the answer to HASH: `213 SHA-256 0-49 <hash> <path>`. Drafts before 2011
 * had no range in it, and some servers leave out the path.
 *
 * @param reply A 2xx reply.
 * @returns The checksum, and what it is of.
 * @throws {ReplySyntaxError} If there is none in it.
 *
 * @example
 * ```ts
 * import { parseHash } from "https://tulip.example/protocols/ftp/checksums.ts";
 * import assert from "node:assert/strict";
 *
 * const reply = { code: 213, lines: ["CRC32 0-8 CBF43926 digits.txt"] };
 * assert.deepEqual(parseHash(reply), {
 *   algorithm: "CRC32",
 *   range: { first: 0, last: 8 },
 *   hex: "cbf43926",
 * });
 * ```
 */
export function parseHash(reply: Reply): HashAnswer {
  const line = reply.lines.at(-1) ?? "";
  const found = /^\s*(\S+) +(?:(\d+)-(\d+) +)?([0-9A-Fa-f]+)(?= |$)/.exec(line);
  const algorithm = found === null ? undefined : algorithmOf(found[1] as string);
  const hex = found === null ? undefined : digits(found[4] as string, algorithm);
  if (found === null || hex === undefined) {
    throw new ReplySyntaxError(
      `Expected an algorithm and a checksum, got ${reply.code} ${quote(line)}`,
      line,
    );
  }
  const [first, last] = [Number(found[2]), Number(found[3])];
  const isRange = Number.isSafeInteger(first) && Number.isSafeInteger(last);
  return { algorithm, range: isRange ? { first, last } : undefined, hex };
}

/**
 * Writes the answer to HASH, as a server does.
 *
 * @param answer The checksum, and what it is of.
 * @param path The file, as the client called it.
 * @returns A 213 reply.
 * @throws {TypeError} If the path holds CR, LF or NUL.
 */
export function formatHash(
  { algorithm, range, hex }: {
    readonly algorithm: HashAlgorithm;
    readonly range: { readonly first: number; readonly last: number };
    readonly hex: string;
  },
  path: string,
): Reply {
  checkLine("path", path);
  return { code: 213, lines: [`${algorithm} ${range.first}-${range.last} ${hex} ${path}`] };
}

/**
 * Reads the answer to XCRC, XMD5 and their like. It is whatever the server makes
 * of it; the checksum is the last word of the last line that looks like one.
 *
 * @param reply A 2xx reply.
 * @param algorithm The algorithm that was asked for.
 * @returns The checksum, in lower-case hexadecimal digits.
 * @throws {ReplySyntaxError} If there is none in it.
 *
 * @example
 * ```ts
 * import { parseChecksum } from "https://tulip.example/protocols/ftp/checksums.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parseChecksum({ code: 250, lines: ["XCRC successful. 39BF"] }, "CRC32"), "000039bf");
 * ```
 */
export function parseChecksum(reply: Reply, algorithm: HashAlgorithm): string {
  const line = reply.lines.at(-1) ?? "";
  for (const word of line.split(/[\s"'=:,.()]+/).reverse()) {
    const hex = digits(word.replace(/^0x/i, ""), algorithm);
    if (hex !== undefined) return hex;
  }
  throw new ReplySyntaxError(
    `Expected the ${algorithm} of the file, got ${reply.code} ${quote(line)}`,
    line,
  );
}

interface Known {
  /** How many hexadecimal digits it has. */
  readonly digits: number;
  /** The commands of its own. */
  readonly verbs: readonly ChecksumVerb[];
}

/** Those first that nobody can cheat, and of these the faster one. */
const ALGORITHMS: Readonly<Record<HashAlgorithm, Known>> = {
  "SHA-256": { digits: 64, verbs: ["XSHA256"] },
  "SHA-512": { digits: 128, verbs: ["XSHA512"] },
  "SHA-1": { digits: 40, verbs: ["XSHA1", "XSHA"] },
  "MD5": { digits: 32, verbs: ["XMD5", "MD5"] },
  "CRC32": { digits: 8, verbs: ["XCRC"] },
};

/** Some servers leave out the hyphen, or put one where there is none. */
function algorithmOf(name: string): HashAlgorithm | undefined {
  const plain = name.toUpperCase().replace(/[-_]/g, "");
  return (Object.keys(ALGORITHMS) as HashAlgorithm[]).find((known) =>
    known.replace("-", "") === plain
  );
}

/** The digits of a checksum; a CRC may come without its leading zeros. */
function digits(text: string, algorithm: HashAlgorithm | undefined): string | undefined {
  if (text.length > 128 || !/^[0-9A-Fa-f]+$/.test(text)) return undefined;
  if (algorithm === undefined) return text.toLowerCase();
  const { digits } = ALGORITHMS[algorithm];
  if (text.length > digits || (text.length < digits && algorithm !== "CRC32")) return undefined;
  return text.toLowerCase().padStart(digits, "0");
}

function checkRange({ start, end }: ByteRange): void {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end > start) return;
  throw new RangeError(
    `Cannot ask for bytes ${start} to ${end}: need whole numbers, the end above the start`,
  );
}
