/**
 * An FTP server to embed: in tests, in examples, in tools (RFC 959, RFC 1123
 * §4.1, RFC 2389, RFC 2428, RFC 2640, RFC 3659).
 *
 * Python has none in its library. Files come from memory, from a directory that
 * cannot be left, or from a {@linkcode FileSystem} of your own.
 *
 * @module
 */

import { checkTimeout } from "../../loop/wait.ts";
import { listenTcp } from "../../net/tcp/tcp.ts";
import { checkLimit } from "../../protocols/limits.ts";
import { encodeReply } from "../../protocols/text/reply.ts";
import type { FrameReplies, StopOptions } from "../_server/command_server.ts";
import { CommandServer } from "../_server/command_server.ts";
import type { FileSystem } from "./server/filesystem.ts";
import { MemoryFileSystem } from "./server/filesystem_memory.ts";
import { FTPSession } from "./server/dispatch.ts";
import { FTPReplyError } from "./server/errors.ts";
import { DirectoryFileSystem } from "./server/files.ts";
import type { FTPServerEvent, FTPServerOptions } from "./server/options.ts";
import type { FTPSettings } from "./server/session.ts";

/**
 * A running FTP server. It listens on loopback, on a free port, unless told
 * otherwise; data connections are passive (PASV, EPSV).
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

  private constructor(filesystem: FileSystem, server: CommandServer) {
    this.filesystem = filesystem;
    this.#server = server;
  }

  /**
   * Starts a server; it is listening when the promise resolves.
   *
   * @param options What to serve, to whom, where, and within which limits.
   * @throws {TypeError} If more than one of `files`, `root` and `filesystem` is given, or `root`
   *   is no directory, or the welcome cannot be a line.
   * @throws {RangeError} If a limit, timeout or port range makes no sense.
   * @throws {OSError} If the port is taken.
   */
  static async start(options: FTPServerOptions = {}): Promise<FTPServer> {
    const filesystem = await filesystemOf(options);
    let clients = 0;
    const settings = settingsOf(options, filesystem, (error) => server.report(error));
    const server: CommandServer = await CommandServer.start({
      style: "free",
      encoding: settings.encoding,
      replies: REPLIES,
      maxLineLength: settings.maxCommandLength,
      open: (channel) => new FTPSession(++clients, channel, settings),
    }, options);
    return new FTPServer(filesystem, server);
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

  /** Stops at once, and cuts off whoever is connected. */
  close(): void {
    this.#server.close();
  }

  /**
   * Stops in good order: 421 to whoever waits, and time for transfers to end.
   *
   * @param options How much time.
   */
  stop(options?: StopOptions): Promise<void> {
    return this.#server.stop(options);
  }

  /** Stops in good order. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

const REPLIES: FrameReplies = {
  closing: new FTPReplyError(421, "Service closing"),
  crowded: new FTPReplyError(421, "Too many connections"),
  silent: new FTPReplyError(421, "Too long silent, closing"),
  tooManyErrors: new FTPReplyError(421, "Too many errors, closing"),
  longLine: new FTPReplyError(500, "Line too long"),
  endlessLine: new FTPReplyError(421, "Line too long, closing"),
  failed: new FTPReplyError(451, "Local error, nothing was done"),
};

async function filesystemOf({ files, root, filesystem }: FTPServerOptions): Promise<FileSystem> {
  const given = [files, root, filesystem].filter((one) => one !== undefined);
  if (given.length > 1) {
    throw new TypeError("Cannot serve more than one of files, root and filesystem");
  }
  if (root !== undefined) return await DirectoryFileSystem.open(root);
  return filesystem ?? new MemoryFileSystem(files);
}

function settingsOf(
  options: FTPServerOptions,
  filesystem: FileSystem,
  onError: (error: unknown) => void,
): FTPSettings {
  const [first, last] = options.passivePorts ?? [1, 1];
  if (
    !(Number.isInteger(first) && Number.isInteger(last) && 1 <= first && first <= last &&
      last <= 65_535)
  ) {
    throw new RangeError(`Cannot use the passive ports ${first} to ${last}`);
  }
  const { welcome = "Tulip FTP server ready" } = options;
  encodeReply(220, welcome, "free");
  return {
    filesystem,
    users: options.users,
    welcome,
    encoding: options.encoding ?? "utf-8",
    maxCommandLength: checkLimit("maxCommandLength", options.maxCommandLength, 4096),
    passivePorts: options.passivePorts,
    dataTimeout: checkTimeout(options.dataTimeout, 30_000, "dataTimeout"),
    maxLoginFailures: checkLimit("maxLoginFailures", options.maxLoginFailures, 3),
    listen: options.listen ?? listenTcp,
    onEvent: quietly(options.onEvent, onError),
    onError,
  };
}

// An observer that throws must not break what it observes.
function quietly(
  observe: ((event: FTPServerEvent) => void) | undefined,
  onError: (error: unknown) => void,
): (event: FTPServerEvent) => void {
  return (event) => {
    try {
      observe?.(event);
    } catch (error) {
      onError(error);
    }
  };
}
