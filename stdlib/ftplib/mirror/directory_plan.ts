/**
 * Planning one directory of a mirror.
 *
 * @module
 */

import type { WaitOptions } from "../../../loop/wait.ts";
import { nameHazard } from "../../../protocols/ftp/names.ts";
import type { Entry, EntryType, TimePrecision } from "../../../protocols/ftp/types.ts";
import { remoteFile } from "../resume.ts";
import { isSameByChecksum } from "./checksums.ts";
import type { Choice } from "./choice.ts";
import { compareFiles, differsInTime, type FileFacts, type Verdict } from "./compare.ts";
import type { Member } from "./crew.ts";
import { isPart, joinRemote } from "./directories.ts";
import { followToFile, joinLocal } from "./files.ts";
import { staysInside } from "./links.ts";
import { skip } from "./plan.ts";
import type { MirrorDirection, MirrorPlanOptions, MirrorStep } from "./types.ts";
import { lineageOf, whyPruned } from "./walk.ts";

/** What a side has in a directory. */
export interface TreeEntry {
  /** Its name. */
  readonly name: string;
  /** What it is. */
  readonly type: EntryType;
  /** Its size. */
  readonly size?: number;
  /** When it was changed. */
  readonly modified?: Date;
  /** How exact that is. */
  readonly precision?: TimePrecision;
  /** Where it leads, if it is a link. */
  readonly target?: string;
  /** What the server tells beside that. */
  readonly facts?: Entry["facts"];
}

/** A directory of both trees. */
export interface Place {
  /** Its path, from the roots on. */
  readonly path: string;
  /** How deep it lies. */
  readonly depth: number;
  /** Whether the target has it. */
  readonly isThere: boolean;
  /** What tells the directories that it lies in from others. */
  readonly lineage: readonly string[];
}

/** What holds for all directories. */
export interface DirectoryPlanOptions {
  /** Which way the mirror goes. */
  readonly direction: MirrorDirection;
  /** The root on the server. */
  readonly remote: string;
  /** The local root. */
  readonly local: string;
  /** What is mirrored. */
  readonly choice: Choice;
  /** The options of the caller. */
  readonly options: MirrorPlanOptions;
  /** How deep the tree may be. */
  readonly maxDepth: number;
}

/** One directory: what is to be done in it, and which directories follow. */
export class DirectoryPlan {
  /** What is to be done. */
  readonly steps: MirrorStep[] = [];
  /** The directories in it that are mirrored as well. */
  readonly below: Place[] = [];
  /** Paths whose target is deleted first, because it is of another type. */
  readonly replaced: string[] = [];
  /** Whether all was read. */
  isComplete = true;
  /** How many files are the same. */
  unchanged = 0;
  /** How many entries are left alone. */
  excluded = 0;
  readonly #place: Place;
  readonly #is: DirectoryPlanOptions;
  readonly #isDown: boolean;
  readonly #ignoreCase: boolean;

  /**
   * Nothing is known yet.
   *
   * @param place The directory.
   * @param options What holds for all.
   */
  constructor(place: Place, options: DirectoryPlanOptions) {
    this.#place = place;
    this.#is = options;
    this.#isDown = options.direction === "down";
    const { os } = Deno.build;
    this.#ignoreCase = this.#isDown &&
      (options.options.ignoreCase ?? (os === "windows" || os === "darwin"));
  }

  /** Leaves out what could not be read. */
  leaveOut(step: MirrorStep): void {
    this.steps.push(step);
    this.isComplete = false;
  }

  /**
   * Compares what both sides have.
   *
   * @param member Who asks the server for more.
   * @param source What the source has, and how much that proves.
   * @param target What the target has.
   * @param wait How long to wait.
   */
  async compare(
    member: Member,
    source: { entries: readonly TreeEntry[]; proves: "nothing" | "shown" | "all" },
    target: readonly TreeEntry[],
    wait: WaitOptions,
  ): Promise<void> {
    const there = new Map(target.map((entry) => [this.#key(entry.name), entry]));
    const claimed = new Map<string, string>();
    const names = new Set(source.entries.map(({ name }) => name));
    for (const entry of source.entries.toSorted(byName)) {
      const key = this.#key(entry.name);
      const path = this.#join(entry.name);
      const before = claimed.get(key);
      if (before !== undefined) {
        const reason = before === entry.name ? "duplicate" : "case collision";
        this.steps.push(skip(path, reason, before));
        continue;
      }
      claimed.set(key, entry.name);
      const hazard = this.#hazard(member, entry.name);
      if (hazard !== undefined) this.steps.push(skip(path, "unsafe name", hazard));
      else if (!this.#is.choice.has({ ...entry, path })) this.excluded++;
      else await this.#one(member, { entry, other: there.get(key), path, names }, wait);
    }
    if (!this.#is.options.delete) return;
    for (const [key, entry] of [...there].toSorted(([, a], [, b]) => byName(a, b))) {
      if (!claimed.has(key)) this.#extraneous(entry, source.proves, claimed);
    }
  }

  async #one(member: Member, pair: Pair, wait: WaitOptions): Promise<void> {
    const { entry, path } = pair;
    switch (entry.type) {
      case "directory":
        return this.#directory(pair);
      case "file":
        return await this.#file(member, pair, wait);
      case "link":
        return await this.#link(member, pair, wait);
      default:
        this.steps.push(skip(path, "special"));
    }
  }

  #directory(pair: Pair): void {
    const { entry, other, path } = pair;
    const depth = this.#place.depth + 1;
    const known = { name: entry.name, type: entry.type, facts: entry.facts ?? new Map() };
    const pruned = whyPruned(known, depth >= this.#is.maxDepth, this.#place.lineage);
    if (pruned !== undefined) {
      return this.leaveOut(skip(path, pruned === "name" ? "unsafe name" : pruned));
    }
    const isThere = other?.type === "directory";
    if (!isThere) {
      if (!this.#makesWay(pair)) return;
      this.steps.push({ kind: "makeDirectory", path });
    }
    this.below.push({ path, depth, isThere, lineage: lineageOf(known, this.#place.lineage) });
  }

  async #file(member: Member, pair: Pair, wait: WaitOptions): Promise<void> {
    const { entry, other, path } = pair;
    const { compare = "changed", preserveModified = true } = this.#is.options;
    const same = other?.type === "file" ? other : undefined;
    if (same === undefined && !this.#makesWay(pair)) return;
    let verdict: Verdict = compareFiles(entry, same, compare);
    if (verdict === "checksum?") {
      const isSame = await isSameByChecksum(member, this.#whole(path), wait);
      verdict = isSame ? "same" : "checksum";
    }
    if (verdict === "same") return this.#same(path, entry, same!, preserveModified);
    const { size, modified } = entry;
    const kind = this.#isDown ? "download" : "upload";
    const temporary = this.#isDown ? temporaryFor(entry.name, pair.names) : undefined;
    this.steps.push({
      kind,
      path,
      reason: verdict,
      ...size !== undefined && { size },
      ...modified !== undefined && { modified },
      ...temporary !== undefined && { temporary: this.#join(temporary) },
    });
  }

  #same(path: string, source: FileFacts, target: FileFacts, preserves: boolean): void {
    const { compare = "changed" } = this.#is.options;
    const byContent = compare === "size" || compare === "checksum";
    if (byContent && preserves && source.modified && differsInTime(source, target)) {
      this.steps.push({ kind: "setModified", path, modified: source.modified });
    } else {
      this.unchanged++;
    }
  }

  async #link(member: Member, pair: Pair, wait: WaitOptions): Promise<void> {
    const { entry, other, path } = pair;
    const { symlinks = "skip" } = this.#is.options;
    const left = skip(path, "link", entry.target);
    if (symlinks === "skip") return void this.steps.push(left);
    if (symlinks === "files") {
      const file = await this.#followed(member, path, wait);
      if (file === undefined) return void this.steps.push(left);
      const followed: TreeEntry = { ...file, name: entry.name, type: "file" };
      return await this.#file(member, { ...pair, entry: followed }, wait);
    }
    const { target } = entry;
    if (target === undefined || !staysInside(path, target)) return void this.steps.push(left);
    if (other?.type === "link" && other.target === target) {
      this.unchanged++;
    } else if (this.#makesWay(pair)) {
      this.steps.push({ kind: "makeLink", path, target });
    }
  }

  async #followed(
    member: Member,
    path: string,
    wait: WaitOptions,
  ): Promise<FileFacts | undefined> {
    const { local, remote } = this.#whole(path);
    if (!this.#isDown) return await followToFile(local);
    const file = await member.do((session) => remoteFile(session, remote, wait), wait);
    return file.size === undefined ? undefined : { ...file, precision: "second" };
  }

  /** Sees to it that nothing is in the way; tells whether that is so. */
  #makesWay({ other, path }: Pair): boolean {
    if (other === undefined) return true;
    // A link may be there for a reason, and lead to where nobody wants anything deleted.
    if (!this.#is.options.delete || other.type === "link") {
      this.steps.push(skip(path, "in the way", other.type));
      return false;
    }
    this.replaced.push(path);
    this.steps.push({ kind: "delete", path, type: other.type, reason: "in the way" });
    return true;
  }

  #extraneous(
    entry: TreeEntry,
    proves: "nothing" | "shown" | "all",
    claimed: ReadonlyMap<string, string>,
  ): void {
    const { name, type } = entry;
    const path = this.#join(name);
    if (!isPart(name)) return void this.steps.push(skip(path, "unsafe name", "not deleted"));
    if (!this.#is.choice.has({ ...entry, path })) return void this.excluded++;
    const isHidden = proves === "nothing" || (proves === "shown" && name.startsWith("."));
    if (isHidden) return void this.steps.push(skip(path, "hidden"));
    const whole = this.#isDown ? /^(.+)\.part(?:\.json)?$/s.exec(name)?.[1] : undefined;
    // What was broken off goes on where it stopped.
    if (whole !== undefined && claimed.has(this.#key(whole)) && this.#fetches(whole)) return;
    this.steps.push({ kind: "delete", path, type, reason: "extraneous" });
  }

  #fetches(name: string): boolean {
    const path = this.#join(name);
    return this.steps.some((step) => step.kind === "download" && step.path === path);
  }

  #hazard(member: Member, name: string): string | undefined {
    if (this.#isDown) return nameHazard(name, { windows: Deno.build.os === "windows" });
    try {
      member.ftp["_session"]().check("name", name);
      return undefined;
    } catch (error) {
      if (error instanceof TypeError) return error.message;
      throw error;
    }
  }

  #join(name: string): string {
    return this.#place.path === "" ? name : `${this.#place.path}/${name}`;
  }

  #whole(path: string): { local: string; remote: string } {
    const { local, remote } = this.#is;
    return { local: joinLocal(local, path), remote: joinRemote(remote, path) };
  }

  /** What two names have in common that are the same file here. */
  #key(name: string): string {
    return this.#ignoreCase ? name.normalize("NFC").toLowerCase() : name;
  }
}

/** An entry of the source, and what the target has of that name. */
interface Pair {
  readonly entry: TreeEntry;
  readonly other: TreeEntry | undefined;
  readonly path: string;
  /** All names of the directory. */
  readonly names: ReadonlySet<string>;
}

/** The name to fetch a file under, where another one is called as it with `.part` behind. */
function temporaryFor(name: string, names: ReadonlySet<string>): string | undefined {
  let temporary = name;
  while (names.has(`${temporary}.part`) || names.has(`${temporary}.part.json`)) temporary += "~";
  return temporary === name ? undefined : temporary;
}

function byName(one: { name: string }, other: { name: string }): number {
  return one.name < other.name ? -1 : one.name > other.name ? 1 : 0;
}
