/**
 * What carries TLS: a stream of bytes in the shape that `node:tls` works over.
 *
 * Its end is never told to `node:tls`, which takes a connection that was cut
 * for one that has ended. Who reads compares: the end of TLS (`close_notify`,
 * RFC 8446 §6.1) shows before the end of the bytes, or the bytes were cut off.
 *
 * @module
 */

import type { Duplex } from "node:stream";
import type { ByteStream } from "../byte_stream.ts";
import { ReclaimedStream } from "./reclaimed_stream.ts";
import { ReadSize } from "../streams/read_size.ts";
import type { NodeTls } from "./node.ts";

/** How many bytes of what has come are kept, to tell what they were. */
const KEPT = 5;
/** Up to how much is joined to leave in one write. */
const JOINED = 131_072;
/** How much TLS may make before the stream has taken it. */
const AHEAD = 262_144;

/** A stream of bytes with TLS on top of it. */
export class Carrier {
  /** What `node:tls` reads and writes. */
  readonly duplex: Duplex;
  /** The stream underneath. */
  readonly stream: ByteStream;
  /** Waits for all that Node does in ticks to be done. */
  readonly turn: () => Promise<void>;
  /** The first bytes that came: a record of TLS, or something else. */
  readonly firstBytes: Uint8Array = new Uint8Array(KEPT);
  /** How many of {@linkcode firstBytes} there are. */
  firstCount = 0;
  /** Whether anything was sent. */
  hasSent = false;
  /** Whether the stream has come to its end. */
  ended = false;
  /** Why the stream is broken, wrapped, as anything may be thrown. */
  failure: { readonly error: unknown } | null = null;
  /** Called when it has ended, or is broken. */
  onEnd: () => void = () => {};
  readonly #readSize = new ReadSize();
  #buffer: Uint8Array = new Uint8Array(0);
  #waiting: (() => void)[] = [];
  // What TLS has made and the stream has not taken yet.
  #queue: Uint8Array[] = [];
  #queued = 0;
  #sending = false;
  #done: (() => void) | null = null;
  // Until TLS has begun: what comes before that, and is wrong, ends the program.
  #held = true;
  #asked = false;
  #closed = false;
  // Where TLS is about to end: whether it has. What follows its end is not for TLS, so it gets one
  // record after the other.
  #isOver: (() => boolean) | null = null;
  #rest: Uint8Array = new Uint8Array(0);
  // The read that waits, and where its bytes go.
  #pending: { readonly buffer: Uint8Array; readonly count: Promise<number | null> } | null = null;

  /**
   * Takes a stream over.
   *
   * @param stream The stream.
   * @param node Node's modules.
   */
  constructor(stream: ByteStream, { stream: { Duplex }, turn }: NodeTls) {
    this.stream = stream;
    this.turn = turn;
    this.duplex = new Duplex({
      // The next read begins when the last is used up, so its memory can be used again.
      readableHighWaterMark: 1,
      read: () => this.#askForMore(),
      write: (chunk: Uint8Array, _encoding, done) => this.#send(chunk, done),
    });
  }

  /** Whether all that came was given to TLS, and nothing more will come. */
  get isUsedUp(): boolean {
    return (this.ended || this.failure !== null) && this.duplex.readableLength === 0;
  }

  /** Whether something is still to be handed to the system. */
  get isSending(): boolean {
    return this.#sending || this.duplex.writableLength > 0;
  }

  /**
   * Waits until everything was handed to the system, or the stream is closed.
   *
   * @throws What the stream has thrown, if it is broken.
   */
  async flushed(): Promise<void> {
    while (this.isSending && this.failure === null && !this.#closed) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (this.failure !== null) throw this.failure.error;
  }

  /**
   * Ends a turn later than Node says from now on: it does so right after its last write, and would
   * make an error for each whose end it has not told yet.
   */
  endLater(): void {
    const { duplex, turn } = this;
    const { destroy } = duplex;
    duplex.destroy = (error) => {
      turn().then(() => destroy.call(duplex, error));
      return duplex;
    };
  }

  /** Reads no more, as what has come is not taken: Node would go on and keep it all. */
  hold(): void {
    this.#held = true;
  }

  /** Begins to read, or reads again. */
  release(): void {
    this.#held = false;
    if (this.#asked) this.#askForMore();
  }

  /**
   * From now on TLS may end, and the stream go on: what follows is kept for who has it then.
   *
   * @param isOver Tells whether it has ended.
   */
  expectEnd(isOver: () => boolean): void {
    this.#isOver = isOver;
  }

  /**
   * Gives the stream back, with what it has brought since. The carrier is used up.
   *
   * @returns The stream underneath.
   */
  giveBack(): ByteStream {
    this.#closed = true;
    const pending = this.#pending;
    const stream = pending === null ? this.stream : new ReclaimedStream(this.stream, pending);
    const { length } = this.#rest;
    if (length === 0) return stream;
    return new ReclaimedStream(stream, { buffer: this.#rest, count: Promise.resolve(length) });
  }

  /** Closes the stream; idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.stream.close();
    this.#wake();
  }

  #askForMore(): void {
    this.#asked = this.#held;
    if (this.ended || this.#closed || this.#held) return;
    if (this.#isOver !== null) return void this.turn().then(() => this.#feedRecord());
    // Node asks for more before it takes what it was given, which lies in the same memory.
    if (this.duplex.readableLength > 0) queueMicrotask(() => this.#read());
    else this.#read();
  }

  #read(): void {
    if (this.#closed) return;
    if (this.#buffer.length !== this.#readSize.bytes) {
      this.#buffer = new Uint8Array(this.#readSize.bytes);
    }
    const buffer = this.#buffer;
    const count = this.stream.read(buffer);
    this.#pending = { buffer, count };
    count.then((count) => this.#came(buffer, count), (error) => this.#fail(error));
  }

  #came(buffer: Uint8Array, count: number | null): void {
    // Who has the stream back waits for it as well.
    if (this.#closed) return;
    this.#pending = null;
    if (count === null) {
      this.ended = true;
      this.onEnd();
      return;
    }
    if (this.firstCount < KEPT) {
      const first = buffer.subarray(0, Math.min(count, KEPT - this.firstCount));
      this.firstBytes.set(first, this.firstCount);
      this.firstCount += first.length;
    }
    this.#readSize.came(count, buffer.length);
    const bytes = buffer.subarray(0, count);
    if (this.#isOver === null) return void this.duplex.push(bytes);
    const rest = new Uint8Array(this.#rest.length + count);
    rest.set(this.#rest);
    rest.set(bytes, this.#rest.length);
    this.#rest = rest;
    this.#feedRecord();
  }

  #feedRecord(): void {
    if (this.#closed || this.ended || this.#isOver?.() !== false) return;
    const rest = this.#rest;
    const size = rest.length < KEPT ? Infinity : KEPT + (rest[3]! << 8 | rest[4]!);
    if (rest.length < size) {
      if (this.#pending === null) this.#read();
      return;
    }
    this.#rest = rest.subarray(size);
    this.duplex.push(rest.subarray(0, size));
  }

  /** Takes what TLS has made, and lets it go on at once, so that what belongs together leaves so. */
  #send(chunk: Uint8Array, done: () => void): void {
    this.hasSent = true;
    this.#queue.push(chunk);
    this.#queued += chunk.length;
    if (!this.#sending) {
      this.#sending = true;
      queueMicrotask(() => this.#sendAll());
    }
    if (this.#queued < AHEAD) done();
    else this.#done = done;
  }

  #sendAll(): void {
    this.#writeAll().catch((error) => this.#fail(error)).then(() => {
      this.#queue.length = 0;
      this.#sending = false;
      this.#goOn();
      if (!this.isSending) this.#wake();
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const pieces = joined(this.#queue.splice(0));
      this.#queued = 0;
      for (const piece of pieces) {
        for (let at = 0; at < piece.length && this.failure === null;) {
          at += await this.stream.write(at === 0 ? piece : piece.subarray(at));
        }
      }
      this.#goOn();
    }
  }

  #goOn(): void {
    const done = this.#done;
    this.#done = null;
    done?.();
  }

  #fail(error: unknown): void {
    if (this.#closed) return;
    this.failure ??= { error };
    this.#wake();
    this.onEnd();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Small pieces leave together. */
function joined(chunks: Uint8Array[]): Uint8Array[] {
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (chunks.length === 1 || size > JOINED) return chunks;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return [whole];
}
