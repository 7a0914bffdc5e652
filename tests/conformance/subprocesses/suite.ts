/**
 * What the behaviours of `test_subprocess` share.
 *
 * @module
 */

import { PIPE } from "../../../net/processes/subprocess.ts";
import { Suite } from "../behaviour.ts";

/** CPython's `test_subprocess`. */
export const subprocesses = new Suite("test_subprocess");

/** A program that does nothing for an hour. */
export const BLOCKED = ["sleep", ["3600"]] as const;

/** Input and output as pipes. */
export const BOTH = { stdin: PIPE, stdout: PIPE } as const;

/** All three as pipes. */
export const ALL = { stdin: PIPE, stdout: PIPE, stderr: PIPE } as const;

/** How many bytes do not fit into a pipe. */
export const PIPE_MAX_SIZE = 4 * 1024 * 1024;

/** Why a program of another language is run. */
export const SHELL = "The program is one of the system's, not of Python";

/** Waits in the time of the machine, also where a test clock has another: the system does. */
export function machineTime(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The text of bytes. */
export function text(bytes: Uint8Array | null): string | null {
  return bytes && new TextDecoder().decode(bytes);
}
