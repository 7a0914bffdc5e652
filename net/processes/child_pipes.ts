/**
 * The pipes between this program and a child process, as streams of bytes.
 *
 * @module
 */

import { rethrowIfCancelled, RuntimeError } from "../../loop/exceptions.ts";
import type { Address, ByteStream } from "../byte_stream.ts";
import { BrokenPipeError, ConnectionAbortedError } from "../errors.ts";
import { fromNative } from "../native_errors.ts";

// What Linux keeps in a pipe, unless told otherwise (pipe(7)).
const PIPE_SIZE = 65_536;

/** Whoever is told what becomes of a pipe that a child writes to. */
export interface ChildOutputEvents {
  /** Nothing more will be read from it: its end was reached, or it was closed. */
  ended?(): void;
  /** Somebody begins (1) or ceases (-1) to wait for it. */
  waiting?(change: 1 | -1): void;
}

/**
 * What a child writes, read only when somebody asks: the child waits where the
 * pipe is full.
 *
 * Deno's stream takes the memory of each read away and gives it back with the
 * bytes. So they land in memory that goes to and fro, and are copied from
 * there; that is still three times as fast as the chunks that the stream makes
 * by itself.
 */
export class ChildOutput implements ByteStream {
  /** This side. */
  readonly localAddress: Address;
  /** The child's side; its path says in words which pipe it is. */
  readonly remoteAddress: Address;
  readonly #reader: ReadableStreamBYOBReader;
  readonly #events: ChildOutputEvents;
  #memory = new ArrayBuffer(0);
  #state: "open" | "ended" | "closed" = "open";
  #failure: { readonly error: unknown } | null = null;
  #childEnded = false;
  // What was read before anybody asked, and the read that does so.
  #kept = new Uint8Array(0);
  #ahead: Promise<void> | null = null;
  #reading = false;

  /**
   * Takes over a pipe.
   *
   * @param stream The pipe.
   * @param name What it is, for messages: `the output of "cat"`.
   * @param events Who is told.
   */
  constructor(
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
    name: string,
    events: ChildOutputEvents = {},
  ) {
    this.#reader = stream.getReader({ mode: "byob" });
    this.#events = events;
    this.localAddress = { hostname: "", port: 0, transport: "pipe" };
    this.remoteAddress = { hostname: "", port: 0, transport: "pipe", path: name };
  }

  /** Reads what the child has written. */
  async read(buffer: Uint8Array): Promise<number | null> {
    this.#events.waiting?.(1);
    try {
      for (;;) {
        if (this.#state === "closed") throw closedHere(this.remoteAddress);
        if (this.#kept.length > 0) return this.#takeKept(buffer);
        if (this.#failure !== null) throw this.#failure.error;
        if (this.#state === "ended") return null;
        if (this.#childEnded) {
          await (this.#ahead ?? this.#readAhead());
          continue;
        }
        this.#reading = true;
        const piece = await this.#receive(buffer.length);
        if (piece === null) continue;
        buffer.set(piece);
        return piece.length;
      }
    } finally {
      this.#reading = false;
      this.#events.waiting?.(-1);
      if (this.#childEnded) this.#drain();
    }
  }

  /**
   * Says that the child has ended. What it left in the pipe is read at once, whether anybody
   * wants it or not: else the pipe would stay open for as long as nobody does.
   */
  childEnded(): void {
    this.#childEnded = true;
    if (!this.#reading) this.#drain();
  }

  /** Nothing can be written here. */
  write(_data: Uint8Array): Promise<number> {
    return Promise.reject(new RuntimeError(`Cannot write to ${this.remoteAddress.path}`));
  }

  /** Does nothing: there is no direction of ours. */
  closeWrite(): Promise<void> {
    return Promise.resolve();
  }

  /** Closes the pipe: who writes to it from now on gets a `SIGPIPE`. */
  close(): void {
    if (this.#state === "closed") return;
    const wasOpen = this.#state === "open";
    this.#state = "closed";
    this.#kept = new Uint8Array(0);
    if (!wasOpen) return;
    this.#reader.cancel().catch(() => {});
    this.#events.ended?.();
  }

  /** @returns The bytes, valid until the next call; `null` at the end, or where it is closed. */
  async #receive(size: number): Promise<Uint8Array | null> {
    const memory = this.#memory.byteLength >= size ? this.#memory : new ArrayBuffer(size);
    try {
      const { value, done } = await this.#reader.read(new Uint8Array(memory, 0, size));
      if (!done) {
        this.#memory = value.buffer;
        return value;
      }
    } catch (error) {
      rethrowIfCancelled(error);
      this.#failure = { error: fromNative(error, "read", this.remoteAddress) };
    }
    if (this.#state === "open") {
      this.#state = "ended";
      this.#events.ended?.();
    }
    return null;
  }

  #takeKept(buffer: Uint8Array): number {
    const count = Math.min(buffer.length, this.#kept.length);
    buffer.set(this.#kept.subarray(0, count));
    this.#kept = this.#kept.subarray(count);
    return count;
  }

  #drain(): void {
    if (this.#ahead === null && this.#state === "open" && this.#kept.length < PIPE_SIZE) {
      this.#readAhead().then(() => this.#drain());
    }
  }

  #readAhead(): Promise<void> {
    return this.#ahead = this.#receive(PIPE_SIZE).then((piece) => {
      this.#ahead = null;
      if (piece === null || this.#state === "closed") return;
      const kept = new Uint8Array(this.#kept.length + piece.length);
      kept.set(this.#kept);
      kept.set(piece, this.#kept.length);
      this.#kept = kept;
    });
  }
}

/** What a child reads. */
export class ChildInput implements ByteStream {
  /** This side. */
  readonly localAddress: Address;
  /** The child's side; its path says in words which pipe it is. */
  readonly remoteAddress: Address;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #state: "open" | "ended" | "broken" | "closed" = "open";
  #rejectWrite: ((error: Error) => void) | null = null;
  readonly #over: PromiseWithResolvers<null> = Promise.withResolvers();

  /**
   * Takes over a pipe.
   *
   * @param stream The pipe.
   * @param name What it is, for messages: `the input of "cat"`.
   */
  constructor(stream: WritableStream<Uint8Array>, name: string) {
    this.#writer = stream.getWriter();
    this.#writer.closed.catch(() => {});
    this.localAddress = { hostname: "", port: 0, transport: "pipe" };
    this.remoteAddress = { hostname: "", port: 0, transport: "pipe", path: name };
  }

  /**
   * Writes as much as a pipe holds. A write that waits for the child cannot be taken back: after
   * {@linkcode close} the system closes the pipe only when the child reads, or has ended.
   */
  write(data: Uint8Array): Promise<number> {
    if (this.#state === "broken") return Promise.reject(this.#brokenPipe());
    if (this.#state !== "open") return Promise.reject(closedHere(this.remoteAddress));
    const piece = data.length > PIPE_SIZE ? data.subarray(0, PIPE_SIZE) : data;
    return new Promise((resolve, reject) => {
      this.#rejectWrite = reject;
      this.#writer.write(piece).then(() => {
        this.#rejectWrite = null;
        resolve(piece.length);
      }, (error) => {
        this.#rejectWrite = null;
        const isBroken = error instanceof Deno.errors.BrokenPipe;
        const { remoteAddress } = this;
        reject(isBroken ? this.#brokenPipe(error) : fromNative(error, "write to", remoteAddress));
      });
    });
  }

  /** Ends the child's input. */
  async closeWrite(): Promise<void> {
    if (this.#state !== "open") return;
    this.#state = "ended";
    await this.#writer.close().catch(() => {});
    this.#over.resolve(null);
  }

  /** Waits until nobody can read any more what is written: nothing ever comes from here. */
  read(_buffer: Uint8Array): Promise<null> {
    return this.#over.promise;
  }

  /** Says that nobody will read any more what is written. */
  break(): void {
    if (this.#state !== "open") return;
    this.#state = "broken";
    this.#letGo(this.#brokenPipe());
  }

  /** Closes the pipe; idempotent. */
  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#letGo(closedHere(this.remoteAddress));
  }

  #letGo(error: Error): void {
    this.#rejectWrite?.(error);
    this.#rejectWrite = null;
    this.#writer.abort().catch(() => {});
    this.#over.resolve(null);
  }

  #brokenPipe(cause?: Error): BrokenPipeError {
    return new BrokenPipeError(
      `Cannot write to ${this.remoteAddress.path}: it has closed its input, or has ended`,
      { cause },
    );
  }
}

function closedHere({ path }: Address): ConnectionAbortedError {
  return new ConnectionAbortedError(`Cannot use ${path}: the pipe was closed on our side`);
}
