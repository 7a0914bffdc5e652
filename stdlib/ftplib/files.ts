/**
 * Local files that are fetched and stored, and what is kept beside them. This is
 * the one file of the client that touches the local file system.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import type { HashAlgorithm } from "../../protocols/ftp/checksums.ts";
import type { DataTransfer } from "./data_transfer.ts";
import type { ProgressMeter } from "./progress.ts";
import type { Throttle } from "./throttle.ts";

/** What lies between network and file: large, so that the work per read or write weighs little. */
const BLOCK = 1_048_576;

/** What is read from a file at a time: what fits into the caches is sent faster. */
const PIECE = 262_144;

/** A file that is opened only once it is here: most of the time goes into the calls, not the bytes. */
export const SMALL = 65_536;

/** The longest note that is read: one of ours has no need of more. */
const MAX_NOTE = 65_536;

/** What is known of a local file. */
export interface LocalFile {
  /** Its size, in bytes. */
  readonly size: number;
  /** When it was changed; `undefined` where the system does not tell. */
  readonly modified: Date | undefined;
}

/**
 * Looks at a local file.
 *
 * @param path The file.
 * @returns What is known of it; `undefined` if there is none.
 */
export async function lookAt(path: string): Promise<LocalFile | undefined> {
  try {
    const { size, mtime } = await Deno.stat(path);
    return { size, modified: mtime ?? undefined };
  } catch (error) {
    rethrowIfCancelled(error);
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Opens a local file that is to be stored.
 *
 * @param path The file.
 * @param offset The first byte that is to be read.
 * @returns The file, to be closed by the caller, and what is known of it.
 * @throws {TypeError} If it is a directory.
 */
export async function openLocal(
  path: string,
  offset: number,
): Promise<LocalFile & { file: Deno.FsFile }> {
  using opened = new DisposableStack();
  const file = opened.use(await Deno.open(path));
  const { isDirectory, size, mtime } = await file.stat();
  // Reading it would fail too, but only after the server has emptied the file.
  if (isDirectory) throw new TypeError(`Cannot upload ${path}: it is a directory`);
  if (offset > 0) await file.seek(offset, Deno.SeekMode.Start);
  opened.move();
  return { file, size, modified: mtime ?? undefined };
}

/**
 * Puts a file that is complete into its place.
 *
 * @param part Where it is.
 * @param path Where it belongs; a file that is there is replaced.
 * @param modified The time that it gets, if any.
 */
export async function putIntoPlace(part: string, path: string, modified?: Date): Promise<void> {
  if (modified !== undefined) await Deno.utime(part, modified, modified);
  await Deno.rename(part, path);
}

/**
 * Reads what was kept beside a file.
 *
 * @param path Where.
 * @returns What was kept; `undefined` where nothing is there that can be read.
 */
export async function readNote(path: string): Promise<unknown> {
  const note = await lookAt(path);
  if (note === undefined || note.size > MAX_NOTE) return undefined;
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    rethrowIfCancelled(error);
    // Whatever cut it off while it was written: it says nothing.
    if (error instanceof SyntaxError || error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Keeps something beside a file.
 *
 * @param path Where.
 * @param note What.
 */
export async function writeNote(path: string, note: unknown): Promise<void> {
  await Deno.writeTextFile(path, JSON.stringify(note));
}

/**
 * Removes files that need not be there.
 *
 * @param paths The files.
 */
export async function removeAll(...paths: string[]): Promise<void> {
  for (const path of paths) {
    try {
      await Deno.remove(path);
    } catch (error) {
      rethrowIfCancelled(error);
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/**
 * Counts a checksum.
 *
 * @param path The file.
 * @param algorithm How.
 * @param range Where to begin, and how many bytes count; all to the end unless given.
 * @returns The checksum, in lower-case hexadecimal digits.
 */
export async function hashOf(
  path: string,
  algorithm: HashAlgorithm,
  { offset = 0, length = Infinity }: { offset?: number; length?: number } = {},
): Promise<string> {
  const { hasher } = await import("./hashes.ts");
  const hash = await hasher(algorithm);
  using file = await Deno.open(path);
  if (offset > 0) await file.seek(offset, Deno.SeekMode.Start);
  const buffer = new Uint8Array(BLOCK);
  for (let left = length; left > 0;) {
    const count = await file.read(buffer.subarray(0, Math.min(left, BLOCK)));
    if (count === null) break;
    hash.update(buffer.subarray(0, count));
    left -= count;
  }
  return hash.hex();
}

/** A file that is on its way. */
export class PartFile implements Disposable {
  /** How many bytes from its beginning are those of the file on the server. */
  size: number;
  readonly #path: string;
  readonly #offset: number;
  #file: Deno.FsFile | undefined;

  /**
   * Nothing is opened yet.
   *
   * @param path The file.
   * @param offset Where it is written on. From 0 on, what it holds is thrown away.
   */
  constructor(path: string, offset: number) {
    this.#path = path;
    this.#offset = this.size = offset;
  }

  /** Opens it, which makes it if need be. */
  async open(): Promise<void> {
    const truncate = this.#offset === 0;
    this.#file = await Deno.open(this.#path, { write: true, create: true, truncate });
    if (truncate) return;
    // What was written behind it, but not counted, must not be there at the end.
    await this.#file.truncate(this.#offset);
    await this.#file.seek(this.#offset, Deno.SeekMode.Start);
  }

  /**
   * Writes bytes.
   *
   * @param bytes The bytes.
   */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#file === undefined) await this.open();
    const file = this.#file!;
    for (let from = 0; from < bytes.length;) {
      const count = await file.write(bytes.subarray(from));
      from += count;
      this.size += count;
    }
  }

  /**
   * Writes the last bytes; all of a small file in one call to the system.
   *
   * @param bytes The bytes.
   */
  async end(bytes: Uint8Array): Promise<void> {
    if (this.#file !== undefined || this.#offset > 0) return await this.write(bytes);
    await Deno.writeFile(this.#path, bytes);
    this.size = bytes.length;
  }

  /** Closes it, if it was opened. */
  [Symbol.dispose](): void {
    this.#file?.close();
  }
}

/** A file that is written in several places at once, each by an owner of its own. */
export class PieceFile implements Disposable {
  readonly #file: Deno.FsFile;
  #position = -1;

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /**
   * Opens it, which makes it if need be.
   *
   * @param path The file.
   * @returns The file, which keeps what it holds.
   */
  static async open(path: string): Promise<PieceFile> {
    return new PieceFile(await Deno.open(path, { write: true, create: true }));
  }

  /**
   * Writes bytes somewhere.
   *
   * @param position Where.
   * @param bytes The bytes.
   */
  async writeAt(position: number, bytes: Uint8Array): Promise<void> {
    if (position !== this.#position) await this.#file.seek(position, Deno.SeekMode.Start);
    for (let from = 0; from < bytes.length;) {
      from += await this.#file.write(bytes.subarray(from));
    }
    this.#position = position + bytes.length;
  }

  /** Has the system put onto the disk what was written, by whomever. */
  async flush(): Promise<void> {
    await this.#file.syncData();
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** How bytes go between a transfer and a file. */
export interface Passage extends WaitOptions {
  /** Counts them. */
  meter: ProgressMeter;
  /** Holds them up. */
  throttle?: Throttle;
}

/**
 * Takes a download into a file. While one buffer is written, the other fills from the network.
 *
 * @param transfer The download, which is finished here.
 * @param file The file.
 * @param passage How.
 */
export async function receive(
  transfer: DataTransfer,
  file: PartFile,
  passage: Passage,
): Promise<void> {
  const { meter, throttle } = passage;
  const left = leftOf(transfer);
  let buffer = new Uint8Array(Math.min(BLOCK, left + 1));
  let other: Uint8Array<ArrayBuffer> | undefined;
  let writing: Promise<void> | undefined;
  let filled = 0;
  try {
    for (;;) {
      const piece = throttle === undefined ? undefined : filled + throttle.piece;
      const count = await transfer.readInto(buffer.subarray(filled, piece));
      if (count === null) break;
      filled += count;
      meter.add(count);
      if (throttle !== undefined) await throttle.take(count, passage);
      if (filled < buffer.length) continue;
      await writing;
      writing = file.write(buffer);
      // Reported where it is awaited.
      writing.catch(() => {});
      [buffer, other] = [
        other ?? new Uint8Array(BLOCK),
        buffer.length === BLOCK ? buffer : undefined,
      ];
      filled = 0;
    }
    // The last bytes are written while the server says how it went.
    await writing;
    writing = file.end(buffer.subarray(0, filled));
    writing.catch(() => {});
    filled = 0;
    await transfer.finish();
  } finally {
    // What has arrived stays in the file, whatever ended the transfer.
    await writing;
    if (filled > 0) await file.end(buffer.subarray(0, filled));
  }
}

/**
 * How many bytes are still to come, as far as is known.
 *
 * @param transfer The download.
 * @returns Their number; `Infinity` where the server did not tell.
 */
export function leftOf({ total, position }: DataTransfer): number {
  return total === undefined ? Infinity : Math.max(0, total - position);
}

/**
 * Sends a file. While one buffer is sent, the other fills from the file.
 *
 * @param transfer The upload, which is not finished here.
 * @param file The file, which is read from where it stands.
 * @param passage How.
 */
export async function send(
  transfer: DataTransfer,
  file: Deno.FsFile,
  passage: Passage,
): Promise<void> {
  const { meter, throttle } = passage;
  // A small file needs no large buffers; one that grows meanwhile gets along with small ones.
  const left = Math.max(SMALL, (meter.total ?? Infinity) - meter.transferred + 1);
  const size = Math.min(PIECE, left, throttle?.piece ?? PIECE);
  let [buffer, other] = [new Uint8Array(size), new Uint8Array(size)];
  let reading = file.read(buffer);
  try {
    for (let count = await reading; count !== null; count = await reading) {
      reading = file.read(other);
      reading.catch(() => {});
      await transfer.write(buffer.subarray(0, count));
      meter.add(count);
      if (throttle !== undefined) await throttle.take(count, passage);
      [buffer, other] = [other, buffer];
    }
  } finally {
    await reading.catch(() => {});
  }
}
