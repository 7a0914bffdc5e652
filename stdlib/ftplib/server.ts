/**
 * An FTP server to embed: in tests, in examples, in tools (RFC 959, RFC 1123
 * §4.1, RFC 2389, RFC 2428, RFC 2640, RFC 3659, RFC 4217, RFC 7151).
 *
 * Python has none in its library. Files come from memory, from a directory that
 * cannot be left, or from a {@linkcode FileSystem} of your own.
 *
 * @module
 */

import type { EventFeedOptions, MissedEvents } from "../_server/event_feed.ts";
import type { StopOptions } from "../_server/command_server.ts";
import { CommandServer } from "../_server/command_server.ts";
import { EventFeed } from "../_server/event_feed.ts";
import { DirectoryFileSystem } from "./server/files.ts";
import { FTPSession } from "./server/dispatch.ts";
import type { FTPServerEvent } from "./server/events.ts";
import type { FileSystem } from "./server/filesystem.ts";
import { MemoryFileSystem } from "./server/filesystem_memory.ts";
import type { FTPMisbehaviour } from "./server/misbehaviour.ts";
import { Mischief } from "./server/misbehaviour.ts";
import type { FTPServerOptions } from "./server/options.ts";
import { REPLIES, settingsOf } from "./server/settings.ts";

/**
 * A running FTP server. It listens on loopback, on a free port, unless told
 * otherwise.
 *
 * @example Serve two files, and look at what a client uploads
 * ```ts
 * import assert from "node:assert/strict";
 * import { FTP, FTPServer } from "https://tulip.example/stdlib/ftplib/mod.ts";
 *
 * await using server = await FTPServer.start({
 *   files: { "pub/a.txt": "first", "pub/b.txt": "second" },
 *   users: { ada: { password: "lovelace" } },
 * });
 * await using ftp = await FTP.connect(server.hostname, {
 *   port: server.port,
 *   user: "ada",
 *   password: "lovelace",
 * });
 * await ftp.storbinary("STOR pub/c.txt", new TextEncoder().encode("third"));
 * assert.equal(server.files.text("pub/c.txt"), "third");
 * ```
 */
export class FTPServer implements AsyncDisposable {
  /** What is served. */
  readonly filesystem: FileSystem;
  readonly #server: CommandServer;
  readonly #feed: EventFeed<FTPServerEvent>;
  readonly #mischief: Mischief;

  private constructor(
    filesystem: FileSystem,
    server: CommandServer,
    { feed, mischief }: { feed: EventFeed<FTPServerEvent>; mischief: Mischief },
  ) {
    this.filesystem = filesystem;
    this.#server = server;
    this.#feed = feed;
    this.#mischief = mischief;
  }

  /**
   * Starts a server; it is listening when the promise resolves.
   *
   * @param options What to serve, to whom, where, and within which limits.
   * @throws {TypeError} If more than one of `files`, `root` and `filesystem` is given, or `root`
   *   is no directory, or the welcome cannot be a line, or a certificate cannot be used.
   * @throws {RangeError} If a limit, timeout or port range makes no sense.
   * @throws {RuntimeError} If TLS is asked for, and this Deno is older than 2.9.1.
   * @throws {OSError} If the port is taken.
   */
  static async start(options: FTPServerOptions = {}): Promise<FTPServer> {
    const filesystem = await filesystemOf(options);
    const feed = new EventFeed<FTPServerEvent>();
    const mischief = new Mischief();
    const onError = (error: unknown) => server.report(error);
    mischief.tell(options.misbehave ?? {});
    const settings = await settingsOf(options, { filesystem, feed, mischief, onError });
    // A session is told from others by its tickets alone, so who has no TLS needs none.
    const sessionsOf = settings.tls && settings.requiresReuse === true
      ? (await import("../../net/tls/server_sessions.ts")).TlsSessions
      : undefined;
    let clients = 0;
    const server: CommandServer = await CommandServer.start({
      style: "free",
      encoding: settings.encoding,
      replies: REPLIES,
      maxLineLength: settings.maxCommandLength,
      open: (channel) =>
        new FTPSession(++clients, channel, {
          settings,
          sessions: sessionsOf && new sessionsOf(),
        }),
    }, options);
    return new FTPServer(filesystem, server, { feed, mischief });
  }

  /** The address that it listens on. */
  get hostname(): string {
    return this.#server.hostname;
  }

  /** The port that it listens on. */
  get port(): number {
    return this.#server.port;
  }

  /** How many clients are connected. */
  get connections(): number {
    return this.#server.connections;
  }

  /**
   * The files in memory, to look at and to change while it serves them.
   *
   * @throws {TypeError} If it serves something else.
   */
  get files(): MemoryFileSystem {
    if (this.filesystem instanceof MemoryFileSystem) return this.filesystem;
    throw new TypeError("This server does not serve files in memory: see its filesystem");
  }

  /**
   * Tells what happens, from the call on: connections, logins, commands, files.
   *
   * The server waits for nobody who looks on. Of events that are not taken, up to
   * `maxBuffered` are kept; where more come, an event `missed` stands in their
   * place with their count. The iteration ends when the server has stopped.
   *
   * @param options How many events may wait, and what ends the wait.
   *
   * @example Wait for an upload
   * ```ts
   * import { FTP, FTPServer } from "https://tulip.example/stdlib/ftplib/mod.ts";
   *
   * await using server = await FTPServer.start();
   * const events = server.events();
   * await using ftp = await FTP.connect(server.hostname, { port: server.port, user: "anonymous" });
   * await ftp.storbinary("STOR report.txt", new TextEncoder().encode("All is well.\n"));
   * for await (const event of events) {
   *   if (event.type === "store") break;
   * }
   * ```
   */
  events(options: EventFeedOptions = {}): AsyncIterableIterator<FTPServerEvent | MissedEvents> {
    return this.#feed.view(options);
  }

  /**
   * Has the server do things wrong from now on, in sessions that are open as well;
   * without an argument all is right again.
   *
   * @param what What is to go wrong, in place of all that was told before.
   * @throws {TypeError} If a line of a reply contains CR, LF or NUL.
   *
   * @example Test that a download is tried again
   * ```ts
   * import assert from "node:assert/strict";
   * import { ErrorTemp, FTP, FTPServer } from "https://tulip.example/stdlib/ftplib/mod.ts";
   *
   * await using server = await FTPServer.start({ files: { "a.txt": "alpha" } });
   * server.misbehave({ replies: { RETR: { replace: "450 Busy, try later", times: 2 } } });
   *
   * await using ftp = await FTP.connect(server.hostname, { port: server.port, user: "anonymous" });
   * for (let tries = 0; tries < 2; tries++) {
   *   await assert.rejects(async () => await ftp.download("a.txt"), ErrorTemp);
   * }
   * assert.equal((await ftp.download("a.txt")).length, 5);
   * ```
   */
  misbehave(what: FTPMisbehaviour = {}): void {
    this.#mischief.tell(what);
  }

  /** Stops at once, and cuts off whoever is connected. */
  close(): void {
    this.#server.close();
    this.#feed.end();
  }

  /**
   * Stops in good order: 421 to whoever waits, and time for transfers to end.
   *
   * @param options How much time.
   */
  async stop(options?: StopOptions): Promise<void> {
    try {
      await this.#server.stop(options);
    } finally {
      this.#feed.end();
    }
  }

  /** Stops in good order. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

async function filesystemOf({ files, root, filesystem }: FTPServerOptions): Promise<FileSystem> {
  const given = [files, root, filesystem].filter((one) => one !== undefined);
  if (given.length > 1) {
    throw new TypeError("Cannot serve more than one of files, root and filesystem");
  }
  if (root !== undefined) return await DirectoryFileSystem.open(root);
  return filesystem ?? new MemoryFileSystem(files);
}
