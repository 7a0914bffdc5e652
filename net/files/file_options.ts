/**
 * How files are opened.
 *
 * @module
 */

import type { WaitOptions } from "../../loop/wait.ts";
import { checkLimit } from "../../protocols/limits.ts";

/** Options of `openFile`. Without `timeout` a wait for the disk is endless. */
export interface OpenFileOptions extends WaitOptions {
  /**
   * Whether it is read.
   *
   * @default whether it is not written to
   */
  read?: boolean;
  /**
   * Whether it is written to.
   *
   * @default {false}
   */
  write?: boolean;
  /**
   * Whether all that is written goes to its end.
   *
   * @default {false}
   */
  append?: boolean;
  /**
   * Whether it is emptied; to be written to.
   *
   * @default {false}
   */
  truncate?: boolean;
  /**
   * Whether it is made where it is not there; to be written to.
   *
   * @default {false}
   */
  create?: boolean;
  /**
   * Whether it is made, and must not be there; to be written to.
   *
   * @default {false}
   */
  createNew?: boolean;
  /**
   * The rights of a file that is made, less the umask.
   *
   * @default {0o666}
   */
  mode?: number;
  /**
   * The longest line, in bytes.
   *
   * @default {1_048_576}
   */
  limit?: number;
}

/**
 * Turns our options into Deno's.
 *
 * @param options Ours.
 * @throws {TypeError} If they contradict each other.
 * @throws {RangeError} If the limit is no whole number of at least 1.
 */
export function checkOpenOptions(options: OpenFileOptions): Deno.OpenOptions {
  const { write = false, append = false, truncate, create, createNew, mode } = options;
  const { read = !(write || append) } = options;
  checkLimit("limit", options.limit, 1);
  if (!read && !write && !append) {
    throw new TypeError("Cannot open a file for nothing: set read, write or append");
  }
  const making = create || createNew;
  if ((making || truncate) && !(write || append)) {
    throw new TypeError("Cannot make or empty a file that is not written to: set write or append");
  }
  if (truncate && !write) {
    throw new TypeError("Cannot empty a file that is only appended to: set write");
  }
  return { read, write, append, truncate, create, createNew, mode };
}
