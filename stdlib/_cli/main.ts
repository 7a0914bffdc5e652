/**
 * Runs a command line program: reads its words, runs its command, and tells how it went.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import { nearest, parseArguments } from "./arguments.ts";
import {
  type Command,
  type CommonOptions,
  type Context,
  optionsOf,
  type Program,
} from "./command.ts";
import { commonExitCode, EXIT, type ExitCode, UsageError } from "./exit_codes.ts";
import { detailsOf, exitCodeOf, messageOf } from "./failures.ts";
import { commandHelp, programHelp } from "./help.ts";
import { Output } from "./output.ts";
import type { Progress } from "./progress.ts";
import { ProgressBars } from "./progress_bars.ts";
import { NoProgress, ProgressJson, ProgressLog } from "./progress_plain.ts";
import type { Terminal } from "./terminal.ts";

/** Ctrl-C, or the system, ends the program. It is the reason of the signal. */
export class InterruptedError extends Error {
  /** The name of the class. */
  override readonly name: string = "InterruptedError";
  /** How the program ends. */
  readonly exitCode: ExitCode;

  /**
   * Makes the error.
   *
   * @param reason Which signal came.
   */
  constructor(reason: "SIGINT" | "SIGTERM") {
    super(reason === "SIGINT" ? "Interrupted" : "Asked to end");
    this.exitCode = reason === "SIGINT" ? EXIT.interrupted : EXIT.terminated;
  }
}

/**
 * Runs a program.
 *
 * @param program The program.
 * @param words The words behind its name.
 * @param terminal What it talks to.
 * @returns The exit code. Whatever went wrong has been told.
 */
export async function runProgram(
  program: Program,
  words: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  const [name, ...rest] = words;
  const width = terminal.size()?.columns ?? 80;
  const output = new Output(terminal.output);
  try {
    if (name === undefined) {
      throw new UsageError(
        `Name a command: ${Object.keys(program.commands).join(", ")}; see --help`,
      );
    }
    if (name === "--version" || name === "-V") {
      await output.line(`${program.name} ${program.version}`);
    } else if (name === "--help" || name === "-h" || (name === "help" && rest.length === 0)) {
      await output.line(programHelp(program, width));
    } else if (name === "help") {
      const [about] = rest;
      await output.line(commandHelp(program, about!, await commandOf(program, about!), width));
    } else {
      const command = await commandOf(program, name);
      if (rest.includes("--help") || rest.includes("-h")) {
        await output.line(commandHelp(program, name, command, width));
      } else {
        return await runCommand(program, { name, command, words: rest }, { terminal, output });
      }
    }
    await output.flush();
    return EXIT.ok;
  } catch (error) {
    rethrowIfCancelled(error);
    return tell(program, error, { terminal, debug: false });
  }
}

async function commandOf(program: Program, name: string): Promise<Command> {
  if (Object.hasOwn(program.commands, name)) return await program.commands[name]!.load();
  const names = Object.keys(program.commands);
  const near = nearest(name, names);
  throw new UsageError(
    name.startsWith("-")
      ? `Options stand behind the command: ${program.name} COMMAND ${name}; see --help`
      : `There is no command ${JSON.stringify(name)}: ` +
        (near === undefined ? `there are ${names.join(", ")}` : `did you mean ${near}?`),
  );
}

interface Asked {
  readonly name: string;
  readonly command: Command;
  readonly words: readonly string[];
}

async function runCommand(
  program: Program,
  { name, command, words }: Asked,
  { terminal, output }: { terminal: Terminal; output: Output },
): Promise<ExitCode> {
  const interrupt = new AbortController();
  const { signal } = interrupt;
  let progress: Progress = new NoProgress(terminal.errors);
  let debug = words.includes("--debug");
  const stopListening = terminal.onInterrupt((reason) => {
    const error = new InterruptedError(reason);
    // Whoever asks twice does not want to wait for a polite end.
    if (signal.aborted) {
      progress.end();
      terminal.exit(error.exitCode);
    }
    interrupt.abort(error);
  });
  const codes: ExitCode[] = [];
  try {
    const parsed = await parseArguments(words, optionsOf(command));
    const options = parsed.options as unknown as CommonOptions;
    debug = options.debug;
    const { least, most = Infinity } = command.words;
    const count = parsed.positionals.length;
    if (count < least || count > most) {
      throw new UsageError(
        `${count < least ? "Something is missing" : "That is too much"}: ` +
          `${program.name} ${name} ${command.usage}; see ${program.name} ${name} --help`,
      );
    }
    progress = progressFor(options, terminal, output);
    const context: Context = {
      terminal,
      output,
      progress,
      signal,
      note: (text) => {
        if (!options.quiet) progress.print(`${program.name}: ${text}`);
      },
      report: (error, what) => {
        if (signal.aborted) return;
        codes.push(exitCodeOf(error, program.exitCodeFor));
        const line = what === undefined ? messageOf(error) : `${what}: ${messageOf(error)}`;
        progress.print(`${program.name}: ${line}`);
        if (debug) progress.print(detailsOf(error));
      },
    };
    await command.run({ options: parsed.options as never, words: parsed.positionals, context });
    await output.flush();
    if (signal.aborted && !command.endless) throw signal.reason;
    return commonExitCode(codes);
  } catch (error) {
    rethrowIfCancelled(error);
    progress.end();
    return tell(program, signal.aborted ? signal.reason : error, { terminal, debug });
  } finally {
    progress.end();
    stopListening();
  }
}

function progressFor(options: CommonOptions, terminal: Terminal, output: Output): Progress {
  if (options.json) return new ProgressJson(output, terminal.errors);
  if (options.quiet) return new NoProgress(terminal.errors);
  const looks = terminal.errors.isTerminal && terminal.size() !== undefined;
  return looks ? new ProgressBars(terminal) : new ProgressLog(terminal.errors);
}

/** Says what failed, once, and gives the exit code. */
function tell(
  program: Program,
  error: unknown,
  { terminal, debug }: { terminal: Terminal; debug: boolean },
): ExitCode {
  const code = error instanceof InterruptedError
    ? error.exitCode
    : exitCodeOf(error, program.exitCodeFor);
  const silent = code === EXIT.brokenPipe || error instanceof InterruptedError;
  if (!silent) terminal.errors.writeText(`${program.name}: ${messageOf(error)}\n`);
  if (debug && code !== EXIT.brokenPipe) terminal.errors.writeText(`${detailsOf(error)}\n`);
  return code;
}
