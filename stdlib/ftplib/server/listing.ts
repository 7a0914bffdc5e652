/**
 * Listings, as the FTP server writes them: for people (LIST), as names (NLST),
 * for machines (MLSD) (RFC 959 §4.1.3, RFC 1123 §4.1.2.7, RFC 3659 §7).
 *
 * @module
 */

import { formatFacts } from "../../../protocols/ftp/facts.ts";
import { formatUnixLine } from "../../../protocols/ftp/list_unix.ts";
import type { Entry } from "../../../protocols/ftp/types.ts";
import type { DirectoryEntry, FileStatus } from "./filesystem.ts";
import { FTPReplyError } from "./errors.ts";
import type { FTPPermission } from "./permissions.ts";
import type { FTPSessionState } from "./session.ts";
import { matchesWildcard } from "./wildcard.ts";

/** The lines of a listing, without their CRLF. */
export type ListingLines = AsyncGenerator<string, void, undefined>;

/** Who looks at a path. */
export interface Seen {
  /** Who looks. */
  readonly session: FTPSessionState;
  /** The path, absolute. */
  readonly path: string;
}

/**
 * Describes what is at a path.
 *
 * @param name What to call it.
 * @param status What it is.
 * @param seen Who asks, and where it is: the fact `perm` tells what they may do (RFC 3659 §7.5.5).
 */
export function toEntry(
  name: string,
  status: FileStatus,
  seen: Seen,
): Entry {
  const { type, size, modified, id } = status;
  const perm = type === "file" ? filePerm(seen) : directoryPerm(seen);
  return {
    name,
    type,
    ...(type === "file" ? { size } : {}),
    modified: wholeSeconds(modified),
    permissions: status.permissions ?? modeOf(type, perm),
    facts: new Map([["perm", perm], ...(id === undefined ? [] : [["unique", id] as const])]),
  };
}

const FILE_PERMS: readonly (readonly [string, FTPPermission])[] = [
  ["r", "read"],
  ["a", "append"],
  ["d", "delete"],
  ["f", "rename"],
  ["w", "write"],
];

function filePerm({ session, path }: Seen): string {
  return FILE_PERMS.map(([letter, what]) => session.may(what, path) ? letter : "").join("");
}

// What may be done in a directory is asked of what would lie in it.
const DIRECTORY_PERMS: readonly (readonly [string, FTPPermission, "inside" | "itself"])[] = [
  ["l", "list", "itself"],
  ["c", "write", "inside"],
  ["d", "removeDirectory", "itself"],
  ["f", "rename", "itself"],
  ["m", "makeDirectory", "inside"],
  ["p", "delete", "inside"],
];

function directoryPerm({ session, path }: Seen): string {
  const inside = path === "/" ? "/x" : `${path}/x`;
  const enters = session.login.state === "in" && session.login.rights.mayEnter(path) ? "e" : "";
  return enters +
    DIRECTORY_PERMS.map(([letter, what, where]) =>
      session.may(what, where === "inside" ? inside : path) ? letter : ""
    ).join("");
}

function modeOf(type: "file" | "directory", perm: string): number {
  return (type === "file" ? 0o444 : 0o555) | (/[wc]/.test(perm) ? 0o200 : 0);
}

/**
 * Cuts off the fraction of a second, which few clients expect in a time.
 *
 * @param date When something changed.
 */
export function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}

/**
 * Lists as `ls -l` does.
 *
 * @param session Who asks.
 * @param argument A directory, a file, or a pattern of names; options before it are passed over.
 * @returns Its lines, as they are asked for.
 * @throws {FTPReplyError} 550, if nothing is there.
 */
export async function listLong(session: FTPSessionState, argument: string): Promise<ListingLines> {
  const { entries, directory } = await select(session, withoutOptions(argument));
  const now = new Date();
  return (async function* () {
    for await (const entry of entries) {
      const seen = { session, path: join(directory, entry.name) };
      yield formatUnixLine(toEntry(entry.name, entry, seen), now);
    }
  })();
}

/**
 * Lists names alone, each such that it can be used as an argument right away.
 *
 * @param session Who asks.
 * @param argument A directory, a file, or a pattern of names; options before it are passed over.
 * @returns Its lines, as they are asked for.
 * @throws {FTPReplyError} 550, if nothing is there.
 */
export async function listNames(session: FTPSessionState, argument: string): Promise<ListingLines> {
  const path = withoutOptions(argument);
  const status = await session.filesystem.stat(session.allow("list", path));
  // Of a directory, its names below it; of a file or pattern, names beside that.
  const prefix = status?.type === "directory"
    ? path === "" || path.endsWith("/") ? path : `${path}/`
    : path.slice(0, path.lastIndexOf("/") + 1);
  const { entries } = await select(session, path);
  return (async function* () {
    for await (const { name } of entries) yield `${prefix}${name}`;
  })();
}

/**
 * Lists facts.
 *
 * @param session Who asks, and which facts they want.
 * @param argument A directory.
 * @returns Its lines, as they are asked for.
 * @throws {FTPReplyError} 550, if nothing is there; 501, if it is no directory (RFC 3659 §7.2.1).
 */
export async function listFacts(session: FTPSessionState, argument: string): Promise<ListingLines> {
  const path = session.allow("list", argument);
  const { type } = await session.status(path);
  if (type !== "directory") throw new FTPReplyError(501, "Not a directory: use MLST");
  return (async function* () {
    for await (const entry of session.filesystem.list(path)) {
      const seen = { session, path: join(path, entry.name) };
      yield formatFacts(toEntry(entry.name, entry, seen), session.facts);
    }
  })();
}

type Entries = AsyncIterable<DirectoryEntry> | Iterable<DirectoryEntry>;

interface Selection {
  readonly entries: Entries;
  readonly directory: string;
}

async function select(session: FTPSessionState, argument: string): Promise<Selection> {
  const path = session.allow("list", argument);
  const slash = path.lastIndexOf("/");
  const name = path.slice(slash + 1);
  const directory = path.slice(0, slash) || "/";
  const status = await session.filesystem.stat(path);
  if (status?.type === "directory") {
    return { entries: session.filesystem.list(path), directory: path };
  }
  if (status) return { entries: [{ name, ...status }], directory };
  if (!/[*?]/.test(name)) throw new FTPReplyError(550, "No such file or directory");

  const { type } = await session.status(directory);
  if (type !== "directory") throw new FTPReplyError(550, "Not a directory");
  return { entries: matching(session.filesystem.list(directory), name), directory };
}

function join(directory: string, name: string): string {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}

async function* matching(entries: Entries, pattern: string): AsyncGenerator<DirectoryEntry> {
  for await (const entry of entries) if (matchesWildcard(pattern, entry.name)) yield entry;
}

// What clients put there for `ls`: "LIST -la docs".
function withoutOptions(argument: string): string {
  return argument.replace(/^(?:-[A-Za-z1]+(?: +|$))+/, "");
}
