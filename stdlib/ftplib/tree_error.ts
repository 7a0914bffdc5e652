/**
 * What did not succeed with a whole tree.
 *
 * @module
 */

import { FTPError } from "./errors.ts";
import type { TreeFailure } from "./mirror/types.ts";

/** Parts of a tree failed, while all others were done. */
export class TreeError extends FTPError {
  /** The name of the class, as in every error. */
  override readonly name: string = "TreeError";
  /** What failed, by its path; a thousand failures at most. */
  readonly failures: readonly TreeFailure[];

  /**
   * Says what failed first.
   *
   * @param what What was done.
   * @param failures What failed, one at least.
   */
  constructor(what: string, failures: readonly TreeFailure[]) {
    const [first] = failures;
    const reason = first?.error instanceof Error ? first.error.message : String(first?.error);
    const more = failures.length > 1 ? ` (and ${failures.length - 1} more, see failures)` : "";
    super(`${what}: ${JSON.stringify(first?.path)} failed${more}: ${reason}`, {
      cause: first?.error,
      origin: first?.error instanceof FTPError ? first.error.origin : "peer",
      code: first?.error instanceof FTPError ? first.error.code : undefined,
    });
    this.failures = failures;
  }
}
