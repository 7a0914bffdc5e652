/**
 * Servers: Python's `asyncio.start_server`, and its `Server`, which serves
 * protocols as well (`create_server.ts`).
 *
 * @module
 */

import { captureContext, Context } from "../../loop/context.ts";
import type { EventLoop } from "../../loop/event_loop.ts";
import { getEventLoop } from "../../loop/events.ts";
import { rethrowIfCancelled, RuntimeError, TimeoutError } from "../../loop/exceptions.ts";
import { checkTimeout, DEFAULT_TIMEOUT, interruptible } from "../../loop/wait.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { checkLimit } from "../../protocols/limits.ts";
import { acceptAll } from "./accept_loop.ts";
import type { Address, ByteStream } from "../byte_stream.ts";
import { ConnectionLimit } from "./connection_limit.ts";
import { IdleStream } from "../streams/idle_stream.ts";
import { DEFAULT_LIMIT } from "../streams/input_buffer.ts";
import type { Listener } from "../listener.ts";
import { hostAndPort } from "../native_errors.ts";
import { checkWaterMarks, type WaterMarks } from "../streams/outgoing.ts";
import { serveByCallback } from "./served_connection.ts";
import type { ConnectionCallback, Serve, ServedConnection } from "./served_connection.ts";
import { checkServing, listenOn } from "./serving_options.ts";
import type { Hosts, ServingLimits, ServingOptions, StopServerOptions } from "./serving_options.ts";

export type { ConnectionCallback } from "./served_connection.ts";
export type { StopServerOptions } from "./serving_options.ts";
import type { TlsServerOptions } from "../tls/tls.ts";

/** Options of {@linkcode startServer}. */
export interface ServerOptions extends ServingOptions, WaterMarks {
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
 * @param host The address to listen on, or several, or `null` for all that this machine has; only
 * this machine is reached by the default.
 * @param port The port; 0 for a free one.
 * @param options TLS, limits.
 * @returns The server.
 * @throws {TypeError} If the host is no host name or address.
 * @throws {RangeError} If the port, the limit or the timeout is out of range.
 * @throws {OSError} If it cannot listen there; `code` is `"EADDRINUSE"` where the port is taken.
 * @throws {PermissionError} If the program may not listen there.
 *
 * @example
 * ```ts
 * import { openConnection } from "https://tulip.example/net/streams/connect.ts";
 * import { startServer } from "https://tulip.example/net/servers/server.ts";
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
export async function startServer(
  callback: ConnectionCallback,
  host: Hosts = "127.0.0.1",
  port = 0,
  options: ServerOptions = {},
): Promise<Server> {
  const limit = checkLimit("limit", options.limit, DEFAULT_LIMIT);
  const timeout = checkTimeout(options.timeout, Infinity);
  const { highWaterMark, lowWaterMark, wireLog } = options;
  checkWaterMarks(options);
  // The server itself sees to idle ones.
  const tuning = { highWaterMark, lowWaterMark, wireLog, side: "server" as const };
  const serve = serveByCallback(callback, { ...tuning, limit, timeout });
  return await Server._start(serve, [host, port], options);
}

/**
 * A server that listens, for `startServer` and `createServer`.
 *
 * {@linkcode Server.close} stops accepting and leaves the connections to end
 * by themselves; {@linkcode Server.stop} bids them to, and `await using` ends
 * them at once.
 */
export class Server implements AsyncDisposable {
  readonly #listeners: readonly Listener[];
  readonly #serve: Serve;
  readonly #limit: ConnectionLimit;
  readonly #idleTimeout: number;
  readonly #loop: EventLoop = getEventLoop();
  readonly #context: Context = captureContext() ?? new Context();
  readonly #connections = new Set<ServedConnection>();
  readonly #stopped: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #finished: PromiseWithResolvers<void> = Promise.withResolvers();
  #state: "bound" | "serving" | "closed" = "bound";
  #servesForever = false;

  /**
   * Takes over listeners, and does not accept yet.
   *
   * @param listeners Where connections arrive, one at least.
   * @param serve Serves one connection.
   * @param limits How many, and how long they may be silent.
   */
  private constructor(listeners: readonly Listener[], serve: Serve, limits: ServingLimits) {
    this.#listeners = listeners;
    this.#serve = serve;
    this.#limit = new ConnectionLimit(limits.maxConnections);
    this.#idleTimeout = limits.idleTimeout;
    this.#loop._served.add(this);
  }

  /** @internal Listens, and begins to serve. */
  static async _start(
    serve: Serve,
    [hosts, port]: readonly [Hosts, number],
    options: ServingOptions,
  ): Promise<Server> {
    const limits = checkServing(options);
    const refused = (hostname: string) =>
      server.#report(`Connections from ${hostname} are refused: it has too many already`);
    const listeners = await listenOn(hosts, port, options, refused);
    const server = new Server(listeners, serve, limits);
    if (options.startServing ?? true) server.#startServing();
    return server;
  }

  /** The address that it listens on; of several, the first. */
  get hostname(): string {
    return this.#listeners[0]!.address.hostname;
  }

  /** The port that it listens on; of several, the first. */
  get port(): number {
    return this.#listeners[0]!.address.port;
  }

  /** Where it listens; nowhere once it is closed. */
  get addresses(): Address[] {
    return this.#state === "closed" ? [] : this.#listeners.map(({ address }) => address);
  }

  /** Python's name for {@linkcode addresses}. */
  get sockets(): Address[] {
    return this.addresses;
  }

  /** How many connections it has. */
  get connections(): number {
    return this.#limit.count;
  }

  /** The loop on which it serves. */
  getLoop(): EventLoop {
    return this.#loop;
  }

  /** Whether it accepts connections. */
  isServing(): boolean {
    return this.#state === "serving";
  }

  /**
   * Begins to accept, where that was put off by `startServing: false`; idempotent.
   *
   * @throws {RuntimeError} If the server is closed.
   */
  startServing(): Promise<void> {
    return Promise.try(() => this.#startServing());
  }

  /**
   * Accepts, until the server is closed. A task that is cancelled in here closes it.
   *
   * @throws {RuntimeError} If the server is closed, or somebody else is in here.
   */
  async serveForever(): Promise<void> {
    if (this.#servesForever) {
      throw new RuntimeError("Cannot serve forever: another call of serveForever() does already");
    }
    this.#startServing();
    this.#servesForever = true;
    try {
      await interruptible(this.#stopped.promise);
    } finally {
      this.#servesForever = false;
      this.close();
    }
  }

  /**
   * Exchanges the certificates of a server with TLS, for connections that come from now on.
   *
   * @param tls The certificates, and whom they let in.
   * @throws {RuntimeError} If the server has no TLS.
   * @throws {TypeError} If a certificate or a key cannot be used; then all stays as it was.
   */
  setSecureContext(tls: TlsServerOptions): void {
    for (const listener of this.#listeners) {
      if (listener.setSecureContext === undefined) throw new RuntimeError("The server has no TLS");
      listener.setSecureContext(tls);
    }
  }

  /** Stops accepting; idempotent. Connections that are open go on. */
  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#loop._served.delete(this);
    for (const listener of this.#listeners) listener.close();
    this.#limit.wake();
    this.#stopped.resolve();
    this.#finishIfIdle();
  }

  /** Closes the connections, each after what was written to it. */
  closeClients(): void {
    for (const connection of [...this.#connections]) connection.close();
  }

  /** Closes the connections at once. */
  abortClients(): void {
    for (const connection of [...this.#connections]) connection.abort();
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
          `The server on ${hostAndPort(this.#listeners[0]!.address)} did not end within ` +
            `${timeout} ms`,
        ),
    });
  }

  /**
   * Stops in good order: accepts no more, lets connections end by themselves, closes those that
   * are left after what was written to them, and at last at once.
   *
   * @param options How long each takes.
   * @throws {RangeError} If a time is no number above 0.
   * @throws {TimeoutError} If a callback does not end within 30 seconds of its cancellation.
   */
  async stop(options: StopServerOptions = {}): Promise<void> {
    const timeout = checkTimeout(options.timeout, DEFAULT_TIMEOUT);
    const flushTimeout = checkTimeout(options.flushTimeout, 1000, "flushTimeout");
    this.close();
    try {
      if (await this.#endsWithin(timeout, options.signal)) return;
      this.closeClients();
      if (await this.#endsWithin(flushTimeout, options.signal)) return;
    } finally {
      this.#endAll();
    }
    await this.waitClosed({ timeout: DEFAULT_TIMEOUT });
  }

  /**
   * Stops accepting, cancels what serves the connections, closes them, and waits for the last.
   *
   * @throws {TimeoutError} If a callback does not end within 30 seconds of its cancellation.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    this.#endAll();
    await this.waitClosed({ timeout: DEFAULT_TIMEOUT });
  }

  /** @internal */
  _loopClosed(): void {
    this.close();
  }

  #startServing(): void {
    if (this.#state === "closed") throw new RuntimeError("Cannot serve: the server is closed");
    if (this.#state === "serving") return;
    this.#state = "serving";
    // Not in the frame of whoever starts it: it goes on when that task has long ended.
    for (const listener of this.#listeners) {
      this.#loop._callSoonIn(this.#context, this.#accept, listener);
    }
  }

  readonly #accept = (listener: Listener): void => {
    acceptAll(listener, {
      loop: this.#loop,
      room: () => this.isServing() && (this.#limit.hasRoom || this.#room()),
      accepted: (stream) => this.#accepted(stream),
      failed: (error) => this.#report("Cannot accept a connection", error),
    }).catch((error) => this.#report("Cannot go on accepting", error)).finally(() => this.close());
  };

  async #room(): Promise<boolean> {
    while (this.isServing() && !this.#limit.hasRoom) await this.#limit.change();
    return this.isServing();
  }

  #accepted(stream: ByteStream): void {
    if (!this.isServing()) return stream.close();
    if (!this.#limit.hasRoom) {
      // Several listeners have accepted side by side.
      this.#limit.change().then(() => this.#accepted(stream));
      return;
    }
    this.#limit.came();
    this.#loop._callSoonIn(this.#context, this.#begin, stream);
  }

  readonly #begin = (accepted: ByteStream): void => {
    if (!this.isServing()) {
      accepted.close();
      return this.#ended();
    }
    const idle = this.#idleTimeout === Infinity
      ? null
      : new IdleStream(accepted, this.#idleTimeout, this.#loop);
    const stream = idle ?? accepted;
    let connection: ServedConnection | undefined;
    const ended = () => {
      if (connection !== undefined) this.#connections.delete(connection);
      this.#ended();
    };
    const failed = (error: unknown) => {
      if (error !== idle?.expired) this.#report("Unhandled exception in a connection", error);
    };
    try {
      connection = this.#serve(stream, { loop: this.#loop, ended, failed });
      this.#connections.add(connection);
    } catch (error) {
      failed(error);
      stream.close();
      ended();
    }
  };

  #ended(): void {
    this.#limit.left();
    this.#finishIfIdle();
  }

  async #endsWithin(timeout: number, signal: AbortSignal | undefined): Promise<boolean> {
    try {
      await this.waitClosed({ timeout, signal });
      return true;
    } catch (error) {
      rethrowIfCancelled(error, signal);
      return false;
    }
  }

  #endAll(): void {
    for (const connection of [...this.#connections]) connection.cancel("The server is closed");
  }

  #finishIfIdle(): void {
    if (this.#state === "closed" && this.#limit.count === 0) this.#finished.resolve();
  }

  #report(message: string, exception?: unknown): void {
    if (this.#loop.isClosed()) return;
    this.#loop.callExceptionHandler({
      message,
      ...(exception === undefined ? {} : { exception }),
      server: this,
    });
  }
}
