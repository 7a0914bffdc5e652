/**
 * What becomes of errors: an exit code, and one line for whoever reads it.
 *
 * @module
 */

import { TimeoutError } from "../../loop/exceptions.ts";
import {
  BrokenPipeError,
  ConnectionRefusedError,
  FileNotFoundError,
  PermissionError,
  ResolveError,
  SSLCertVerificationError,
} from "../../net/errors.ts";
import { visible } from "./cells.ts";
import { CommandError, EXIT, type ExitCode } from "./exit_codes.ts";

/**
 * Tells how a program ends after an error.
 *
 * @param error What was thrown.
 * @param own What the program itself knows about it.
 * @returns The exit code.
 */
export function exitCodeOf(
  error: unknown,
  own?: (error: unknown) => ExitCode | undefined,
): ExitCode {
  if (error instanceof CommandError) return error.exitCode;
  const known = own?.(error);
  if (known !== undefined) return known;
  return CLASSES.find(([type]) => error instanceof type)?.[1] ?? EXIT.failed;
}

// deno-lint-ignore no-explicit-any
const CLASSES: readonly (readonly [abstract new (...args: any[]) => Error, ExitCode])[] = [
  [Deno.errors.NotCapable, EXIT.usage],
  [Deno.errors.NotFound, EXIT.notFound],
  [FileNotFoundError, EXIT.notFound],
  [ResolveError, EXIT.unreachable],
  [ConnectionRefusedError, EXIT.unreachable],
  [SSLCertVerificationError, EXIT.unreachable],
  [BrokenPipeError, EXIT.failed],
  [PermissionError, EXIT.failed],
  [TimeoutError, EXIT.failed],
];

/**
 * Says in one line what failed.
 *
 * @param error What was thrown.
 * @returns The line, safe to show.
 */
export function messageOf(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) return withPermission(error.message);
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  const text = error instanceof Error ? error.message || error.name : String(error);
  return visible(text.replace(/\s*\n\s*/g, " "));
}

/** Deno's advice is for all files or all hosts; a narrower permission does as well. */
function withPermission(message: string): string {
  const [, access, to] = /^Requires (\w+) access to ("[^"]*"|[^\s,]+)/.exec(message) ?? [];
  if (access === undefined || to === undefined) return visible(message);
  const value = to.replace(/^"|"$/g, "");
  return visible(
    `No permission to ${VERBS[access] ?? `use ${access} of`} ${value}: run it with ` +
      `--allow-${access}, or --allow-${access}=${value}`,
  );
}

const VERBS: Readonly<Record<string, string>> = {
  read: "read",
  write: "write",
  net: "reach",
  env: "see the variable",
};

/**
 * Says all that is known: where an error comes from, and its causes.
 *
 * @param error What was thrown.
 * @returns Lines.
 */
export function detailsOf(error: unknown): string {
  const parts: string[] = [];
  // A chain of causes may be a ring.
  for (let next = error, depth = 0; next !== undefined && depth < 10; depth++) {
    const text = next instanceof Error ? next.stack ?? String(next) : String(next);
    const safe = text.split("\n").map(visible).join("\n");
    parts.push(depth === 0 ? safe : `Caused by: ${safe}`);
    next = next instanceof Error ? next.cause : undefined;
  }
  return parts.join("\n");
}
