/**
 * A mirror as data, before anything is done.
 *
 * @module
 */

import type {
  MirrorDirection,
  MirrorRunOptions,
  MirrorStep,
  MirrorTotals,
  SkipReason,
  TreeFailure,
} from "./types.ts";

/** What a plan is made of. */
export interface MirrorPlanContent {
  /** Which way it goes. */
  readonly direction: MirrorDirection;
  /** The directory that is mirrored. */
  readonly source: string;
  /** The directory that becomes like it. */
  readonly target: string;
  /** What is to be done, in this order. */
  readonly steps: readonly MirrorStep[];
  /** Whether all of the source could be read. */
  readonly isComplete: boolean;
  /** How many files are the same on both sides. */
  readonly unchanged: number;
  /** How many files and directories were left alone, as patterns and filter wanted. */
  readonly excluded: number;
}

/** Carries a plan out. */
export type PlanRunner = (plan: MirrorPlan, options: MirrorRunOptions) => Promise<MirrorResult>;

/**
 * What a mirror is going to do, to be looked at, filtered, printed as JSON, and carried out.
 *
 * @example Look at a plan, and carry out a part of it
 * ```ts
 * import assert from "node:assert/strict";
 * import { FTP, FTPServer } from "https://tulip.example/stdlib/ftplib/mod.ts";
 *
 * await using server = await FTPServer.start({ files: { "/a.txt": "one", "/b/c.txt": "two" } });
 * await using ftp = await FTP.connect(server.hostname, { port: server.port, user: "anonymous" });
 * const local = await Deno.makeTempDir();
 * const plan = await ftp.planMirrorDown("/", local);
 * assert.equal(plan.totals.files, 2);
 * assert.deepEqual(plan.steps.map(({ kind, path }) => `${kind} ${path}`), [
 *   "download a.txt",
 *   "makeDirectory b",
 *   "download b/c.txt",
 * ]);
 * const result = await plan.filter(({ path }) => path.startsWith("b")).run();
 * assert.equal(result.files, 1);
 * await Deno.remove(local, { recursive: true });
 * ```
 */
export class MirrorPlan implements MirrorPlanContent {
  /** Which way it goes. */
  readonly direction: MirrorDirection;
  /** The directory that is mirrored. */
  readonly source: string;
  /** The directory that becomes like it. */
  readonly target: string;
  /** What is to be done, in this order. */
  readonly steps: readonly MirrorStep[];
  /**
   * Whether all of the source could be read. If not, nothing is deleted: the steps tell what was not
   * read, and what would have been deleted.
   */
  readonly isComplete: boolean;
  /** How many files are the same on both sides. */
  readonly unchanged: number;
  /** How many files and directories were left alone, as patterns and filter wanted. */
  readonly excluded: number;
  /** What it comes to. */
  readonly totals: MirrorTotals;
  readonly #run: PlanRunner;

  /**
   * Made by `FTP.planMirrorDown` and `FTP.planMirrorUp`.
   *
   * @param content What it is made of.
   * @param run Carries it out.
   */
  constructor(content: MirrorPlanContent, run: PlanRunner) {
    this.direction = content.direction;
    this.source = content.source;
    this.target = content.target;
    this.steps = content.steps;
    this.isComplete = content.isComplete;
    this.unchanged = content.unchanged;
    this.excluded = content.excluded;
    this.totals = totalsOf(content.steps);
    this.#run = run;
  }

  /**
   * Makes a plan of some of the steps.
   *
   * @param keep Tells whether a step stays.
   * @returns The other plan.
   */
  filter(keep: (step: MirrorStep) => boolean): MirrorPlan {
    return new MirrorPlan({ ...this.toJSON(), steps: this.steps.filter(keep) }, this.#run);
  }

  /**
   * Carries it out, with the session that has made it and further ones like it. Nobody else may use
   * the session meanwhile.
   *
   * @param options How, and whom to tell.
   * @returns What came of it: what failed is in `errors`, unless `stopOnError` is set.
   * @throws {FTPError} If the session is lost, and cannot be opened again.
   */
  async run(options: MirrorRunOptions = {}): Promise<MirrorResult> {
    return await this.#run(this, options);
  }

  /** What it is made of, for `JSON.stringify`. */
  toJSON(): MirrorPlanContent & { readonly totals: MirrorTotals } {
    const { direction, source, target, steps, isComplete, unchanged, excluded, totals } = this;
    return { direction, source, target, isComplete, unchanged, excluded, totals, steps };
  }
}

/** What came of a mirror. */
export interface MirrorResult {
  /** What was planned; what was left out, and why, is among its steps. */
  readonly plan: MirrorPlan;
  /** How many directories were made. */
  readonly directories: number;
  /** How many files were transferred. */
  readonly files: number;
  /** How many bytes were, what was there from an earlier run left aside. */
  readonly bytes: number;
  /** How many links were made. */
  readonly links: number;
  /** How many files got only another time. */
  readonly times: number;
  /** How many files, links and directories were deleted; what was in the latter does not count. */
  readonly deletions: number;
  /** How many deletions were left undone, because something had failed before. */
  readonly withheld: number;
  /** What failed, by its path from the roots on. */
  readonly errors: readonly TreeFailure[];
}

/** Makes a step that leaves something out. */
export function skip(path: string, reason: SkipReason, detail?: string): MirrorStep {
  return detail === undefined
    ? { kind: "skip", path, reason }
    : { kind: "skip", path, reason, detail };
}

function totalsOf(steps: readonly MirrorStep[]): MirrorTotals {
  const totals = {
    directories: 0,
    files: 0,
    bytes: 0,
    links: 0,
    times: 0,
    deletions: 0,
    skipped: 0,
  };
  for (const step of steps) {
    switch (step.kind) {
      case "makeDirectory":
        totals.directories++;
        break;
      case "download":
      case "upload":
        totals.files++;
        totals.bytes += step.size ?? 0;
        break;
      case "makeLink":
        totals.links++;
        break;
      case "setModified":
        totals.times++;
        break;
      case "delete":
        totals.deletions++;
        break;
      case "skip":
        totals.skipped++;
        break;
    }
  }
  return totals;
}
