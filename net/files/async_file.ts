/**
 * A file that is open, and does not block the program.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import { interruptible } from "../../loop/wait.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { IncompleteReadError } from "../errors.ts";
import { FileCalls } from "./file_calls.ts";
import { AS_BYTES, asText, linesOf } from "./file_lines.ts";
import type { OpenFileOptions } from "./file_options.ts";

/** Options of {@linkcode AsyncFile.flush}. */
export interface FlushOptions extends WaitOptions {
  /**
   * Whether what the system knows about the file is made safe too: times, owner, rights.
   *
   * @default {false}
   */
  metadata?: boolean;
}

/** Options of {@linkcode AsyncFile.lines}. */
export interface LinesOptions extends WaitOptions {
  /**
   * Whether bytes that are no UTF-8 are an error; else each becomes U+FFFD.
   *
   * @default {true}
   */
  fatal?: boolean;
}

/**
 * A file that is open. Made by {@linkcode openFile}.
 *
 * Calls are served in their order, one at a time. Every `Uint8Array` handed
 * out belongs to whoever gets it; what is given to be written must stay as it
 * is until the call returns, or where it was broken off, the next one does.
 */
export class AsyncFile implements AsyncDisposable {
  /** The path by which it was opened. */
  readonly path: string;
  readonly #calls: FileCalls;

  /**
   * Takes over a file.
   *
   * @param file The file; nobody else may use or close it from now on.
   * @param path Its path, for messages.
   * @param options The longest line.
   * @throws {RangeError} If the limit is no whole number of at least 1.
   */
  constructor(file: Deno.FsFile, path: string, options: Pick<OpenFileOptions, "limit"> = {}) {
    this.path = path;
    this.#calls = new FileCalls(file, path, options.limit ?? DEFAULT_LIMIT);
  }

  /** Whether it is closed. */
  get closed(): boolean {
    return this.#calls.isClosed;
  }

  /**
   * Reads `n` bytes, or what is left where the file ends before.
   *
   * @param n How many; -1 for all until the end.
   * @param options What may end the wait.
   * @returns The bytes; none at the end.
   * @throws {RangeError} If `n` is no whole number.
   * @throws {OSError} If the system cannot read, as from a directory.
   */
  read(n = -1, options?: WaitOptions): Promise<Uint8Array> {
    if (n < 0) return this.#calls.read(options, (reader, wait) => reader.read(n, wait));
    return this.#calls.read(options, async (reader, wait) => {
      try {
        return await reader.readexactly(n, wait);
      } catch (error) {
        rethrowIfCancelled(error);
        if (error instanceof IncompleteReadError) return error.partial;
        throw error;
      }
    });
  }

  /**
   * Reads into memory of the caller's.
   *
   * A call that is broken off cannot take its memory back from the system: it stays lent until
   * the next call returns.
   *
   * @param buffer Where the bytes go; at least one byte long.
   * @param options What may end the wait.
   * @returns How many bytes came, perhaps less than fit, or `null` at the end.
   * @throws {RangeError} If the buffer is empty.
   * @throws {OSError} If the system cannot read.
   */
  readInto(buffer: Uint8Array, options?: WaitOptions): Promise<number | null> {
    return this.#calls.read(options, (reader, wait) => reader.readInto(buffer, wait));
  }

  /**
   * Reads exactly `n` bytes.
   *
   * @param n How many.
   * @param options What may end the wait.
   * @throws {RangeError} If `n` is no whole number of at least 0.
   * @throws {IncompleteReadError} If the file ends before; with what came.
   * @throws {OSError} If the system cannot read.
   */
  readexactly(n: number, options?: WaitOptions): Promise<Uint8Array> {
    return this.#calls.read(options, (reader, wait) => reader.readexactly(n, wait));
  }

  /**
   * Reads a line, up to and including LF.
   *
   * @param options What may end the wait.
   * @returns The line with its end; at the end of the file what is left, or nothing.
   * @throws {LimitOverrunError} If the line is longer than the limit. It is dropped if its end is
   * buffered, else all that is buffered.
   * @throws {OSError} If the system cannot read.
   */
  readline(options?: WaitOptions): Promise<Uint8Array> {
    return this.#calls.read(options, (reader, wait) => reader.readline(wait));
  }

  /** Iterates over the lines that are left, as bytes with their ends. */
  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    return linesOf(this.#calls, {}, AS_BYTES);
  }

  /**
   * Iterates over the lines that are left, as text (UTF-8) without their LF or CRLF.
   *
   * @param options What may end each wait, and what is no UTF-8.
   * @throws {TypeError} If bytes are no UTF-8.
   * @throws {LimitOverrunError} If a line is longer than the limit.
   * @throws {OSError} If the system cannot read.
   */
  lines(options: LinesOptions = {}): AsyncGenerator<string, void, void> {
    return linesOf(this.#calls, options, asText(options.fatal ?? true));
  }

  /**
   * Iterates over what is left, in pieces.
   *
   * @param size The most bytes in a piece.
   * @param options What may end each wait.
   * @throws {RangeError} If the size is no whole number of at least 1.
   * @throws {OSError} If the system cannot read.
   */
  async *chunks(size = 65_536, options?: WaitOptions): AsyncGenerator<Uint8Array, void, void> {
    if (!(Number.isInteger(size) && size >= 1)) {
      throw new RangeError(
        `Cannot read chunks of ${size} bytes: need a whole number of at least 1`,
      );
    }
    for (;;) {
      const chunk = await this.#calls.read(options, (reader, wait) => reader.read(size, wait));
      if (chunk.length === 0) return;
      yield chunk;
    }
  }

  /**
   * Writes all of it, at the position in the file, or at its end where it was opened to append.
   * A call that is broken off is carried out nevertheless, unless it waits for its turn.
   *
   * @param data Text, written as UTF-8, or bytes.
   * @param options What may end the wait.
   * @returns How many bytes were written.
   * @throws {TypeError} If it is neither bytes nor text.
   * @throws {OSError} If the system cannot write; `code` is `"ENOSPC"` where the disk is full.
   */
  async write(data: Uint8Array | string, options?: WaitOptions): Promise<number> {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    if (!(bytes instanceof Uint8Array)) {
      throw new TypeError(`Cannot write ${typeof data}: need bytes or text`);
    }
    return await this.#calls.act("write to", options, async () => {
      await this.#calls.comeBack();
      for (let done = 0; done < bytes.length;) {
        done += await this.#calls.file.write(bytes.subarray(done));
      }
      return bytes.length;
    });
  }

  /**
   * Moves the position in the file.
   *
   * @param offset By how much, in bytes.
   * @param whence From where: 0 the beginning, 1 the position, 2 the end (`Deno.SeekMode`).
   * @param options What may end the wait.
   * @returns The new position, from the beginning.
   * @throws {RangeError} If the offset is no whole number.
   * @throws {OSError} If there is no such position, or the file has none, as a pipe.
   */
  async seek(offset: number, whence: 0 | 1 | 2 = 0, options?: WaitOptions): Promise<number> {
    if (!Number.isSafeInteger(offset) || ![0, 1, 2].includes(whence)) {
      throw new RangeError(`Cannot seek by ${offset} from ${whence}: need whole numbers`);
    }
    return await this.#calls.act("seek in", options, async () => {
      const ahead = whence === 1 ? this.#calls.ahead : 0;
      const position = await this.#calls.file.seek(offset - ahead, whence);
      this.#calls.moved();
      return position;
    });
  }

  /**
   * Tells the position in the file, in bytes from its beginning.
   *
   * @param options What may end the wait.
   * @throws {OSError} If the file has no positions, as a pipe.
   */
  tell(options?: WaitOptions): Promise<number> {
    return this.#calls.act(
      "tell the position in",
      options,
      async () => await this.#calls.file.seek(0, 1) - this.#calls.ahead,
    );
  }

  /**
   * Cuts the file off, or lengthens it by zeros. The position stays.
   *
   * @param size The new size, in bytes; the position where it is not given.
   * @param options What may end the wait.
   * @returns The new size.
   * @throws {RangeError} If the size is no whole number of at least 0.
   * @throws {OSError} If the system refuses, as for a file that was opened to read only.
   */
  async truncate(size?: number, options?: WaitOptions): Promise<number> {
    if (size !== undefined && !(Number.isSafeInteger(size) && size >= 0)) {
      throw new RangeError(`Cannot truncate to ${size} bytes: need a whole number of at least 0`);
    }
    return await this.#calls.act("truncate", options, async () => {
      await this.#calls.comeBack();
      const length = size ?? await this.#calls.file.seek(0, 1);
      await this.#calls.file.truncate(length);
      return length;
    });
  }

  /**
   * Waits until what was written is safe on the disk (`fdatasync`).
   *
   * @param options Whether times and rights are as well, and what may end the wait.
   * @throws {OSError} If the disk has failed, or the file has none.
   */
  flush(options: FlushOptions = {}): Promise<void> {
    return this.#calls.act(
      "flush",
      options,
      () => options.metadata ? this.#calls.file.sync() : this.#calls.file.syncData(),
    );
  }

  /**
   * Tells what the system knows about the file.
   *
   * @param options What may end the wait.
   */
  stat(options?: WaitOptions): Promise<Deno.FileInfo> {
    return this.#calls.act("ask about", options, () => this.#calls.file.stat());
  }

  /**
   * Tells the size of the file, in bytes.
   *
   * @param options What may end the wait.
   */
  async size(options?: WaitOptions): Promise<number> {
    return (await this.stat(options)).size;
  }

  /** What is left of the file, as a web stream. Its end does not close the file. */
  get readable(): ReadableStream<Uint8Array> {
    return new ReadableStream({
      pull: async (controller) => {
        const chunk = await this.#calls.read({}, (reader, wait) => reader.read(65_536, wait));
        if (chunk.length === 0) controller.close();
        else controller.enqueue(chunk);
      },
    }, { highWaterMark: 0 });
  }

  /** A web stream that writes into the file. Its end does not close the file. */
  get writable(): WritableStream<Uint8Array | string> {
    return new WritableStream({
      write: async (chunk) => {
        await this.write(chunk);
      },
    });
  }

  /** Closes it at once; idempotent. What the system is doing it does; calls that wait are rejected. */
  close(): void {
    this.#calls.close();
  }

  /**
   * Waits for what the calls so far do, and closes it. A read that was given up is not waited for:
   * of a pipe or a terminal it may never return.
   *
   * @throws {OSError} If a call that was broken off has failed.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await interruptible(this.#calls.idle);
    } finally {
      this.close();
    }
    this.#calls.throwLost();
  }
}

// Lines of files are longer than those of protocols, and come from nobody who attacks.
const DEFAULT_LIMIT = 1_048_576;
