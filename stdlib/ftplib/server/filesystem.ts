/**
 * What the FTP server needs of a file system: a few asynchronous functions over
 * absolute paths. Memory, a directory on disk, or whatever you put behind it.
 *
 * @module
 */

import type { HashAlgorithm } from "../../../protocols/ftp/checksums.ts";

/** What a file or directory is. */
export interface FileStatus {
  /** Which of the two it is. */
  type: "file" | "directory";
  /** The length in bytes; 0 for a directory. */
  size: number;
  /** When its content last changed. */
  modified: Date;
  /** The Unix mode without the type, such as `0o644`, where there is one. */
  permissions?: number;
  /**
   * What it is whatever its name: two paths with the same are the same file. Letters, digits,
   * `.`, `-` and `_`. Tells clients of MLSD as the fact `unique`.
   */
  id?: string;
}

/** One entry of a directory. */
export interface DirectoryEntry extends FileStatus {
  /** The name alone, without a slash. */
  name: string;
}

/** A file that is being read. */
export interface FileReader {
  /**
   * Reads the bytes that follow.
   *
   * @param buffer Where they go.
   * @returns How many came, or `null` at the end of the file.
   */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Ends the reading. Called once, whatever happened. */
  close(): void | Promise<void>;
}

/** A file that is being written. */
export interface FileWriter {
  /**
   * Writes all of these bytes behind those before.
   *
   * @param bytes They are only valid until the promise settles: copy what you keep.
   */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Ends the writing. Called once, whatever happened; what an upload that broke
   * off has brought stays, so that it can be resumed.
   */
  close(): void | Promise<void>;
}

/**
 * The files that an FTP server serves.
 *
 * Every path is absolute, parts divided by `/`, normalised: no empty part, no
 * `.` and no `..`; the root is `/`. A method that cannot do what it is asked
 * throws an {@linkcode FTPReplyError}, which is sent to the client; any other
 * error reaches the client as 451 and the server's `onError`.
 */
export interface FileSystem {
  /**
   * Looks at one path.
   *
   * @returns What is there, or `undefined` for nothing.
   */
  stat(path: string): Promise<FileStatus | undefined>;
  /** Gives the entries of a directory, in any order, without `.` and `..`. */
  list(path: string): AsyncIterable<DirectoryEntry> | Iterable<DirectoryEntry>;
  /**
   * Opens a file for reading.
   *
   * @param path The file.
   * @param offset Its first byte to read, at most its length.
   */
  read(path: string, offset: number): Promise<FileReader>;
  /**
   * Opens a file for writing, and makes it where it is absent.
   *
   * @param path The file; its directory has to exist.
   * @param at Where to begin: `undefined` replaces the file, a number of bytes
   *   overwrites from there on, `"end"` appends.
   */
  write(path: string, at?: number | "end"): Promise<FileWriter>;
  /** Makes a directory, in one that exists. */
  makeDirectory(path: string): Promise<void>;
  /** Removes an empty directory. */
  removeDirectory(path: string): Promise<void>;
  /** Removes a file. */
  remove(path: string): Promise<void>;
  /** Gives a file or directory another path. A file there is replaced. */
  rename(from: string, to: string): Promise<void>;
  /** Sets when a file last changed. */
  setModified(path: string, modified: Date): Promise<void>;
  /** Sets the Unix mode, for SITE CHMOD and MFF. Left out, there is none. */
  setPermissions?(path: string, permissions: number): Promise<void>;
  /**
   * Gives a checksum that is known already. Left out, the file is read for it.
   *
   * @param path The file.
   * @param algorithm Which checksum.
   * @param range The bytes from `start` up to, and without, `end`.
   * @returns Hexadecimal digits.
   */
  hash?(
    path: string,
    algorithm: HashAlgorithm,
    range: { readonly start: number; readonly end: number },
  ): Promise<string>;
  /** How many bytes may still be written into a directory, for AVBL. Left out, nobody knows. */
  available?(path: string): Promise<number>;
  /**
   * Makes a file system of one directory, for a user's home. Left out, paths below it are passed
   * on; where links could lead out of the home, that is not enough.
   */
  below?(path: string): Promise<FileSystem>;
}
