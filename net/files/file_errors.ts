/**
 * From the errors that Deno throws over files to ours, by Python's names.
 *
 * @module
 */

import { quote } from "../../protocols/text/quote.ts";
import {
  BrokenPipeError,
  FileExistsError,
  FileNotFoundError,
  IsADirectoryError,
  NotADirectoryError,
  OSError,
  PermissionError,
} from "../errors.ts";
import type { OSErrorOptions } from "../errors.ts";

/**
 * Turns what Deno threw into an error that says what failed, on which file, and what can be done.
 *
 * @param error What was thrown.
 * @param doing What was being done, to stand after "Cannot": `"open"`, `"read from"`.
 * @param path The file.
 * @returns The error to throw. What is no failure of the system is returned as it is.
 */
export function fileError(error: unknown, doing: string, path: string): unknown {
  if (!(error instanceof Error) || error instanceof OSError) return error;
  const what = `Cannot ${doing} ${quote(path)}`;
  const options: OSErrorOptions = { path, cause: error };
  if (error instanceof Deno.errors.NotCapable) {
    const [, access = "read"] = /Requires (\w+) access/.exec(error.message) ?? [];
    return new PermissionError(
      `${what}: permission denied. Run the program with --allow-${access}=${path}`,
      options,
    );
  }
  const code = codeOf(error);
  if (code === undefined) return error;
  const [Kind, words] = KINDS[code] ?? [OSError, wordsOf(error)];
  return new Kind(`${what}: ${words}`, { code, ...options });
}

type Kind = new (message: string, options: OSErrorOptions) => OSError;

const KINDS: Readonly<Record<string, readonly [Kind, string]>> = {
  ENOENT: [FileNotFoundError, "there is no such file or directory"],
  EEXIST: [FileExistsError, "it is there already"],
  EISDIR: [IsADirectoryError, "it is a directory"],
  ENOTDIR: [NotADirectoryError, "what should be a directory on the way there is none"],
  EACCES: [PermissionError, "the system denies it to this user"],
  EPERM: [PermissionError, "the system denies it to this user"],
  EPIPE: [BrokenPipeError, "nobody reads there any more"],
  ENOSPC: [OSError, "the disk is full"],
  EBADF: [OSError, "it is closed, or was not opened for that"],
  ESPIPE: [OSError, "it has no positions, as pipes have none"],
  EINVAL: [OSError, "the system takes it for an invalid argument"],
};

function codeOf(error: Error): string | undefined {
  const { code } = error as { code?: unknown };
  if (typeof code === "string") return code;
  if (error instanceof Deno.errors.PermissionDenied) return "EACCES";
  if (error instanceof Deno.errors.BrokenPipe) return "EPIPE";
  if (error instanceof Deno.errors.BadResource) return "EBADF";
  const [, number] = /\(os error (\d+)\)/.exec(error.message) ?? [];
  return number === "29" ? "ESPIPE" : undefined;
}

function wordsOf(error: Error): string {
  return error.message.replace(/ \(os error .*/s, "");
}
