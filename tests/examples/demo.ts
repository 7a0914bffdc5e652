/**
 * Runs the nightly report as people do: as a process of its own.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** The script. */
export const SCRIPT: string = fileURLToPath(
  import.meta.resolve("../../examples/nightly_report.ts"),
);

/** What a finished run left. */
export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

/** Starts the script, with the permissions that the demo task gives it. */
export function start(args: string[], cwd?: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-net", "--allow-read", "--allow-write", "--no-prompt", SCRIPT, ...args],
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(30_000),
  }).spawn();
}

/** Runs the script to its end. */
export async function run(args: string[], cwd?: string): Promise<Finished> {
  const { code, stdout, stderr } = await start(args, cwd).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
