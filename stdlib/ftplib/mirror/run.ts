/**
 * Carrying out a plan.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../../loop/exceptions.ts";
import type { WaitOptions } from "../../../loop/wait.ts";
import { throttleOf } from "../throttle.ts";
import type { Crew, Member } from "./crew.ts";
import type { MirrorPlan, MirrorResult } from "./plan.ts";
import { MirrorTarget, type StepOf } from "./target.ts";
import type { MirrorPlanOptions, MirrorRunOptions, MirrorStep, TreeFailure } from "./types.ts";

/** What a plan is carried out with. */
export interface RunOptions extends MirrorRunOptions {
  /** How the plan was made. */
  planned: MirrorPlanOptions;
}

/**
 * Carries out a plan.
 *
 * @param crew Who does it.
 * @param plan The plan.
 * @param options How, and whom to tell.
 * @returns What came of it.
 */
export async function runPlan(
  crew: Crew,
  plan: MirrorPlan,
  options: RunOptions,
): Promise<MirrorResult> {
  return await new Run(crew, plan, options).run();
}

class Run {
  readonly #crew: Crew;
  readonly #plan: MirrorPlan;
  readonly #options: RunOptions;
  readonly #target: MirrorTarget;
  readonly #errors: TreeFailure[] = [];
  /** Directories that could not be made, with the reason. */
  readonly #lost = new Map<string, unknown>();
  readonly #progress: { files: number; totalFiles: number; bytes: number; totalBytes: number };
  #directories = 0;
  #files = 0;
  #links = 0;
  #times = 0;
  #deletions = 0;

  constructor(crew: Crew, plan: MirrorPlan, options: RunOptions) {
    this.#crew = crew;
    this.#plan = plan;
    this.#options = options;
    const { files, bytes } = plan.totals;
    this.#progress = { files: 0, totalFiles: files, bytes: 0, totalBytes: bytes };
    this.#target = new MirrorTarget(plan, {
      ...options,
      throttle: throttleOf(options.throttle),
    });
  }

  async run(): Promise<MirrorResult> {
    const { steps } = this.#plan;
    const deletions = steps.filter((step) => step.kind === "delete");
    for (const step of deletions.filter(({ reason }) => reason === "in the way")) {
      await this.#try(this.#crew.first, step, this.#crew.wait, (wait) => this.#delete(step, wait));
    }
    await this.#makeDirectories(steps.filter((step) => step.kind === "makeDirectory"));
    const transfers = steps.filter(isTransfer);
    await this.#crew.each(transfers, async (member, step, wait) => {
      await this.#try(member, step, wait, () => this.#transfer(member, step, wait));
      this.#progress.files++;
    });
    for (const step of steps.filter((step) => step.kind === "makeLink")) {
      await this.#try(this.#crew.first, step, this.#crew.wait, async () => {
        await this.#target.makeLink(step);
        this.#links++;
      });
    }
    const times = steps.filter((step) => step.kind === "setModified");
    await this.#crew.each(times, async (member, step, wait) => {
      await this.#try(member, step, wait, async () => {
        await this.#target.setModified(member, step, wait);
        this.#times++;
      });
    });
    // Where something failed, nobody knows what of the rest is needed still.
    const last = deletions.filter(({ reason }) => reason === "extraneous");
    const isSafe = this.#errors.length === 0 && this.#plan.isComplete;
    for (const step of isSafe ? last : []) {
      await this.#try(this.#crew.first, step, this.#crew.wait, (wait) => this.#delete(step, wait));
    }
    return {
      plan: this.#plan,
      directories: this.#directories,
      files: this.#files,
      bytes: this.#progress.bytes,
      links: this.#links,
      times: this.#times,
      deletions: this.#deletions,
      withheld: isSafe ? 0 : last.length,
      errors: this.#errors,
    };
  }

  /** Each depth at once: what a directory lies in has to be there before. */
  async #makeDirectories(steps: readonly StepOf<"makeDirectory">[]): Promise<void> {
    const byDepth = Map.groupBy(steps, ({ path }) => path === "" ? 0 : path.split("/").length);
    for (const [, some] of [...byDepth].sort(([a], [b]) => a - b)) {
      await this.#crew.each(some, async (member, step, wait) => {
        await this.#try(member, step, wait, async () => {
          await this.#target.makeDirectory(member, step, wait);
          this.#directories++;
        });
      });
    }
  }

  async #transfer(
    member: Member,
    step: StepOf<"download" | "upload">,
    wait: WaitOptions,
  ): Promise<void> {
    let counted = 0;
    await this.#target.transfer(member, step, {
      ...wait,
      onProgress: (transferred) => {
        this.#progress.bytes += transferred - counted;
        counted = transferred;
        this.#tell({ type: "progress", step });
      },
    });
    this.#files++;
  }

  async #delete(step: StepOf<"delete">, wait: WaitOptions): Promise<void> {
    await this.#target.delete(this.#crew.first, step, wait);
    this.#deletions++;
  }

  /** Does a step, and keeps its failure; unless the session is lost for good. */
  async #try(
    member: Member,
    step: MirrorStep,
    wait: WaitOptions,
    work: (wait: WaitOptions) => Promise<void>,
  ): Promise<void> {
    this.#tell({ type: "begin", step });
    // A server that is gone is no failure of one file.
    if (this.#plan.direction === "up" || step.kind === "download") await member.live(wait);
    try {
      const lost = this.#lostAbove(step.path);
      if (lost !== undefined) throw lost.error;
      await work(wait);
    } catch (error) {
      rethrowIfCancelled(error, wait.signal);
      if (this.#options.stopOnError) throw error;
      if (step.kind === "makeDirectory") this.#lost.set(step.path, error);
      this.#errors.push({ path: step.path, error });
      this.#tell({ type: "error", step, error });
      return;
    }
    this.#tell({ type: "end", step });
  }

  #lostAbove(path: string): { error: unknown } | undefined {
    if (this.#lost.size === 0) return undefined;
    for (let directory = path; directory !== ""; directory = parentOf(directory)) {
      const above = parentOf(directory);
      if (this.#lost.has(above)) return { error: this.#lost.get(above) };
    }
    return undefined;
  }

  #tell(
    event: { type: "begin" | "progress" | "end"; step: MirrorStep } | {
      type: "error";
      step: MirrorStep;
      error: unknown;
    },
  ): void {
    this.#options.onEvent?.({ ...event, progress: { ...this.#progress } });
  }
}

function isTransfer(step: MirrorStep): step is StepOf<"download" | "upload"> {
  return step.kind === "download" || step.kind === "upload";
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
