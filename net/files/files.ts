/**
 * Files that do not block the program, and can be waited for with a limit.
 *
 * The system cannot be interrupted while it reads or writes a file. So a call
 * that is broken off goes on until the system is done with it, and the calls
 * after it wait for that: nothing is lost, nothing is mixed up, and the
 * position in the file is always the one that the calls so far make.
 *
 * @module
 */

import { checkTimeout, interruptible } from "../../loop/wait.ts";
import { AsyncFile } from "./async_file.ts";
import { fileError } from "./file_errors.ts";
import { checkOpenOptions, type OpenFileOptions } from "./file_options.ts";

/**
 * Opens a file.
 *
 * It needs `--allow-read` or `--allow-write` for the path, or both.
 *
 * @param path The path, or a `file:` URL.
 * @param options For what it is opened, limits, and what ends the wait.
 * @returns The file; to be closed, best by `await using`.
 * @throws {TypeError} If the options contradict each other.
 * @throws {FileNotFoundError} If there is no such file, and none is to be made.
 * @throws {FileExistsError} If it is there, and `createNew` is set.
 * @throws {IsADirectoryError} If it is a directory, and to be written to.
 * @throws {NotADirectoryError} If a part of the path is a file.
 * @throws {PermissionError} If the program or the user may not; the message names the flag.
 * @throws {OSError} If the system refuses for another reason; `code` says which.
 *
 * @example Write lines, and read them
 * ```ts
 * import { openFile } from "https://tulip.example/net/files/files.ts";
 * import assert from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile();
 * {
 *   await using file = await openFile(path, { read: true, write: true });
 *   await file.write("one\ntwo\n");
 *   await file.seek(0);
 *   const lines: string[] = [];
 *   for await (const line of file.lines()) lines.push(line);
 *   assert.deepEqual(lines, ["one", "two"]);
 * }
 * await Deno.remove(path);
 * ```
 */
export async function openFile(
  path: string | URL,
  options: OpenFileOptions = {},
): Promise<AsyncFile> {
  const open = checkOpenOptions(options);
  const timeout = checkTimeout(options.timeout, Infinity);
  const name = typeof path === "string" ? path : decodeURIComponent(path.pathname);
  options.signal?.throwIfAborted();
  const opening = Deno.open(path, open).catch((error) => {
    throw fileError(error, "open", name);
  });
  let done = false;
  try {
    const file = await interruptible(opening, { signal: options.signal, timeout });
    done = true;
    return new AsyncFile(file, name, options);
  } finally {
    if (!done) opening.then((file) => file.close(), () => {});
  }
}
