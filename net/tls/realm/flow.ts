/**
 * Bytes from one isolate to another: in pieces of memory that go there and
 * come back, only so many at a time.
 *
 * @module
 */

import { RuntimeError } from "../../../loop/exceptions.ts";
import { ReadSize } from "../../streams/read_size.ts";
import type { PendingRead } from "../reclaimed_stream.ts";
import { type FlowMessage, isSmall, type Say, SMALL } from "./messages.ts";

/** How many large pieces are on their way, or wait to be taken. */
const PIECES = 3;
/** How many small ones. */
const SMALL_PIECES = 16;
/** After how many of those it is told that they were taken. */
const SMALL_TOLD = 8;

/** Where something is read from. */
export interface Source {
  /** Reads what has arrived; see `ByteStream`. */
  read(buffer: Uint8Array): Promise<number | null>;
}

/** The end that gives. */
export class Outlet {
  readonly #say: Say<FlowMessage>;
  readonly #readSize = new ReadSize();
  #spare: ArrayBuffer[] = [];
  #out = 0;
  #smallOut = 0;
  #goOn = () => {};
  #stopped = false;
  #pending: PendingRead | null = null;

  /**
   * Has given nothing yet.
   *
   * @param say Says it to the other isolate.
   */
  constructor(say: Say<FlowMessage>) {
    this.#say = say;
  }

  /**
   * Gives all that a source has, as fast as it is taken, until it is stopped.
   *
   * @param source The source.
   * @throws What the source throws.
   */
  async giveAll(source: Source): Promise<void> {
    for (;;) {
      while (this.#out === PIECES || this.#smallOut === SMALL_PIECES) {
        await new Promise<void>((resolve) => this.#goOn = resolve);
        if (this.#stopped) return;
      }
      if (this.#stopped) return;
      const memory = this.#memory();
      const reading = source.read(memory);
      this.#pending = { buffer: memory, count: reading };
      const count = await reading;
      if (this.#stopped) return;
      this.#pending = null;
      if (count === null) return this.#say({ kind: "end" });
      this.#readSize.came(count, memory.length);
      if (count <= SMALL) {
        this.#smallOut++;
        this.#say({ kind: "came", bytes: memory.slice(0, count) });
        this.#spare.push(memory.buffer);
      } else {
        this.#out++;
        this.#say({ kind: "came", bytes: memory.subarray(0, count) });
      }
    }
  }

  /**
   * Gives no more.
   *
   * @returns The read that waits, if one does, for who goes on with the source.
   */
  stop(): PendingRead | null {
    this.#stopped = true;
    this.#goOn();
    return this.#pending;
  }

  /** Takes back memory whose bytes were taken. */
  takeBack(memory: ArrayBuffer): void {
    this.#out--;
    this.#spare.push(memory);
    this.#goOn();
  }

  /** Small pieces were taken. */
  smallTaken(count: number): void {
    this.#smallOut -= count;
    this.#goOn();
  }

  #memory(): Uint8Array<ArrayBuffer> {
    const { bytes } = this.#readSize;
    const spare = this.#spare.pop();
    if (spare?.byteLength === bytes) return new Uint8Array(spare);
    this.#spare = [];
    return new Uint8Array(bytes);
  }
}

interface Reader {
  readonly buffer: Uint8Array;
  resolve(count: number | null): void;
  reject(error: unknown): void;
}

/** The end that takes. */
export class Inlet implements Source {
  readonly #say: Say<FlowMessage>;
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  #at = 0;
  #smallTaken = 0;
  #reader: Reader | null = null;
  #end: "none" | "end" | "failed" = "none";
  #failure: unknown;

  /**
   * Has nothing yet.
   *
   * @param say Says it to the other isolate when something was taken.
   */
  constructor(say: Say<FlowMessage>) {
    this.#say = say;
  }

  /** Whether a read waits, or something is unread. */
  get isInUse(): boolean {
    return this.#reader !== null || this.#pieces.length > 0;
  }

  /** Reads what has come. */
  read(buffer: Uint8Array): Promise<number | null> {
    if (this.#reader !== null) {
      return Promise.reject(new RuntimeError("Cannot read: a read is in flight already"));
    }
    if (this.#pieces.length > 0) return Promise.resolve(this.#take(buffer));
    if (this.#end === "end") return Promise.resolve(null);
    if (this.#end === "failed") return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => this.#reader = { buffer, resolve, reject });
  }

  /** Something has come. */
  came(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#end !== "none") return;
    this.#pieces.push(bytes);
    const reader = this.#reader;
    this.#reader = null;
    reader?.resolve(this.#take(reader.buffer));
  }

  /** Nothing more will come. */
  end(): void {
    if (this.#end !== "none") return;
    this.#end = "end";
    this.#reader?.resolve(null);
    this.#reader = null;
  }

  /**
   * Nothing more will come, and not because it is the end. What has come before can be read.
   *
   * @param error What every read rejects with from then on.
   */
  fail(error: unknown): void {
    if (this.#end !== "none") return;
    this.#end = "failed";
    this.#failure = error;
    this.#reader?.reject(error);
    this.#reader = null;
  }

  /**
   * Nobody wants any more.
   *
   * @param error What every read rejects with from then on.
   */
  close(error: unknown): void {
    this.#pieces.length = 0;
    this.#end = "none";
    this.fail(error);
  }

  #take(buffer: Uint8Array): number {
    let count = 0;
    while (count < buffer.length && this.#pieces.length > 0) {
      const bytes = this.#pieces[0]!;
      const size = Math.min(bytes.length - this.#at, buffer.length - count);
      buffer.set(bytes.subarray(this.#at, this.#at + size), count);
      count += size;
      this.#at += size;
      if (this.#at < bytes.length) break;
      this.#at = 0;
      this.#pieces.shift();
      this.#giveBack(bytes);
    }
    return count;
  }

  #giveBack(bytes: Uint8Array<ArrayBuffer>): void {
    if (!isSmall(bytes)) return this.#say({ kind: "taken", memory: bytes.buffer });
    if (++this.#smallTaken < SMALL_TOLD) return;
    this.#say({ kind: "smallTaken", count: this.#smallTaken });
    this.#smallTaken = 0;
  }
}
