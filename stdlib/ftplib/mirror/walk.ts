/**
 * Walking through a tree of the server.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../../loop/exceptions.ts";
import type { WaitOptions } from "../../../loop/wait.ts";
import { command } from "../../../protocols/ftp/commands.ts";
import type { Entry } from "../../../protocols/ftp/types.ts";
import { checkLimit } from "../../../protocols/limits.ts";
import { TooLargeError } from "../errors.ts";
import { listEntries } from "../listing.ts";
import { isRefusal } from "../resume.ts";
import type { Session } from "../session.ts";
import { isPart, joinRemote } from "./directories.ts";
import type { WalkItem, WalkOptions } from "./types.ts";

/** How deep a tree may be. */
export const MAX_DEPTH = 100;

/** How many entries it may have. */
export const MAX_ENTRIES = 1_000_000;

/** A directory that is still to be listed. */
interface Waiting {
  readonly path: string;
  readonly depth: number;
  /** What tells the directories that it lies in from all others, where the server says so. */
  readonly lineage: readonly string[];
  /** Whether it may turn out to be none. */
  readonly isLink: boolean;
}

/**
 * Walks through a tree, the content of each directory before that of those in it.
 *
 * @param session Gives the session, for each listing anew.
 * @param path The directory to begin with.
 * @param options How deep, and how far.
 */
export async function* walk(
  session: () => Session,
  path: string,
  options: WalkOptions,
): AsyncGenerator<WalkItem, void, void> {
  const { signal, timeout, followSymlinks = false } = options;
  const maxDepth = checkLimit("maxDepth", options.maxDepth, MAX_DEPTH);
  const maxEntries = checkLimit("maxEntries", options.maxEntries, MAX_ENTRIES);
  if (path !== "") command("MLSD", path, session().options.encoding);
  const waiting: Waiting[] = [{ path, depth: 0, lineage: [], isLink: false }];
  let count = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { depth, lineage, isLink } = next;
    const entries = await list(session(), next.path, isLink, { signal, timeout });
    const below: Waiting[] = [];
    for (const entry of entries) {
      if (++count > maxEntries) throw tooManyEntries(path, maxEntries);
      const item = { path: joinRemote(next.path, entry.name), entry, depth: depth + 1 };
      if (entry.type !== "directory" && !(followSymlinks && entry.type === "link")) {
        yield item;
        continue;
      }
      const pruned = whyPruned(entry, item.depth >= maxDepth, lineage);
      yield pruned === undefined ? item : { ...item, pruned };
      if (pruned !== undefined) continue;
      below.push({
        path: item.path,
        depth: item.depth,
        lineage: lineageOf(entry, lineage),
        isLink: entry.type === "link",
      });
    }
    // So that the first one is taken first.
    waiting.push(...below.reverse());
  }
}

/**
 * Tells why a directory is not looked into.
 *
 * @param entry The directory.
 * @param isDeep Whether it lies as deep as anything may.
 * @param lineage The directories that it lies in.
 * @returns The reason; `undefined` where there is none.
 */
export function whyPruned(
  entry: Entry,
  isDeep: boolean,
  lineage: readonly string[],
): WalkItem["pruned"] {
  if (!isPart(entry.name)) return "name";
  const unique = entry.facts.get("unique");
  if (unique !== undefined && lineage.includes(unique)) return "loop";
  return isDeep ? "depth" : undefined;
}

/** The directories that those in a directory lie in. */
export function lineageOf(entry: Entry, lineage: readonly string[]): readonly string[] {
  const unique = entry.facts.get("unique");
  return unique === undefined ? lineage : [...lineage, unique];
}

/** Makes the error of a tree that is too large. */
export function tooManyEntries(path: string, maxEntries: number): TooLargeError {
  return new TooLargeError(
    `${JSON.stringify(path)} has more than ${maxEntries} entries: raise maxEntries, or take a part`,
    "maxEntries",
    maxEntries,
  );
}

async function list(
  session: Session,
  path: string,
  isLink: boolean,
  wait: WaitOptions,
): Promise<readonly Entry[]> {
  try {
    const entries = await listEntries(session, path, wait);
    // Asked for a file, LIST tells of that file alone.
    const isItself = isLink && entries.length === 1 &&
      (entries[0]!.name === path || path.endsWith(`/${entries[0]!.name}`));
    return isItself ? [] : entries;
  } catch (error) {
    rethrowIfCancelled(error, wait.signal);
    if (!isLink || !isRefusal(error)) throw error;
    return [];
  }
}
