/**
 * Runs the command line, inside of the test or as a program of its own.
 *
 * @module
 */

import { runProgram } from "../../../../stdlib/_cli/main.ts";
import { FTP_PROGRAM } from "../../../../stdlib/ftplib/cli.ts";
import { FakeTerminal, type FakeTerminalOptions } from "../../_cli/fake_terminal.ts";

/** How a run ended. */
export interface Run {
  /** The exit code. */
  readonly code: number;
  /** Standard output. */
  readonly out: string;
  /** Standard error. */
  readonly err: string;
}

/** Runs it inside of the test. */
export async function cli(words: readonly string[], options?: FakeTerminalOptions): Promise<Run> {
  const terminal = new FakeTerminal(options);
  const code = await runProgram(FTP_PROGRAM, words, terminal);
  return { code, out: terminal.out, err: terminal.err };
}

/** Options of {@linkcode program}. */
export interface ProgramOptions {
  /** Deno's permissions. Only the network on loopback unless given. */
  permissions?: readonly string[];
  /** The environment beside what Deno itself needs. */
  env?: Record<string, string>;
  /** The working directory. */
  cwd?: string;
}

/** The address of the program, as a user writes it behind `deno run`. */
export const CLI = new URL("../../../../stdlib/ftplib/cli.ts", import.meta.url);

/** The words of the whole command: no configuration, so no import map, and nobody is asked. */
export function commandOf(words: readonly string[], permissions: readonly string[]): string[] {
  const flags = ["--no-config", "--no-lock", "--no-check", "--no-prompt", "--quiet"];
  return [Deno.execPath(), "run", ...flags, ...permissions, CLI.href, ...words];
}

/** Starts it as a program of its own. */
export function program(
  words: readonly string[],
  { permissions = ["-N=127.0.0.1"], env = {}, cwd }: ProgramOptions = {},
): Deno.Command {
  const [deno, ...args] = commandOf(words, permissions);
  return new Deno.Command(deno!, {
    args,
    cwd,
    clearEnv: true,
    env: {
      HOME: Deno.env.get("HOME") ?? "/",
      PATH: Deno.env.get("PATH") ?? "",
      DENO_NO_UPDATE_CHECK: "1",
      ...env,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(60_000),
  });
}

/** Runs it as a program of its own. */
export async function run(words: readonly string[], options?: ProgramOptions): Promise<Run> {
  const { code, stdout, stderr } = await program(words, options).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

/** The URL of something on a server. */
export function at(server: { hostname: string; port: number }, path = "", user = ""): string {
  return `ftp://${user && `${user}@`}${server.hostname}:${server.port}/${path}`;
}
