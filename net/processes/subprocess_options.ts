/**
 * How a child process is started, by Python's names (`subprocess.Popen`) where
 * those are asyncio's, and by those of `Deno.Command` for the rest.
 *
 * @module
 */

/** A pipe between the child and this program (`subprocess.PIPE`). */
export const PIPE: -1 = -1;

/** For `stderr`: where the output goes (`subprocess.STDOUT`). */
export const STDOUT: -2 = -2;

/** Nothing: an empty input, an output that is dropped (`subprocess.DEVNULL`). */
export const DEVNULL: -3 = -3;

/** Options of a child process, for both faces of it. */
export interface SubprocessOptions {
  /**
   * Where its input comes from: {@linkcode PIPE}, {@linkcode DEVNULL}, or `null` for this
   * program's own input.
   *
   * @default {null}, and {PIPE} for `subprocessExec` and `subprocessShell`
   */
  stdin?: typeof PIPE | typeof DEVNULL | null;
  /**
   * Where its output goes: {@linkcode PIPE}, {@linkcode DEVNULL}, or `null` for this program's own
   * output.
   *
   * @default {null}, and {PIPE} for `subprocessExec` and `subprocessShell`
   */
  stdout?: typeof PIPE | typeof DEVNULL | null;
  /**
   * Where its errors go: as `stdout`, or {@linkcode STDOUT} for the same place as its output, in
   * the exact order of writing.
   *
   * `Deno.Command` cannot join the two, so `STDOUT` goes through `/bin/sh`, which becomes the
   * program: needs `--allow-run=/bin/sh` besides, and is not there on Windows. The shell drops
   * environment variables whose names are no names for it, and sets `PWD`.
   *
   * @default {null}, and {PIPE} for `subprocessExec` and `subprocessShell`
   */
  stderr?: typeof PIPE | typeof STDOUT | typeof DEVNULL | null;
  /**
   * The directory in which it runs.
   *
   * @default that of this program
   */
  cwd?: string | URL;
  /**
   * Variables for its environment, besides those of this program: unlike Python's `env`, which
   * stands in place of them, as here with `clearEnv`.
   *
   * @default {none}
   */
  env?: Readonly<Record<string, string>>;
  /**
   * Whether it gets no variables of this program's environment.
   *
   * @default {false}
   */
  clearEnv?: boolean;
  /**
   * The number of the user as whom it runs.
   *
   * @default the user of this program
   */
  uid?: number;
  /**
   * The number of its group.
   *
   * @default the group of this program
   */
  gid?: number;
  /**
   * Whether it leads a session of its own, out of reach of the terminal's Ctrl-C (Python's
   * `start_new_session`).
   *
   * @default {false}
   */
  detached?: boolean;
  /** Ends the starting: the child is killed. Once the call has returned it does nothing. */
  signal?: AbortSignal;
}

/**
 * Refuses what cannot be.
 *
 * @param program The program, or the command.
 * @param args Its arguments.
 * @param options How it is started.
 * @throws {TypeError} If something is of no possible kind.
 * @throws {RangeError} If a number is none.
 *
 * @internal
 */
export function checkSubprocess(
  program: string,
  args: readonly string[],
  options: SubprocessOptions,
): void {
  if (program === "") throw new TypeError("Cannot start a process: need the name of a program");
  if (!Array.isArray(args)) {
    throw new TypeError(`Cannot start ${program}: need its arguments as an array`);
  }
  for (const text of [program, ...args]) checkText(text, "A program and its arguments");
  for (const [name, value] of Object.entries(options.env ?? {})) {
    checkText(name, "The name of a variable");
    checkText(value, `The variable ${name}`);
    if (name === "" || name.includes("=")) {
      throw new TypeError(`Cannot set the variable "${name}": its name is empty or holds a "="`);
    }
  }
  for (const [name, why] of REFUSED) {
    if ((options as Record<string, unknown>)[name]) {
      throw new TypeError(`Cannot use ${name}: ${why}`);
    }
  }
  for (const name of ["stdin", "stdout", "stderr"] as const) {
    const value = options[name];
    const allowed = name === "stderr" ? [PIPE, DEVNULL, STDOUT] : [PIPE, DEVNULL];
    if (value == null || (allowed as number[]).includes(value)) continue;
    throw new TypeError(
      `Cannot set ${name} to ${value}: need PIPE, DEVNULL${name === "stderr" ? ", STDOUT" : ""} ` +
        `or null`,
    );
  }
  for (const name of ["uid", "gid"] as const) {
    const value = options[name];
    if (value === undefined || (Number.isInteger(value) && value >= 0)) continue;
    throw new RangeError(`Cannot set ${name} to ${value}: need a whole number of at least 0`);
  }
}

// What Python's `subprocess` has, and its `asyncio` refuses.
const BYTES = "pipes carry bytes. Decode them, as with TextDecoder";
const REFUSED = [
  ["text", BYTES],
  ["encoding", BYTES],
  ["errors", BYTES],
  ["universalNewlines", BYTES],
  ["bufsize", "what is written is buffered between water marks, and what is read up to a limit"],
  ["shell", "there is a function for commands of the shell, and another for programs"],
] as const;

function checkText(text: unknown, what: string): void {
  if (typeof text !== "string") {
    throw new TypeError(`${what} must be strings, not ${typeof text}`);
  }
  if (text.includes("\0")) throw new TypeError(`${what} cannot hold a NUL`);
}
