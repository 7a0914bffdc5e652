/**
 * Several sessions with one server, lent to whoever needs one.
 *
 * A pool has one identity: server, user, TLS and settings are those that it was
 * made with, and what would change them for the next borrower ends the session.
 *
 * @module
 */

import { getEventLoop } from "../../loop/events.ts";
import { rethrowIfCancelled, TimeoutError } from "../../loop/exceptions.ts";
import { Semaphore } from "../../loop/locks/semaphores.ts";
import { interruptible, type WaitOptions } from "../../loop/wait.ts";
import { checkLimit } from "../../protocols/limits.ts";
import { FTP } from "./client.ts";
import { FTPError, SessionClosedError } from "./errors.ts";
import { forEachInParallel } from "./parallel.ts";
import type { FTPConnectOptions } from "./session_options.ts";
import type { Downloaded, DownloadToOptions, Uploaded, UploadFromOptions } from "./types.ts";

/** Options of `FTPPool.of`. */
export interface FTPPoolOptions {
  /**
   * The most sessions at a time. They are opened when they are needed.
   *
   * @default {4}
   */
  connections?: number;
  /**
   * After how long in the pool a session is asked whether it still lives (`NOOP`) before it is lent,
   * in milliseconds.
   *
   * @default {5_000}
   */
  checkAfter?: number;
}

/** Options of `FTPPool.connect`. */
export interface FTPPoolConnectOptions extends FTPConnectOptions, FTPPoolOptions {}

/** Options of `FTPPool.use`. */
export interface PoolUseOptions {
  /** Ends the wait for a session. */
  signal?: AbortSignal;
  /**
   * How long to wait until a session is free, in milliseconds.
   *
   * @default {Infinity}
   */
  timeout?: number;
}

/** The longest that the server may take to answer a session that is asked whether it lives. */
const CHECK = 5_000;

/** A session that nobody uses. */
interface Idle<Client> {
  readonly ftp: Client;
  /** Since when, by the loop's clock. */
  readonly since: number;
}

/** A session that somebody uses, and what he must not change. */
interface Lent<Client> {
  readonly ftp: Client;
  readonly place: Disposable;
  /** How the session came to its directory, since its login. */
  readonly way: readonly string[];
}

/**
 * A pool of sessions with one server.
 *
 * @example Fetch many files, four at a time
 * ```ts
 * import assert from "node:assert/strict";
 * import { FTPPool, FTPServer } from "https://tulip.example/stdlib/ftplib/mod.ts";
 *
 * await using server = await FTPServer.start({ files: { "/a": "one", "/b": "two", "/c": "three" } });
 * await using pool = await FTPPool.connect(server.hostname, {
 *   port: server.port,
 *   user: "anonymous",
 *   connections: 4,
 * });
 * const sizes = await pool.map(["/a", "/b", "/c"], async (ftp, path) => {
 *   return (await ftp.download(path)).length;
 * });
 * assert.deepEqual(sizes, [3, 3, 5]);
 * ```
 */
export class FTPPool<Client extends FTP = FTP> implements AsyncDisposable {
  /** The most sessions at a time. */
  readonly connections: number;
  readonly #open: (wait: WaitOptions) => Promise<Client>;
  readonly #checkAfter: number;
  readonly #places: Semaphore;
  /** Those that nobody uses; the last one was used last. */
  readonly #idle: Idle<Client>[] = [];
  readonly #lent: Set<Client> = new Set();
  readonly #closing: AbortController = new AbortController();

  private constructor(
    open: (wait: WaitOptions) => Promise<Client>,
    options: FTPPoolOptions,
  ) {
    this.connections = checkLimit("connections", options.connections, 4);
    this.#checkAfter = checkLimit("checkAfter", options.checkAfter, 5_000, {
      allowInfinity: true,
    });
    this.#open = open;
    this.#places = new Semaphore(this.connections);
  }

  /**
   * Opens the first session of a pool without TLS; for one with TLS, see {@linkcode FTPPool.of}.
   *
   * @param host The server.
   * @param options Whom to log in as, how many sessions there may be.
   * @returns The pool.
   * @throws {ConnectionError} If the server cannot be reached.
   * @throws {ErrorPerm} If user or password are wrong.
   */
  static async connect(host: string, options: FTPPoolConnectOptions = {}): Promise<FTPPool> {
    const { connections, checkAfter, signal, ...rest } = options;
    const open = (wait: WaitOptions): Promise<FTP> => FTP.connect(host, { ...rest, ...wait });
    const pool = new FTPPool(open, { connections, checkAfter });
    pool.#keep(await open({ signal }));
    return pool;
  }

  /**
   * Makes a pool of sessions like one that is open: to the same server, as the same user, with the
   * same TLS, in the directory that it is in when they are opened. That one stays yours, and is no
   * part of the pool.
   *
   * @param ftp The session; an `FTP_TLS` as well.
   * @param options How many sessions there may be.
   * @returns The pool, which has no session yet.
   */
  static of<Client extends FTP>(ftp: Client, options: FTPPoolOptions = {}): FTPPool<Client> {
    return new FTPPool((wait) => ftp.clone(wait), options);
  }

  /** How many sessions are open, lent or not. */
  get size(): number {
    return this.#idle.length + this.#lent.size;
  }

  /** How many sessions are lent. */
  get busy(): number {
    return this.#lent.size;
  }

  /**
   * Lends a session. Those who wait get one in the order in which they came.
   *
   * A session that was lost is not lent again, and a transfer that was not taken to its end is
   * broken off.
   *
   * @param body What is done with it, until its promise settles. One that changes the directory, or
   * logs in as another, gets its way, and the session is closed afterwards.
   * @param options How long to wait for one.
   * @returns What the body returns.
   * @throws {TimeoutError} If none is free in time.
   * @throws {SessionClosedError} If the pool is closed.
   * @throws {ConnectionError} If a session is needed, and the server cannot be reached.
   */
  async use<T>(
    body: (ftp: Client) => T | PromiseLike<T>,
    options: PoolUseOptions = {},
  ): Promise<T> {
    const lent = await this.#borrow(options);
    try {
      return await body(lent.ftp);
    } finally {
      this.#lent.delete(lent.ftp);
      this.#takeBack(lent);
    }
  }

  /**
   * Does something with each item of a list, so many at a time as there may be sessions.
   *
   * @param items The items; taken one by one, when there is a session for the next.
   * @param body What is done with one. Its signal says that another one has failed.
   * @param options What ends it.
   * @returns The results, in the order of the items.
   * @throws {unknown} What the first one that failed threw, once the others have ended.
   */
  async map<T, R>(
    items: Iterable<T> | AsyncIterable<T>,
    body: (ftp: Client, item: T, signal: AbortSignal) => R | PromiseLike<R>,
    options: PoolUseOptions = {},
  ): Promise<R[]> {
    const results: R[] = [];
    await forEachInParallel(items, this.connections, async (item, index, signal) => {
      const use = { timeout: options.timeout, signal };
      results[index] = await this.use((ftp) => body(ftp, item, signal), use);
    }, options.signal);
    return results;
  }

  /**
   * Fetches a file into a local one, as `FTP.downloadTo` does, by whichever session is free.
   *
   * @param path The file on the server.
   * @param localPath The local file.
   * @param options Whether to resume, to try again, to verify; whom to tell.
   * @returns The size of the file, and how much of it was there before.
   */
  async downloadTo(
    path: string,
    localPath: string,
    options: DownloadToOptions = {},
  ): Promise<Downloaded> {
    const { signal } = options;
    return await this.use((ftp) => ftp.downloadTo(path, localPath, options), { signal });
  }

  /**
   * Stores a local file, as `FTP.uploadFrom` does, by whichever session is free.
   *
   * @param localPath The local file.
   * @param path The file on the server.
   * @param options Whether to resume, to try again, to verify; whom to tell.
   * @returns How many bytes were sent, and the server's last reply.
   */
  async uploadFrom(
    localPath: string,
    path: string,
    options: UploadFromOptions = {},
  ): Promise<Uploaded> {
    const { signal } = options;
    return await this.use((ftp) => ftp.uploadFrom(localPath, path, options), { signal });
  }

  /** Closes every session at once, and ends all that wait for one. May be called again. */
  close(): void {
    this.#closing.abort(new SessionClosedError("The pool is closed", { origin: "usage" }));
    for (const ftp of this.#lent) ftp.close();
    for (const { ftp } of this.#idle.splice(0)) ftp.close();
  }

  /** Says goodbye on every session, within two seconds, and closes. Who still has one loses it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const idle = this.#idle.splice(0);
    this.close();
    await Promise.all(idle.map(({ ftp }) => ftp[Symbol.asyncDispose]()));
  }

  async #borrow(options: PoolUseOptions): Promise<Lent<Client>> {
    for (;;) {
      const place = await this.#place(options);
      let taken = false;
      try {
        const ftp = await this.#take(options.signal);
        this.#lent.add(ftp);
        taken = true;
        return { ftp, place, way: ftp["_session"]().way };
      } catch (error) {
        rethrowIfCancelled(error, options.signal);
        // A server that takes no more sessions takes fewer from now on: the place is not given back.
        taken = this.size > 0 && isCrowded(error);
        if (!taken) throw error;
      } finally {
        if (!taken) place[Symbol.dispose]();
      }
    }
  }

  async #place({ signal, timeout = Infinity }: PoolUseOptions): Promise<Disposable> {
    this.#closing.signal.throwIfAborted();
    signal?.throwIfAborted();
    const ends = [this.#closing.signal, ...signal ? [signal] : []];
    if (!this.#places.locked()) return await this.#places.acquire();
    const late = new AbortController();
    const timer = timeout === Infinity ? undefined : getEventLoop().callLater(timeout, () => {
      late.abort(
        new TimeoutError(`None of ${this.connections} sessions was free within ${timeout} ms`),
      );
    });
    try {
      return await this.#places.acquire({ signal: AbortSignal.any([...ends, late.signal]) });
    } finally {
      timer?.cancel();
    }
  }

  /** A session that lives. */
  async #take(signal: AbortSignal | undefined): Promise<Client> {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (await this.#lives(idle, signal)) return idle.ftp;
      idle.ftp.close();
    }
    const ends = [this.#closing.signal, ...signal ? [signal] : []];
    return await this.#open({ signal: AbortSignal.any(ends) });
  }

  async #lives({ ftp, since }: Idle<Client>, signal: AbortSignal | undefined): Promise<boolean> {
    if (ftp.closed) return false;
    if (getEventLoop().time() - since < this.#checkAfter) return true;
    let sound = false;
    try {
      await interruptible(ftp.noop({ timeout: CHECK }), { signal, timeout: CHECK });
      return sound = true;
    } catch (error) {
      rethrowIfCancelled(error, signal);
      return false;
    } finally {
      if (!sound) ftp.close();
    }
  }

  #takeBack({ ftp, place, way }: Lent<Client>): void {
    if (!ftp.closed) {
      const session = ftp["_session"]();
      // Another user or directory is nothing that the next borrower could know of.
      if (session.way !== way) ftp.close();
      // What was begun and not ended must not wait for who is gone.
      session.breakOff();
    }
    this.#keep(ftp);
    place[Symbol.dispose]();
  }

  /** Keeps a session, if it can be lent again. */
  #keep(ftp: Client): void {
    if (this.#closing.signal.aborted) ftp.close();
    if (!ftp.closed) this.#idle.push({ ftp, since: getEventLoop().time() });
  }
}

/** Whether a server says that there are enough sessions already. */
function isCrowded(error: unknown): boolean {
  if (!(error instanceof FTPError)) return false;
  return error.code === 421 || error.code === 530 && /too many|maximum/i.test(error.text ?? "");
}
