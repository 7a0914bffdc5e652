/**
 * What an FTP session does with whole directories.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { ErrorPerm } from "./errors.ts";
import type { MirrorPlan, MirrorResult } from "./mirror/plan.ts";
import type {
  MirrorOptions,
  MirrorPlanOptions,
  RemovedTree,
  RemoveTreeOptions,
  WalkItem,
  WalkOptions,
} from "./mirror/types.ts";
import { FTPTransfers } from "./transfers.ts";
import type { Downloaded, DownloadToOptions, Uploaded, UploadFromOptions } from "./types.ts";

/**
 * The part of `FTP` that works on whole trees of directories. Beside what each
 * method names, all of them throw what {@linkcode FTPTransfers} throws.
 */
export abstract class FTPTrees extends FTPTransfers implements AsyncDisposable {
  /** Says goodbye, and closes. */
  abstract [Symbol.asyncDispose](): Promise<void>;

  /**
   * Makes a directory, with all that it lies in, as far as they are missing (`MKD`). One that is
   * there already is no error, however the server puts it.
   *
   * @param path The directory.
   * @param options How long to wait for each reply.
   * @returns The paths of the directories that were made, the outermost first.
   * @throws {ErrorPerm} If the server refuses to make one.
   *
   * @example
   * ```ts
   * import { FTP, FTPServer } from "https://tulip.example/stdlib/ftplib/mod.ts";
   * import assert from "node:assert/strict";
   *
   * await using server = await FTPServer.start({ files: { "/pub/a.txt": "a" } });
   * await using ftp = await FTP.connect(server.hostname, { port: server.port, user: "tulip" });
   * assert.deepEqual(await ftp.ensureDir("/pub/2026/11"), ["/pub/2026", "/pub/2026/11"]);
   * assert.deepEqual(await ftp.ensureDir("/pub/2026/11"), []);
   * ```
   */
  async ensureDir(path: string, options: WaitOptions = {}): Promise<string[]> {
    const { ensureDirectory } = await import("./mirror/directories.ts");
    return await ensureDirectory(this._session(), path, options);
  }

  /**
   * Removes a directory with all that is in it; or a file. Symbolic links are removed, and what they
   * lead to is not.
   *
   * @param path What is removed. It must end in a name: no `..`, and not the root.
   * @param options How deep and large it may be, whom to tell.
   * @returns How much was removed.
   * @throws {TreeError} If something could not be removed; all else was.
   * @throws {TooLargeError} If it has more entries than `maxEntries`.
   */
  async removeTree(path: string, options: RemoveTreeOptions = {}): Promise<RemovedTree> {
    const { removeTree } = await import("./mirror/remove.ts");
    return await removeTree(this._session(), path, options);
  }

  /**
   * Walks through a tree: gives what is in a directory, then what is in those in it. Each directory is
   * listed when the walk comes to it, so that you can use the session in between.
   *
   * @param path The directory to begin with; the working directory unless given.
   * @param options How deep, and how far.
   * @returns What it finds.
   * @throws {ErrorPerm} If a directory cannot be listed.
   * @throws {TooLargeError} If there are more entries than `maxEntries`.
   *
   * @example The largest file of a tree
   * ```ts
   * import { FTP, FTPServer } from "https://tulip.example/stdlib/ftplib/mod.ts";
   * import assert from "node:assert/strict";
   *
   * await using server = await FTPServer.start({ files: { "/a/b/c.txt": "12345", "/a/d.txt": "1" } });
   * await using ftp = await FTP.connect(server.hostname, { port: server.port, user: "tulip" });
   * let largest = { path: "", size: -1 };
   * for await (const { path, entry: { size = 0 } } of ftp.walk("/a")) {
   *   if (size > largest.size) largest = { path, size };
   * }
   * assert.deepEqual(largest, { path: "/a/b/c.txt", size: 5 });
   * ```
   */
  async *walk(path = "", options: WalkOptions = {}): AsyncGenerator<WalkItem, void, void> {
    const { walk } = await import("./mirror/walk.ts");
    yield* walk(() => this._session(), path, options);
  }

  /**
   * Makes a local directory like one of the server: fetches what is missing or has changed, and
   * with `delete` removes what the server does not have.
   *
   * Whatever the server says, nothing is written outside of the local directory, and nothing
   * through a symbolic link in it. What is left out for such a reason is among the steps of the plan.
   *
   * @param path The directory on the server.
   * @param localPath The local directory; it is made if it is missing.
   * @param options What is mirrored and how, whom to tell.
   * @returns What came of it: what failed is in `errors`, unless `stopOnError` is set.
   * @throws {ErrorPerm} If the directory on the server cannot be read.
   *
   * @example
   * ```ts
   * import { FTP, FTPServer } from "https://tulip.example/stdlib/ftplib/mod.ts";
   * import assert from "node:assert/strict";
   *
   * await using server = await FTPServer.start({ files: { "/pub/a.txt": "a", "/pub/b/c.txt": "c" } });
   * await using ftp = await FTP.connect(server.hostname, { port: server.port, user: "tulip" });
   * const local = await Deno.makeTempDir();
   * const first = await ftp.mirrorDown("/pub", local);
   * assert.deepEqual([first.files, first.errors], [2, []]);
   * const second = await ftp.mirrorDown("/pub", local);
   * assert.deepEqual([second.files, second.plan.unchanged], [0, 2]);
   * await Deno.remove(local, { recursive: true });
   * ```
   */
  async mirrorDown(
    path: string,
    localPath: string,
    options: MirrorOptions = {},
  ): Promise<MirrorResult> {
    const { mirror } = await import("./mirror/mirror.ts");
    return await mirror(this, { direction: "down", remote: path, local: localPath }, options);
  }

  /**
   * Makes a directory of the server like a local one: stores what is missing or has changed, and
   * with `delete` removes what there is not here.
   *
   * @param localPath The local directory.
   * @param path The directory on the server; it is made if it is missing.
   * @param options What is mirrored and how, whom to tell.
   * @returns What came of it: what failed is in `errors`, unless `stopOnError` is set.
   */
  async mirrorUp(
    localPath: string,
    path: string,
    options: MirrorOptions = {},
  ): Promise<MirrorResult> {
    const { mirror } = await import("./mirror/mirror.ts");
    return await mirror(this, { direction: "up", remote: path, local: localPath }, options);
  }

  /**
   * Plans what {@linkcode mirrorDown} would do.
   *
   * @param path The directory on the server.
   * @param localPath The local directory.
   * @param options What is mirrored, and how it is compared.
   * @returns The plan, which can be carried out.
   * @throws {ErrorPerm} If the directory on the server cannot be read.
   */
  async planMirrorDown(
    path: string,
    localPath: string,
    options: MirrorPlanOptions = {},
  ): Promise<MirrorPlan> {
    const { plan } = await import("./mirror/mirror.ts");
    return await plan(this, { direction: "down", remote: path, local: localPath }, options);
  }

  /**
   * Plans what {@linkcode mirrorUp} would do.
   *
   * @param localPath The local directory.
   * @param path The directory on the server.
   * @param options What is mirrored, and how it is compared.
   * @returns The plan, which can be carried out.
   */
  async planMirrorUp(
    localPath: string,
    path: string,
    options: MirrorPlanOptions = {},
  ): Promise<MirrorPlan> {
    const { plan } = await import("./mirror/mirror.ts");
    return await plan(this, { direction: "up", remote: path, local: localPath }, options);
  }

  /**
   * Fetches a file into a local one, as {@linkcode FTPTransfers.downloadTo} tells; or a directory
   * with all that is in it into a local one, as {@linkcode mirrorDown} does.
   *
   * @throws {TreeError} If parts of a directory failed; all others are there.
   */
  override async downloadTo(
    path: string,
    localPath: string,
    options: DownloadToOptions = {},
  ): Promise<Downloaded> {
    try {
      return await super.downloadTo(path, localPath, options);
    } catch (error) {
      rethrowIfCancelled(error, options.signal);
      if (!(error instanceof ErrorPerm) || !/^RETR /.test(error.command ?? "")) throw error;
      const { downloadDirectory } = await import("./mirror/mirror.ts");
      return await downloadDirectory(this, path, localPath, { ...options, refusal: error });
    }
  }

  /**
   * Stores a local file, as {@linkcode FTPTransfers.uploadFrom} tells; or a local directory with all
   * that is in it, as {@linkcode mirrorUp} does.
   *
   * @throws {TreeError} If parts of a directory failed; all others are there.
   */
  override async uploadFrom(
    localPath: string,
    path: string,
    options: UploadFromOptions = {},
  ): Promise<Uploaded> {
    try {
      return await super.uploadFrom(localPath, path, options);
    } catch (error) {
      rethrowIfCancelled(error, options.signal);
      if (!(error instanceof TypeError)) throw error;
      const { uploadDirectory } = await import("./mirror/mirror.ts");
      return await uploadDirectory(this, localPath, path, { ...options, refusal: error });
    }
  }
}
