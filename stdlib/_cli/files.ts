/**
 * The local files that command lines look at beside those that are transferred.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import { CommandError, EXIT, UsageError } from "./exit_codes.ts";
import { messageOf } from "./failures.ts";

/** What is known about a local file. */
export interface LocalStatus {
  /** Whether it is a directory. */
  readonly isDirectory: boolean;
  /** Its size in bytes. */
  readonly size: number;
}

/** The most bytes of a file that is read whole, such as a certificate. */
const LARGEST = 1_048_576;

/**
 * Looks at a local file.
 *
 * @param path The file.
 * @returns What is known; `undefined` where nothing is there.
 */
export async function localStatus(path: string): Promise<LocalStatus | undefined> {
  try {
    const { isDirectory, size } = await Deno.stat(path);
    return { isDirectory, size };
  } catch (error) {
    rethrowIfCancelled(error);
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Reads a small text file that an option names.
 *
 * @param option The option, for the message.
 * @param path The file.
 * @returns Its text.
 * @throws {CommandError} If it cannot be read, or is larger than 1 MiB.
 */
export async function readOptionFile(option: string, path: string): Promise<string> {
  try {
    const status = await Deno.stat(path);
    if (status.size > LARGEST) throw new UsageError("it is larger than 1 MiB");
    return await Deno.readTextFile(path);
  } catch (error) {
    rethrowIfCancelled(error);
    const code = error instanceof Deno.errors.NotFound ? EXIT.notFound : EXIT.usage;
    throw new CommandError(`${option} ${path}: ${messageOf(error)}`, code, { cause: error });
  }
}

/**
 * Makes a local directory, and those above it.
 *
 * @param path The directory; one that is there already will do.
 */
export async function makeLocalDirectory(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true });
}

/**
 * Joins a local directory and a name.
 *
 * @param directory The directory.
 * @param name The name.
 * @returns The path.
 */
export function joinLocal(directory: string, name: string): string {
  return /[/\\]$/.test(directory) ? `${directory}${name}` : `${directory}/${name}`;
}

/**
 * The name at the end of a local path.
 *
 * @param path The path.
 * @returns The name; `/` and, on Windows, `\` separate.
 */
export function localName(path: string): string {
  const separator = Deno.build.os === "windows" ? /[/\\]+/ : /\/+/;
  return path.split(separator).filter((part) => part !== "").at(-1) ?? "";
}
