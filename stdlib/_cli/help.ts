/**
 * The help of programs and commands, as text. Pure.
 *
 * @module
 */

import { type Command, COMMON, type Example, type OptionGroup, type Program } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import type { OptionSpec } from "./options.ts";

/** The widest that help becomes: longer lines are hard to read. */
const WIDEST = 100;

/** How wide the column of names is at most. */
const NAMES = 26;

/**
 * Writes the help of a program.
 *
 * @param program The program.
 * @param width How wide the lines may be, in cells.
 * @returns The text, without a line end at its end.
 */
export function programHelp(program: Program, width = 80): string {
  const commands = Object.entries(program.commands).map(([name, { summary }]) => [name, summary]);
  return paragraphs([
    `${program.name}: ${program.summary}`,
    `Usage: ${program.name} COMMAND [OPTIONS] [ARGUMENTS]`,
    ...program.description.map((text) => wrap(text, width)),
    section("Commands", table(commands, width)),
    section(
      "Options",
      table([
        ["-h, --help", "Show this help; after a command, the help of that command"],
        ["-V, --version", "Show the version"],
      ], width),
    ),
    examplesOf(program.name, program.examples),
    section("Exit codes", table(EXIT_CODES, width)),
  ]);
}

/**
 * Writes the help of a command.
 *
 * @param program The program.
 * @param name The name of the command.
 * @param command The command.
 * @param width How wide the lines may be, in cells.
 * @returns The text, without a line end at its end.
 */
export function commandHelp(
  program: Program,
  name: string,
  command: Command,
  width = 80,
): string {
  return paragraphs([
    `${program.name} ${name}: ${program.commands[name]!.summary}`,
    `Usage: ${program.name} ${name} [OPTIONS] ${command.usage}`.trimEnd(),
    ...command.description.map((text) => wrap(text, width)),
    ...[...command.groups, COMMON].map((group) => groupHelp(group, width)),
    examplesOf(`${program.name}`, command.examples),
  ]);
}

function groupHelp({ title, options }: OptionGroup, width: number): string {
  const rows = Object.entries(options).map(([name, spec]) => [flags(name, spec), spec.help]);
  return section(title, table(rows, width));
}

/**
 * Writes an option as the help does.
 *
 * @param name Its long name.
 * @param spec What it is.
 * @returns `-o, --output FILE`.
 */
export function flags(name: string, spec: OptionSpec): string {
  const short = spec.short === undefined ? "    " : `-${spec.short}, `;
  return `${short}--${name}${spec.type === "flag" ? "" : ` ${spec.value}`}`;
}

function examplesOf(name: string, examples: readonly Example[]): string {
  const lines = examples.map(({ text, command }) => `  ${text}:\n    ${name} ${command}`);
  return section("Examples", lines.join("\n"));
}

function section(title: string, body: string): string {
  return body === "" ? "" : `${title}:\n${body}`;
}

function paragraphs(texts: readonly string[]): string {
  return texts.filter((text) => text !== "").join("\n\n");
}

/** Two columns; what is too long for the first stands in a line of its own. */
function table(rows: readonly (readonly string[])[], width: number): string {
  const names = Math.min(NAMES, Math.max(0, ...rows.map(([name]) => name!.length)));
  const indent = " ".repeat(names + 4);
  return rows.map(([name = "", text = ""]) => {
    const [first = "", ...others] = wrap(text, Math.max(20, Math.min(width, WIDEST) - names - 4))
      .split("\n");
    const head = name.length <= names
      ? `  ${name.padEnd(names)}  ${first}`
      : `  ${name}\n${indent}${first}`;
    return [head, ...others.map((line) => indent + line)].join("\n");
  }).join("\n");
}

/**
 * Breaks a paragraph into lines.
 *
 * @param text The paragraph.
 * @param width How wide the lines may be; a word that is longer stands alone.
 * @returns The lines, joined by LF.
 */
export function wrap(text: string, width: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > Math.min(width, WIDEST)) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join("\n");
}

const EXIT_CODES: readonly (readonly [string, string])[] = [
  [`${EXIT.ok}`, "All was done"],
  [`${EXIT.failed}`, "Something failed: a transfer, a refusal, a full disk"],
  [`${EXIT.usage}`, "The command line makes no sense, or a permission of Deno's is missing"],
  [`${EXIT.unreachable}`, "The server could not be reached, or is not who it should be"],
  [`${EXIT.loginRefused}`, "The server does not let this user in"],
  [`${EXIT.notFound}`, "What was named is not there, on the server or here"],
  [`${EXIT.interrupted}`, "Broken off by Ctrl-C"],
  [`${EXIT.brokenPipe}`, "Nobody reads the output any more"],
  [`${EXIT.terminated}`, "Asked to end by the system"],
];
