/**
 * Servers: Python's `asyncio.start_server`.
 *
 * @module
 */

import type { EventLoop } from "../loop/event_loop.ts";
import { getEventLoop } from "../loop/events.ts";
import { rethrowIfCancelled, TimeoutError } from "../loop/exceptions.ts";
import type { Task } from "../loop/task.ts";
import { checkTimeout, DEFAULT_TIMEOUT, interruptible } from "../loop/wait.ts";
import type { WaitOptions } from "../loop/wait.ts";
import { checkLimit } from "../protocols/limits.ts";
import type { Address, ByteStream } from "./byte_stream.ts";
import { Connection } from "./connection.ts";
import { OSError } from "./errors.ts";
import { DEFAULT_LIMIT } from "./input_buffer.ts";
import type { Listen, Listener } from "./listener.ts";
import { hostAndPort } from "./native_errors.ts";
import type { StreamReader } from "./stream_reader.ts";
import type { StreamWriter } from "./stream_writer.ts";
import { checkHost, checkPort } from "./places.ts";
import { listenTcp } from "./tcp.ts";

/** Serves one connection. It runs as a task of its own. */
export type ConnectionCallback = (
  reader: StreamReader,
  writer: StreamWriter,
) => void | PromiseLike<void>;

/** Options of {@linkcode startServer}. */
export interface ServerOptions {
  /**
   * The longest line, or piece before a separator, in bytes.
   *
   * @default {65_536}
   */
  limit?: number;
  /**
   * How long a call of a callback lets its client be silent where it does not say itself, in
   * milliseconds.
   *
   * @default {Infinity}
   */
  timeout?: number;
  /**
   * What listens, for tests and other transports.
   *
   * @default TCP
   */
  listen?: Listen;
}

/**
 * Starts a server, which accepts connections at once.
 *
 * An exception in the callback ends its connection and is told to the loop's
 * exception handler; the server goes on. When the promise of an async callback
 * is done, its connection is closed after what was written. A callback that
 * returns nothing leaves its connection open, for others to close.
 *
 * @param callback Serves one connection.
 * @param host The address to listen on; only this machine is reached by the default.
 * @param port The port; 0 for a free one.
 * @param options Limits.
 * @returns The server.
 * @throws {TypeError} If the host is no host name or address.
 * @throws {RangeError} If the port, the limit or the timeout is out of range.
 * @throws {OSError} If it cannot listen there; `code` is `"EADDRINUSE"` where the port is taken.
 * @throws {PermissionError} If the program may not listen there.
 *
 * @example
 * ```ts
 * import { openConnection } from "https://tulip.example/net/connect.ts";
 * import { startServer } from "https://tulip.example/net/server.ts";
 * import assert from "node:assert/strict";
 *
 * await using server = await startServer(async (reader, writer) => {
 *   for await (const line of reader) writer.write(line);
 * });
 *
 * await using connection = await openConnection(server.hostname, server.port);
 * connection.writer.write("echo\n");
 * assert.equal(await connection.reader.nextLine(), "echo");
 * ```
 */
export function startServer(
  callback: ConnectionCallback,
  host = "127.0.0.1",
  port = 0,
  options: ServerOptions = {},
): Promise<Server> {
  return Promise.try(() => {
    const hostname = checkHost(host);
    checkPort(port, 0);
    checkLimit("limit", options.limit, DEFAULT_LIMIT);
    checkTimeout(options.timeout, Infinity);
    const { listen = listenTcp } = options;
    return new Server(listen({ hostname, port }), callback, options);
  });
}

/**
 * A server that listens.
 *
 * {@linkcode Server.close} stops accepting and leaves the connections to end
 * by themselves; `await using` ends them too.
 */
export class Server implements AsyncDisposable {
  readonly #listener: Listener;
  readonly #callback: ConnectionCallback;
  readonly #options: ServerOptions;
  readonly #loop: EventLoop = getEventLoop();
  readonly #connections = new Map<Task, Connection>();
  readonly #stopped: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #finished: PromiseWithResolvers<void> = Promise.withResolvers();
  #serving = true;

  /**
   * Begins to accept.
   *
   * @param listener Where connections arrive.
   * @param callback Serves one connection.
   * @param options Limits.
   */
  constructor(listener: Listener, callback: ConnectionCallback, options: ServerOptions = {}) {
    this.#listener = listener;
    this.#callback = callback;
    this.#options = options;
    this.#acceptAll().catch((exception) => this.#report("Cannot go on accepting", exception));
  }

  /** The address that it listens on. */
  get hostname(): string {
    return this.#listener.address.hostname;
  }

  /** The port that it listens on. */
  get port(): number {
    return this.#listener.address.port;
  }

  /** Where it listens; nowhere once it is closed. */
  get addresses(): Address[] {
    return this.#serving ? [this.#listener.address] : [];
  }

  /** Whether it accepts connections. */
  isServing(): boolean {
    return this.#serving;
  }

  /** Stops accepting; idempotent. Connections that are open go on. */
  close(): void {
    if (!this.#serving) return;
    this.#serving = false;
    this.#listener.close();
    this.#stopped.resolve();
    this.#finishIfIdle();
  }

  /** Closes the connections, each after what was written to it. */
  closeClients(): void {
    for (const { writer } of this.#connections.values()) writer.close();
  }

  /** Closes the connections at once. */
  abortClients(): void {
    for (const connection of this.#connections.values()) connection.close();
  }

  /**
   * Waits until the server is closed and its last connection has ended.
   *
   * @param options What may end the wait; without `timeout` there is no limit.
   * @throws {TimeoutError} If it lasts longer than `timeout` milliseconds.
   */
  async waitClosed(options: WaitOptions = {}): Promise<void> {
    const timeout = checkTimeout(options.timeout, Infinity);
    await interruptible(this.#finished.promise, {
      signal: options.signal,
      timeout,
      timeoutError: () =>
        new TimeoutError(
          `The server on ${hostAndPort(this.#listener.address)} did not end within ${timeout} ms`,
        ),
    });
  }

  /** Waits until the server is closed. A task that is cancelled in here closes it. */
  async serveForever(): Promise<void> {
    try {
      await interruptible(this.#stopped.promise);
    } finally {
      this.close();
    }
  }

  /**
   * Stops accepting, cancels what serves the connections, closes them, and waits for the last.
   *
   * @throws {TimeoutError} If a callback does not end within 30 seconds of its cancellation.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    for (const task of this.#connections.keys()) task.cancel("The server is closed");
    await this.waitClosed({ timeout: DEFAULT_TIMEOUT });
  }

  async #acceptAll(): Promise<void> {
    while (this.#serving) {
      const stream = await this.#listener.accept().catch((error) => this.#pause(error));
      if (stream === null) break;
      if (stream === undefined) continue;
      if (this.#serving && !this.#loop.isClosed()) {
        this.#serve(stream);
      } else {
        stream.close();
        this.close();
      }
    }
    this.close();
  }

  /** Too many open files, say: that passes, and the server must be there then. */
  #pause(error: unknown): Promise<undefined> {
    this.#report("Cannot accept a connection", error);
    if (this.#loop.isClosed()) this.close();
    return new Promise((resolve) =>
      getEventLoop().callLater(ACCEPT_RETRY_DELAY, () => resolve(undefined))
    );
  }

  #serve(stream: ByteStream): void {
    const connection = new Connection(stream, this.#options);
    const report = (error: unknown) => this.#report("Unhandled exception in a connection", error);
    const task = this.#loop.createTask(serveConnection, connection, this.#callback, report);
    this.#connections.set(task, connection);
    task.addDoneCallback(() => {
      // A task that is cancelled before it began has closed nothing.
      connection.close();
      this.#connections.delete(task);
      this.#finishIfIdle();
    });
  }

  #finishIfIdle(): void {
    if (!this.#serving && this.#connections.size === 0) this.#finished.resolve();
  }

  #report(message: string, exception: unknown): void {
    this.#loop.callExceptionHandler({ message, exception, server: this });
  }
}

const ACCEPT_RETRY_DELAY = 100;

async function serveConnection(
  connection: Connection,
  callback: ConnectionCallback,
  report: (error: unknown) => void,
): Promise<void> {
  const { reader, writer } = connection;
  try {
    const result = callback(reader, writer);
    if (result !== undefined) {
      await result;
      writer.close();
    }
  } catch (error) {
    rethrowIfCancelled(error);
    report(error);
    connection.close();
  }
  try {
    await writer.waitClosed({ timeout: Infinity });
  } catch (error) {
    rethrowIfCancelled(error);
    // The client has gone before it read everything: nothing is left to be done.
    if (!(error instanceof OSError || error instanceof TimeoutError)) report(error);
  }
}
