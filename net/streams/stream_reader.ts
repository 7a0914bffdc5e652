/**
 * The reading half of a connection: Python's `asyncio.StreamReader`.
 *
 * @module
 */

import { rethrowIfCancelled, RuntimeError } from "../../loop/exceptions.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import type { ByteStream } from "../byte_stream.ts";
import { decodeLatin1 } from "../../protocols/text/latin1.ts";
import { ConnectionAbortedError, IncompleteReadError } from "../errors.ts";
import { Incoming } from "./incoming.ts";
import type { InputBuffer } from "./input_buffer.ts";
import { ReadInto } from "./read_into.ts";
import { readExactly, readLine, readToEnd, readUntil, refuseTls } from "./reading.ts";
import { readableOf } from "./web_streams.ts";
import type { WireTap } from "../wire_tap.ts";
import type { ReadTransport } from "../transports/transports.ts";

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
  /** @internal A wire log, which is told what is read. */
  tap?: WireTap;
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
 * import { StreamReader } from "https://tulip.example/net/streams/stream_reader.ts";
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
  readonly #tap: WireTap | undefined;
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
    this.#tap = options.tap;
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
    if (n < 0 && Number.isInteger(n)) return readToEnd(this.#incoming, options);
    const buffer = this.#buffer;
    try {
      if (!Number.isInteger(n)) {
        throw new RangeError(`Cannot read ${n} bytes: need a whole number`);
      }
      this.#incoming.throwIfSet();
      if (n === 0 || buffer.length > 0) return Promise.resolve(buffer.take(n));
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
  readline(options?: WaitOptions): Promise<Uint8Array> {
    return readLine(this.#incoming, options);
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
    return await readExactly(this.#incoming, n, options);
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
    return await readUntil(this.#incoming, separators, "readuntil", options);
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
  setTransport(transport: Pick<ReadTransport, "pauseReading" | "resumeReading">): void {
    this.#incoming.setFeeder(transport);
  }

  /**
   * Iterates over the bytes as they come, until the end.
   *
   * @param options What may end the wait for each chunk.
   */
  async *chunks(options?: WaitOptions): AsyncGenerator<Uint8Array, void, void> {
    for (let chunk = await this.read(CHUNK, options); chunk.length > 0;) {
      yield chunk;
      chunk = await this.read(CHUNK, options);
    }
  }

  /**
   * Iterates over the lines as latin-1, without their ends. The last one may lack its end.
   *
   * @param options What may end the wait for each line.
   * @throws {LimitOverrunError} If a line is longer than the limit. It stays in the buffer.
   */
  async *lines(options?: WaitOptions): AsyncGenerator<string, void, void> {
    try {
      for (let line = await this.nextLine(options); line !== null;) {
        yield line;
        line = await this.nextLine(options);
      }
    } catch (error) {
      rethrowIfCancelled(error);
      if (!(error instanceof IncompleteReadError)) throw error;
      yield decodeLatin1(error.partial);
    }
  }

  /**
   * Makes a web stream of the bytes that still come, for one reader at a time. It reads nothing
   * ahead, and cancelling it makes every read here fail; that of a connection closes it.
   */
  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return readableOf(this, {
      broken: () => this.setException(new ConnectionAbortedError("The stream was cancelled")),
    });
  }

  /**
   * Says how a wire log shows what is read from now on, for what is secret.
   *
   * @param mask Takes a line without its end, or bytes as latin-1, and gives what is shown; `null`
   * to show all.
   */
  showAs(mask: ((text: string) => string) | null): void {
    this.#tap?.showAs(mask);
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

  /** The reader for people: `<StreamReader 4 bytes eof>`. */
  toString(): string {
    return `<${["StreamReader", String(this.#incoming)].filter((part) => part !== "").join(" ")}>`;
  }

  /**
   * Makes what comes after the last byte a failure.
   *
   * @internal
   */
  _failAtEnd(error: unknown): void {
    this.#incoming.failAtEnd(error);
  }

  async #nextLineWaiting(options?: WaitOptions): Promise<string | null> {
    this.#incoming.throwIfSet();
    for (;;) {
      if (this.#atStart && this.#buffer.length >= 3) {
        this.#atStart = false;
        refuseTls(this.#incoming);
      }
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
}

const LINE_END = new Uint8Array([10]);
const CHUNK = 262_144;
