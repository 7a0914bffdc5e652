/**
 * Mirrors in both directions, planned and carried out.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../../loop/exceptions.ts";
import { command } from "../../../protocols/ftp/commands.ts";
import { ErrorPerm } from "../errors.ts";
import { TreeError } from "../tree_error.ts";
import type { Downloaded, DownloadToOptions, Uploaded, UploadFromOptions } from "../types.ts";
import { Crew, type TreeClient } from "./crew.ts";
import { enterAndLeave } from "./directories.ts";
import { leadsToDirectory } from "./files.ts";
import { MirrorPlan, type MirrorResult } from "./plan.ts";
import { planMirror, type Trees } from "./planner.ts";
import { runPlan } from "./run.ts";
import type { MirrorOptions, MirrorPlanOptions } from "./types.ts";

/**
 * Plans a mirror.
 *
 * @param ftp The client.
 * @param trees Both trees.
 * @param options What is mirrored, and how it is compared.
 * @returns The plan, which can be carried out.
 */
export async function plan(
  ftp: TreeClient,
  trees: Trees,
  options: MirrorPlanOptions,
): Promise<MirrorPlan> {
  await using crew = new Crew(ftp, options);
  return await planWith(crew, ftp, trees, options);
}

/**
 * Plans a mirror, and carries it out with the same sessions.
 *
 * @param ftp The client.
 * @param trees Both trees.
 * @param options What is mirrored and how.
 * @returns What came of it.
 */
export async function mirror(
  ftp: TreeClient,
  trees: Trees,
  options: MirrorOptions,
): Promise<MirrorResult> {
  await using crew = new Crew(ftp, options);
  const plan = await planWith(crew, ftp, trees, options);
  if (!options.dryRun) return await runPlan(crew, plan, { ...options, planned: options });
  const nothing = { directories: 0, files: 0, bytes: 0, links: 0, times: 0, deletions: 0 };
  return { plan, ...nothing, withheld: 0, errors: [] };
}

async function planWith(
  crew: Crew,
  ftp: TreeClient,
  trees: Trees,
  options: MirrorPlanOptions,
): Promise<MirrorPlan> {
  for (const path of [trees.remote, trees.local]) {
    if (path !== "") command("CWD", path, ftp["_session"]().options.encoding);
  }
  if (trees.local === "") throw new TypeError("Cannot mirror without the path of a directory here");
  const content = await planMirror(crew, trees, options);
  return new MirrorPlan(content, async (plan, running) => {
    const { connections, retries, onRetry, timeout } = options;
    await using others = new Crew(ftp, { connections, retries, onRetry, timeout, ...running });
    return await runPlan(others, plan, { ...running, planned: options });
  });
}

/** Fetches a directory, after the server has refused to send it as a file. */
export async function downloadDirectory(
  ftp: TreeClient,
  path: string,
  localPath: string,
  { refusal, ...options }: DownloadToOptions & { refusal: ErrorPerm },
): Promise<Downloaded> {
  const { signal, timeout } = options;
  try {
    await enterAndLeave(ftp["_session"](), path, { signal, timeout });
  } catch (error) {
    rethrowIfCancelled(error, signal);
    throw error instanceof ErrorPerm ? refusal : error;
  }
  const trees = { direction: "down", remote: path, local: localPath } as const;
  const result = await mirrorWhole(ftp, trees, options);
  return { size: result.plan.totals.bytes, offset: 0 };
}

/** Stores a directory, after it turned out to be no file. */
export async function uploadDirectory(
  ftp: TreeClient,
  localPath: string,
  path: string,
  { refusal, ...options }: UploadFromOptions & { refusal: TypeError },
): Promise<Uploaded> {
  if (!await leadsToDirectory(localPath)) throw refusal;
  if (options.append || options.offset) {
    throw new TypeError("Cannot upload a directory with append or offset: they are for files");
  }
  const trees = { direction: "up", remote: path, local: localPath } as const;
  const { bytes } = await mirrorWhole(ftp, trees, { atomic: false, ...options });
  const { signal, timeout } = options;
  return { transferred: bytes, reply: await ftp.noop({ signal, timeout }) };
}

/** Transfers all that there is, over the session alone. */
async function mirrorWhole(
  ftp: TreeClient,
  trees: Trees,
  { onProgress, resume, retries = 0, preserveModified = false, ...options }:
    & DownloadToOptions
    & { atomic?: boolean },
): Promise<MirrorResult> {
  const result = await mirror(ftp, trees, {
    ...options,
    retries,
    preserveModified,
    connections: 1,
    // With `resume`, what an earlier call has brought whole is not transferred again.
    compare: "changed",
    resume: resume !== undefined && resume !== false,
    onEvent: onProgress && (({ progress }) => {
      onProgress({ transferred: progress.bytes, total: progress.totalBytes });
    }),
  });
  const left = result.plan.steps.filter((step) => step.kind === "skip");
  const failures = [
    ...result.errors,
    ...left.map(({ path, reason, detail }) => ({
      path,
      error: new TypeError(`Left out: ${reason}${detail === undefined ? "" : ` (${detail})`}`),
    })),
  ];
  if (failures.length > 0) throw new TreeError(`transfer of ${trees.remote}`, failures);
  return result;
}
