/**
 * How every command line ends: one table of exit codes, and the errors that carry them.
 *
 * @module
 */

/** What a command line's exit code says. They mean the same for every command of every program. */
export const EXIT = {
  /** All was done. */
  ok: 0,
  /** Something failed: a transfer, a refusal, a full disk. */
  failed: 1,
  /** The command line makes no sense, or Deno was not given a permission that it needs. */
  usage: 2,
  /** The server could not be reached, or is not who it should be. */
  unreachable: 3,
  /** The server does not let this user in. */
  loginRefused: 4,
  /** What was named is not there, on the server or here. */
  notFound: 5,
  /** Ctrl-C: 128 and the number of SIGINT, as shells count. */
  interrupted: 130,
  /** Nobody reads the output any more (`… | head`): 128 and SIGPIPE. Nothing is printed. */
  brokenPipe: 141,
  /** Asked to end (`kill`): 128 and SIGTERM. */
  terminated: 143,
} as const;

/** One of the exit codes. */
export type ExitCode = typeof EXIT[keyof typeof EXIT];

/** Something failed, and it is known how to end. */
export class CommandError extends Error {
  /** The name of the class. */
  override readonly name: string = "CommandError";
  /** How the program ends. */
  readonly exitCode: ExitCode;

  /**
   * Makes the error.
   *
   * @param message What failed, and what to do, in one line.
   * @param exitCode How the program ends.
   * @param options The error behind it.
   */
  constructor(message: string, exitCode: ExitCode = EXIT.failed, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The command line makes no sense. */
export class UsageError extends CommandError {
  /** The name of the class. */
  override readonly name: string = "UsageError";

  /**
   * Makes the error.
   *
   * @param message What is wrong, and what would be right.
   * @param options The error behind it.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, EXIT.usage, options);
  }
}

/**
 * Sums several failures up.
 *
 * @param codes The exit code of each.
 * @returns Theirs where they agree, else {@linkcode EXIT}`.failed`.
 */
export function commonExitCode(codes: readonly ExitCode[]): ExitCode {
  const [first, ...others] = codes;
  if (first === undefined) return EXIT.ok;
  return others.every((code) => code === first) ? first : EXIT.failed;
}
