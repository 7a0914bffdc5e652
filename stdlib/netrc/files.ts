/**
 * Reads a `.netrc` file, if nobody else can. This is the one file of the module
 * that touches the file system.
 *
 * @module
 */

import { decodeLatin1 } from "../../protocols/text/latin1.ts";
import { NetrcParseError } from "../../protocols/text/netrc.ts";

/** The text of a file, and why its passwords are not safe, if they are not. */
export interface NetrcFile {
  /** The text, of UTF-8, or of latin-1 where it is none. */
  readonly text: string;
  /** What is wrong with its permissions; `undefined` where nothing is, or nothing is known. */
  readonly exposed: string | undefined;
}

/** No file of passwords is larger. */
const MAX_SIZE = 1_048_576;

/**
 * Reads a file.
 *
 * @param path Where it is.
 * @param options Whose it must be, and what breaks the reading off.
 * @returns Its text, and whom else it is open to.
 * @throws {NetrcParseError} If it has more than a mebibyte.
 */
export async function readNetrc(
  path: string | URL,
  { owner, signal }: { owner?: number; signal?: AbortSignal },
): Promise<NetrcFile> {
  signal?.throwIfAborted();
  // One handle for both, so that what was looked at is what is read.
  using file = await Deno.open(path);
  const { mode, uid, size } = await file.stat();
  if (size > MAX_SIZE) {
    throw new NetrcParseError(`A netrc file may have ${MAX_SIZE} bytes`, String(path));
  }
  const bytes = new Uint8Array(MAX_SIZE + 1);
  let length = 0;
  for (let count; (count = await file.read(bytes.subarray(length))); length += count) {
    signal?.throwIfAborted();
  }
  if (length > MAX_SIZE) {
    throw new NetrcParseError(`A netrc file may have ${MAX_SIZE} bytes`, String(path));
  }
  return { text: decode(bytes.subarray(0, length)), exposed: exposure(mode, uid, owner) };
}

/**
 * Finds the file that is meant where none is named.
 *
 * @returns `.netrc` in the home directory.
 */
export async function defaultPath(): Promise<string> {
  const { homedir } = await import("node:os");
  return `${homedir()}/.netrc`;
}

function exposure(
  mode: number | null,
  uid: number | null,
  owner: number | undefined,
): string | undefined {
  if (Deno.build.os === "windows") return undefined;
  if (mode !== null && (mode & 0o077) !== 0) {
    return "others than its owner have rights to the file: chmod 600";
  }
  return owner !== undefined && uid !== null && uid !== owner
    ? "the file belongs to another user"
    : undefined;
}

function decode(bytes: Uint8Array<ArrayBuffer>): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return decodeLatin1(bytes);
  }
}
