/**
 * A file system in memory, for tests and examples: what the FTP server serves
 * from it can be read and changed from outside at any moment.
 *
 * @module
 */

import type {
  DirectoryEntry,
  FileReader,
  FileStatus,
  FileSystem,
  FileWriter,
} from "./filesystem.ts";
import { checkLimit } from "../../../protocols/limits.ts";
import { FTPReplyError } from "./errors.ts";
import {
  costOf,
  directory,
  fileOf,
  type MemoryDirectory,
  type MemoryFile,
  type MemoryNode,
  reserve,
  statusOf,
} from "./memory_nodes.ts";

/** Files by name or path; a nested tree is a directory, an empty one an empty directory. */
export interface FileTree {
  /** The content of one file (a string is stored as UTF-8), or the tree below one directory. */
  [name: string]: string | Uint8Array | FileTree;
}

/** Options of {@linkcode MemoryFileSystem}. */
export interface MemoryFileSystemOptions {
  /**
   * The most bytes that all files may hold together, 256 counted for each entry, and more
   * for one with a long name.
   * What goes past it is refused with 552.
   *
   * @default {1_073_741_824} 1 GiB
   */
  maxBytes?: number;
}

/**
 * A tree of files in memory.
 *
 * The asynchronous methods are those that a server calls, see
 * {@linkcode FileSystem}; `get`, `text`, `set` and `paths` are for whoever looks
 * at it from outside, and take paths with or without the leading slash.
 *
 * @example Look at what was uploaded
 * ```ts
 * import assert from "node:assert/strict";
 * import { MemoryFileSystem } from "https://tulip.example/stdlib/ftplib/mod.ts";
 *
 * const files = new MemoryFileSystem({ "docs/hello.txt": "Hello", inbox: {} });
 * files.set("inbox/new.txt", "Fresh");
 * assert.equal(files.text("docs/hello.txt"), "Hello");
 * assert.deepEqual(files.paths(), ["/docs/hello.txt", "/inbox/new.txt"]);
 * ```
 */
export class MemoryFileSystem implements FileSystem {
  readonly #root: MemoryDirectory = directory();
  readonly #maxBytes: number;
  #used = 0;

  /**
   * Makes a tree.
   *
   * @param files What is in it at the start.
   * @param options How much it may hold.
   * @throws {TypeError} If a name is empty, `.` or `..`, or contains CR, LF or NUL.
   * @throws {RangeError} If `maxBytes` is no number above 0.
   */
  constructor(files: FileTree = {}, options: MemoryFileSystemOptions = {}) {
    this.#maxBytes = checkLimit("maxBytes", options.maxBytes, 1024 ** 3);
    this.#plant(files, "");
  }

  /**
   * Reads a whole file.
   *
   * @returns A copy of its bytes, or `undefined` where no file is.
   */
  get(path: string): Uint8Array | undefined {
    const node = this.#find(namesOf(path));
    return node?.type === "file" ? node.bytes.slice(0, node.size) : undefined;
  }

  /**
   * Reads a whole file as UTF-8.
   *
   * @returns Its text, or `undefined` where no file is.
   */
  text(path: string): string | undefined {
    const bytes = this.get(path);
    return bytes && new TextDecoder().decode(bytes);
  }

  /**
   * Writes a whole file, in place of what was there, and makes the directories above it.
   *
   * @param path The file.
   * @param content Its bytes, which are copied, or its text, stored as UTF-8.
   * @param modified When it changed; now by default.
   * @throws {TypeError} If the path is no path of a file, or leads through one.
   * @throws {FTPReplyError} If the file system would hold more than `maxBytes`.
   */
  set(path: string, content: string | Uint8Array, modified: Date = new Date()): void {
    const names = checkedNames(path);
    const name = names.pop();
    if (name === undefined) throw new TypeError("Cannot write the root: it is a directory");
    const parent = this.#grow(names);
    const old = parent.entries.get(name);
    if (old?.type === "directory") throw new TypeError(`Cannot write ${path}: it is a directory`);

    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content.slice();
    this.#charge(bytes.length - (old?.size ?? -costOf(name)));
    parent.entries.set(name, fileOf(bytes, modified));
    if (old) old.linked = false;
    parent.modified = new Date();
  }

  /**
   * Names all files.
   *
   * @returns Their absolute paths, sorted.
   */
  paths(): string[] {
    const paths: string[] = [];
    const walk = (node: MemoryDirectory, path: string) => {
      for (const [name, child] of node.entries) {
        if (child.type === "file") paths.push(`${path}/${name}`);
        else walk(child, `${path}/${name}`);
      }
    };
    walk(this.#root, "");
    return paths.sort();
  }

  /** Looks at one path; see {@linkcode FileSystem.stat}. */
  stat(path: string): Promise<FileStatus | undefined> {
    const node = this.#find(namesOf(path));
    return Promise.resolve(node && statusOf(node));
  }

  /** Gives a directory's entries; see {@linkcode FileSystem.list}. */
  *list(path: string): Generator<DirectoryEntry> {
    const entries = [...this.#directory(namesOf(path)).entries];
    for (const [name, node] of entries) yield { name, ...statusOf(node) };
  }

  /** Opens a file for reading; see {@linkcode FileSystem.read}. */
  // deno-lint-ignore require-await
  async read(path: string, offset: number): Promise<FileReader> {
    const file = this.#file(namesOf(path));
    let position = offset;
    return {
      // deno-lint-ignore require-await
      async read(buffer: Uint8Array): Promise<number | null> {
        const end = Math.min(position + buffer.length, file.size);
        if (end <= position) return null;
        buffer.set(file.bytes.subarray(position, end));
        const count = end - position;
        position = end;
        return count;
      },
      close() {},
    };
  }

  /** Opens a file for writing; see {@linkcode FileSystem.write}. */
  // deno-lint-ignore require-await
  async write(path: string, at?: number | "end"): Promise<FileWriter> {
    const file = this.#fileToWrite(namesOf(path));
    if (at === undefined) {
      this.#charge(-file.size);
      file.bytes = new Uint8Array(0);
      file.size = 0;
    }
    file.modified = new Date();
    let position = at === "end" ? file.size : at ?? 0;
    return {
      // deno-lint-ignore require-await
      write: async (bytes: Uint8Array): Promise<void> => {
        const end = position + bytes.length;
        if (!file.linked) throw new FTPReplyError(451, "The file was removed while it was written");
        if (end > file.size) this.#charge(end - file.size);
        reserve(file, end);
        file.bytes.set(bytes, position);
        file.size = Math.max(file.size, end);
        file.modified = new Date();
        position = end;
      },
      close() {},
    };
  }

  /** Makes a directory; see {@linkcode FileSystem.makeDirectory}. */
  // deno-lint-ignore require-await
  async makeDirectory(path: string): Promise<void> {
    const { parent, name } = this.#place(namesOf(path));
    if (parent.entries.has(name)) throw new FTPReplyError(550, "File exists");
    this.#charge(costOf(name));
    parent.entries.set(name, directory());
    parent.modified = new Date();
  }

  /** Removes an empty directory; see {@linkcode FileSystem.removeDirectory}. */
  // deno-lint-ignore require-await
  async removeDirectory(path: string): Promise<void> {
    const { parent, name } = this.#place(namesOf(path));
    const node = this.#directory(namesOf(path));
    if (node.entries.size > 0) throw new FTPReplyError(550, "Directory not empty");
    this.#drop(parent, name);
  }

  /** Removes a file; see {@linkcode FileSystem.remove}. */
  // deno-lint-ignore require-await
  async remove(path: string): Promise<void> {
    this.#file(namesOf(path));
    const { parent, name } = this.#place(namesOf(path));
    this.#drop(parent, name);
  }

  /** Moves a file or directory; see {@linkcode FileSystem.rename}. */
  // deno-lint-ignore require-await
  async rename(from: string, to: string): Promise<void> {
    const source = this.#place(namesOf(from));
    const node = source.parent.entries.get(source.name);
    if (!node) throw new FTPReplyError(550, "No such file or directory");
    if (from === to) return;
    if (to.startsWith(`${from}/`)) {
      throw new FTPReplyError(553, "Cannot move a directory into itself");
    }

    const target = this.#place(namesOf(to));
    const there = target.parent.entries.get(target.name);
    if (there && (there.type === "directory" || node.type === "directory")) {
      throw new FTPReplyError(553, "File exists");
    }
    this.#charge(costOf(target.name) - costOf(source.name));
    if (there) this.#drop(target.parent, target.name);
    source.parent.entries.delete(source.name);
    target.parent.entries.set(target.name, node);
    source.parent.modified = target.parent.modified = new Date();
  }

  /** Sets when a file changed; see {@linkcode FileSystem.setModified}. */
  // deno-lint-ignore require-await
  async setModified(path: string, modified: Date): Promise<void> {
    const node = this.#find(namesOf(path));
    if (!node) throw new FTPReplyError(550, "No such file or directory");
    node.modified = modified;
  }

  /** Sets the Unix mode, which is told and means nothing; see {@linkcode FileSystem.setPermissions}. */
  // deno-lint-ignore require-await
  async setPermissions(path: string, permissions: number): Promise<void> {
    const node = this.#find(namesOf(path));
    if (!node) throw new FTPReplyError(550, "No such file or directory");
    node.permissions = permissions & 0o7777;
  }

  /** Tells how much room is left; see {@linkcode FileSystem.available}. */
  available(): Promise<number> {
    return Promise.resolve(Math.max(0, this.#maxBytes - this.#used));
  }

  #plant(tree: FileTree, path: string): void {
    for (const [name, content] of Object.entries(tree)) {
      const below = `${path}/${name}`;
      if (typeof content === "string" || content instanceof Uint8Array) {
        this.set(below, content);
      } else {
        this.#grow(checkedNames(below));
        this.#plant(content, below);
      }
    }
  }

  #grow(names: readonly string[]): MemoryDirectory {
    let node = this.#root;
    for (const name of names) {
      let next = node.entries.get(name);
      if (next?.type === "file") {
        throw new TypeError(`Cannot write below ${name}: it is a file`);
      }
      if (!next) {
        this.#charge(costOf(name));
        next = directory();
        node.entries.set(name, next);
      }
      node = next;
    }
    return node;
  }

  #find(names: readonly string[]): MemoryNode | undefined {
    let node: MemoryNode | undefined = this.#root;
    for (const name of names) {
      node = node?.type === "directory" ? node.entries.get(name) : undefined;
    }
    return node;
  }

  #directory(names: readonly string[]): MemoryDirectory {
    const node = this.#find(names);
    if (node?.type === "directory") return node;
    throw new FTPReplyError(550, node ? "Not a directory" : "No such file or directory");
  }

  #file(names: readonly string[]): MemoryFile {
    const node = this.#find(names);
    if (node?.type === "file") return node;
    throw new FTPReplyError(550, node ? "Is a directory" : "No such file or directory");
  }

  #place(names: readonly string[]): { parent: MemoryDirectory; name: string } {
    const name = names.at(-1);
    if (name === undefined) throw new FTPReplyError(550, "The root stays where it is");
    return { parent: this.#directory(names.slice(0, -1)), name };
  }

  #fileToWrite(names: readonly string[]): MemoryFile {
    const { parent, name } = this.#place(names);
    if (parent.entries.has(name)) return this.#file(names);
    this.#charge(costOf(name));
    const file = fileOf(new Uint8Array(0), new Date());
    parent.entries.set(name, file);
    parent.modified = file.modified;
    return file;
  }

  #drop(parent: MemoryDirectory, name: string): void {
    const node = parent.entries.get(name);
    this.#charge(-costOf(name) - (node?.type === "file" ? node.size : 0));
    if (node?.type === "file") node.linked = false;
    parent.entries.delete(name);
    parent.modified = new Date();
  }

  #charge(bytes: number): void {
    if (this.#used + bytes > this.#maxBytes) {
      throw new FTPReplyError(552, `Cannot hold more than ${this.#maxBytes} bytes`);
    }
    this.#used += bytes;
  }
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "");
}

function checkedNames(path: string): string[] {
  const names = namesOf(path);
  for (const name of names) {
    if (name === "." || name === ".." || /[\r\n\0]/.test(name)) {
      throw new TypeError(`Cannot name a file ${JSON.stringify(name)}`);
    }
  }
  return names;
}
