/**
 * Several things at once, of which some may fail.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../../loop/exceptions.ts";
import { EXIT } from "../../_cli/exit_codes.ts";
import { exitCodeOf } from "../../_cli/failures.ts";
import { ftpExitCode } from "./exit_code.ts";

/** How {@linkcode together} works. */
export interface TogetherOptions {
  /** How many at once. */
  readonly parallel: number;
  /** What ends it. */
  readonly signal: AbortSignal;
  /** Told what failed; the others go on. */
  readonly report: (error: unknown) => void;
}

/**
 * Does something with each of several things. Where one fails, the others go on; unless the server
 * cannot be reached, or lets nobody in: that would be the same for all.
 *
 * @param things The things.
 * @param work What to do with each.
 * @param options How many at once, and whom to tell.
 */
export async function together<T>(
  things: readonly T[],
  work: (thing: T) => Promise<void>,
  { parallel, signal, report }: TogetherOptions,
): Promise<void> {
  const left = things.values();
  let given: { error: unknown } | undefined;
  const worker = async () => {
    for (const thing of left) {
      if (given !== undefined || signal.aborted) return;
      try {
        await work(thing);
      } catch (error) {
        rethrowIfCancelled(error, signal);
        const code = exitCodeOf(error, ftpExitCode);
        if (code === EXIT.failed || code === EXIT.notFound) report(error);
        else given ??= { error };
      }
    }
  };
  const workers = Array.from({ length: Math.min(parallel, things.length) }, worker);
  const failed = (await Promise.allSettled(workers)).find(({ status }) => status === "rejected");
  signal.throwIfAborted();
  if (failed?.status === "rejected") throw failed.reason;
  if (given !== undefined) throw given.error;
}
