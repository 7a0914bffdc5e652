/**
 * A directory on disk as the file system of an FTP server, which nobody leaves:
 * `..` stops at the root, and a symbolic link that leads out of it is not there.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../../loop/exceptions.ts";
import { nameHazard } from "../../../protocols/ftp/names.ts";
import type {
  DirectoryEntry,
  FileReader,
  FileStatus,
  FileSystem,
  FileWriter,
} from "./filesystem.ts";
import { FTPReplyError } from "./errors.ts";
import { Gate } from "./gate.ts";

/**
 * The files below one directory on disk.
 *
 * Symbolic links inside it are followed as long as they stay inside; others,
 * and dangling ones, are neither listed nor opened. A client cannot make links,
 * nor get past that check by renaming others to where it looks just now.
 * It is no wall against other programs of the same machine that swap
 * directories for links while the server works.
 *
 * Needs read permission for the directory, and write permission for whatever
 * changes it.
 *
 * @example Serve a directory
 * ```ts
 * import { DirectoryFileSystem, FTP, FTPServer } from "https://tulip.example/stdlib/ftplib/mod.ts";
 *
 * const directory = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${directory}/hello.txt`, "Hello");
 * const filesystem = await DirectoryFileSystem.open(directory);
 * await using server = await FTPServer.start({ filesystem });
 * await using ftp = await FTP.connect(server.hostname, { port: server.port, user: "anonymous" });
 * console.log(await ftp.nlst()); // [ "hello.txt" ]
 * ```
 */
export class DirectoryFileSystem implements FileSystem {
  readonly #root: string;
  readonly #prefix: string;
  // Between the look at where a path leads and its use, no client may put a link there.
  readonly #gate: Gate;

  private constructor(root: string, gate: Gate = new Gate()) {
    this.#gate = gate;
    this.#root = root;
    this.#prefix = /[/\\]$/.test(root)
      ? root
      : `${root}${Deno.build.os === "windows" ? "\\" : "/"}`;
  }

  /**
   * Opens a directory.
   *
   * @param root Its path, absolute or below the working directory.
   * @throws {TypeError} If it is no directory.
   * @throws {Deno.errors.NotFound} If nothing is there.
   */
  static async open(root: string): Promise<DirectoryFileSystem> {
    const real = await Deno.realPath(root);
    if (!(await Deno.stat(real)).isDirectory) {
      throw new TypeError(`Cannot serve ${root}: it is no directory`);
    }
    return new DirectoryFileSystem(real);
  }

  /** Looks at one path; see {@linkcode FileSystem.stat}. */
  stat(path: string): Promise<FileStatus | undefined> {
    return this.#gate.look(async () => {
      const target = await this.#existing(path);
      return target === undefined ? undefined : statusOf(await refused(Deno.stat(target)));
    });
  }

  /** Gives a directory's entries; see {@linkcode FileSystem.list}. */
  async *list(path: string): AsyncGenerator<DirectoryEntry> {
    const names = await this.#gate.look(async () => {
      const entries = Deno.readDir(await this.#must(path));
      return await refused(Array.fromAsync(entries, ({ name }) => name));
    });
    const base = path === "/" ? "" : path;
    for (const name of names) {
      // What goes away meanwhile, or leads out, is left out; so is what a line cannot name.
      const status = isSafe(name) ? await this.#statusWithin(`${base}/${name}`) : undefined;
      if (status) yield { name, ...status };
    }
  }

  /** Opens a file for reading; see {@linkcode FileSystem.read}. */
  async read(path: string, offset: number): Promise<FileReader> {
    const file = await this.#gate.look(async () => {
      const target = await this.#must(path);
      await mustBeFile(target);
      return await refused(Deno.open(target, { read: true }));
    });
    try {
      if (offset > 0) await file.seek(offset, Deno.SeekMode.Start);
    } catch (error) {
      file.close();
      throw error;
    }
    return { read: (buffer) => file.read(buffer), close: () => file.close() };
  }

  /** Opens a file for writing; see {@linkcode FileSystem.write}. */
  async write(path: string, at?: number | "end"): Promise<FileWriter> {
    const file = await this.#gate.look(async () => {
      const target = await this.#existing(path) ?? await this.#fresh(path);
      if (await Deno.lstat(target).catch(() => undefined)) await mustBeFile(target);
      return await refused(
        Deno.open(target, { write: true, create: true, truncate: at === undefined }),
      );
    });
    try {
      if (at === "end") await file.seek(0, Deno.SeekMode.End);
      else if (at) await file.seek(at, Deno.SeekMode.Start);
    } catch (error) {
      file.close();
      throw error;
    }
    return { write: (bytes) => refused(writeAll(file, bytes)), close: () => file.close() };
  }

  /** Makes a directory; see {@linkcode FileSystem.makeDirectory}. */
  makeDirectory(path: string): Promise<void> {
    return this.#gate.look(async () => await refused(Deno.mkdir(await this.#fresh(path))));
  }

  /** Removes an empty directory; see {@linkcode FileSystem.removeDirectory}. */
  removeDirectory(path: string): Promise<void> {
    return this.#gate.look(async () => {
      const target = await this.#entry(path);
      if (!(await refused(Deno.lstat(target))).isDirectory) {
        throw new FTPReplyError(550, "Not a directory");
      }
      await refused(Deno.remove(target));
    });
  }

  /** Removes a file, or a link to one; see {@linkcode FileSystem.remove}. */
  remove(path: string): Promise<void> {
    return this.#gate.look(async () => {
      const target = await this.#entry(path);
      if ((await refused(Deno.lstat(target))).isDirectory) {
        throw new FTPReplyError(550, "Is a directory");
      }
      await refused(Deno.remove(target));
    });
  }

  /** Moves a file or directory; see {@linkcode FileSystem.rename}. */
  rename(from: string, to: string): Promise<void> {
    return this.#gate.move(async () => {
      const source = await this.#entry(from);
      const target = await this.#entry(to);
      if (to.startsWith(`${from}/`)) {
        throw new FTPReplyError(553, "Cannot move a directory into itself");
      }
      await refused(Deno.rename(source, target));
    });
  }

  /** Sets when a file changed; see {@linkcode FileSystem.setModified}. */
  setModified(path: string, modified: Date): Promise<void> {
    return this.#gate.look(async () =>
      await refused(Deno.utime(await this.#must(path), new Date(), modified))
    );
  }

  /** Sets the Unix mode; see {@linkcode FileSystem.setPermissions}. */
  setPermissions(path: string, permissions: number): Promise<void> {
    return this.#gate.look(async () =>
      await refused(Deno.chmod(await this.#must(path), permissions & 0o777))
    );
  }

  /** Makes one directory the root, which links do not lead out of; see {@linkcode FileSystem.below}. */
  below(path: string): Promise<DirectoryFileSystem> {
    return this.#gate.look(async () => new DirectoryFileSystem(await this.#must(path), this.#gate));
  }

  /** The real path of what is there, or nothing; refused where it leads out. */
  async #existing(path: string): Promise<string | undefined> {
    let real: string;
    try {
      real = await Deno.realPath(this.#join(path));
    } catch (error) {
      rethrowIfCancelled(error);
      if (isAbsent(error)) return undefined;
      throw refusal(error);
    }
    if (real !== this.#root && !real.startsWith(this.#prefix)) return undefined;
    return real;
  }

  async #must(path: string): Promise<string> {
    const target = await this.#existing(path);
    if (target === undefined) throw new FTPReplyError(550, "No such file or directory");
    return target;
  }

  async #statusWithin(path: string): Promise<FileStatus | undefined> {
    try {
      return await this.#gate.look(async () => {
        const target = await this.#existing(path);
        return target === undefined ? undefined : statusOf(await Deno.stat(target));
      });
    } catch (error) {
      rethrowIfCancelled(error);
      if (isAbsent(error) || error instanceof Deno.errors.PermissionDenied) return undefined;
      throw refusal(error);
    }
  }

  /** The path of an entry itself, its directory resolved, the entry not: for links stay links. */
  async #entry(path: string): Promise<string> {
    const slash = path.lastIndexOf("/");
    const name = path.slice(slash + 1);
    if (name === "") throw new FTPReplyError(550, "The root stays where it is");
    if (!isSafe(name)) throw new FTPReplyError(553, "File name not allowed");
    const parent = await this.#must(path.slice(0, slash) || "/");
    return parent === this.#root ? `${this.#prefix}${name}` : `${parent}/${name}`;
  }

  /** An entry that is not there yet: opening a dangling link would write where it points. */
  async #fresh(path: string): Promise<string> {
    const target = await this.#entry(path);
    const there = await Deno.lstat(target).catch(() => undefined);
    if (there) throw new FTPReplyError(550, there.isSymlink ? "Permission denied" : "File exists");
    return target;
  }

  #join(path: string): string {
    const names = path.split("/").filter((name) => name !== "");
    if (!names.every(isSafe)) throw new FTPReplyError(553, "File name not allowed");
    return names.length === 0 ? this.#root : `${this.#prefix}${names.join("/")}`;
  }
}

/**
 * Whether a name is one name on every system: no separator of any, and on
 * Windows no drive, stream, device or trailing dot.
 */
function isSafe(name: string): boolean {
  if (Deno.build.os === "windows") return nameHazard(name, { windows: true }) === undefined;
  return name !== "" && name !== "." && name !== ".." && !/[/\\\0\r\n]/.test(name);
}

function statusOf(info: Deno.FileInfo): FileStatus {
  return {
    type: info.isDirectory ? "directory" : "file",
    size: info.isDirectory ? 0 : info.size,
    modified: info.mtime ?? new Date(0),
    ...(info.mode !== null && { permissions: info.mode & 0o7777 }),
    ...(info.ino !== null && { id: `${info.dev.toString(16)}.${info.ino.toString(16)}` }),
  };
}

// A pipe or device would keep the session waiting for ever.
async function mustBeFile(target: string): Promise<void> {
  const { isFile, isDirectory } = await refused(Deno.stat(target));
  if (!isFile) throw new FTPReplyError(550, isDirectory ? "Is a directory" : "Not a plain file");
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
}

function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.FilesystemLoop;
}

/** The system's error as the reply that tells it, without the paths of this machine. */
function refusal(error: unknown): unknown {
  if (error instanceof FTPReplyError) return error;
  const text = isAbsent(error)
    ? "No such file or directory"
    : error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable
    ? "Permission denied"
    : error instanceof Deno.errors.AlreadyExists
    ? "File exists"
    : error instanceof Deno.errors.IsADirectory
    ? "Is a directory"
    : undefined;
  if (text) return new FTPReplyError(550, text, { cause: error });
  const known = REFUSALS.get((error as { code?: string }).code);
  return known ? new FTPReplyError(...known, { cause: error }) : error;
}

/** Errors that have no class of their own. */
const REFUSALS: ReadonlyMap<string | undefined, readonly [code: number, text: string]> = new Map([
  ["ENOTEMPTY", [550, "Directory not empty"]],
  ["EROFS", [550, "Permission denied"]],
  ["ENAMETOOLONG", [553, "File name not allowed"]],
  ["ENOSPC", [452, "No space left"]],
  ["EDQUOT", [452, "No space left"]],
]);

async function refused<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    rethrowIfCancelled(error);
    throw refusal(error);
  }
}
