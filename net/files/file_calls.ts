/**
 * The calls on a file: one after the other, and each can be given up.
 *
 * @module
 */

import { runOutside } from "../../loop/outside.ts";
import { RuntimeError } from "../../loop/exceptions.ts";
import { checkTimeout, interruptible } from "../../loop/wait.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { quote } from "../../protocols/text/quote.ts";
import { fileError } from "./file_errors.ts";
import { FileStream } from "./file_stream.ts";
import { StreamReader } from "../streams/stream_reader.ts";
import { Turns } from "./turns.ts";

/** A file, what was read ahead of it, and whose turn it is. */
export class FileCalls {
  /** The file. */
  readonly file: Deno.FsFile;
  /** The longest line, in bytes. */
  readonly limit: number;
  readonly #path: string;
  readonly #turns = new Turns();
  readonly #stream: FileStream;
  #reader: StreamReader;
  #isClosed = false;
  #turn = 0;
  // Whether a read goes on for nobody, and who wants to know.
  #isGivenUp = false;
  #onGivenUp: (() => void) | null = null;
  // What became of a call that was given up.
  #lost: { readonly error: unknown } | null = null;

  /**
   * Takes over a file.
   *
   * @param file The file.
   * @param path Its path, for messages.
   * @param limit The longest line, in bytes.
   * @throws {RangeError} If the limit is no whole number of at least 1.
   */
  constructor(file: Deno.FsFile, path: string, limit: number) {
    this.file = file;
    this.#path = path;
    this.limit = limit;
    this.#stream = new FileStream(file, path);
    this.#reader = this.#newReader();
  }

  /** Whether it is closed. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Settles when no call is under way, or only a read that was given up: where the file is a pipe
   * or a terminal, that may wait for ever.
   */
  get idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#turns.idle.then(resolve);
      this.#onGivenUp = resolve;
      if (this.#isGivenUp) this.#tellGivenUp();
    });
  }

  /** The number of the call that is under way, or was last. */
  get turn(): number {
    return this.#turn;
  }

  /** How many bytes the position of the system is ahead of what was read. */
  get ahead(): number {
    return this.#reader.buffered;
  }

  /** Forgets what was read ahead, the position of the system having been moved. */
  moved(): void {
    this.#reader = this.#newReader();
  }

  /**
   * Drops bytes that a call has looked at.
   *
   * @param count How many.
   * @param turn The number of that call.
   * @returns Whether there was no other since.
   */
  consume(count: number, turn: number): boolean {
    if (turn !== this.#turn || this.#isClosed) return false;
    this.#reader.consume(count);
    return true;
  }

  /** Brings the position of the system to where it is for the caller. */
  async comeBack(): Promise<void> {
    if (this.ahead > 0) await this.file.seek(-this.ahead, 1);
    this.moved();
  }

  /** Closes the file at once; idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stream.close();
  }

  /** Throws what a call has failed with that was given up, once. */
  throwLost(): void {
    const lost = this.#lost;
    this.#lost = null;
    if (lost !== null) throw lost.error;
  }

  /**
   * Reads. A call that is broken off leaves what it has read for the next one.
   *
   * @param options What may end the wait.
   * @param read Reads.
   */
  async read<T>(
    options: WaitOptions | undefined,
    read: (reader: StreamReader, wait: WaitOptions) => Promise<T>,
  ): Promise<T> {
    const wait = waitOf(options);
    const leave = await this.#turns.enter(wait);
    this.#turn++;
    try {
      this.throwLost();
      this.#checkOpen("read from");
      // A file may have grown since its end was read, or be readable again.
      const isOver = this.#reader.atEof() || this.#reader.exception() !== null;
      if (isOver && this.ahead === 0) this.#reader = this.#newReader();
      return await read(this.#reader, wait);
    } finally {
      const { reading } = this.#stream;
      if (reading === null) leave();
      else this.#giveUp(reading, leave);
    }
  }

  /**
   * Does something else. A call that is broken off goes on, and the next call tells if it fails.
   *
   * @param doing What, for messages.
   * @param options What may end the wait.
   * @param work Does it; called outside of every task.
   */
  async act<T>(
    doing: string,
    options: WaitOptions | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    const wait = waitOf(options);
    const leave = await this.#turns.enter(wait);
    this.#turn++;
    let acting: Promise<T>;
    try {
      wait.signal?.throwIfAborted();
      this.throwLost();
      this.#checkOpen(doing);
      acting = runOutside(work).catch((error) => {
        this.#checkOpen(doing);
        throw fileError(error, doing, this.#path);
      });
    } catch (error) {
      leave();
      throw error;
    }
    acting.then(leave, leave);
    try {
      return await interruptible(acting, wait);
    } catch (error) {
      acting.catch((failure) => {
        if (failure !== error) this.#lost ??= { error: failure };
      });
      throw error;
    }
  }

  #giveUp(reading: Promise<void>, leave: () => void): void {
    this.#isGivenUp = true;
    this.#tellGivenUp();
    reading.then(() => {
      this.#isGivenUp = false;
      leave();
    });
  }

  #tellGivenUp(): void {
    if (this.#turns.count === 1) this.#onGivenUp?.();
  }

  #newReader(): StreamReader {
    return new StreamReader({ source: this.#stream, limit: this.limit });
  }

  #checkOpen(doing: string): void {
    if (this.#isClosed) {
      throw new RuntimeError(`Cannot ${doing} ${quote(this.#path)}: the file is closed`);
    }
  }
}

function waitOf(options: WaitOptions | undefined): WaitOptions {
  return { signal: options?.signal, timeout: checkTimeout(options?.timeout, Infinity) };
}
