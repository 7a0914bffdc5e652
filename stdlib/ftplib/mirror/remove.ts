/**
 * Removing trees of the server.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../../loop/exceptions.ts";
import type { WaitOptions } from "../../../loop/wait.ts";
import { command } from "../../../protocols/ftp/commands.ts";
import { checkLimit } from "../../../protocols/limits.ts";
import { quoteCommand } from "../errors.ts";
import { listEntries } from "../listing.ts";
import { isRefusal } from "../resume.ts";
import type { Session } from "../session.ts";
import { TreeError } from "../tree_error.ts";
import { isDirectory, isPart, joinRemote } from "./directories.ts";
import type { RemovedTree, RemoveTreeOptions, TreeFailure } from "./types.ts";
import { MAX_DEPTH, MAX_ENTRIES, tooManyEntries } from "./walk.ts";

/** How a tree is removed. */
export interface Removal extends RemoveTreeOptions {
  /** Tells of what is in it, by its path from there on, whether it stays. */
  isKept?: (path: string, isDirectory: boolean) => boolean;
  /**
   * Whether it may be gone already: the answer to an earlier attempt was lost.
   *
   * @default {false}
   */
  mayBeGone?: boolean;
}

/** How many failures are remembered. */
const MAX_FAILURES = 1_000;

/**
 * Removes a file, a link, or a directory with all that is in it.
 *
 * Whether something is a link, not all servers tell. So everything is removed as a file first
 * (`DELE`), which takes a link away and leaves alone what it leads to; what the server refuses, and
 * lets one go into, is a directory.
 *
 * @param session The session.
 * @param path What.
 * @param removal How.
 * @returns What was removed.
 * @throws {TreeError} If something could not be removed; all else was.
 */
export async function removeTree(
  session: Session,
  path: string,
  removal: Removal,
): Promise<RemovedTree> {
  command("DELE", path, session.options.encoding);
  if (/(?:^|\/)\.{0,2}\/*$/.test(path)) {
    throw new TypeError(
      `Cannot remove ${JSON.stringify(path)}: it ends in no name; name the directory itself`,
    );
  }
  const work = new TreeRemoval(session, path, removal);
  await work.remove("", undefined, 0);
  if (work.failures.length > 0) throw new TreeError(`removal of ${path}`, work.failures);
  return { files: work.files, directories: work.directories };
}

class TreeRemoval {
  files = 0;
  directories = 0;
  readonly failures: TreeFailure[] = [];
  readonly #session: Session;
  readonly #root: string;
  readonly #removal: Removal;
  readonly #wait: WaitOptions;
  readonly #maxDepth: number;
  readonly #maxEntries: number;
  #count = 0;

  constructor(session: Session, root: string, removal: Removal) {
    this.#session = session;
    this.#root = root.replace(/\/+$/, "");
    this.#removal = removal;
    this.#wait = { signal: removal.signal, timeout: removal.timeout };
    this.#maxDepth = checkLimit("maxDepth", removal.maxDepth, MAX_DEPTH);
    this.#maxEntries = checkLimit("maxEntries", removal.maxEntries, MAX_ENTRIES);
  }

  /** Removes what is at a path below the root; tells whether nothing of it is left. */
  async remove(path: string, type: string | undefined, depth: number): Promise<boolean> {
    const whole = joinRemote(this.#root, path);
    try {
      await this.#session.exchange(command("DELE", whole), this.#wait);
      this.files++;
      this.#removal.onRemoved?.(whole);
      return true;
    } catch (error) {
      rethrowIfCancelled(error, this.#wait.signal);
      if (!isRefusal(error)) throw error;
      const mayHold = type === undefined || type === "directory";
      if (mayHold && await isDirectory(this.#session, whole, this.#wait)) {
        return await this.#removeDirectory(path, depth);
      }
      if (path === "" && this.#removal.mayBeGone) return true;
      return this.#failed(whole, error);
    }
  }

  async #removeDirectory(path: string, depth: number): Promise<boolean> {
    const whole = joinRemote(this.#root, path);
    try {
      if (!await this.#empty(path, depth)) return false;
      await this.#session.exchange(command("RMD", whole), this.#wait);
      this.directories++;
      this.#removal.onRemoved?.(whole);
      return true;
    } catch (error) {
      rethrowIfCancelled(error, this.#wait.signal);
      if (!isRefusal(error)) throw error;
      return this.#failed(whole, error);
    }
  }

  /** Removes what is in a directory; tells whether nothing is left. */
  async #empty(path: string, depth: number): Promise<boolean> {
    const whole = joinRemote(this.#root, path);
    if (depth >= this.#maxDepth) {
      return this.#failed(
        whole,
        new RangeError(`It lies deeper than ${this.#maxDepth} (maxDepth)`),
      );
    }
    let isEmpty = true;
    for (const { name, type } of await this.#list(whole)) {
      if (++this.#count > this.#maxEntries) throw tooManyEntries(this.#root, this.#maxEntries);
      const below = path === "" ? name : `${path}/${name}`;
      if (!isPart(name)) {
        const what = `${quoteCommand(name)} cannot be part of a path`;
        isEmpty = this.#failed(whole, new TypeError(what));
      } else if (this.#removal.isKept?.(below, type === "directory")) {
        isEmpty = false;
      } else if (!await this.remove(below, type, depth + 1)) {
        isEmpty = false;
      }
    }
    return isEmpty;
  }

  /** With the names that begin with a dot, which servers without MLSD show only where asked. */
  async #list(path: string): Promise<readonly { name: string; type: string }[]> {
    const entries = await listEntries(this.#session, path, this.#wait);
    if (!this.#session.lacksMlsd) return entries;
    try {
      const all = await listEntries(this.#session, path, { ...this.#wait, hidden: true });
      const known = new Set(entries.map(({ name }) => name));
      return [...entries, ...all.filter(({ name }) => !known.has(name))];
    } catch (error) {
      rethrowIfCancelled(error, this.#wait.signal);
      if (!isRefusal(error)) throw error;
      return entries;
    }
  }

  #failed(path: string, error: unknown): false {
    if (this.failures.length < MAX_FAILURES) this.failures.push({ path, error });
    return false;
  }
}
