/**
 * Downloads: one handle, taken whole, as it arrives, as a stream, or into a
 * buffer of one's own.
 *
 * @module
 */

import type { Reply } from "../../protocols/text/reply.ts";
import { Awaitable } from "./awaitable.ts";
import { FTPError, quoteCommand, TooLargeError } from "./errors.ts";
import { ProgressMeter } from "./progress.ts";
import type { Throttle } from "./throttle.ts";
import type { Progress } from "./types.ts";

/** A download that has begun. */
export interface TransferData {
  /** The size of the whole file, where the server told. */
  readonly total: number | undefined;
  /** How many bytes of the file went through, those before the offset included. */
  readonly position: number;
  /** Reads bytes into a buffer; `null` at the end. */
  readInto(buffer: Uint8Array): Promise<number | null>;
  /** After the end: gives the reply that ended it. */
  finish(): Promise<Reply>;
  /** Ends it in the middle. */
  breakOff(): void;
}

/** How a {@linkcode Transfer} comes to its data; what the client gives it. */
export interface TransferSource {
  /** The command, for messages. */
  readonly command: string;
  /** The first byte. */
  readonly offset: number;
  /** The most bytes that awaiting collects. */
  readonly maxBytes: number;
  /** Whom to tell how far it is. */
  readonly onProgress?: (progress: Progress) => void;
  /** The most bytes in one chunk. */
  readonly blocksize?: number;
  /** Holds it up. */
  readonly throttle?: Throttle;
  /** What ends it. */
  readonly signal?: AbortSignal;
  /** Begins the transfer. */
  begin(interactive: boolean): Promise<TransferData>;
}

/**
 * A download. Nothing is sent before it is first used, in one of these ways:
 *
 * - `await transfer` gives the whole as one `Uint8Array`, up to `maxBytes`;
 * - `for await (const chunk of transfer)` gives chunks as they arrive. They belong to you;
 * - `transfer.readable` is the same as a stream of bytes;
 * - `transfer.readInto(buffer)` fills a buffer of yours, without a copy.
 *
 * The last three have constant memory, whatever the size of the file. While one
 * of them runs, the session does nothing else: other calls throw
 * `SessionBusyError`. Leaving early, by `break`, an error, `cancel()` of the
 * stream or {@linkcode close}, closes the data connection, and the session can
 * be used again.
 */
export class Transfer extends Awaitable<Uint8Array<ArrayBuffer>>
  implements AsyncIterable<Uint8Array<ArrayBuffer>>, Disposable {
  readonly #source: TransferSource;
  readonly #meter: ProgressMeter;
  #beginning: Promise<TransferData> | undefined;
  #begun: TransferData | undefined;
  #whole: Promise<Uint8Array<ArrayBuffer>> | undefined;
  #readable: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  #reply: Reply | undefined;
  #closed = false;
  /** What arrived in small pieces lands here first. */
  #scratch: Uint8Array<ArrayBuffer> | undefined;

  /**
   * Made by `FTP.download`.
   *
   * @param source How to come to the data.
   */
  constructor(source: TransferSource) {
    super();
    this.#source = source;
    this.#meter = new ProgressMeter(source.onProgress, source.offset);
  }

  /** The size of the whole file, where the server told; known once the transfer has begun. */
  get total(): number | undefined {
    return this.#meter.total;
  }

  /** How many bytes of the file are there, those before `offset` included. */
  get transferred(): number {
    return this.#meter.transferred;
  }

  /** The reply that ended the transfer, once it has ended well. */
  get reply(): Reply | undefined {
    return this.#reply;
  }

  /** The bytes as a stream. Every call gives the same one. */
  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#readable ??= new ReadableStream({
      type: "bytes",
      autoAllocateChunkSize: CHUNK / 4,
      pull: async (controller: ReadableByteStreamController): Promise<void> => {
        const request = controller.byobRequest!;
        const view = request.view!;
        const buffer = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
        const count = await this.readInto(buffer);
        if (count === null) controller.close();
        request.respond(count ?? 0);
      },
      cancel: (): void => this.close(),
    }, { highWaterMark: 0 }) as ReadableStream<Uint8Array<ArrayBuffer>>;
  }

  /**
   * Fills a buffer with the bytes that come next, without a copy.
   *
   * @param buffer Where they go; the larger, the faster, up to 1 MiB.
   * @returns How many came, or `null` once the file is complete.
   * @throws {TruncatedError} If the data connection ends before the file does.
   * @throws {ErrorTemp} If the server breaks off (4xx).
   * @throws {ErrorPerm} If the server refuses, for good (5xx).
   * @throws {TimeoutError} If nothing arrives for `timeout` milliseconds.
   * @throws {SessionBusyError} If the session carries another transfer.
   */
  async readInto(buffer: Uint8Array): Promise<number | null> {
    if (this.#reply !== undefined) return null;
    const data = await this.#begin("stream");
    return await this.#read(data, buffer);
  }

  /** Iterates over the chunks as they arrive. They belong to the caller. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
    try {
      if (this.#reply !== undefined) return;
      const data = await this.#begin("stream");
      for (;;) {
        const chunk = await this.#chunk(data);
        if (chunk === null) return;
        yield chunk;
      }
    } finally {
      this.close();
    }
  }

  /** Breaks the transfer off, unless it is over. May be called again. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#begun?.breakOff();
  }

  /** As {@linkcode close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Begins, and collects the whole. */
  protected override whole(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#whole === undefined && this.#beginning !== undefined) {
      return Promise.reject(this.#misused("is being read already"));
    }
    return this.#whole ??= this.#collect();
  }

  async #begin(how: "stream" | "whole"): Promise<TransferData> {
    if (how === "stream" && this.#whole !== undefined) throw this.#misused("is awaited already");
    if (this.#closed) throw this.#misused("was closed on our side");
    return this.#begun ?? await (this.#beginning ??= this.#connect(how === "stream"));
  }

  async #connect(interactive: boolean): Promise<TransferData> {
    const data = await this.#source.begin(interactive);
    this.#begun = data;
    this.#meter.total = data.total;
    if (this.#closed) data.breakOff();
    return data;
  }

  async #read(data: TransferData, buffer: Uint8Array): Promise<number | null> {
    let sound = false;
    try {
      const { throttle } = this.#source;
      const count = await data.readInto(
        throttle === undefined ? buffer : buffer.subarray(0, throttle.piece),
      );
      if (count === null) {
        this.#reply = await data.finish();
        this.#meter.finish();
      } else {
        this.#meter.add(count);
        if (throttle !== undefined) await throttle.take(count, this.#source);
      }
      sound = true;
      return count;
    } finally {
      if (!sound) this.close();
    }
  }

  async #chunk(data: TransferData): Promise<Uint8Array<ArrayBuffer> | null> {
    const size = Math.min(this.#source.blocksize ?? CHUNK, sizeFor(data));
    const buffer = this.#scratch ?? new Uint8Array(size);
    const count = await this.#read(data, buffer);
    if (count === null) return null;
    // A few bytes must not hold a large buffer: they are copied, and the buffer serves again.
    const small = count < buffer.length / 2;
    this.#scratch = small ? buffer : undefined;
    return small ? buffer.slice(0, count) : buffer.subarray(0, count);
  }

  async #collect(): Promise<Uint8Array<ArrayBuffer>> {
    const data = await this.#begin("whole");
    try {
      const { maxBytes, offset } = this.#source;
      const announced = data.total === undefined ? 0 : data.total - offset;
      if (announced > maxBytes) throw this.#tooLarge();
      let whole = new Uint8Array(Math.min(maxBytes, Math.max(announced, 4096)));
      for (let filled = 0;;) {
        if (filled === whole.length) {
          // What fills the buffer to its last byte may have been all.
          const count = await this.#read(data, this.#scratch ??= new Uint8Array(4096));
          if (count === null) return whole;
          if (filled + count > maxBytes) throw this.#tooLarge();
          const larger = new Uint8Array(Math.min(maxBytes, Math.max(filled * 2, 65_536)));
          larger.set(whole);
          larger.set(this.#scratch.subarray(0, count), filled);
          whole = larger;
          filled += count;
          continue;
        }
        const count = await this.#read(data, whole.subarray(filled));
        if (count === null) return whole.slice(0, filled);
        filled += count;
      }
    } finally {
      this.close();
    }
  }

  #tooLarge(): TooLargeError {
    const { command, maxBytes } = this.#source;
    return new TooLargeError(
      `${quoteCommand(command)}: the file has more than ${maxBytes} bytes; iterate over the ` +
        "transfer, or raise maxBytes",
      "maxBytes",
      maxBytes,
      { command },
    );
  }

  #misused(how: string): FTPError {
    const { command } = this.#source;
    return new FTPError(`${quoteCommand(command)}: the transfer ${how}`, {
      origin: "usage",
      command,
    });
  }
}

/** Large enough that the work per read is small beside copying the bytes. */
const CHUNK = 262_144;

/** A small file needs no large buffer. One byte more than what is left lets the end show at once. */
function sizeFor(data: TransferData): number {
  return data.total === undefined ? CHUNK : Math.max(data.total - data.position + 1, 1024);
}
