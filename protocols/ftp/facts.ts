/**
 * Listings for machines: the lines of MLSD, and the one of MLST
 * (RFC 3659 §7).
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import { checkLine } from "../text/guard.ts";
import { quote } from "../text/quote.ts";
import type { Reply } from "../text/reply.ts";
import { formatTimeVal, parseTimeVal, type TimeVal } from "./time_val.ts";
import type { Entry, EntryType } from "./types.ts";

/** A line is no entry of MLSD or MLST. */
export class FactsSyntaxError extends ProtocolError {
  /** The name of the class, as in every error. */
  override readonly name: string = "FactsSyntaxError";
  /** The line, as it came. */
  readonly line: string;

  /**
   * Says what was expected.
   *
   * @param message What was expected, and what came.
   * @param line The line.
   */
  constructor(message: string, line: string) {
    super(message);
    this.line = line;
  }
}

/** An entry as it stands on the wire. */
export interface Facts {
  /** The name: all that follows the first space, with its own spaces, `;` and `=`. */
  readonly name: string;
  /** The facts by lower-case name, values as they came. */
  readonly facts: Map<string, string>;
}

/**
 * Splits an entry into facts and name, without a look at what they mean.
 *
 * @param line One line of MLSD, without its CRLF.
 * @returns Its name and its facts.
 * @throws {FactsSyntaxError} If there is no space before the name, or no name.
 *
 * @example
 * ```ts
 * import { splitFacts } from "https://tulip.example/protocols/ftp/facts.ts";
 * import assert from "node:assert/strict";
 *
 * const { name, facts } = splitFacts("Type=file;Size=25; a ; b");
 * assert.equal(name, "a ; b");
 * assert.deepEqual([...facts], [["type", "file"], ["size", "25"]]);
 * ```
 */
export function splitFacts(line: string): Facts {
  const space = line.indexOf(" ");
  if (space < 0 || space + 1 === line.length) {
    throw new FactsSyntaxError(`Expected facts, a space and a name, got ${quote(line)}`, line);
  }
  const facts = new Map<string, string>();
  for (let start = 0; start < space;) {
    const found = line.indexOf(";", start);
    const end = found < 0 || found > space ? space : found;
    const fact = line.slice(start, end);
    const equals = fact.indexOf("=");
    const name = equals < 0 ? fact : fact.slice(0, equals);
    if (name !== "") facts.set(name.toLowerCase(), equals < 0 ? "" : fact.slice(equals + 1));
    start = end + 1;
  }
  return { name: line.slice(space + 1), facts };
}

/**
 * Reads an entry.
 *
 * A fact whose value cannot be is left out of the entry's fields, and stays in
 * its `facts`: one bad clock does not hide a file.
 *
 * @param line One line of MLSD, without its CRLF.
 * @returns The entry.
 * @throws {FactsSyntaxError} If there is no space before the name, or no name.
 *
 * @example
 * ```ts
 * import { parseFacts } from "https://tulip.example/protocols/ftp/facts.ts";
 * import assert from "node:assert/strict";
 *
 * const entry = parseFacts("type=file;size=25730;modify=19940728095854;unix.mode=0644; cap60.pl198.tar.gz");
 * assert.equal(entry.type, "file");
 * assert.equal(entry.size, 25730);
 * assert.equal(entry.permissions, 0o644);
 * ```
 */
export function parseFacts(line: string): Entry {
  const { name, facts } = splitFacts(line);
  // Field by field: spreading as many objects takes twice as long, and listings are long.
  const entry: { -readonly [Key in keyof Entry]: Entry[Key] } = { name, type: "other", facts };
  readType(entry, facts.get("type") ?? "");
  const size = readNumber(facts.get("size") ?? facts.get("sizd"), /^\d+$/, 10);
  if (size !== undefined) entry.size = size;
  const modified = readTime(facts.get("modify"));
  if (modified !== undefined) {
    entry.modified = modified.date;
    entry.precision = modified.precision;
  }
  const created = readTime(facts.get("create"));
  if (created !== undefined) entry.created = created.date;
  const mode = readNumber(facts.get("unix.mode"), /^[0-7]{1,7}$/, 8);
  if (mode !== undefined) entry.permissions = mode & 0o7777;
  const owner = facts.get("unix.ownername") ?? facts.get("unix.owner") ?? facts.get("unix.uid");
  if (owner !== undefined) entry.owner = owner;
  const group = facts.get("unix.groupname") ?? facts.get("unix.group") ?? facts.get("unix.gid");
  if (group !== undefined) entry.group = group;
  return entry;
}

/**
 * Reads the answer to MLST: one entry on the line between the first and the last.
 *
 * @param reply A 250 reply.
 * @returns The entry. Its name is what the server calls it, often a whole path.
 * @throws {FactsSyntaxError} If there is no entry in the reply.
 */
export function parseMlst(reply: Reply): Entry {
  // Between the first line and the last, where servers keep to the standard.
  const line = reply.lines.length > 2
    ? reply.lines[1]
    : reply.lines.find((text) => FACTS.test(text));
  if (line === undefined) {
    const text = reply.lines.join("\n");
    throw new FactsSyntaxError(`Expected an entry, got ${reply.code} ${quote(text)}`, text);
  }
  // A space says that the line is no reply of its own; some servers leave it out.
  return parseFacts(line.startsWith(" ") ? line.slice(1) : line);
}

/** What the fact `perm` may say that a session may do with an entry (RFC 3659 §7.5.5). */
export type Permission =
  /** `a`: APPE to the file. */
  | "append"
  /** `c`: STOR, STOU, APPE and RNTO of new files in the directory. */
  | "create"
  /** `d`: DELE or RMD it. */
  | "delete"
  /** `e`: CWD into it. */
  | "enter"
  /** `f`: RNFR it. */
  | "rename"
  /** `l`: LIST, NLST and MLSD it. */
  | "list"
  /** `m`: MKD in it. */
  | "makeDirectory"
  /** `p`: DELE and RMD what is in it. */
  | "purge"
  /** `r`: RETR it. */
  | "read"
  /** `w`: STOR over it. */
  | "write";

/**
 * Reads what a session may do with an entry.
 *
 * @param entry The entry, of MLSD or MLST.
 * @returns The rights that the server tells; `undefined` where it says nothing about rights, so that
 * nothing is known.
 *
 * @example
 * ```ts
 * import { parseFacts, permissionsOf } from "https://tulip.example/protocols/ftp/facts.ts";
 * import assert from "node:assert/strict";
 *
 * const rights = permissionsOf(parseFacts("type=file;perm=rdfw; a.txt"));
 * assert.ok(rights?.has("write"));
 * assert.ok(!rights?.has("append"));
 * ```
 */
export function permissionsOf(entry: Entry): ReadonlySet<Permission> | undefined {
  const letters = entry.facts.get("perm");
  if (letters === undefined) return undefined;
  const rights = new Set<Permission>();
  // pyftpdlib has capital letters with meanings of its own among the small ones.
  const known = /[a-z]/.test(letters) ? letters : letters.toLowerCase();
  for (const letter of known) {
    if (Object.hasOwn(RIGHTS, letter)) rights.add(RIGHTS[letter]!);
  }
  return rights;
}

/**
 * Writes an entry, as a server does.
 *
 * Its fields say `type`, `size`, `modify`, `create`, `unix.mode`, `unix.owner` and
 * `unix.group`; a fact of the same name in its `facts`, and every other one
 * there, goes out as it stands.
 *
 * @param entry The entry.
 * @param wanted The facts to write, in this order, by lower-case name; all of them by default.
 * @returns The line, without CRLF: what {@linkcode parseFacts} reads back.
 * @throws {TypeError} If the name is empty or holds CR, LF or NUL, or a fact cannot stand in a line:
 * it holds `;`, a space or a control character.
 *
 * @example
 * ```ts
 * import { formatFacts } from "https://tulip.example/protocols/ftp/facts.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(
 *   formatFacts({ name: "a b.txt", type: "file", size: 3, facts: new Map() }),
 *   "type=file;size=3; a b.txt",
 * );
 * ```
 */
export function formatFacts(entry: Entry, wanted?: readonly string[]): string {
  checkLine("name", entry.name);
  if (entry.name === "") throw new TypeError("Cannot list a file without a name");
  const facts = new Map([...derivedFacts(entry), ...entry.facts]);
  let line = "";
  for (const name of wanted ?? facts.keys()) {
    const value = facts.get(name.toLowerCase());
    if (value === undefined) continue;
    if (!FACT_NAME.test(name) || !FACT_VALUE.test(value)) {
      throw new TypeError(`Cannot write fact ${quote(`${name}=${value}`)} into a listing`);
    }
    line += `${name}=${value};`;
  }
  return `${line} ${entry.name}`;
}

/** What nobody would say in a reply but for an entry. */
const FACTS = /^ ?(?:[A-Za-z][\w.-]*=[^ ;]*;)+ ./;

// deno-lint-ignore no-control-regex
const FACT_NAME = /^[^\x00-\x20;=\x7f]+$/;
// deno-lint-ignore no-control-regex
const FACT_VALUE = /^[^\x00-\x20;\x7f]*$/;

const RIGHTS: Readonly<Record<string, Permission>> = {
  a: "append",
  c: "create",
  d: "delete",
  e: "enter",
  f: "rename",
  l: "list",
  m: "makeDirectory",
  p: "purge",
  r: "read",
  w: "write",
};

const TYPES: Readonly<Record<string, { type: EntryType; role?: "current" | "parent" }>> = {
  "file": { type: "file" },
  "dir": { type: "directory" },
  "cdir": { type: "directory", role: "current" },
  "pdir": { type: "directory", role: "parent" },
};

function readType(entry: { -readonly [Key in keyof Entry]: Entry[Key] }, value: string): void {
  const type = value.toLowerCase();
  const known = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (known !== undefined) {
    entry.type = known.type;
    if (known.role !== undefined) entry.role = known.role;
    return;
  }
  // Unregistered, yet what Unix servers say: "OS.unix=slink:/target", "OS.unix=symlink".
  const link = /^os\.unix=(?:slink|symlink)(?::(.*))?$/i.exec(value);
  if (link === null) return;
  entry.type = "link";
  if (link[1]) entry.target = link[1];
}

function derivedFacts(entry: Entry): [string, string][] {
  const facts: [string, string][] = [["type", writeType(entry)]];
  if (entry.size !== undefined) {
    facts.push([entry.type === "directory" ? "sizd" : "size", String(entry.size)]);
  }
  if (entry.modified !== undefined) facts.push(["modify", formatTimeVal(entry.modified)]);
  if (entry.created !== undefined) facts.push(["create", formatTimeVal(entry.created)]);
  if (entry.permissions !== undefined) {
    facts.push(["unix.mode", entry.permissions.toString(8).padStart(4, "0")]);
  }
  if (entry.owner !== undefined) facts.push(["unix.owner", entry.owner]);
  if (entry.group !== undefined) facts.push(["unix.group", entry.group]);
  return facts;
}

function writeType({ type, role, target }: Entry): string {
  switch (type) {
    case "file":
      return "file";
    case "directory":
      return role === "current" ? "cdir" : role === "parent" ? "pdir" : "dir";
    case "link":
      // A value has no room for spaces and semicolons, so such a target goes untold.
      return target !== undefined && FACT_VALUE.test(target)
        ? `OS.unix=slink:${target}`
        : "OS.unix=symlink";
    case "other":
      return "OS.unix=other";
  }
}

function readTime(text: string | undefined): TimeVal | undefined {
  return text === undefined ? undefined : parseTimeVal(text);
}

function readNumber(text: string | undefined, form: RegExp, radix: number): number | undefined {
  if (text === undefined || !form.test(text)) return undefined;
  const number = parseInt(text, radix);
  return Number.isSafeInteger(number) ? number : undefined;
}
