/**
 * From the words of a command line to typed values. Node's `parseArgs` cuts the words; what they
 * mean, and what is said about those that mean nothing, is decided here.
 *
 * @module
 */

import { quote } from "../../protocols/text/quote.ts";
import { UsageError } from "./exit_codes.ts";
import type { OptionSpec, OptionSpecs, OptionValues } from "./options.ts";
import { parseChoice, parseCount, parseSize, parseTime } from "./option_values.ts";

/** What was found in the words of a command line. */
export interface ParsedArguments<S extends OptionSpecs> {
  /** The options. */
  readonly options: OptionValues<S>;
  /** The words that are no options, in their order. */
  readonly positionals: readonly string[];
}

/**
 * Reads the words of a command line.
 *
 * @param words The words, the program and the name of the command left out.
 * @param specs The options that there are.
 * @returns What they say.
 * @throws {UsageError} If an option is unknown, lacks its value, has one that it cannot have, or
 * has one that makes no sense.
 */
export async function parseArguments<S extends OptionSpecs>(
  words: readonly string[],
  specs: S,
): Promise<ParsedArguments<S>> {
  const { parseArgs } = await import("node:util");
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(
      Object.entries(specs).map(([name, { type, short }]) => [name, {
        type: type === "flag" ? "boolean" as const : "string" as const,
        ...(short === undefined ? {} : { short }),
      }]),
    ),
    strict: false,
    tokens: true,
  });
  const options: Record<string, unknown> = {};
  for (const [name, { type }] of Object.entries(specs)) {
    options[name] = type === "flag" ? false : type === "texts" ? [] : undefined;
  }
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    const spec = Object.hasOwn(specs, name) ? specs[name]! : undefined;
    if (spec === undefined) throw unknown(rawName, Object.keys(specs));
    if (spec.type === "flag") {
      if (value !== undefined) throw new UsageError(`${rawName} takes no value`);
      options[name] = true;
      continue;
    }
    if (value === undefined) throw new UsageError(`${rawName} needs a value: ${spec.value}`);
    if (!inlineValue && /^-./.test(value)) {
      throw new UsageError(
        `${rawName} needs a value (${spec.value}), and ${quote(value)} looks like an option: ` +
          `write --${name}=${value} if it is meant`,
      );
    }
    const parsed = valueOf(rawName, value, spec);
    if (spec.type === "texts") (options[name] as unknown[]).push(parsed);
    else options[name] = parsed;
  }
  return { options: options as OptionValues<S>, positionals };
}

function valueOf(name: string, text: string, spec: OptionSpec): string | number {
  switch (spec.type) {
    case "count":
      return parseCount(name, text, spec);
    case "size":
      return parseSize(name, text);
    case "time":
      return parseTime(name, text);
    case "choice":
      return parseChoice(name, text, spec.choices);
    default:
      return text;
  }
}

function unknown(rawName: string, names: readonly string[]): UsageError {
  const near = nearest(rawName.replace(/^--?/, ""), names);
  const hint = near === undefined ? "see --help" : `did you mean --${near}?`;
  return new UsageError(`There is no option ${quote(rawName)}: ${hint}`);
}

/**
 * Finds the name that somebody may have meant.
 *
 * @param word What was written.
 * @param names What could have been meant.
 * @returns The nearest name, if it is at most two letters away.
 */
export function nearest(word: string, names: readonly string[]): string | undefined {
  if (word.length < 3 || word.length > 40) return undefined;
  const [best] = names
    .map((name) => ({ name, distance: distance(word, name) }))
    .filter(({ distance }) => distance <= 2)
    .sort((a, b) => a.distance - b.distance);
  return best?.name;
}

/** How many letters must be put in, taken out or changed (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (a[i] === b[j] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
