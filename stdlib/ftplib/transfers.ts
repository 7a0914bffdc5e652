/**
 * What an FTP session does over data connections: files in and out, and
 * listings.
 *
 * @module
 */

import { Lock } from "../../loop/locks/lock.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { command, restCommand } from "../../protocols/ftp/commands.ts";
import type { Entry } from "../../protocols/ftp/types.ts";
import { checkLimit } from "../../protocols/limits.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { restOf } from "./callback.ts";
import { FTPConnections } from "./connections.ts";
import { endLinesInCrlf, linesOf } from "./crlf.ts";
import { DataTransfer } from "./data_transfer.ts";
import { downloadTo } from "./download_to.ts";
import { listEntries, type Listing, listLines, retrieveLines } from "./listing.ts";
import { retryPolicy } from "./retry.ts";
import type { Session } from "./session.ts";
import { store } from "./store.ts";
import { throttleOf } from "./throttle.ts";
import { Transfer } from "./transfer.ts";
import type { OtherClient, TransferClient } from "./transfer_client.ts";
import type {
  Downloaded,
  DownloadOptions,
  DownloadToOptions,
  LinesOptions,
  MlsdOptions,
  RetrbinaryOptions,
  StorbinaryOptions,
  StorlinesOptions,
  Uploaded,
  UploadFromOptions,
  UploadOptions,
  UploadSource,
} from "./types.ts";
import { uploadAll, UploadedBytes } from "./upload.ts";
import { UploadedFile } from "./upload_from.ts";

/**
 * The part of `FTP` that opens data connections, one at a time. Beside what each
 * method names, all of them throw what {@linkcode FTPConnections} throws.
 */
export abstract class FTPTransfers extends FTPConnections {
  readonly #client: TransferClient = {
    session: (): Session => this._session(),
    reopen: (options: WaitOptions): Promise<void> => this._reopen(options),
    another: async (options: WaitOptions): Promise<OtherClient> => {
      const other = await this.clone(options) as this & AsyncDisposable;
      return { client: other.#client, leave: async () => await other[Symbol.asyncDispose]() };
    },
    opening: new Lock(),
  };

  /**
   * Fetches a file, in binary (`TYPE I`, `RETR`; RFC 959 §4.1.3).
   *
   * Await the transfer for the whole file, iterate over it for its bytes as they
   * arrive, or take its `readable`. Nothing is sent before that. Leaving one early
   * closes the data connection and brings the session back into step.
   *
   * @param path The file on the server.
   * @param options Where to begin, how much to collect, whom to tell.
   * @returns The transfer; its chunks belong to the caller. It rejects with:
   * - {@linkcode ErrorPerm} if the server refuses, for good (5xx);
   * - {@linkcode TruncatedError} if the data connection ends before the file does;
   * - {@linkcode TooLargeError} if it is awaited, and larger than `maxBytes`;
   * - {@linkcode TimeoutError} if nothing arrives for `timeout` milliseconds.
   * @throws {TypeError} If the path is empty or holds CR, LF or NUL.
   *
   * @example Show how far a download is
   * ```ts
   * import { FTP, FTPServer } from "https://tulip.example/stdlib/ftplib/mod.ts";
   *
   * await using server = await FTPServer.start({ files: { "/big.bin": new Uint8Array(1_000_000) } });
   * await using ftp = await FTP.connect(server.hostname, { port: server.port, user: "anonymous" });
   * const transfer = ftp.download("/big.bin", {
   *   onProgress: ({ transferred, total }) => console.log(`${transferred} of ${total}`),
   * });
   * for await (const chunk of transfer) console.log(chunk.length);
   * ```
   */
  download(path: string, options: DownloadOptions = {}): Transfer {
    const cmd = command("RETR", path, this._session().options.encoding);
    return this.#transfer(cmd, path, { ...options, offset: checkOffset(options.offset) });
  }

  /**
   * Fetches a file into a local one. It is written as `localPath` with `.part`
   * behind it, and renamed once it is complete; what was broken off stays, and
   * `resume` goes on from there. With `retries`, a poor network costs time only.
   *
   * @param path The file on the server.
   * @param localPath The local file; one that is there already is replaced.
   * @param options Whether to resume, to try again, to verify; whom to tell.
   * @returns The size of the file, and how much of it was there before.
   * @throws {ErrorPerm} If the server refuses, for good (5xx).
   * @throws {TruncatedError} If the data connection ends before the file does.
   * @throws {VerifyError} If `verify` finds that the file on the server is another.
   * @throws {TimeoutError} If nothing arrives for `timeout` milliseconds.
   *
   * @example Fetch a file over a poor network
   * ```ts
   * import assert from "node:assert/strict";
   * import { FTP, FTPServer } from "https://tulip.example/stdlib/ftplib/mod.ts";
   *
   * await using server = await FTPServer.start({ files: { "/report.txt": "All is well.\n" } });
   * await using ftp = await FTP.connect(server.hostname, { port: server.port, user: "anonymous" });
   * const path = `${await Deno.makeTempDir()}/report.txt`;
   * await ftp.downloadTo("/report.txt", path, {
   *   resume: true,
   *   retries: 10,
   *   preserveModified: true,
   *   onRetry: ({ delay, error }) => console.log(`${error}; again in ${delay} ms`),
   * });
   * assert.equal(await Deno.readTextFile(path), "All is well.\n");
   * ```
   */
  async downloadTo(
    path: string,
    localPath: string,
    options: DownloadToOptions = {},
  ): Promise<Downloaded> {
    return await downloadTo(this.#client, path, localPath, options);
  }

  /**
   * Stores a file, in binary (`TYPE I`, `STOR`; RFC 959 §4.1.3). Where it is broken
   * off, what was sent until then stays on the server, unless it is `atomic`: FTP
   * has no way to tell an upload that ended from one that was cut, but `verify`.
   *
   * @param path The file on the server.
   * @param source The bytes: all at once, or a stream of them. A string is sent as UTF-8.
   * @param options Where in the file they go, whom to tell.
   * @returns How many bytes were sent, and the server's last reply.
   * @throws {ErrorPerm} If the server refuses, for good (5xx).
   * @throws {ErrorTemp} If the server breaks off (4xx), because its disk is full for instance.
   * @throws {TruncatedError} If the data connection is cut, or `verify` finds less on the server.
   * @throws {VerifyError} If `verify` finds more on the server, or something else.
   * @throws {TimeoutError} If the server takes nothing for `timeout` milliseconds.
   * @throws {TypeError} If the path is empty or holds CR, LF or NUL.
   */
  async upload(
    path: string,
    source: UploadSource,
    options: UploadOptions = {},
  ): Promise<Uploaded> {
    return await store(this.#client, new UploadedBytes(source, options.offset), path, options);
  }

  /**
   * Stores a local file, as {@linkcode upload} does. With `offset`, it is read
   * from there too; with `resume`, from where an earlier upload stopped.
   *
   * @param localPath The local file.
   * @param path The file on the server.
   * @param options Where in the file the bytes go, whether to resume, to try again; whom to tell.
   * @returns How many bytes were sent, and the server's last reply.
   *
   * @example Store a file so that nobody sees half of it
   * ```ts
   * import assert from "node:assert/strict";
   * import { FTP, FTPServer } from "https://tulip.example/stdlib/ftplib/mod.ts";
   *
   * await using server = await FTPServer.start({ users: { ada: { password: "lovelace" } } });
   * await using ftp = await FTP.connect(server.hostname, {
   *   port: server.port,
   *   user: "ada",
   *   password: "lovelace",
   * });
   * const path = await Deno.makeTempFile();
   * await Deno.writeTextFile(path, "All is well.\n");
   * await ftp.uploadFrom(path, "/report.txt", { atomic: true, verify: true, retries: 10 });
   * assert.equal(server.files.text("/report.txt"), "All is well.\n");
   * ```
   */
  async uploadFrom(
    localPath: string,
    path: string,
    options: UploadFromOptions = {},
  ): Promise<Uploaded> {
    return await store(this.#client, new UploadedFile(localPath, options.offset), path, options);
  }

  /**
   * Runs a command that answers with bytes, in binary.
   *
   * @param cmd The command, such as `RETR report.pdf`.
   * @param callback Called with each chunk, which belongs to it; the next waits for its promise.
   * @param options The size of chunks, where to begin.
   * @returns The reply that ended the transfer.
   */
  async retrbinary(
    cmd: string,
    callback: (chunk: Uint8Array<ArrayBuffer>) => void | PromiseLike<void>,
    options: RetrbinaryOptions = {},
  ): Promise<Reply> {
    const session = this._session();
    session.check("command", cmd);
    const { rest = session.marker, blocksize, ...wait } = options;
    // Between a marker by hand and its transfer nothing else is asked, as the standard has it.
    const isByHand = options.rest === undefined && rest > 0;
    const path = isByHand ? undefined : /^RETR (.+)$/is.exec(cmd)?.[1];
    const transfer = this.#transfer(cmd, path, {
      ...wait,
      offset: checkOffset(rest),
      blocksize: checkLimit("blocksize", blocksize, 262_144),
    });
    for await (const chunk of transfer) await restOf(callback(chunk), wait);
    return transfer.reply!;
  }

  /**
   * Runs a command that answers with lines of text.
   *
   * @param cmd The command, such as `RETR report.txt`, `LIST` or `NLST`.
   * @param callback Called with each line, without its end; the next waits for its promise.
   * @param options How long to wait.
   * @returns The reply that ended the transfer.
   */
  async retrlines(
    cmd: string,
    callback: (line: string) => void | PromiseLike<void>,
    options: WaitOptions = {},
  ): Promise<Reply> {
    this._session().check("command", cmd);
    return await retrieveLines(this._session(), cmd, callback, options);
  }

  /**
   * Runs a command that takes bytes, in binary.
   *
   * @param cmd The command, such as `STOR report.pdf`.
   * @param source The bytes.
   * @param options The size of blocks, where they go, whom to tell.
   * @returns The reply that ended the transfer.
   */
  async storbinary(
    cmd: string,
    source: UploadSource,
    options: StorbinaryOptions = {},
  ): Promise<Reply> {
    const session = this._session();
    session.check("command", cmd);
    const { rest = session.marker, blocksize, ...others } = options;
    return await uploadAll(session, source, {
      ...others,
      command: cmd,
      type: "I",
      offset: checkOffset(rest),
      blocksize: checkLimit("blocksize", blocksize, 262_144),
    });
  }

  /**
   * Runs a command that takes lines of text. Each is ended by CRLF, whatever
   * ended it before.
   *
   * @param cmd The command, such as `STOR report.txt`.
   * @param source The text, in the encoding that the file shall have.
   * @param options Whom to tell.
   * @returns The reply that ended the transfer.
   */
  async storlines(
    cmd: string,
    source: UploadSource,
    options: StorlinesOptions = {},
  ): Promise<Reply> {
    const session = this._session();
    session.check("command", cmd);
    const { callback, ...wait } = options;
    const bytes = typeof source === "string" ? new TextEncoder().encode(source) : source;
    return await uploadAll(session, endLinesInCrlf(bytes, session.maxLineLength), {
      ...wait,
      command: cmd,
      type: "A",
      // A block is as many whole lines as came at once.
      blocksize: Infinity,
      callback: callback && (async (block) => {
        for (const line of linesOf(block)) await restOf(callback(line), wait);
      }),
    });
  }

  /**
   * Lists the names in a directory (`NLST`).
   *
   * @param path The directory; the working directory unless given.
   * @param options The most bytes to collect.
   * @returns The names, or paths, as the server writes them: await or iterate.
   */
  nlst(path = "", options: LinesOptions = {}): Listing<string> {
    return listLines(this._session(), this.#listCommand("NLST", path), options);
  }

  /**
   * Lists a directory in the server's own form (`LIST`).
   *
   * @param path The directory; the working directory unless given.
   * @param options The most bytes to collect.
   * @returns The lines: await or iterate.
   */
  dir(path = "", options: LinesOptions = {}): Listing<string> {
    return listLines(this._session(), this.#listCommand("LIST", path), options);
  }

  /**
   * Lists the entries of a directory (`MLSD`; RFC 3659 §7). For servers that do
   * not know it, the lines of `LIST` are read as well as they can be.
   *
   * @param path The directory; the working directory unless given.
   * @param options The facts to ask for, the most bytes to collect.
   * @returns The entries, without the directory itself and the one above it: await or iterate.
   */
  mlsd(path = "", options: MlsdOptions = {}): Listing<Entry> {
    this.#listCommand("MLSD", path);
    return listEntries(this._session(), path, options);
  }

  #transfer(
    cmd: string,
    path: string | undefined,
    options: DownloadOptions & { offset: number; blocksize?: number },
  ): Transfer {
    const session = this._session();
    const { offset, blocksize, onProgress, signal, timeout } = options;
    const policy = retryPolicy(options.retries, options.onRetry);
    const request = { command: cmd, type: "I", offset, signal, timeout } as const;
    return new Transfer({
      command: cmd,
      offset,
      blocksize,
      onProgress,
      throttle: throttleOf(options.throttle),
      signal,
      maxBytes: checkLimit("maxBytes", options.maxBytes, 67_108_864),
      begin: async (interactive) => {
        if (path === undefined || policy.attempts === 0) {
          return await DataTransfer.begin(session, { ...request, path, interactive });
        }
        const { LastingDownload } = await import("./lasting_download.ts");
        return await LastingDownload.begin(this.#client, { ...request, path, interactive }, policy);
      },
    });
  }

  #listCommand(verb: string, path: string): string {
    return command(verb, path === "" ? undefined : path, this._session().options.encoding);
  }
}

function checkOffset(offset = 0): number {
  restCommand(offset);
  return offset;
}
