/**
 * What a command line program is made of: commands as data, and what a command is given to work
 * with.
 *
 * @module
 */

import type { ExitCode } from "./exit_codes.ts";
import type { OptionSpecs, OptionValues } from "./options.ts";
import type { Output } from "./output.ts";
import type { Progress } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

/** What a command works with. */
export interface Context {
  /** What it talks to. */
  readonly terminal: Terminal;
  /** Standard output. */
  readonly output: Output;
  /** Shows how far transfers are. */
  readonly progress: Progress;
  /** Aborted by Ctrl-C, and when the system asks the program to end. */
  readonly signal: AbortSignal;
  /**
   * Says something that is no result: a warning, what to do next. Not with `--quiet`.
   *
   * @param text One line.
   */
  note(text: string): void;
  /**
   * Reports that one of several things failed, in one line, while the others go on.
   *
   * @param error What was thrown.
   * @param what What failed, such as a file.
   */
  report(error: unknown, what?: string): void;
}

/** The options that every command has. */
export interface CommonOptions {
  /** Only errors are told. */
  readonly quiet: boolean;
  /** Whether the dialogue with the server is shown. */
  readonly verbose: boolean;
  /** Whether errors are shown with their causes and where they come from. */
  readonly debug: boolean;
  /** Whether results are lines of JSON. */
  readonly json: boolean;
}

/** What a command is to do. */
export interface Job<S extends OptionSpecs = OptionSpecs> {
  /** What was asked for. */
  readonly options: OptionValues<S> & CommonOptions;
  /** The words that are no options. */
  readonly words: readonly string[];
  /** What it works with. */
  readonly context: Context;
}

/** A line of help that shows how something is done. */
export interface Example {
  /** What it does. */
  readonly text: string;
  /** The words behind the program's name. */
  readonly command: string;
}

/** A heading of the help, and the options below it. */
export interface OptionGroup {
  /** The heading. */
  readonly title: string;
  /** The options. */
  readonly options: OptionSpecs;
}

/** A command of a program. */
export interface Command<S extends OptionSpecs = OptionSpecs> {
  /** What it takes besides options, as the help shows it: `URL...`. */
  readonly usage: string;
  /** How many words it takes. */
  readonly words: { readonly least: number; readonly most?: number };
  /** What it does: paragraphs. */
  readonly description: readonly string[];
  /** Its options, below their headings. */
  readonly groups: readonly OptionGroup[];
  /** How it is used. */
  readonly examples: readonly Example[];
  /**
   * Whether Ctrl-C is how it ends: a server, say. Then the exit code is 0.
   *
   * @default {false}
   */
  readonly endless?: boolean;
  /**
   * Does it.
   *
   * @param job What is to be done.
   */
  run(job: Job<S>): Promise<void>;
}

/** A program. */
export interface Program {
  /** What it is called. */
  readonly name: string;
  /** What it is, in one line. */
  readonly summary: string;
  /** More about it: paragraphs. */
  readonly description: readonly string[];
  /** Its version. */
  readonly version: string;
  /** Its commands by name; each is loaded when it is needed. */
  readonly commands: Readonly<Record<string, CommandEntry>>;
  /** How it is used. */
  readonly examples: readonly Example[];
  /**
   * Tells what is known about an error of this program's own.
   *
   * @param error What was thrown.
   * @returns How to end, where it is known.
   */
  exitCodeFor?(error: unknown): ExitCode | undefined;
}

/** A command that is not loaded yet. */
export interface CommandEntry {
  /** What it does, in one line. */
  readonly summary: string;
  /** Loads it. */
  load(): Promise<Command>;
}

/**
 * Makes a command whose `run` is given typed options.
 *
 * @param groups Its options, below their headings.
 * @param command All else.
 * @returns The command.
 */
export function defineCommand<const G extends readonly OptionGroup[]>(
  groups: G,
  command: Omit<Command<OptionsOf<G>>, "groups">,
): Command {
  return { ...command, groups } as unknown as Command;
}

/** All options of some groups. */
export type OptionsOf<G extends readonly OptionGroup[]> = Union<G[number]["options"]>;

type Union<T> = (T extends unknown ? (each: T) => void : never) extends
  (all: infer All extends OptionSpecs) => void ? { readonly [Name in keyof All]: All[Name] }
  : never;

/** The options that every command has. */
export const COMMON = {
  title: "Output",
  options: {
    quiet: { type: "flag", short: "q", help: "Tell errors only" },
    json: { type: "flag", help: "Write results as JSON, one object a line" },
    verbose: { type: "flag", short: "v", help: "Show the dialogue with the server" },
    debug: { type: "flag", help: "Show errors with their causes and where they come from" },
    help: { type: "flag", short: "h", help: "Show this help" },
  },
} as const satisfies OptionGroup;

/**
 * All options of a command.
 *
 * @param command The command.
 * @returns The options by name, those that every command has included.
 */
export function optionsOf(command: Pick<Command, "groups">): OptionSpecs {
  return Object.assign({}, ...[...command.groups, COMMON].map(({ options }) => options));
}
