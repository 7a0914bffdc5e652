/**
 * Planning a mirror: both trees are read side by side, a level at a time, so that
 * no more is kept than the plan itself.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../../loop/exceptions.ts";
import type { WaitOptions } from "../../../loop/wait.ts";
import { checkLimit } from "../../../protocols/limits.ts";
import { Choice } from "./choice.ts";
import type { Crew, Member } from "./crew.ts";
import { enterAndLeave, isDirectory } from "./directories.ts";
import { DirectoryPlan, type Place, type TreeEntry } from "./directory_plan.ts";
import { joinLocal, leadsToDirectory, listLocal, lookAtEntry } from "./files.ts";
import { type MirrorPlanContent, skip } from "./plan.ts";
import { RemoteTree } from "./remote.ts";
import { isRefusal } from "../resume.ts";
import type { MirrorDirection, MirrorPlanOptions, MirrorStep } from "./types.ts";
import { MAX_DEPTH, MAX_ENTRIES, tooManyEntries } from "./walk.ts";

/** Both trees, and which way the mirror goes. */
export interface Trees {
  /** Which way. */
  readonly direction: MirrorDirection;
  /** The directory on the server. */
  readonly remote: string;
  /** The local directory. */
  readonly local: string;
}

/** One side of a directory. */
interface Side {
  readonly entries: readonly TreeEntry[];
  /** How much it proves that a name is not there. */
  readonly proves: "nothing" | "shown" | "all";
}

const EMPTY: Side = { entries: [], proves: "all" };

/**
 * Plans a mirror.
 *
 * @param crew Who asks the server.
 * @param trees Both trees.
 * @param options What is mirrored, and how it is compared.
 * @returns The plan.
 * @throws {FTPError} If the directory on the server cannot be read.
 * @throws {TooLargeError} If there are more entries than `maxEntries`.
 */
export async function planMirror(
  crew: Crew,
  trees: Trees,
  options: MirrorPlanOptions,
): Promise<MirrorPlanContent> {
  if (trees.direction === "up" && options.symlinks === "create") {
    throw new TypeError('Cannot mirror up with symlinks: "create": FTP has no command for links');
  }
  return await new Planner(crew, trees, options).plan();
}

class Planner {
  readonly #crew: Crew;
  readonly #trees: Trees;
  readonly #options: MirrorPlanOptions;
  readonly #choice: Choice;
  readonly #remote: RemoteTree;
  readonly #maxDepth: number;
  readonly #maxEntries: number;
  readonly #steps: MirrorStep[] = [];
  /** Paths whose target is deleted first, because it is of another type. */
  readonly #replaced = new Set<string>();
  /** Directories that could not be read. */
  readonly #unread = new Set<string>();
  #isComplete = true;
  #unchanged = 0;
  #excluded = 0;
  #count = 0;

  constructor(crew: Crew, trees: Trees, options: MirrorPlanOptions) {
    this.#crew = crew;
    this.#trees = trees;
    this.#options = options;
    this.#choice = new Choice(options);
    this.#remote = new RemoteTree(trees.remote, options.timeOffset);
    this.#maxDepth = checkLimit("maxDepth", options.maxDepth, MAX_DEPTH);
    this.#maxEntries = checkLimit("maxEntries", options.maxEntries, MAX_ENTRIES);
  }

  async plan(): Promise<MirrorPlanContent> {
    const isThere = await this.#lookAtRoots();
    if (!isThere) this.#steps.push({ kind: "makeDirectory", path: "" });
    let level: Place[] = [{ path: "", depth: 0, isThere, lineage: [] }];
    while (level.length > 0) {
      const plans: DirectoryPlan[] = [];
      await this.#crew.each([...level.entries()], async (member, [index, place], wait) => {
        plans[index] = await this.#directory(member, place, wait);
      });
      level = plans.flatMap((plan) => this.#add(plan));
    }
    const { direction, remote, local } = this.#trees;
    return {
      direction,
      source: direction === "down" ? remote : local,
      target: direction === "down" ? local : remote,
      steps: this.#finished(),
      isComplete: this.#isComplete,
      unchanged: this.#unchanged,
      excluded: this.#excluded,
    };
  }

  /** Looks whether the source is a directory; tells whether the target is there. */
  async #lookAtRoots(): Promise<boolean> {
    const { direction, remote, local } = this.#trees;
    const { first, wait } = this.#crew;
    const here = await leadsToDirectory(local);
    if (direction === "down") {
      // A server that has no such directory may list it as an empty one.
      if (remote !== "") {
        await first.do((session) => enterAndLeave(session, remote, wait), wait);
      }
      if (!here && await lookAtEntry(local)) {
        throw new TypeError(`Cannot mirror to ${JSON.stringify(local)}: it is no directory`);
      }
      return here;
    }
    if (!here) throw new TypeError(`Cannot mirror ${JSON.stringify(local)}: it is no directory`);
    return await first.do((session) => isDirectory(session, remote, wait), wait);
  }

  #add(plan: DirectoryPlan): Place[] {
    this.#steps.push(...plan.steps);
    for (const path of plan.replaced) this.#replaced.add(path);
    this.#isComplete &&= plan.isComplete;
    this.#unchanged += plan.unchanged;
    this.#excluded += plan.excluded;
    return plan.below;
  }

  async #directory(member: Member, place: Place, wait: WaitOptions): Promise<DirectoryPlan> {
    const { direction, remote, local } = this.#trees;
    const plan = new DirectoryPlan(place, {
      direction,
      remote,
      local,
      choice: this.#choice,
      options: this.#options,
      maxDepth: this.#maxDepth,
    });
    const isDown = direction === "down";
    let [source, target] = [EMPTY, EMPTY];
    try {
      source = await this.#list(member, place.path, isDown, wait);
      if (place.isThere) target = await this.#list(member, place.path, !isDown, wait);
    } catch (error) {
      rethrowIfCancelled(error, wait.signal);
      if (place.path === "" || !isUnreadable(error)) throw error;
      const detail = error instanceof Error ? error.message : String(error);
      plan.leaveOut(skip(place.path, "unlisted", detail));
      this.#unread.add(place.path);
      return plan;
    }
    if (source.proves === "nothing" && source.entries.length > 0) {
      plan.leaveOut(skip(place.path, "unlisted", "the server sent lines that make no sense"));
    }
    await plan.compare(member, source, target.entries, wait);
    return plan;
  }

  async #list(
    member: Member,
    path: string,
    isRemote: boolean,
    wait: WaitOptions,
  ): Promise<Side> {
    const left = this.#maxEntries - this.#count;
    const side = isRemote ? await this.#remote.list(member, path, wait) : {
      entries: await listLocal(joinLocal(this.#trees.local, path), left),
      proves: "all" as const,
    };
    this.#count += side.entries.length;
    const root = isRemote ? this.#trees.remote : this.#trees.local;
    if (this.#count > this.#maxEntries) throw tooManyEntries(root, this.#maxEntries);
    return side;
  }

  #finished(): readonly MirrorStep[] {
    const steps = this.#isComplete ? this.#steps : this.#carefulSteps();
    return this.#choice.isPartial ? withoutEmpty(steps) : steps;
  }

  /** What is left where not all of the source was read; what could not be read is not made either. */
  #carefulSteps(): MirrorStep[] {
    return this.#steps
      .filter(({ kind, path }) => kind !== "makeDirectory" || !this.#unread.has(path))
      .map((step) => this.#careful(step));
  }

  /** What becomes of a step where not all of the source was read: nothing is deleted. */
  #careful(step: MirrorStep): MirrorStep {
    if (step.kind === "delete") return skip(step.path, "incomplete");
    if (step.kind === "skip" || !isBelow(step.path, this.#replaced)) return step;
    return skip(step.path, "in the way", "what is there would have to be deleted first");
  }
}

/** Whether a path, or a directory that it lies in, is one of these. */
function isBelow(path: string, paths: ReadonlySet<string>): boolean {
  if (paths.size === 0) return false;
  for (let at = path.length; at > 0; at = path.lastIndexOf("/", at - 1)) {
    if (paths.has(path.slice(0, at))) return true;
  }
  return false;
}

/** Directories are made only where something comes into them. */
function withoutEmpty(steps: readonly MirrorStep[]): MirrorStep[] {
  const needed = new Set<string>([""]);
  for (const { kind, path } of steps) {
    if (kind === "makeDirectory" || kind === "skip" || kind === "delete") continue;
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      needed.add(path.slice(0, at));
    }
  }
  return steps.filter(({ kind, path }) => kind !== "makeDirectory" || needed.has(path));
}

/** A directory may be closed to us, or have gone meanwhile. */
function isUnreadable(error: unknown): boolean {
  return isRefusal(error) || error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}
