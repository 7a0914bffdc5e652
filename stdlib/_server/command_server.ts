/**
 * The frame of a server of commands and replies: it accepts, greets, reads a
 * command, lets the session run it, replies, and ends in good order.
 *
 * @module
 */

import { getEventLoop } from "../../loop/events.ts";
import { rethrowIfCancelled, TimeoutError } from "../../loop/exceptions.ts";
import type { Task } from "../../loop/task.ts";
import { createTask, currentTask } from "../../loop/tasks.ts";
import { checkTimeout, interruptible } from "../../loop/wait.ts";
import { LimitOverrunError } from "../../net/errors.ts";
import type { Listen } from "../../net/listener.ts";
import type { Server } from "../../net/servers/server.ts";
import { startServer } from "../../net/servers/server.ts";
import type { StreamReader } from "../../net/streams/stream_reader.ts";
import type { StreamWriter } from "../../net/streams/stream_writer.ts";
import type { WireLog } from "../../net/wire_log.ts";
import { checkLimit } from "../../protocols/limits.ts";
import { unmapped } from "../../protocols/text/ip.ts";
import type { ReplyStyle } from "../../protocols/text/reply.ts";
import { ChannelClosedError, CommandChannel } from "./command_channel.ts";
import { ReplyError } from "./reply_error.ts";

/** Options that every embedded server has. */
export interface ServerOptions {
  /**
   * The address to listen on. Loopback by default: nobody else reaches the server.
   *
   * @default {"127.0.0.1"}
   */
  hostname?: string;
  /**
   * The port; 0 lets the system choose a free one, see `server.port`.
   *
   * @default {0}
   */
  port?: number;
  /** Listens in place of the network: `network.listen` of a {@linkcode MemoryNetwork}. */
  listen?: Listen;
  /**
   * The most clients at once. Whoever comes then gets 421.
   *
   * @default {100}
   */
  maxConnections?: number;
  /**
   * The most clients at once from one IP address. One more gets 421.
   *
   * @default as many as `maxConnections`
   */
  maxConnectionsPerAddress?: number;
  /**
   * The most bytes of a command line. A longer one gets 500; one that never ends, 421.
   *
   * @default {4096}
   */
  maxCommandLength?: number;
  /**
   * The most commands in a session that are unknown, malformed or out of
   * sequence (500 to 503). The next one gets 421.
   *
   * @default {20}
   */
  maxBadCommands?: number;
  /**
   * How long a client may take for its next command, whole, in milliseconds;
   * `Infinity` for ever.
   *
   * @default {300_000}
   */
  timeout?: number;
  /** Is told what is said on every connection, secrets masked; see `wireLogTo`. */
  wireLog?: WireLog;
  /**
   * Told of errors that are no replies: what a hook or a file system threw. The
   * client gets 451.
   *
   * @default The exception handler of the event loop, which prints it.
   */
  onError?: (error: unknown) => void;
}

/** Options of stopping a server. */
export interface StopOptions {
  /**
   * How long commands and transfers that are going on may still take, in milliseconds.
   *
   * @default {1000}
   */
  grace?: number;
}

/** One client's session: what the commands do. */
export interface Session {
  /** Greets. */
  greet(): void | Promise<void>;
  /** Runs one command line (latin-1). Throws {@linkcode ReplyError} to refuse. */
  command(line: string): void | Promise<void>;
  /** What goes on beside the commands, such as a transfer; `undefined` for nothing. */
  work(): Promise<void> | undefined;
  /** The client is gone: lets go of everything. Called once. */
  end(): void | Promise<void>;
}

/** What the frame itself says. */
export interface FrameReplies {
  /** The server stops; 421. */
  closing: ReplyError;
  /** There are too many clients already; 421. */
  crowded: ReplyError;
  /** No command came in time; 421. */
  silent: ReplyError;
  /** There were too many bad commands; 421. */
  tooManyErrors: ReplyError;
  /** A line is longer than allowed; 500. */
  longLine: ReplyError;
  /** A line has no end; 421. */
  endlessLine: ReplyError;
  /** Something failed that is no refusal; 451. */
  failed: ReplyError;
}

/** What one kind of server has of its own. */
export interface ServerKind {
  /** How replies of several lines look. */
  style: ReplyStyle;
  /** How replies are encoded. */
  encoding: "utf-8" | "latin-1";
  /** What the frame says. */
  replies: FrameReplies;
  /** The most bytes of any line, which may be more than of a command. */
  maxLineLength: number;
  /** Begins a session. */
  open(channel: CommandChannel): Session;
}

interface Conversation {
  readonly channel: CommandChannel;
  readonly session: Session;
  readonly task: Task | null;
}

/** Runs the sessions of one listener, and ends them. */
export class CommandServer implements AsyncDisposable {
  readonly #kind: ServerKind;
  readonly #maxConnections: number;
  readonly #maxBadCommands: number;
  readonly #timeout: number;
  readonly #onError: (error: unknown) => void;
  readonly #conversations = new Set<Conversation>();
  readonly #maxConnectionsPerAddress: number;
  #server: Server | undefined;
  #stopping = false;

  private constructor(kind: ServerKind, options: ServerOptions) {
    this.#kind = kind;
    this.#maxConnections = checkLimit("maxConnections", options.maxConnections, 100);
    this.#maxConnectionsPerAddress = checkLimit(
      "maxConnectionsPerAddress",
      options.maxConnectionsPerAddress,
      this.#maxConnections,
    );
    this.#maxBadCommands = checkLimit("maxBadCommands", options.maxBadCommands, 20);
    this.#timeout = checkTimeout(options.timeout, 300_000);
    this.#onError = options.onError ?? report;
  }

  /**
   * Listens.
   *
   * @param kind What the server is.
   * @param options Where, and within which limits.
   * @throws {RangeError} If a limit is no number above 0.
   * @throws {OSError} If the port is taken.
   */
  static async start(kind: ServerKind, options: ServerOptions): Promise<CommandServer> {
    const server = new CommandServer(kind, options);
    server.#server = await startServer(
      (reader, writer) => server.#accept(reader, writer),
      options.hostname ?? "127.0.0.1",
      options.port ?? 0,
      { limit: kind.maxLineLength, listen: options.listen, wireLog: options.wireLog },
    );
    return server;
  }

  /** The address that it listens on. */
  get hostname(): string {
    return this.#listening.hostname;
  }

  /** The port that it listens on. */
  get port(): number {
    return this.#listening.port;
  }

  /** How many clients are connected. */
  get connections(): number {
    return this.#conversations.size;
  }

  /** Tells an error to whoever listens to them. */
  report(error: unknown): void {
    this.#onError(error);
  }

  /** Stops at once: no further client, and every session is cut off. */
  close(): void {
    this.#stopping = true;
    this.#listening.close();
    for (const { channel, task } of this.#conversations) {
      if (channel.closed) continue;
      channel.close();
      task?.cancel("The server is closed");
    }
  }

  /**
   * Stops in good order: no further client, 421 to whoever waits, and time for
   * what is going on to end.
   *
   * @param options How much time.
   */
  async stop({ grace }: StopOptions = {}): Promise<void> {
    const limit = checkTimeout(grace, 1000, "grace");
    this.#stopping = true;
    this.#listening.close();
    for (const { channel, session } of this.#conversations) {
      if (!channel.idle) continue;
      createTask(async () => {
        await session.work();
        await channel.bye(this.#kind.replies.closing);
      });
    }
    await this.#ended(limit);
    this.close();
    await this.#ended(limit);
  }

  /** Stops in good order. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  get #listening(): Server {
    return this.#server as Server;
  }

  /** Waits for the last session, for a limited time: a hook may never settle. */
  async #ended(limit: number): Promise<void> {
    try {
      await this.#listening.waitClosed({ timeout: limit });
    } catch (error) {
      rethrowIfCancelled(error);
      if (!(error instanceof TimeoutError)) throw error;
    }
  }

  async #accept(reader: StreamReader, writer: StreamWriter): Promise<void> {
    const { style, encoding, replies } = this.#kind;
    const channel = new CommandChannel(reader, writer, {
      style,
      encoding,
      timeout: this.#timeout,
      silent: replies.silent,
      busy: () => session.work() !== undefined,
    });
    if (this.#stopping || this.#isCrowded(channel.remoteAddress.hostname)) {
      await channel.bye(this.#stopping ? replies.closing : replies.crowded);
      return;
    }

    const session = this.#kind.open(channel);
    const conversation = { channel, session, task: currentTask() };
    this.#conversations.add(conversation);
    try {
      await this.#converse(channel, session);
    } finally {
      channel.close();
      try {
        await session.end();
      } finally {
        this.#conversations.delete(conversation);
      }
    }
  }

  #isCrowded(hostname: string): boolean {
    if (this.#conversations.size >= this.#maxConnections) return true;
    const peer = unmapped(hostname);
    let count = 0;
    for (const { channel } of this.#conversations) {
      if (unmapped(channel.remoteAddress.hostname) === peer) count++;
    }
    return count >= this.#maxConnectionsPerAddress;
  }

  async #converse(channel: CommandChannel, session: Session): Promise<void> {
    try {
      await this.#greet(channel, session);
      const { tooManyErrors, closing } = this.#kind.replies;
      let bad = 0;
      while (!channel.ending) {
        const refusal = await this.#runBatch(channel, session);
        if (isBad(refusal) && ++bad > this.#maxBadCommands) channel.send(tooManyErrors);
        if (this.#stopping && !channel.ending) {
          await interruptible(session.work() ?? Promise.resolve());
          channel.send(closing);
        }
      }
      await channel.hangUp();
    } catch (error) {
      rethrowIfCancelled(error);
      if (!(error instanceof ChannelClosedError)) throw error;
    }
  }

  async #greet(channel: CommandChannel, session: Session): Promise<void> {
    try {
      await session.greet();
    } catch (error) {
      rethrowIfCancelled(error);
      channel.send(await this.#refusal(channel, error));
    }
  }

  /**
   * Runs commands until one is refused, or the server stops. Throwing is replying: what is thrown
   * becomes the reply.
   */
  async #runBatch(channel: CommandChannel, session: Session): Promise<ReplyError | undefined> {
    try {
      while (!channel.ending && !this.#stopping) {
        const line = channel.takeCommand() ?? await channel.nextCommand();
        if (line === null) {
          channel.end();
          break;
        }
        if (HTTP.test(line)) throw this.#kind.replies.tooManyErrors;
        const running = session.command(line);
        if (running !== undefined) await running;
      }
      return undefined;
    } catch (error) {
      rethrowIfCancelled(error);
      const refusal = await this.#refusal(channel, error);
      channel.send(refusal);
      return refusal;
    }
  }

  async #refusal(channel: CommandChannel, error: unknown): Promise<ReplyError> {
    if (error instanceof ReplyError) return error;
    if (error instanceof ChannelClosedError) throw error;
    const { longLine, endlessLine, failed } = this.#kind.replies;
    if (error instanceof LimitOverrunError) {
      return await channel.skipLine() ? longLine : endlessLine;
    }
    this.#onError(error);
    return failed;
  }
}

// A browser that was tricked into talking to us, with commands in the body of its request.
const HTTP = /^(?:CONNECT|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT|TRACE) \S+ HTTP\/\d/;

function isBad(refusal: ReplyError | undefined): boolean {
  return refusal !== undefined && refusal.code >= 500 && refusal.code <= 503;
}

function report(exception: unknown): void {
  getEventLoop().callExceptionHandler({
    message: "An error in an embedded server",
    exception,
  });
}
