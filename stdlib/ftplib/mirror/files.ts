/**
 * Local trees that are compared with, and made like, those of a server. Nothing here follows a
 * symbolic link, unless its name says so.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../../loop/exceptions.ts";
import type { EntryType } from "../../../protocols/ftp/types.ts";

/** One entry of a local directory. */
export interface LocalEntry {
  /** Its name. */
  readonly name: string;
  /** What it is. */
  readonly type: EntryType;
  /** Its size in bytes. */
  readonly size?: number;
  /** When it was changed. */
  readonly modified?: Date;
  /** Where it leads, if it is a link. */
  readonly target?: string;
}

/**
 * Joins the root of a tree with a path in it.
 *
 * @param root The root.
 * @param path The path from there on; `""` for the root itself.
 * @returns The whole path.
 */
export function joinLocal(root: string, path: string): string {
  if (path === "") return root;
  return /[/\\]$/.test(root) ? `${root}${path}` : `${root}/${path}`;
}

/**
 * Looks at one path.
 *
 * @param path The path.
 * @returns What is there; `undefined` for nothing.
 */
export async function lookAtEntry(path: string): Promise<LocalEntry | undefined> {
  try {
    const info = await Deno.lstat(path);
    const type = typeOf(info);
    const entry = {
      name: path,
      type,
      size: type === "file" ? info.size : undefined,
      modified: info.mtime ?? undefined,
    };
    return type === "link" ? { ...entry, target: await Deno.readLink(path) } : entry;
  } catch (error) {
    rethrowIfCancelled(error);
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Lists a directory.
 *
 * @param path The directory.
 * @param most How many entries there may be.
 * @returns Its entries, in any order; one more than that where there are more.
 */
export async function listLocal(path: string, most: number): Promise<LocalEntry[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(path)) {
    if (names.push(name) > most) break;
  }
  const entries: LocalEntry[] = [];
  // So many at a time that the calls to the system overlap, and no more.
  for (let from = 0; from < names.length; from += 64) {
    const some = names.slice(from, from + 64).map(async (name) => {
      const entry = await lookAtEntry(joinLocal(path, name));
      return entry && { ...entry, name };
    });
    // What has gone meanwhile is not there.
    for (const entry of await Promise.all(some)) if (entry) entries.push(entry);
  }
  return entries;
}

/**
 * Tells whether a path leads to a directory, through links as well.
 *
 * @param path The path.
 * @returns Whether it does.
 */
export async function leadsToDirectory(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    rethrowIfCancelled(error);
    return false;
  }
}

/**
 * Looks at the file that a link leads to.
 *
 * @param path The link.
 * @returns The file; `undefined` where it leads to none.
 */
export async function followToFile(path: string): Promise<LocalEntry | undefined> {
  try {
    const { isFile, size, mtime } = await Deno.stat(path);
    return isFile ? { name: path, type: "file", size, modified: mtime ?? undefined } : undefined;
  } catch (error) {
    rethrowIfCancelled(error);
    return undefined;
  }
}

/**
 * Makes the root of a tree, with all that it lies in.
 *
 * @param path The root. It may be a link to a directory.
 */
export async function makeLocalRoot(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true });
}

/**
 * Makes a directory in one that is there.
 *
 * @param path The directory.
 * @throws {Error} If something else is there, a link to a directory as well.
 */
export async function makeLocalDirectory(path: string): Promise<void> {
  try {
    await Deno.mkdir(path);
  } catch (error) {
    rethrowIfCancelled(error);
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    if ((await lookAtEntry(path))?.type !== "directory") throw error;
  }
}

/**
 * Makes a symbolic link; what is there already stays, and is an error.
 *
 * @param path The link.
 * @param target Where it leads.
 */
export async function makeLocalLink(path: string, target: string): Promise<void> {
  await Deno.symlink(target, path, Deno.build.os === "windows" ? { type: "file" } : undefined);
}

/**
 * Reads a file from its beginning to its end.
 *
 * @param path The file.
 * @param take Told of each piece, which is not kept.
 */
export async function readLocal(path: string, take: (bytes: Uint8Array) => void): Promise<void> {
  using file = await Deno.open(path);
  const buffer = new Uint8Array(262_144);
  for (let count = await file.read(buffer); count !== null; count = await file.read(buffer)) {
    take(buffer.subarray(0, count));
  }
}

/**
 * Sets when a file was changed.
 *
 * @param path The file.
 * @param modified When.
 */
export async function setLocalModified(path: string, modified: Date): Promise<void> {
  await Deno.utime(path, modified, modified);
}

/**
 * Gives a file that is complete its name.
 *
 * @param from Its path.
 * @param to The one that it gets; a file that is there is replaced.
 */
export async function moveLocal(from: string, to: string): Promise<void> {
  await Deno.rename(from, to);
}

/**
 * Removes a file, a link, or a directory with all that is in it.
 *
 * @param path What.
 * @param isKept Tells of what is in a directory, by its path from there on, whether it stays.
 * @returns Whether nothing of it is left.
 */
export async function removeLocal(
  path: string,
  isKept: (path: string, isDirectory: boolean) => boolean,
): Promise<boolean> {
  const entry = await lookAtEntry(path);
  if (entry === undefined) return true;
  return entry.type === "directory" ? await removeDirectory(path, "", isKept) : await remove(path);
}

async function removeDirectory(
  root: string,
  path: string,
  isKept: (path: string, isDirectory: boolean) => boolean,
): Promise<boolean> {
  const whole = joinLocal(root, path);
  let isEmpty = true;
  for (const { name, type } of await listLocal(whole, Infinity)) {
    const below = path === "" ? name : `${path}/${name}`;
    const isDirectory = type === "directory";
    if (isKept(below, isDirectory)) isEmpty = false;
    else if (!isDirectory) await remove(joinLocal(root, below));
    else if (!await removeDirectory(root, below, isKept)) isEmpty = false;
  }
  return isEmpty && await remove(whole);
}

async function remove(path: string): Promise<true> {
  try {
    await Deno.remove(path);
  } catch (error) {
    rethrowIfCancelled(error);
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return true;
}

function typeOf({ isFile, isDirectory, isSymlink }: Deno.FileInfo): EntryType {
  if (isSymlink) return "link";
  return isFile ? "file" : isDirectory ? "directory" : "other";
}
