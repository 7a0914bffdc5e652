/**
 * The steps of a plan, one by one, on this side or on the server.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../../loop/exceptions.ts";
import type { WaitOptions } from "../../../loop/wait.ts";
import { FTPError } from "../errors.ts";
import { isRefusal } from "../resume.ts";
import type { Throttle } from "../throttle.ts";
import { setModified } from "../times.ts";
import { FTPTransfers } from "../transfers.ts";
import { Choice } from "./choice.ts";
import type { Member } from "./crew.ts";
import { ensureDirectory, joinRemote, makeDirectory } from "./directories.ts";
import {
  joinLocal,
  lookAtEntry,
  makeLocalDirectory,
  makeLocalLink,
  makeLocalRoot,
  moveLocal,
  removeLocal,
  setLocalModified,
} from "./files.ts";
import { staysInside } from "./links.ts";
import type { MirrorPlan } from "./plan.ts";
import { removeTree } from "./remove.ts";
import type { MirrorPlanOptions, MirrorRunOptions, MirrorStep } from "./types.ts";

/** The step of a kind. */
export type StepOf<Kind extends MirrorStep["kind"]> = Extract<MirrorStep, { kind: Kind }>;

/** How steps are done. */
export interface TargetOptions extends MirrorRunOptions {
  /** How the plan was made. */
  planned: MirrorPlanOptions;
  /** What all transfers share. */
  throttle?: Throttle;
}

/** How far a transfer is, and how long it waits. */
interface Transferring extends WaitOptions {
  /** Told how many bytes were transferred. */
  onProgress: (transferred: number) => void;
}

// Those for files alone: what was planned as one must not turn out to be a directory.
const { downloadTo, uploadFrom } = FTPTransfers.prototype;

/** Smaller files are not worth the question whether their beginning is still the same. */
const WORTH_RESUMING = 65_536;

/** Does what a plan says. */
export class MirrorTarget {
  readonly #isDown: boolean;
  readonly #local: string;
  readonly #remote: string;
  readonly #options: TargetOptions;
  readonly #choice: Choice;
  /** Local directories that were looked at: they are no links. */
  readonly #trusted = new Set<string>([""]);

  /**
   * Nothing is done yet.
   *
   * @param plan The plan.
   * @param options How.
   */
  constructor(plan: MirrorPlan, options: TargetOptions) {
    this.#isDown = plan.direction === "down";
    this.#local = this.#isDown ? plan.target : plan.source;
    this.#remote = this.#isDown ? plan.source : plan.target;
    this.#options = options;
    this.#choice = new Choice(options.planned);
  }

  /** Makes a directory in one that is there; the root with all that it lies in. */
  async makeDirectory(
    member: Member,
    { path }: StepOf<"makeDirectory">,
    wait: WaitOptions,
  ): Promise<void> {
    if (!this.#isDown) {
      const remote = joinRemote(this.#remote, path);
      const make = path === "" ? ensureDirectory : makeDirectory;
      await member.do(async (session) => await make(session, remote, wait), wait);
    } else if (path === "") {
      await makeLocalRoot(this.#local);
    } else {
      await this.#checkWayTo(path);
      await makeLocalDirectory(joinLocal(this.#local, path));
      this.#trusted.add(path);
    }
  }

  /** Transfers a file. */
  async transfer(
    member: Member,
    step: StepOf<"download" | "upload">,
    { onProgress, ...wait }: Transferring,
  ): Promise<void> {
    const { throttle, retries = this.#options.planned.retries ?? 3, verify } = this.#options;
    const { planned, onRetry = planned.onRetry, resume = true, atomic = true } = this.#options;
    const options = {
      ...wait,
      throttle,
      retries,
      onRetry,
      verify,
      preserveModified: planned.preserveModified ?? true,
      onProgress: ({ transferred }: { transferred: number }) => onProgress(transferred),
    };
    const remote = joinRemote(this.#remote, step.path);
    const local = joinLocal(this.#local, step.path);
    if (step.kind === "upload") {
      // What lies there under the file's own name may be an older version of it.
      const upload = { ...options, atomic, resume: resume && atomic };
      const { transferred } = await uploadFrom.call(member.ftp, local, remote, upload);
      onProgress(transferred);
      return;
    }
    const temporary = step.temporary === undefined ? local : joinLocal(this.#local, step.temporary);
    await this.#checkWayTo(step.path);
    await checkNoLink(`${temporary}.part`);
    await checkNoLink(`${temporary}.part.json`);
    if (temporary !== local) await checkNoLink(temporary);
    const download = { ...options, resume: resume && !(step.size! <= WORTH_RESUMING) };
    const { size, offset } = await downloadTo.call(member.ftp, remote, temporary, download);
    if (temporary !== local) await moveLocal(temporary, local);
    onProgress(size - offset);
  }

  /** Makes a local link. */
  async makeLink({ path, target }: StepOf<"makeLink">): Promise<void> {
    if (!this.#isDown || !staysInside(path, target)) {
      throw new TypeError(`Cannot make a link to ${JSON.stringify(target)}: it leads elsewhere`);
    }
    await this.#checkWayTo(path);
    await makeLocalLink(joinLocal(this.#local, path), target);
  }

  /** Sets a time. */
  async setModified(
    member: Member,
    { path, modified }: StepOf<"setModified">,
    wait: WaitOptions,
  ): Promise<void> {
    if (this.#isDown) {
      await this.#checkWayTo(path);
      await checkNoLink(joinLocal(this.#local, path));
      await setLocalModified(joinLocal(this.#local, path), modified);
    } else {
      const remote = joinRemote(this.#remote, path);
      await member.do((session) => setModified(session, remote, modified, wait), wait);
    }
  }

  /** Deletes something, with all that is in it and not left alone. */
  async delete(member: Member, { path, type }: StepOf<"delete">, wait: WaitOptions): Promise<void> {
    if (path === "") throw new TypeError("Cannot delete the root of the tree");
    const isKept = (below: string, isDirectory: boolean) =>
      !this.#choice.has({
        path: `${path}/${below}`,
        type: isDirectory ? "directory" : "file",
      });
    if (this.#isDown) {
      await this.#checkWayTo(path);
      await removeLocal(joinLocal(this.#local, path), isKept);
      return;
    }
    const remote = joinRemote(this.#remote, path);
    await member.do(async (session, failures) => {
      if (type === "directory") {
        await removeTree(session, remote, { ...wait, isKept, mayBeGone: failures > 0 });
        return;
      }
      try {
        await session.exchange(`DELE ${remote}`, wait);
      } catch (error) {
        rethrowIfCancelled(error, wait.signal);
        // The answer to the one before may have been lost.
        if (failures === 0 || !isRefusal(error)) throw error;
      }
    }, wait);
  }

  /** Refuses a path that leads through a link: it could lead out of the tree. */
  async #checkWayTo(path: string): Promise<void> {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    if (this.#trusted.has(parent)) return;
    await this.#checkWayTo(parent);
    const local = joinLocal(this.#local, parent);
    const entry = await lookAtEntry(local);
    if (entry !== undefined && entry.type !== "directory") throw inTheWay(local, entry.type);
    if (entry !== undefined) this.#trusted.add(parent);
  }
}

async function checkNoLink(path: string): Promise<void> {
  const entry = await lookAtEntry(path);
  if (entry !== undefined && entry.type !== "file") throw inTheWay(path, entry.type);
}

function inTheWay(path: string, type: string): FTPError {
  return new FTPError(`Cannot write through ${JSON.stringify(path)}: it is a ${type}`, {
    origin: "usage",
  });
}
