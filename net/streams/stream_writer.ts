/**
 * The writing half of a connection: Python's `asyncio.StreamWriter`.
 *
 * @module
 */

import { RuntimeError } from "../../loop/exceptions.ts";
import { checkTimeout, interruptible, Wait } from "../../loop/wait.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import type { StartPreparedTlsOptions } from "../tls/server_tls.ts";
import type {
  Address,
  ByteStream,
  HandshakeOptions,
  StartTlsOptions,
  StartTlsServerOptions,
} from "../byte_stream.ts";
import { ConnectionAbortedError } from "../errors.ts";
import { Outgoing, type WaterMarks } from "./outgoing.ts";
import { TransportSink } from "../transports/transport_sink.ts";
import type { WriteTransport } from "../transports/transports.ts";
import { writableOf } from "./web_streams.ts";
import type { WireTap } from "../wire_tap.ts";
import { WriterTransport } from "../transports/writer_transport.ts";

/** Options of {@linkcode StreamWriter}. Its `drain` waits between the water marks. */
export interface StreamWriterOptions extends WaterMarks {
  /**
   * How long a call lets the peer take nothing where it does not say itself, in milliseconds.
   *
   * @default {Infinity}
   */
  timeout?: number;
  /**
   * How long the peer may take nothing after {@linkcode StreamWriter.close}, in milliseconds,
   * before the connection is closed without.
   *
   * @default `timeout`, and no more than {30_000}
   */
  closeTimeout?: number;
  /** @internal A wire log, which is told what is written. */
  tap?: WireTap;
  /** Called once when sending fails. */
  onError?: (error: unknown) => void;
  /** Called when the connection was closed by {@linkcode StreamWriter.close}, all being sent. */
  onClosed?: () => void;
  /** What {@linkcode StreamWriter.endTls} does, for a stream whose TLS can be taken off. */
  endTls?: (options?: HandshakeOptions) => Promise<void>;
  /** What {@linkcode StreamWriter.startTls} does, for a stream that can be upgraded. */
  startTls?: (
    options?: StartTlsOptions | StartTlsServerOptions | StartPreparedTlsOptions,
  ) => Promise<void>;
}

/**
 * Writes bytes and text to a connection.
 *
 * A failure to send is thrown by the next `drain`, `flush` or `waitClosed`.
 *
 * @example Write to one end of a pair and read from the other
 * ```ts
 * import { memoryPair } from "https://tulip.example/net/memory.ts";
 * import { StreamReader } from "https://tulip.example/net/streams/stream_reader.ts";
 * import { StreamWriter } from "https://tulip.example/net/streams/stream_writer.ts";
 * import assert from "node:assert/strict";
 *
 * const [near, far] = memoryPair();
 * const writer = new StreamWriter(near);
 * writer.write("hello ");
 * writer.write(new Uint8Array([0x77, 0xc3, 0xb6]));
 * writer.close();
 * await writer.waitClosed();
 *
 * const bytes = await new StreamReader({ source: far }).read();
 * assert.equal(new TextDecoder().decode(bytes), "hello wö");
 * ```
 */
export class StreamWriter {
  readonly #outgoing: Outgoing;
  readonly #sink: TransportSink | null;
  #transport: WriteTransport | null = null;
  readonly #timeout: number;
  readonly #startTls: StreamWriterOptions["startTls"];
  readonly #endTls: StreamWriterOptions["endTls"];
  readonly #closed: PromiseWithResolvers<void> = Promise.withResolvers();
  // Who waits until something is sent, or comes to an end.
  #waiting: Wait<void>[] = [];

  /**
   * Makes a writer.
   *
   * @param stream Where the bytes go.
   * @param options Limits.
   * @throws {RangeError} If a mark or the timeout is no number above 0, or the low mark is above
   * the high one.
   */
  constructor(stream: ByteStream, options: StreamWriterOptions = {}) {
    this.#timeout = checkTimeout(options.timeout, Infinity);
    this.#sink = stream instanceof TransportSink ? stream : null;
    this.#startTls = options.startTls;
    this.#endTls = options.endTls;
    this.#outgoing = new Outgoing(stream, options, {
      progressed: () => {
        if (this.#waiting.length > 0) this.#wake();
      },
      closed: (inOrder) => {
        if (inOrder) options.onClosed?.();
        this.#closed.resolve(this.#sink?.closed);
      },
      failed: options.onError,
    });
  }

  /**
   * Writes, without waiting: the bytes are sent in the background.
   *
   * @param data Text, sent as UTF-8, or bytes. A large array is not copied: leave it unchanged
   * until the next {@linkcode drain} has returned. After {@linkcode close} it is dropped.
   * @param shown What a wire log is told in the place of what is secret.
   * @throws {RuntimeError} After {@linkcode writeEof}.
   */
  write(data: Uint8Array | string, shown?: string): void {
    this.#outgoing.write(data, shown);
  }

  /**
   * Writes several pieces, as {@linkcode write} does each.
   *
   * @param pieces The pieces.
   */
  writelines(pieces: Iterable<Uint8Array | string>): void {
    for (const piece of pieces) this.write(piece);
  }

  /**
   * Waits until it is reasonable to go on writing: more than the high mark is unsent, until no
   * more than the low mark is; and until arrays that were not copied are free to be changed.
   *
   * @param options What may end the wait.
   * @throws {TimeoutError} If the peer takes nothing for `timeout` milliseconds.
   * @throws {ConnectionError} If the connection is broken or closed.
   */
  drain(options?: WaitOptions): Promise<void> {
    const { failure, isClosed, isFull, lends } = this.#outgoing;
    if (failure === null && !isClosed && !isFull && !lends && options === undefined) {
      return Promise.resolve();
    }
    return this.#until(
      () => !this.#outgoing.isFull && !this.#outgoing.lends,
      "take what was sent",
      options,
    );
  }

  /**
   * Waits until everything written was handed to the system.
   *
   * @param options What may end the wait.
   * @throws {TimeoutError} If the peer takes nothing for `timeout` milliseconds.
   * @throws {ConnectionError} If the connection is broken or closed.
   */
  flush(options?: WaitOptions): Promise<void> {
    return this.#until(() => !this.#outgoing.isSending, "take what was sent", options);
  }

  /**
   * Makes a web stream that writes here, and waits as {@linkcode drain} does. To close it ends our
   * direction, after what was written; to abort it closes the connection at once.
   */
  get writable(): WritableStream<Uint8Array | string> {
    return writableOf(this, { broken: () => this.abort() });
  }

  /** Whether {@linkcode writeEof} is possible: it always is, with TLS too. */
  canWriteEof(): boolean {
    return true;
  }

  /** Ends our direction after what was written; the peer can still send. */
  writeEof(): void {
    this.#outgoing.writeEof();
  }

  /**
   * Closes the connection after what was written, in the background; idempotent. If the peer
   * takes nothing for the timeout of the connection, or for 30 seconds, it is closed without.
   */
  close(): void {
    this.#outgoing.close();
  }

  /** Closes the connection at once, without what is not sent yet; idempotent. */
  abort(): void {
    this.#sink?.transport.abort();
    this.#outgoing.abort();
  }

  /**
   * Waits until the connection is closed.
   *
   * @param options What may end the wait. Where the time is over, the connection is closed at once.
   * @throws {TimeoutError} If the peer took nothing for `timeout` milliseconds.
   * @throws {ConnectionError} If something that was written could not be sent.
   */
  async waitClosed(options?: WaitOptions): Promise<void> {
    await interruptible(this.#closed.promise, {
      signal: options?.signal,
      timeout: checkTimeout(options?.timeout, this.#timeout),
      timeoutError: () => {
        this.abort();
        return this.#outgoing.stuck("close");
      },
    });
    const failure = this.#outgoing.failure ?? this.#sink?.failure ?? null;
    if (failure !== null) throw failure.error;
  }

  /**
   * The transport of the connection: it tells and sets how much is buffered for sending. That of
   * a {@linkcode StreamReaderProtocol} is the real one; others have no protocol.
   */
  get transport(): WriteTransport {
    return this.#sink?.transport ?? (this.#transport ??= new WriterTransport(this.#outgoing));
  }

  /** Whether the connection is closed, or about to be. */
  isClosing(): boolean {
    return this.#outgoing.isClosing;
  }

  /**
   * Tells what is known about the connection.
   *
   * @param name `"peername"`, the other side, or `"sockname"`, this side; with TLS `"sslInfo"`,
   * all that is known about it, or `"peercert"`, `"cipher"`, which are parts of that.
   * @param fallback What to return for what is not known.
   */
  getExtraInfo(name: "peername" | "sockname"): Address;
  /** Tells what is known about the connection, TLS included. */
  // deno-lint-ignore no-explicit-any -- as in BaseTransport
  getExtraInfo(name: string, fallback?: any): any;
  // deno-lint-ignore no-explicit-any
  getExtraInfo(name: string, fallback?: any): any {
    return this.transport.getExtraInfo(name, fallback);
  }

  /**
   * Upgrades the connection to TLS, in place: reader and writer go on, encrypted. A connection that
   * a server has accepted takes the server's part, and needs `cert` and `key`.
   *
   * @param options How the server is verified, or what is shown to the client, and what may end the
   * wait.
   * @throws {RuntimeError} If the stream cannot be upgraded, or a read is in flight.
   * @throws {SSLError} If bytes are buffered unread, or the handshake fails.
   */
  startTls(
    options?: StartTlsOptions | StartTlsServerOptions | StartPreparedTlsOptions,
  ): Promise<void> {
    if (this.#startTls === undefined) {
      return Promise.reject(new RuntimeError("Cannot start TLS: this stream cannot be upgraded"));
    }
    return this.#startTls(options);
  }

  /**
   * Takes TLS off, in place, after what was written: reader and writer go on in clear; see
   * `Connection.endTls`.
   *
   * @param options What may end the wait for the peer's end of TLS.
   * @throws {RuntimeError} If there is none that can be taken off, or something is unread.
   * @throws {SSLError} If the peer does not end TLS as it should.
   */
  endTls(options?: HandshakeOptions): Promise<void> {
    if (this.#endTls === undefined) {
      return Promise.reject(new RuntimeError("Cannot take TLS off: this stream has none"));
    }
    return this.#endTls(options);
  }

  async #until(reached: () => boolean, what: string, options?: WaitOptions): Promise<void> {
    const timeout = checkTimeout(options?.timeout, this.#timeout);
    for (let hops = 0;;) {
      const { failure, isClosed } = this.#outgoing;
      if (failure !== null) throw failure.error;
      if (isClosed) {
        throw this.#sink?.failure?.error ??
          new ConnectionAbortedError("The connection was closed on our side");
      }
      if (reached()) return;
      if (hops++ < HOPS) {
        await SOON;
        continue;
      }
      const wait = new Wait<void>({
        signal: options?.signal,
        timeout,
        timeoutError: () => this.#outgoing.stuck(what),
      });
      // Those who gave up do not heap up while the peer takes nothing.
      this.#waiting = this.#waiting.filter((each) => !each.done());
      this.#waiting.push(wait);
      await wait;
    }
  }

  #wake(): void {
    for (const wait of this.#waiting.splice(0)) {
      if (!wait.done()) wait.setResult();
    }
  }
}

// What the system takes at once is sent within so many microtasks: to wait for less costs more.
const HOPS = 8;
const SOON = Promise.resolve();
