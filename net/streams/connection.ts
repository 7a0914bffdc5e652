/**
 * A connection: a reader and a writer over one stream of bytes.
 *
 * @module
 */

import { getEventLoop } from "../../loop/events.ts";
import { rethrowIfCancelled, RuntimeError, TimeoutError } from "../../loop/exceptions.ts";
import { checkTimeout, DEFAULT_TIMEOUT, interruptible } from "../../loop/wait.ts";
import { beginTls } from "../tls/begin_tls.ts";
import type { StartPreparedTlsOptions } from "../tls/server_tls.ts";
import type {
  Address,
  ByteStream,
  HandshakeOptions,
  StartTlsOptions,
  StartTlsServerOptions,
} from "../byte_stream.ts";
import { ConnectionAbortedError, SSLError } from "../errors.ts";
import { hostAndPort } from "../native_errors.ts";
import { IdleStream } from "./idle_stream.ts";
import type { WaterMarks } from "./outgoing.ts";
import { StreamReader } from "./stream_reader.ts";
import { StreamWriter } from "./stream_writer.ts";
import type { TlsInfo } from "../tls/tls.ts";
import { UpgradableStream } from "./upgradable_stream.ts";
import { readableOf, writableOf } from "./web_streams.ts";
import type { WireLog } from "../wire_log.ts";
import { tapOn, type WireTap } from "../wire_tap.ts";

/** How a connection buffers, how long it may be idle, and who looks on. */
export interface TuningOptions extends WaterMarks {
  /**
   * The longest that not a single byte may pass, in either direction, in milliseconds. Then it is
   * broken off with a `TimeoutError`.
   *
   * @default {Infinity}
   */
  idleTimeout?: number;
  /** Is told what is written and read; see {@linkcode wireLogTo}. */
  wireLog?: WireLog;
}

/** Options of {@linkcode Connection}. */
export interface ConnectionOptions extends TuningOptions {
  /**
   * The longest line, or piece before a separator, in bytes.
   *
   * @default {65_536}
   */
  limit?: number;
  /**
   * How long a call lets the peer be silent where it does not say itself, in milliseconds.
   *
   * @default {Infinity}
   */
  timeout?: number;
  /**
   * The name by which the peer was reached, which its certificate must hold.
   *
   * @default the host name of the remote address
   */
  hostname?: string;
  /**
   * Who we are on it.
   *
   * @default {"client"}
   */
  side?: "client" | "server";
}

/**
 * A reader and a writer that belong together.
 *
 * `await using` sends what was written, and closes; {@linkcode Connection.close}
 * closes at once.
 */
export class Connection implements AsyncDisposable {
  /** Reads what the peer sends. */
  readonly reader: StreamReader;
  /** Writes to the peer. */
  readonly writer: StreamWriter;
  readonly #stream: UpgradableStream;
  readonly #hostname: string;
  readonly #side: "client" | "server";
  readonly #tap: WireTap | undefined;
  #views: Pick<Connection, "readable" | "writable"> | null = null;

  /**
   * Takes over a stream of bytes.
   *
   * @param stream The stream; nobody else may read, write or close it from now on.
   * @param options Limits.
   * @throws {RangeError} If a limit is no number above 0.
   */
  constructor(stream: ByteStream, options: ConnectionOptions = {}) {
    const { limit, timeout, highWaterMark, lowWaterMark, wireLog, side = "client" } = options;
    const idleTimeout = checkTimeout(options.idleTimeout, Infinity, "idleTimeout");
    this.#stream = new UpgradableStream(stream);
    this.#hostname = options.hostname ?? stream.remoteAddress.hostname;
    this.#side = side;
    const tap = this.#tap = tapOn(wireLog, side, stream);
    const source = idleTimeout === Infinity
      ? this.#stream
      : new IdleStream(this.#stream, idleTimeout, getEventLoop());
    this.reader = new StreamReader({ source, limit, timeout, tap });
    this.writer = new StreamWriter(source, {
      timeout,
      highWaterMark,
      lowWaterMark,
      tap,
      // The peer's last words are read first; then the reader says what happened.
      onError: (error) => this.reader._failAtEnd(error),
      onClosed: () => this.reader.feedEof(),
      startTls: (options) => this.startTls(options),
      endTls: (options) => this.endTls(options),
    });
  }

  /** This side. */
  get localAddress(): Address {
    return this.#stream.localAddress;
  }

  /** The other side. */
  get remoteAddress(): Address {
    return this.#stream.remoteAddress;
  }

  /** Whether the connection is encrypted. */
  get tls(): boolean {
    return this.#stream.tls;
  }

  /** What is known about the encryption; `undefined` without one. */
  get tlsInfo(): TlsInfo | undefined {
    return this.#stream.tlsInfo;
  }

  /** Whether the connection is closed, or about to be, on our side. */
  get closed(): boolean {
    return this.writer.isClosing();
  }

  /** Whether {@linkcode endTls} can take the encryption off. */
  get canEndTls(): boolean {
    return this.#stream.canEndTls;
  }

  /**
   * What arrives, as a web stream: the same one at every call. To cancel it closes the connection
   * at once.
   *
   * @example Send a file, and read the answer
   * ```ts
   * import { openConnection } from "https://tulip.example/net/streams/connect.ts";
   * import { startServer } from "https://tulip.example/net/servers/server.ts";
   * import assert from "node:assert/strict";
   *
   * await using server = await startServer(async (reader, writer) => {
   *   for await (const chunk of reader.chunks()) writer.write(chunk);
   * });
   *
   * await using connection = await openConnection(server.hostname, server.port);
   * const sending = new Blob(["a file"]).stream().pipeTo(connection.writable);
   * assert.equal(await new Response(connection.readable).text(), "a file");
   * await sending;
   * ```
   */
  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return (this.#views ??= this.#makeViews()).readable;
  }

  /**
   * What leaves, as a web stream: the same one at every call. To close it ends our direction, and
   * the connection too once {@linkcode readable} has come to its end; to abort it closes the
   * connection at once.
   */
  get writable(): WritableStream<Uint8Array | string> {
    return (this.#views ??= this.#makeViews()).writable;
  }

  /**
   * Upgrades the connection to TLS, in place, after what was written: reader and writer go on,
   * encrypted. If it fails, or is broken off, the connection is closed. A connection that a server
   * has accepted takes the server's part, and needs `cert` and `key`, or what was `prepared`.
   *
   * @param options How the server is verified, or what is shown to the client, and what may end the
   * wait.
   * @throws {RuntimeError} If the connection cannot be upgraded, or a read is in flight; it stays
   * as it was.
   * @throws {SSLError} If the peer sent bytes that nobody has read: whoever sits in between could
   * have put them there, to be taken for words of the encrypted connection. Or if the handshake
   * fails: see `code`, and `reason` of {@linkcode SSLCertVerificationError}.
   * @throws {TimeoutError} If the handshake is not done in time.
   */
  async startTls(
    options: StartTlsOptions | StartTlsServerOptions | StartPreparedTlsOptions = {},
  ): Promise<void> {
    const timeout = checkTimeout(options.timeout, DEFAULT_TIMEOUT);
    const begin = this.#beginningOf(options);
    this.#refuseUpgrade();
    await this.writer.flush({ signal: options.signal, timeout });
    this.#refuseUpgrade();
    let done = false;
    try {
      await interruptible(this.#stream.upgrade(begin), {
        signal: options.signal,
        timeout,
        timeoutError: () =>
          new TimeoutError(
            `TLS with ${hostAndPort(this.remoteAddress)} was not set up within ${timeout} ms`,
          ),
      });
      done = true;
      this.#tap?.encrypted(this.#stream.tlsInfo);
    } finally {
      if (!done) this.close();
    }
  }

  /**
   * Takes TLS off, in place, after what was written: reader and writer go on in clear, as FTP may
   * (`CCC`, RFC 4217 §12). If it fails, or is broken off, the connection is closed.
   *
   * @param options What may end the wait for the peer's end of TLS.
   * @throws {RuntimeError} If there is no TLS, it was made by Deno itself (which is where no option
   * asked for more) or in a Worker, or a read is in flight; the connection stays as it was.
   * @throws {SSLError} If the peer does not end TLS as it should.
   * @throws {TimeoutError} If it does not in time.
   */
  async endTls({ signal, timeout }: HandshakeOptions = {}): Promise<void> {
    const limit = checkTimeout(timeout, DEFAULT_TIMEOUT);
    // What was written may be the word on which the peer takes it off.
    this.#stream.expectEndOfTls();
    await this.writer.flush({ signal, timeout: limit });
    if (this.closed) throw new ConnectionAbortedError("The connection was closed on our side");
    if (!this.canEndTls) {
      throw new RuntimeError("Cannot take TLS off: there is none, or none that can be taken off");
    }
    if (this.reader.isReading || this.reader.buffered > 0) {
      throw new RuntimeError("Cannot take TLS off: a read is in flight, or something is unread");
    }
    let done = false;
    try {
      const turn = this.#side === "client" ? "first" : "second";
      await interruptible(this.#stream.upgrade((stream) => stream.endTls!(turn)), {
        signal,
        timeout: limit,
        timeoutError: () =>
          new TimeoutError(
            `${hostAndPort(this.remoteAddress)} did not end TLS within ${limit} ms`,
          ),
      });
      done = true;
    } finally {
      if (!done) this.close();
    }
  }

  /** Closes the connection at once, without what is not sent yet; idempotent. */
  close(): void {
    this.writer.abort();
  }

  /**
   * Sends what was written, for no longer than the timeout, and closes. It does not tell whether
   * everything could be sent: `writer.flush()` does.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.writer.close();
    try {
      await this.writer.waitClosed({ timeout: Infinity });
    } catch (error) {
      rethrowIfCancelled(error);
    } finally {
      this.close();
    }
  }

  #makeViews(): Pick<Connection, "readable" | "writable"> {
    let left = 2;
    const events = {
      ended: () => {
        if (--left === 0) this.writer.close();
      },
      broken: () => this.close(),
    };
    return {
      readable: readableOf(this.reader, events),
      writable: writableOf(this.writer, events),
    };
  }

  #beginningOf(
    options: StartTlsOptions | StartTlsServerOptions | StartPreparedTlsOptions,
  ): (stream: ByteStream) => Promise<ByteStream> {
    // The connection itself waits no longer than it may.
    const handshake = { signal: undefined, timeout: Infinity };
    if ("prepared" in options) {
      const { prepared, sessions } = options;
      return (stream) => prepared.start(stream, { sessions, ...handshake });
    }
    if (this.#side === "client") {
      const { serverHostname = this.#hostname } = options as StartTlsOptions;
      return (stream) => beginTls(stream, { ...options, ...handshake, serverHostname });
    }
    const { cert, key } = options;
    if (cert === undefined || key === undefined) {
      throw new TypeError("Cannot start TLS as a server without a certificate: need cert and key");
    }
    return async (stream) => {
      const { startTlsServer } = await import("../tls/starttls.ts");
      return await startTlsServer(stream, { ...options, cert, key, ...handshake } as const);
    };
  }

  #refuseUpgrade(): void {
    if (this.closed) throw new ConnectionAbortedError("The connection was closed on our side");
    if (this.tls) throw new RuntimeError("Cannot start TLS: the connection is encrypted already");
    if (this.reader.isReading) throw new RuntimeError("Cannot start TLS: a read is in flight");
    if (this.reader.buffered > 0) {
      throw new SSLError(
        `Cannot start TLS: ${this.reader.buffered} bytes were sent unencrypted before it, and ` +
          `must not be taken for encrypted ones. Somebody in between may have put them there`,
        { ...this.remoteAddress, code: "ERR_TLS_INJECTION" },
      );
    }
  }
}
