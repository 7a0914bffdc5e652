/**
 * A directory of a file system as a file system of its own: the home of a user.
 *
 * @module
 */

import type { HashAlgorithm } from "../../../protocols/ftp/checksums.ts";
import { FTPReplyError } from "./errors.ts";
import type {
  DirectoryEntry,
  FileReader,
  FileStatus,
  FileSystem,
  FileWriter,
} from "./filesystem.ts";

/** The files below one directory. Paths are normalised before they come here, so none leads out. */
export class SubFileSystem implements FileSystem {
  readonly #files: FileSystem;
  readonly #base: string;
  /** As in {@linkcode FileSystem}, where the file system can do it. */
  readonly setPermissions?: (path: string, permissions: number) => Promise<void>;
  /** As in {@linkcode FileSystem}, where the file system can do it. */
  readonly hash?: NonNullable<FileSystem["hash"]>;
  /** As in {@linkcode FileSystem}, where the file system can do it. */
  readonly available?: (path: string) => Promise<number>;

  /**
   * Takes a directory for the root.
   *
   * @param files All files.
   * @param base The directory, absolute and normalised, which exists.
   */
  constructor(files: FileSystem, base: string) {
    this.#files = files;
    this.#base = base;
    if (files.setPermissions) {
      this.setPermissions = async (path, mode) =>
        await files.setPermissions?.(this.#within(path), mode);
    }
    if (files.hash) {
      this.hash = (path: string, algorithm: HashAlgorithm, range) =>
        (files.hash as NonNullable<FileSystem["hash"]>)(this.#within(path), algorithm, range);
    }
    if (files.available) {
      this.available = (path) =>
        (files.available as NonNullable<FileSystem["available"]>)(this.#within(path));
    }
  }

  /** Looks at one path. */
  stat(path: string): Promise<FileStatus | undefined> {
    return this.#files.stat(this.#within(path));
  }

  /** Gives a directory's entries. */
  list(path: string): AsyncIterable<DirectoryEntry> | Iterable<DirectoryEntry> {
    return this.#files.list(this.#within(path));
  }

  /** Opens a file for reading. */
  read(path: string, offset: number): Promise<FileReader> {
    return this.#files.read(this.#within(path), offset);
  }

  /** Opens a file for writing. */
  write(path: string, at?: number | "end"): Promise<FileWriter> {
    return this.#files.write(this.#within(path), at);
  }

  /** Makes a directory. */
  makeDirectory(path: string): Promise<void> {
    return this.#files.makeDirectory(this.#within(path));
  }

  /** Removes an empty directory. */
  async removeDirectory(path: string): Promise<void> {
    await this.#files.removeDirectory(this.#below(path));
  }

  /** Removes a file. */
  async remove(path: string): Promise<void> {
    await this.#files.remove(this.#below(path));
  }

  /** Gives a file or directory another path. */
  async rename(from: string, to: string): Promise<void> {
    await this.#files.rename(this.#below(from), this.#below(to));
  }

  /** Sets when a file last changed. */
  setModified(path: string, modified: Date): Promise<void> {
    return this.#files.setModified(this.#within(path), modified);
  }

  #below(path: string): string {
    if (path === "/") throw new FTPReplyError(550, "The root stays where it is");
    return this.#within(path);
  }

  #within(path: string): string {
    return path === "/" ? this.#base : `${this.#base}${path}`;
  }
}
