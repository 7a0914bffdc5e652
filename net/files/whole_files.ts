/**
 * Whole files: read at once, written at once, or replaced in one step.
 *
 * @module
 */

import { checkTimeout, interruptible } from "../../loop/wait.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { checkLimit } from "../../protocols/limits.ts";
import { quote } from "../../protocols/text/quote.ts";
import type { AsyncFile } from "./async_file.ts";
import { OSError } from "../errors.ts";
import { fileError } from "./file_errors.ts";
import { openFile } from "./files.ts";

/** Options of {@linkcode readFile}. Without `timeout` a wait for the disk is endless. */
export interface ReadFileOptions extends WaitOptions {
  /**
   * How much may be read, in bytes.
   *
   * @default {268_435_456}
   */
  maxBytes?: number;
}

/** Options of {@linkcode writeFile}. Without `timeout` a wait for the disk is endless. */
export interface WriteFileOptions extends WaitOptions {
  /**
   * Whether the file is replaced in one step, when all is safe on the disk: whoever reads it finds
   * the old content or the new, whatever happens. It needs `--allow-read` and `--allow-write` for
   * the folder, where the new content lies meanwhile. A symbolic link is replaced by a file.
   *
   * @default {false}
   */
  atomic?: boolean;
  /**
   * The rights of the file, less the umask where it is made.
   *
   * @default those of the file that is replaced, else {0o666}
   */
  mode?: number;
}

/** What can be written as a whole. */
export type FileContent =
  | string
  | Uint8Array
  | Iterable<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>;

/**
 * Reads a file as a whole.
 *
 * @param path The path, or a `file:` URL.
 * @param options How much, and what ends the wait.
 * @returns Its bytes.
 * @throws {RangeError} If `maxBytes` is no whole number of at least 1.
 * @throws {FileNotFoundError} If there is no such file.
 * @throws {IsADirectoryError} If it is a directory.
 * @throws {PermissionError} If the program or the user may not read it.
 * @throws {OSError} If it is larger than `maxBytes` (`code` is `"EFBIG"`), or cannot be read.
 */
export async function readFile(
  path: string | URL,
  options: ReadFileOptions = {},
): Promise<Uint8Array> {
  const maxBytes = checkLimit("maxBytes", options.maxBytes, 268_435_456);
  await using file = await openFile(path, waitOf(options));
  const bytes = await file.read(maxBytes, options);
  if (bytes.length === maxBytes && (await file.read(1, options)).length > 0) {
    throw new OSError(
      `Cannot read ${quote(file.path)} at once: it is larger than ${maxBytes} bytes. Read it in ` +
        `chunks, or set maxBytes`,
      { code: "EFBIG", path: file.path },
    );
  }
  return bytes;
}

/**
 * Writes a file as a whole. It is made where it is not there.
 *
 * @param path The path, or a `file:` URL.
 * @param content What it holds from then on.
 * @param options Whether in one step, its rights, and what ends the wait.
 * @throws {NotADirectoryError} If a part of the path is a file.
 * @throws {FileNotFoundError} If there is no such folder.
 * @throws {IsADirectoryError} If it is a directory.
 * @throws {PermissionError} If the program or the user may not write it.
 * @throws {OSError} If it cannot be written; `code` is `"ENOSPC"` where the disk is full.
 *
 * @example Replace a file in one step
 * ```ts
 * import { readFile, writeFile } from "https://tulip.example/net/files/whole_files.ts";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await writeFile(`${folder}/state.json`, "{}", { atomic: true });
 * assert.equal(new TextDecoder().decode(await readFile(`${folder}/state.json`)), "{}");
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function writeFile(
  path: string | URL,
  content: FileContent,
  options: WriteFileOptions = {},
): Promise<void> {
  const { mode } = options;
  const wait = waitOf(options);
  if (options.atomic) return await replace(pathOf(path), content, mode, wait);
  await using file = await openFile(path, {
    ...wait,
    write: true,
    create: true,
    truncate: true,
    mode,
  });
  await writeAll(file, content, wait);
}

async function replace(
  path: string,
  content: FileContent,
  mode: number | undefined,
  wait: WaitOptions,
): Promise<void> {
  // Beside it, for only within one file system is moving a single step.
  const beside = `${path}.${crypto.randomUUID()}.tmp`;
  let made = false;
  try {
    const rights = mode ?? await rightsOf(path, wait);
    {
      await using file = await openFile(beside, { ...wait, write: true, createNew: true, mode });
      made = true;
      if (rights !== undefined) await step(Deno.chmod(beside, rights), "write", path, wait);
      await writeAll(file, content, wait);
      await file.flush(wait);
    }
    await step(Deno.rename(beside, path), "replace", path, wait);
    made = false;
  } finally {
    if (made) await Deno.remove(beside).catch(() => {});
  }
  await syncFolder(path);
}

async function writeAll(
  file: AsyncFile,
  content: FileContent,
  wait: WaitOptions,
): Promise<void> {
  if (typeof content === "string" || content instanceof Uint8Array) {
    await file.write(content, wait);
  } else {
    for await (const piece of content) await file.write(piece, wait);
  }
}

/** The rights of what is replaced; `undefined` where there is nothing, or we may not look. */
async function rightsOf(path: string, wait: WaitOptions): Promise<number | undefined> {
  const looking = Deno.stat(path).then(({ mode }) => mode ?? undefined, () => undefined);
  const mode = await interruptible(looking, wait);
  return mode === undefined ? undefined : mode & 0o7777;
}

/** That a name now means another file is safe when the folder is (fsync(2)). */
async function syncFolder(path: string): Promise<void> {
  const folder = path.slice(0, path.lastIndexOf("/") + 1) || ".";
  await Deno.open(folder).then(async (file) => {
    using folder = file;
    await folder.sync();
  }).catch(() => {});
}

async function step(
  doing: Promise<void>,
  what: string,
  path: string,
  wait: WaitOptions,
): Promise<void> {
  const told = doing.catch((error) => {
    throw fileError(error, what, path);
  });
  await interruptible(told, wait);
}

function waitOf({ signal, timeout }: WaitOptions): WaitOptions {
  return { signal, timeout: checkTimeout(timeout, Infinity) };
}

function pathOf(path: string | URL): string {
  return typeof path === "string" ? path : decodeURIComponent(path.pathname);
}
