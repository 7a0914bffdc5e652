/**
 * The reading half of a connection: Python's `asyncio.StreamReader`.
 *
 * @module
 */

import { rethrowIfCancelled, RuntimeError } from "../loop/exceptions.ts";
import type { WaitOptions } from "../loop/wait.ts";
import type { ByteStream } from "./byte_stream.ts";
import { IncompleteReadError, LimitOverrunError, SSLError } from "./errors.ts";
import { type Feeder, Incoming } from "./incoming.ts";
import type { DirectRead } from "./incoming.ts";
import type { Taking } from "./arrival.ts";
import type { InputBuffer } from "./input_buffer.ts";
import { hostAndPort } from "./native_errors.ts";
import { looksLikeTls } from "./tls.ts";

/** Options of {@linkcode StreamReader}. */
export interface StreamReaderOptions {
  /**
   * The longest line, or piece before a separator, in bytes.
   *
   * @default {65_536}
   */
  limit?: number;
  /** Where bytes come from. Without it they come by {@linkcode StreamReader.feedData}. */
  source?: ByteStream;
  /**
   * How long a call lets the source be silent where it does not say itself, in milliseconds.
   *
   * @default {Infinity}
   */
  timeout?: number;
}

/**
 * Reads bytes and lines from a connection.
 *
 * What is buffered already is returned without waiting. Calls that wait take
 * `signal` and `timeout`, the longest silence of the peer; they also end when
 * the task that makes them is cancelled. One call may wait at a time.
 *
 * Every `Uint8Array` handed out belongs to whoever gets it. It may be a piece
 * of a larger `ArrayBuffer`, whose other pieces belong to others: copy it
 * before its `buffer` is transferred.
 *
 * @example Read lines that were fed by hand
 * ```ts
 * import { StreamReader } from "https://tulip.example/net/stream_reader.ts";
 * import assert from "node:assert/strict";
 *
 * const reader = new StreamReader();
 * reader.feedData(new TextEncoder().encode("one\r\ntwo\r\n"));
 * reader.feedEof();
 * assert.equal(await reader.nextLine(), "one");
 * assert.equal(await reader.nextLine(), "two");
 * assert.equal(await reader.nextLine(), null);
 * ```
 */
export class StreamReader {
  readonly #incoming: Incoming;
  readonly #buffer: InputBuffer;
  // Whether nothing was read yet that could have told a peer which speaks TLS.
  #atStart = true;

  /**
   * Makes a reader.
   *
   * @param options Where bytes come from, and limits.
   * @throws {RangeError} If the limit or the timeout is no number above 0.
   */
  constructor(options: StreamReaderOptions = {}) {
    this.#incoming = new Incoming(options);
    this.#buffer = this.#incoming.buffer;
  }

  /** How many bytes are buffered and unread. */
  get buffered(): number {
    return this.#buffer.length;
  }

  /** Whether a read of the source is in flight, be it awaited or left by a call that gave up. */
  get isReading(): boolean {
    return this.#incoming.reading;
  }

  /**
   * Reads up to `n` bytes: what is there, or else what comes next.
   *
   * @param n The most bytes to read; -1 for all until the end.
   * @param options What may end the wait.
   * @returns The bytes; none at the end of the stream. With -1 a call that is broken off leaves
   * what came in the buffer.
   * @throws {RangeError} If `n` is no whole number.
   * @throws {TimeoutError} If the peer is silent for `timeout` milliseconds.
   * @throws {ConnectionError} If the connection breaks.
   */
  read(n = -1, options?: WaitOptions): Promise<Uint8Array> {
    if (!(n > 0 && Number.isInteger(n))) return this.#readAll(n, options);
    const buffer = this.#buffer;
    try {
      this.#incoming.throwIfSet();
      if (buffer.length > 0) return Promise.resolve(buffer.take(n));
      return this.#incoming.take("read", {
        take: (more) => more && buffer.length === 0 ? this.read(n, options) : buffer.take(n),
      }, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Reads into memory of the caller's. Where nothing is buffered the bytes land there directly.
   *
   * A call that is broken off cannot take its buffer back from the system: it stays lent until
   * the next read returns, or the connection is closed. Bytes that land in it meanwhile are
   * copied away at once, and the next call reads them; but what the caller keeps there until
   * then may be overwritten, and should not be changed.
   *
   * @param buffer Where the bytes go; at least one byte long.
   * @param options What may end the wait.
   * @returns How many bytes came, or `null` at the end.
   * @throws {RangeError} If the buffer is empty.
   * @throws {TimeoutError} If the peer is silent for `timeout` milliseconds.
   * @throws {ConnectionError} If the connection breaks.
   */
  readInto(buffer: Uint8Array, options?: WaitOptions): Promise<number | null> {
    try {
      if (buffer.length === 0) throw new RangeError("Cannot read into an empty buffer");
      this.#incoming.throwIfSet();
      if (this.#buffer.length > 0) return Promise.resolve(this.#buffer.copyTo(buffer));
      const read = new ReadInto(this, this.#buffer, buffer, options);
      return this.#incoming.take("readInto", read, options, read);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Reads a line, up to and including LF.
   *
   * @param options What may end the wait.
   * @returns The line with its end; at the end of the stream what is left, or nothing.
   * @throws {LimitOverrunError} If the line is longer than the limit, where Python raises
   * `ValueError`. The line is dropped if its end has come, else all that is buffered.
   * @throws {TimeoutError} If the peer is silent for `timeout` milliseconds.
   * @throws {ConnectionError} If the connection breaks.
   */
  async readline(options?: WaitOptions): Promise<Uint8Array> {
    try {
      return await this.#until(LINE_ENDS, "readline", options);
    } catch (error) {
      rethrowIfCancelled(error);
      if (error instanceof IncompleteReadError) return error.partial;
      if (error instanceof LimitOverrunError) this.#dropLine(error.consumed);
      throw error;
    }
  }

  /**
   * Reads exactly `n` bytes.
   *
   * @param n How many.
   * @param options What may end the wait.
   * @throws {RangeError} If `n` is no whole number of at least 0.
   * @throws {IncompleteReadError} If the stream ends before; with what came.
   * @throws {TimeoutError} If the peer is silent for `timeout` milliseconds.
   * @throws {ConnectionError} If the connection breaks.
   */
  async readexactly(n: number, options?: WaitOptions): Promise<Uint8Array> {
    if (!Number.isInteger(n) || n < 0) {
      throw new RangeError(`Cannot read exactly ${n} bytes: need a whole number of at least 0`);
    }
    this.#incoming.throwIfSet();
    const buffer = this.#buffer;
    while (buffer.length < n) {
      // Not all at once: a length that a peer made up must not cost memory before bytes come.
      buffer.reserve(Math.min(n, Math.max(RESERVE_AT_ONCE, 2 * buffer.length)));
      if (!await this.#incoming.more("readexactly", options)) {
        throw new IncompleteReadError(buffer.take(buffer.length), n);
      }
    }
    return buffer.take(n);
  }

  /**
   * Reads up to and including a separator.
   *
   * @param separator The separator, or several; of several the one that ends first counts.
   * @param options What may end the wait.
   * @throws {RangeError} If there is no separator, or an empty one.
   * @throws {IncompleteReadError} If the stream ends before; with what came.
   * @throws {LimitOverrunError} If the separator is further away than the limit. The bytes stay
   * in the buffer; `consumed` says how many to read by `readexactly` to get past them.
   * @throws {TimeoutError} If the peer is silent for `timeout` milliseconds.
   * @throws {ConnectionError} If the connection breaks.
   */
  async readuntil(
    separator: Uint8Array | readonly Uint8Array[] = LINE_END,
    options?: WaitOptions,
  ): Promise<Uint8Array> {
    const separators = separator instanceof Uint8Array ? [separator] : separator;
    if (separators.length === 0 || separators.some((bytes) => bytes.length === 0)) {
      throw new RangeError("Cannot read until nothing: need separators of at least one byte");
    }
    return await this.#until(separators, "readuntil", options);
  }

  /**
   * Takes a line that is buffered already: the fast path of protocols that talk in lines.
   *
   * @returns The line as latin-1, without its CRLF or LF, or `undefined` if none is complete.
   * @throws {LimitOverrunError} If the line is longer than the limit. It stays in the buffer.
   */
  takeLine(): string | undefined {
    this.#incoming.throwIfSet();
    return this.#buffer.takeLine();
  }

  /**
   * Reads a line as text, waiting for it if need be.
   *
   * @param options What may end the wait.
   * @returns The line as latin-1, without its CRLF or LF, or `null` at the end of the stream.
   * @throws {IncompleteReadError} If the stream ends in the middle of a line; with what came.
   * @throws {LimitOverrunError} If the line is longer than the limit. It stays in the buffer.
   * @throws {SSLError} If the first thing that comes is TLS, on a connection without it.
   * @throws {TimeoutError} If the peer is silent for `timeout` milliseconds.
   * @throws {ConnectionError} If the connection breaks.
   */
  nextLine(options?: WaitOptions): Promise<string | null> {
    if (!this.#incoming.isSet && !this.#atStart) {
      let line: string | undefined;
      try {
        line = this.#buffer.takeLine();
      } catch (error) {
        return Promise.reject(error);
      }
      if (line !== undefined) return Promise.resolve(line);
    }
    return this.#nextLineWaiting(options);
  }

  /**
   * Waits until something is buffered, and shows it without taking it.
   *
   * @param options What may end the wait.
   * @returns A view of all that is buffered, valid until the next call of this reader and not to
   * be written to; `null` at the end. {@linkcode consume} takes bytes from it.
   * @throws {TimeoutError} If the peer is silent for `timeout` milliseconds.
   * @throws {ConnectionError} If the connection breaks.
   */
  async borrow(options?: WaitOptions): Promise<Uint8Array | null> {
    this.#incoming.throwIfSet();
    while (this.#buffer.length === 0) {
      if (!await this.#incoming.more("borrow", options)) return null;
    }
    return this.#buffer.peek();
  }

  /**
   * Drops bytes that {@linkcode borrow} showed.
   *
   * @param n How many.
   * @throws {RangeError} If fewer are buffered.
   */
  consume(n: number): void {
    this.#buffer.consume(n);
  }

  /** Whether the end has come and everything before it was read. */
  atEof(): boolean {
    return this.#incoming.ended && this.#buffer.length === 0;
  }

  /** Iterates over the lines, as bytes with their ends. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    for (let line = await this.readline(); line.length > 0; line = await this.readline()) {
      yield line;
    }
  }

  /**
   * Says which transport feeds the reader. While more than twice the limit is unread, it is
   * paused; it is resumed when a call has to wait for more.
   *
   * @param transport The transport.
   */
  setTransport(transport: Feeder): void {
    this.#incoming.setFeeder(transport);
  }

  /**
   * Appends bytes by hand.
   *
   * @param data The bytes; they are copied.
   * @throws {RuntimeError} After {@linkcode feedEof}.
   */
  feedData(data: Uint8Array): void {
    if (this.#incoming.ended) throw new RuntimeError("Cannot feed data after the end");
    if (data.length === 0) return;
    this.#incoming.feed(data);
  }

  /** Says by hand that nothing more will come. */
  feedEof(): void {
    this.#incoming.end();
  }

  /**
   * Makes every call from now on fail, and the one that waits.
   *
   * @param error What they throw.
   */
  setException(error: unknown): void {
    this.#incoming.setException(error);
  }

  /** What {@linkcode setException} set, or what broke the connection; `null` where all is well. */
  exception(): unknown {
    return this.#incoming.exception;
  }

  /**
   * Makes what comes after the last byte a failure.
   *
   * @internal
   */
  _failAtEnd(error: unknown): void {
    this.#incoming.failAtEnd(error);
  }

  async #readAll(n: number, options?: WaitOptions): Promise<Uint8Array> {
    if (!Number.isInteger(n)) throw new RangeError(`Cannot read ${n} bytes: need a whole number`);
    this.#incoming.throwIfSet();
    if (n < 0) { while (await this.#incoming.more("read", options)); }
    return this.#buffer.take(n < 0 ? this.#buffer.length : 0);
  }

  async #until(
    separators: readonly Uint8Array[],
    caller: string,
    options?: WaitOptions,
  ): Promise<Uint8Array> {
    this.#incoming.throwIfSet();
    for (let searched = 0;;) {
      const found = this.#buffer.takeUntil(separators, searched);
      if (typeof found !== "number") return found;
      searched = found;
      if (!await this.#incoming.more(caller, options)) {
        throw new IncompleteReadError(this.#buffer.take(this.#buffer.length), null);
      }
    }
  }

  async #nextLineWaiting(options?: WaitOptions): Promise<string | null> {
    this.#incoming.throwIfSet();
    for (;;) {
      this.#refuseTls();
      const line = this.#buffer.takeLine();
      if (line !== undefined) {
        this.#atStart = false;
        return line;
      }
      if (await this.#incoming.more("nextLine", options)) continue;
      if (this.#buffer.length === 0) return null;
      throw new IncompleteReadError(this.#buffer.take(this.#buffer.length), null);
    }
  }

  /** A peer that waits for us to speak TLS answers plain text with an alert (RFC 8446 §6). */
  #refuseTls(): void {
    if (!this.#atStart || this.#buffer.length < 3) return;
    this.#atStart = false;
    const { source } = this.#incoming;
    if (source === undefined || source.tls || !looksLikeTls(this.#buffer.peek())) return;
    throw new SSLError(
      `${hostAndPort(source.remoteAddress)} speaks TLS, and this connection does not. Connect ` +
        `with TLS, or use the port for plain text`,
      { ...source.remoteAddress, code: "ERR_TLS_UNEXPECTED" },
    );
  }

  #dropLine(consumed: number): void {
    const unread = this.#buffer.peek();
    this.#buffer.consume(unread[consumed] === LINE_END[0] ? consumed + 1 : unread.length);
  }
}

/** A call of `readInto` that waits. */
class ReadInto implements Taking<number | null>, DirectRead {
  count = 0;
  abandoned = false;

  constructor(
    readonly reader: StreamReader,
    readonly buffer: InputBuffer,
    readonly target: Uint8Array,
    readonly options: WaitOptions | undefined,
  ) {}

  take(more: boolean): number | null | Promise<number | null> {
    if (this.count > 0) return this.count;
    if (this.buffer.length > 0) return this.buffer.copyTo(this.target);
    return more ? this.reader.readInto(this.target, this.options) : null;
  }

  giveUp(): void {
    this.abandoned = true;
    this.buffer.push(this.target.subarray(0, this.count));
    this.count = 0;
  }
}

const LINE_END = new Uint8Array([10]);
const LINE_ENDS = [LINE_END];
const RESERVE_AT_ONCE = 1_048_576;
