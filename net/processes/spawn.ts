/**
 * Starting child processes through `Deno.Command`.
 *
 * @module
 */

import { getEventLoop } from "../../loop/events.ts";
import { NotImplementedError, rethrowIfCancelled } from "../../loop/exceptions.ts";
import { runOutside } from "../../loop/outside.ts";
import { interruptible } from "../../loop/wait.ts";
import { quote } from "../../protocols/text/quote.ts";
import { Child } from "./child.ts";
import { ChildOutput } from "./child_pipes.ts";
import { FileNotFoundError, OSError, PermissionError } from "../errors.ts";
import {
  checkSubprocess,
  DEVNULL,
  PIPE,
  STDOUT,
  type SubprocessOptions,
} from "./subprocess_options.ts";

/**
 * Starts a program.
 *
 * @param program Its name, looked for in `PATH`, or its path.
 * @param args Its arguments.
 * @param options How it is started.
 * @returns The child, once it runs. If the call is cancelled before, there is none.
 * @throws {FileNotFoundError} If there is no such program.
 * @throws {PermissionError} If the program may not start it.
 * @throws {OSError} If the system cannot; `code` says how.
 */
export async function spawnExec(
  program: string | URL,
  args: readonly string[],
  options: SubprocessOptions,
): Promise<Child> {
  const path = program instanceof URL ? decodeURIComponent(program.pathname) : program;
  checkSubprocess(path, args, options);
  if (!isJoined(options)) return await started(spawn(program, path, { args }, options), options);

  const call = { args: ["-c", JOIN, SHELL, path, ...args], gate: true };
  const { gate, ...spawned } = spawn(SHELL, path, call, options);
  try {
    return await started(spawned, options, () => refuseMissing(gate!, path));
  } finally {
    gate!.close();
  }
}

/**
 * Starts a command of the shell: `/bin/sh`, or `cmd.exe` on Windows.
 *
 * @param command The command.
 * @param options How it is started.
 * @returns The child, once it runs.
 * @throws {PermissionError} If the program may not start a shell.
 * @throws {OSError} If the system cannot; `code` says how.
 */
export async function spawnShell(command: string, options: SubprocessOptions): Promise<Child> {
  const isWindows = Deno.build.os === "windows";
  const shell = isWindows ? "cmd.exe" : SHELL;
  checkSubprocess(shell, [command], options);
  const call = isWindows
    ? { args: ["/d", "/s", "/c", `"${command}"`], raw: true }
    : { args: isJoined(options) ? ["-c", REJOIN, SHELL, command] : ["-c", command] };
  return await started(spawn(shell, command, call, options), options);
}

const SHELL = "/bin/sh";

// A shell that fails to start a program says so in its output, and ends. What it can find out
// before goes to its errors, a pipe which is empty at its end when all is well. A name that is a
// builtin has no path; there the program of that name is left to be found, or not.
const JOIN = `
path=$(command -v -- "$1") || { echo missing >&2; exit 127; }
case $path in */*) [ -x "$path" ] && [ ! -d "$path" ] || { echo forbidden >&2; exit 126; };; esac
exec 2>&1
exec "$@"
`;

// The same for a command of the shell, which is there.
const REJOIN = 'exec "$0" -c "$1" 2>&1';

function isJoined({ stdout, stderr }: SubprocessOptions): boolean {
  return stderr === STDOUT && stdout !== DEVNULL;
}

interface Call {
  readonly args: readonly string[];
  /** Whether Windows gets the arguments as they are. */
  readonly raw?: boolean;
  /** Whether there is a pipe on which {@linkcode JOIN} says what is wrong. */
  readonly gate?: boolean;
}

interface Spawned {
  readonly child: Child;
  readonly gate?: ChildOutput;
}

function spawn(
  program: string | URL,
  name: string,
  { args, raw, gate }: Call,
  options: SubprocessOptions,
): Spawned {
  const { stdin, stdout, stderr, cwd, env, clearEnv, uid, gid, detached, signal } = options;
  signal?.throwIfAborted();
  if (isJoined(options) && Deno.build.os === "windows") {
    throw new NotImplementedError(
      "Cannot join errors and output on Windows: Deno.Command cannot, and there is no shell that can",
    );
  }
  const pipes = { input: stdin === PIPE, output: stdout === PIPE, errors: stderr === PIPE };
  try {
    const command = new Deno.Command(program, {
      args: [...args],
      stdin: STDIO.get(stdin)!,
      stdout: STDIO.get(stdout)!,
      stderr: gate ? "piped" : STDIO.get(stderr)!,
      cwd,
      env: env && { ...env },
      clearEnv,
      uid,
      gid,
      detached,
      windowsRawArguments: raw,
    });
    // A child that lives long must not keep the task alive that has started it.
    return runOutside(() => {
      const process = command.spawn();
      return {
        child: new Child(process, name, pipes),
        gate: gate ? new ChildOutput(process.stderr, `the errors of ${SHELL}`) : undefined,
      };
    });
  } catch (error) {
    throw spawnError(error, String(program), cwd);
  }
}

// What is joined with the output is so by the shell.
const STDIO: ReadonlyMap<number | null | undefined, "piped" | "null" | "inherit"> = new Map([
  [PIPE, "piped"],
  [DEVNULL, "null"],
  [STDOUT, "null"],
  [null, "inherit"],
  [undefined, "inherit"],
]);

/**
 * Python's call takes a turn of the loop at least. So does this one, for else a task that is
 * cancelled meanwhile would leave a child behind that nobody knows.
 */
async function started(
  { child }: Spawned,
  { signal }: SubprocessOptions,
  check: () => Promise<void> = turn,
): Promise<Child> {
  let done = false;
  try {
    await interruptible(check(), { signal });
    done = true;
    return child;
  } finally {
    if (!done) await child.end();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => void getEventLoop().callSoon(() => resolve()));
}

async function refuseMissing(gate: ChildOutput, program: string): Promise<void> {
  const word = new Uint8Array(64);
  const count = await gate.read(word);
  if (count === null) return;
  const what = `Cannot start ${quote(program)}`;
  if (new TextDecoder().decode(word.subarray(0, count)).includes("missing")) {
    throw new FileNotFoundError(`${what}: there is no such program`);
  }
  throw new PermissionError(`${what}: the file is not executable`);
}

function spawnError(error: unknown, program: string, cwd?: string | URL): unknown {
  rethrowIfCancelled(error);
  if (!(error instanceof Error)) return error;
  const what = `Cannot start ${quote(program)}`;
  const options = { cause: error };
  if (error instanceof Deno.errors.NotCapable) {
    return new PermissionError(`${what}: ${notGranted(error.message, program)}`, options);
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new PermissionError(`${what}: the file is not executable, or not for us`, options);
  }
  if (error instanceof Deno.errors.NotFound) {
    if (/No such cwd/.test(error.message)) {
      return new FileNotFoundError(`${what}: there is no directory ${quote(String(cwd))}`, options);
    }
    return new FileNotFoundError(
      `${what}: there is no such program${
        program.includes("/") ? ", or none that could run it" : " in PATH"
      }`,
      options,
    );
  }
  const { code } = error as { code?: unknown };
  if (error instanceof TypeError) return error;
  const reason = REASONS[String(code)] ?? error.message;
  const isNoProgram = /Exec format error/.test(error.message);
  return new OSError(`${what}: ${reason}`, {
    ...options,
    code: isNoProgram ? "ENOEXEC" : (code as string | undefined),
  });
}

function notGranted(words: string, program: string): string {
  if (/LD_|DYLD_/.test(words)) {
    return "only a program with all of --allow-run may set variables that change how others are loaded";
  }
  return `the permission is missing. Run this program with --allow-run=${program}`;
}

const REASONS: Readonly<Record<string, string>> = {
  EAGAIN: "the system has no room for another process. Wait for some to end",
  ENOMEM: "the system has no memory for another process",
  EMFILE: "this program has too many open files. Wait for some children to end, or raise ulimit -n",
  ENFILE: "the system has too many open files",
  E2BIG: "its arguments and its environment are too long. Give large data by its input",
};
