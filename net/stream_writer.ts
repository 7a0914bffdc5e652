/**
 * The writing half of a connection: Python's `asyncio.StreamWriter`.
 *
 * What is written in one go of the program leaves in one piece: the first
 * `write` schedules a microtask, and that sends what has come together.
 *
 * @module
 */

import { getEventLoop } from "../loop/events.ts";
import { RuntimeError, TimeoutError } from "../loop/exceptions.ts";
import type { TimerHandle } from "../loop/handles.ts";
import { checkTimeout, DEFAULT_TIMEOUT, interruptible } from "../loop/wait.ts";
import type { WaitOptions } from "../loop/wait.ts";
import { checkLimit } from "../protocols/limits.ts";
import type { Address, ByteStream, StartTlsOptions } from "./byte_stream.ts";
import { ConnectionAbortedError } from "./errors.ts";
import { hostAndPort } from "./native_errors.ts";
import { OutputBuffer } from "./output_buffer.ts";

/** Options of {@linkcode StreamWriter}. */
export interface StreamWriterOptions {
  /**
   * Above this many unsent bytes {@linkcode StreamWriter.drain} waits.
   *
   * @default {65_536}
   */
  highWaterMark?: number;
  /**
   * Until no more than this many bytes are unsent.
   *
   * @default {16_384}
   */
  lowWaterMark?: number;
  /**
   * How long a call lets the peer take nothing where it does not say itself, in milliseconds.
   *
   * @default {Infinity}
   */
  timeout?: number;
  /** Called once when sending fails. */
  onError?: (error: unknown) => void;
  /** What {@linkcode StreamWriter.startTls} does, for a stream that can be upgraded. */
  startTls?: (options?: StartTlsOptions) => Promise<void>;
}

/**
 * Writes bytes and text to a connection.
 *
 * A failure to send is thrown by the next `drain`, `flush` or `waitClosed`.
 *
 * @example Write to one end of a pair and read from the other
 * ```ts
 * import { memoryPair } from "https://tulip.example/net/memory.ts";
 * import { StreamReader } from "https://tulip.example/net/stream_reader.ts";
 * import { StreamWriter } from "https://tulip.example/net/stream_writer.ts";
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
  readonly #stream: ByteStream;
  readonly #output = new OutputBuffer();
  readonly #high: number;
  readonly #low: number;
  readonly #timeout: number;
  readonly #onError: ((error: unknown) => void) | undefined;
  readonly #startTls: ((options?: StartTlsOptions) => Promise<void>) | undefined;
  readonly #closed: PromiseWithResolvers<void> = Promise.withResolvers();
  #state: "open" | "closing" | "closed" = "open";
  #end: "none" | "wanted" | "sent" = "none";
  #failure: { readonly error: unknown } | null = null;
  #sending = false;
  #full = false;
  // Resolved when the buffer changes; made only where somebody waits.
  #progress: PromiseWithResolvers<void> | null = null;
  #lastProgress = 0;
  #closeTimer: TimerHandle | null = null;

  /**
   * Makes a writer.
   *
   * @param stream Where the bytes go.
   * @param options Limits.
   * @throws {RangeError} If a mark or the timeout is no number above 0, or the low mark is above
   * the high one.
   */
  constructor(stream: ByteStream, options: StreamWriterOptions = {}) {
    this.#stream = stream;
    this.#high = checkLimit("highWaterMark", options.highWaterMark, 65_536);
    this.#low = checkLimit("lowWaterMark", options.lowWaterMark, Math.min(16_384, this.#high));
    if (this.#low > this.#high) {
      throw new RangeError(
        `Cannot set lowWaterMark to ${this.#low}: highWaterMark is ${this.#high}`,
      );
    }
    this.#timeout = checkTimeout(options.timeout, Infinity);
    this.#onError = options.onError;
    this.#startTls = options.startTls;
  }

  /**
   * Writes, without waiting: the bytes are sent in the background.
   *
   * @param data Text, sent as UTF-8, or bytes. A large array is not copied: leave it unchanged
   * until the next {@linkcode drain} has returned. After {@linkcode close} it is dropped.
   * @throws {RuntimeError} After {@linkcode writeEof}.
   */
  write(data: Uint8Array | string): void {
    if (this.#end !== "none") throw new RuntimeError("Cannot write after writeEof()");
    if (data.length === 0 || this.#state !== "open" || this.#failure !== null) return;
    this.#output.write(data);
    if (this.#output.size > this.#high) this.#full = true;
    this.#send();
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
    return this.#until(() => !this.#full && !this.#output.lends, "take what was sent", options);
  }

  /**
   * Waits until everything written was handed to the system.
   *
   * @param options What may end the wait.
   * @throws {TimeoutError} If the peer takes nothing for `timeout` milliseconds.
   * @throws {ConnectionError} If the connection is broken or closed.
   */
  flush(options?: WaitOptions): Promise<void> {
    return this.#until(() => !this.#sending, "take what was sent", options);
  }

  /** Whether {@linkcode writeEof} is possible: it always is, with TLS too. */
  canWriteEof(): boolean {
    return true;
  }

  /** Ends our direction after what was written; the peer can still send. */
  writeEof(): void {
    if (this.#end !== "none" || this.#state !== "open") return;
    this.#end = "wanted";
    this.#send();
  }

  /**
   * Closes the connection after what was written, in the background; idempotent. If the peer
   * takes nothing for the timeout of the connection, or for 30 seconds, it is closed without.
   */
  close(): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    if (this.#sending) this.#watchClosing();
    else this.abort();
  }

  /** Closes the connection at once, without what is not sent yet; idempotent. */
  abort(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#closeTimer?.cancel();
    this.#output.clear();
    this.#stream.close();
    this.#closed.resolve();
    this.#progressed();
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
        return this.#stuck("close");
      },
    });
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Whether the connection is closed, or about to be. */
  isClosing(): boolean {
    return this.#state !== "open";
  }

  /**
   * Tells what is known about the connection.
   *
   * @param name `"peername"`, the other side, or `"sockname"`, this side.
   * @returns The address; `undefined` for other names.
   */
  getExtraInfo(name: string): Address | undefined {
    if (name === "peername") return this.#stream.remoteAddress;
    if (name === "sockname") return this.#stream.localAddress;
    return undefined;
  }

  /**
   * Upgrades the connection to TLS as a client, in place: reader and writer go on, encrypted.
   *
   * @param options How the server is verified, and what may end the wait.
   * @throws {RuntimeError} If the stream cannot be upgraded, or a read is in flight.
   * @throws {SSLError} If bytes are buffered unread, or the handshake fails.
   */
  startTls(options?: StartTlsOptions): Promise<void> {
    if (this.#startTls === undefined) {
      return Promise.reject(new RuntimeError("Cannot start TLS: this stream cannot be upgraded"));
    }
    return this.#startTls(options);
  }

  async #until(reached: () => boolean, what: string, options?: WaitOptions): Promise<void> {
    const timeout = checkTimeout(options?.timeout, this.#timeout);
    for (;;) {
      if (this.#failure !== null) throw this.#failure.error;
      if (this.#state === "closed") {
        throw new ConnectionAbortedError("The connection was closed on our side");
      }
      if (reached()) return;
      this.#progress ??= Promise.withResolvers();
      await interruptible(this.#progress.promise, {
        signal: options?.signal,
        timeout,
        timeoutError: () => this.#stuck(what),
      });
    }
  }

  #send(): void {
    if (this.#sending) return;
    this.#sending = true;
    queueMicrotask(() => {
      this.#sendAll().catch((error) => this.#fail(error));
    });
  }

  // Nothing here awaits a future of the loop, which would belong to the task that wrote first.
  async #sendAll(): Promise<void> {
    for (;;) {
      for (let block = this.#output.next(); block !== null; block = this.#output.next()) {
        const count = await this.#stream.write(block);
        this.#output.sent(count);
        if (this.#output.size <= this.#low) this.#full = false;
        this.#progressed();
      }
      if (this.#end !== "wanted" || this.#state === "closed") break;
      await this.#stream.closeWrite();
      this.#end = "sent";
    }
    this.#sending = false;
    if (this.#state === "closing") this.abort();
    this.#progressed();
  }

  #fail(error: unknown): void {
    this.#sending = false;
    this.#full = false;
    this.#output.clear();
    // What fails because we closed it is no failure.
    if (this.#state !== "closed") {
      this.#failure ??= { error };
      this.#onError?.(error);
    }
    if (this.#state === "closing") this.abort();
    this.#progressed();
  }

  #progressed(): void {
    if (this.#state === "closing") this.#lastProgress = getEventLoop().time();
    this.#progress?.resolve();
    this.#progress = null;
  }

  #watchClosing(): void {
    // Nobody watches: an endless wait would be a leak.
    const patience = Math.min(this.#timeout, DEFAULT_TIMEOUT);
    const loop = getEventLoop();
    const check = () => {
      if (this.#state === "closed") return;
      const left = this.#lastProgress + patience - loop.time();
      if (left > 0) {
        this.#closeTimer = loop.callLater(left, check);
      } else {
        this.#failure ??= { error: this.#stuck("take what was sent") };
        this.abort();
      }
    };
    this.#lastProgress = loop.time();
    // Mostly the system takes everything at once, and no timer is needed.
    loop.callSoon(() => loop.callSoon(check));
  }

  #stuck(what: string): TimeoutError {
    return new TimeoutError(
      `${hostAndPort(this.#stream.remoteAddress)} did not ${what} in time`,
    );
  }
}
