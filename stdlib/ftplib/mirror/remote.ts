/**
 * Directories of the server, listed for good: it is known whether anything may be missing.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../../loop/exceptions.ts";
import type { WaitOptions } from "../../../loop/wait.ts";
import { command } from "../../../protocols/ftp/commands.ts";
import { ListReader } from "../../../protocols/ftp/list_reader.ts";
import type { Entry } from "../../../protocols/ftp/types.ts";
import { listEntries, listLines } from "../listing.ts";
import { isRefusal, remoteModified } from "../resume.ts";
import type { Session } from "../session.ts";
import type { Member } from "./crew.ts";
import { joinRemote } from "./directories.ts";

/** A directory, listed. */
export interface RemoteListing {
  /** Its entries; those that `LIST` tells with times in UTC, as far as is known. */
  readonly entries: readonly Entry[];
  /**
   * How much it proves that a name is not there: nothing, where lines were not understood or the
   * server did not show the directory itself; only that of names without a dot, and only where there
   * are entries at all, with a server that cannot be asked for all names; else all.
   */
  readonly proves: "nothing" | "shown" | "all";
}

/** How far the two ways to tell a time may differ, beside the zone. */
const TOLERANCE = 61_000;

/** Zones differ by quarters of an hour. */
const QUARTER = 900_000;

/** Lists the directories of one tree. */
export class RemoteTree {
  readonly #root: string;
  /** How far LIST is ahead of UTC; `undefined` as long as that is to be found out. */
  #offset: number | undefined;
  /** Whether the server takes `LIST -a`, where it has no MLSD; `undefined` as long as nobody knows. */
  #showsAll: boolean | undefined;
  #lacksMlsd = false;

  /**
   * Nothing is asked yet.
   *
   * @param root The root of the tree.
   * @param timeOffset How far LIST is ahead of UTC.
   */
  constructor(root: string, timeOffset: number | "auto" = "auto") {
    if (timeOffset !== "auto" && !Number.isFinite(timeOffset)) {
      throw new RangeError(`Cannot set timeOffset to ${timeOffset}: need milliseconds, or "auto"`);
    }
    this.#root = root;
    this.#offset = timeOffset === "auto" ? undefined : timeOffset;
  }

  /**
   * Lists a directory.
   *
   * @param member Who asks.
   * @param path The directory, from the root on.
   * @param wait How long to wait.
   * @returns Its entries.
   * @throws {FTPError} If the server refuses.
   */
  async list(member: Member, path: string, wait: WaitOptions): Promise<RemoteListing> {
    return await member.do((session) => this.#list(session, path, wait), wait);
  }

  async #list(session: Session, path: string, wait: WaitOptions): Promise<RemoteListing> {
    const whole = joinRemote(this.#root, path);
    if (this.#lacksMlsd) session.lacksMlsd = true;
    const isKnown = session.lacksMlsd && this.#showsAll;
    const plain = isKnown ? undefined : listEntries(session, whole, wait);
    const entries = await plain;
    this.#lacksMlsd = session.lacksMlsd;
    if (entries !== undefined && !session.lacksMlsd) {
      return { entries, proves: plain!.unknown.length > 0 ? "nothing" : "all" };
    }
    const all = await this.#listAll(session, whole, wait);
    const listing = all ?? { entries: entries!, proves: unproven(entries!, plain!.unknown) };
    return { ...listing, entries: await this.#inUtc(session, whole, listing.entries, wait) };
  }

  /** Lists with the names that begin with a dot, and the directory itself, as `ls -a` does. */
  async #listAll(
    session: Session,
    path: string,
    wait: WaitOptions,
  ): Promise<RemoteListing | undefined> {
    if (this.#showsAll === false) return undefined;
    const argument = path.startsWith("-") ? `./${path}` : path;
    const cmd = command("LIST", `-a ${argument}`.trimEnd(), session.options.encoding);
    try {
      const reader = new ListReader({ now: new Date() });
      const entries: Entry[] = [];
      let isWhole = true;
      for (const line of await listLines(session, cmd, wait)) {
        const read = reader.push(line);
        if (read.kind === "entry") entries.push(read.entry);
        isWhole &&= read.kind !== "unknown";
      }
      const isItself = entries.some(({ name }) => name === ".");
      // Of a directory that cannot be read, servers show nothing and call it a success.
      if (!isItself && this.#showsAll === undefined) this.#showsAll = false;
      else this.#showsAll = true;
      if (!this.#showsAll) return undefined;
      return {
        entries: entries.filter(({ name }) => name !== "." && name !== ".."),
        proves: isItself && isWhole ? "all" : "nothing",
      };
    } catch (error) {
      rethrowIfCancelled(error, wait.signal);
      if (!isRefusal(error) || this.#showsAll) throw error;
      this.#showsAll = false;
      return undefined;
    }
  }

  async #inUtc(
    session: Session,
    path: string,
    entries: readonly Entry[],
    wait: WaitOptions,
  ): Promise<readonly Entry[]> {
    this.#offset ??= await findOffset(session, path, entries, wait);
    const offset = this.#offset ?? 0;
    if (offset === 0) return entries;
    return entries.map((entry) => {
      if (entry.modified === undefined) return entry;
      return { ...entry, modified: new Date(entry.modified.getTime() - offset) };
    });
  }
}

function unproven(
  entries: readonly Entry[],
  unknown: readonly string[],
): RemoteListing["proves"] {
  return unknown.length > 0 || entries.length === 0 ? "nothing" : "shown";
}

/** How far LIST is ahead of UTC, by one file whose time it tells to the minute. */
async function findOffset(
  session: Session,
  path: string,
  entries: readonly Entry[],
  wait: WaitOptions,
): Promise<number | undefined> {
  const file = entries.find(({ type, precision, modified }) =>
    type === "file" && modified !== undefined && precision !== undefined && precision !== "day"
  );
  if (file === undefined) return undefined;
  const modified = await remoteModified(session, joinRemote(path, file.name), wait);
  if (modified === undefined) return 0;
  const difference = file.modified!.getTime() - modified.getTime();
  const offset = Math.round(difference / QUARTER) * QUARTER;
  return Math.abs(difference - offset) <= TOLERANCE ? offset : 0;
}
