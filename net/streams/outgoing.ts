/**
 * What leaves on a connection: the writing half under both faces of it, the
 * stream writer and the transport.
 *
 * What is written in one go of the program leaves in one piece: the first
 * `write` schedules a microtask, and that sends what has come together.
 *
 * @module
 */

import { getEventLoop } from "../../loop/events.ts";
import { RuntimeError, TimeoutError } from "../../loop/exceptions.ts";
import type { TimerHandle } from "../../loop/handles.ts";
import { checkTimeout, DEFAULT_TIMEOUT } from "../../loop/wait.ts";
import { checkLimit } from "../../protocols/limits.ts";
import type { ByteStream } from "../byte_stream.ts";
import { hostAndPort } from "../native_errors.ts";
import { OutputBuffer } from "./output_buffer.ts";
import type { WireTap } from "../wire_tap.ts";

/** Between which amounts of unsent bytes a writer should wait. */
export interface WaterMarks {
  /**
   * Above this many unsent bytes it is time to wait.
   *
   * @default {65_536}
   */
  highWaterMark?: number;
  /**
   * Until no more than this many bytes are unsent.
   *
   * @default a quarter of `highWaterMark`
   */
  lowWaterMark?: number;
}

/** Limits of an {@linkcode Outgoing}. */
export interface OutgoingOptions extends WaterMarks {
  /** How long a peer may take nothing, in milliseconds; `Infinity` by default. */
  timeout?: number;
  /**
   * How long it may take nothing once we close, in milliseconds: where nobody waits, an endless
   * wait would be a leak.
   *
   * @default `timeout`, and no more than {30_000}
   */
  closeTimeout?: number;
  /** Is told what is written. */
  tap?: WireTap;
}

/**
 * Checks water marks that a user has given.
 *
 * @param marks The marks.
 * @returns Both, in bytes.
 * @throws {RangeError} If one is no whole number above 0, or the low one is above the high one.
 */
export function checkWaterMarks(marks: WaterMarks): { high: number; low: number } {
  const high = checkLimit("highWaterMark", marks.highWaterMark, 65_536);
  const low = checkLimit("lowWaterMark", marks.lowWaterMark, Math.max(1, high >> 2));
  return checkOrder(high, low);
}

/** Whoever is told what becomes of the bytes. Each is called when the state has changed already. */
export interface OutgoingEvents {
  /** Bytes were sent, or the end was reached in one way or another. */
  progressed?(): void;
  /** More than the high mark is unsent. */
  full?(): void;
  /** No more than the low mark is unsent, after there was more than the high one. */
  drained?(): void;
  /** Sending has failed, for the first time. */
  failed?(error: unknown): void;
  /** The connection was closed by us: in order, after everything was sent, or at once. */
  closed?(inOrder: boolean): void;
}

/** The writing half of a connection. */
export class Outgoing {
  #stream: ByteStream;
  readonly #output = new OutputBuffer();
  readonly #events: OutgoingEvents;
  readonly #patience: number;
  readonly #tap: WireTap | undefined;
  #high = 0;
  #low = 0;
  #state: "open" | "closing" | "closed" = "open";
  #end: "none" | "wanted" | "sent" = "none";
  #failure: { readonly error: unknown } | null = null;
  #sending = false;
  #full = false;
  #lastProgress = 0;
  #closeTimer: TimerHandle | null = null;

  /**
   * Begins with nothing to send.
   *
   * @param stream Where the bytes go.
   * @param options Limits.
   * @param events Who is told.
   * @throws {RangeError} If a mark or the timeout is no number above 0, or the low mark is above
   * the high one.
   */
  constructor(stream: ByteStream, options: OutgoingOptions = {}, events: OutgoingEvents = {}) {
    this.#stream = stream;
    this.#events = events;
    const timeout = checkTimeout(options.timeout, Infinity);
    const patience = Math.min(timeout, DEFAULT_TIMEOUT);
    this.#patience = checkTimeout(options.closeTimeout, patience, "closeTimeout");
    this.#tap = options.tap;
    const { high, low } = checkWaterMarks(options);
    this.setWaterMarks(high, low);
  }

  /** Where the bytes go. */
  get stream(): ByteStream {
    return this.#stream;
  }

  /** How much is unsent, in bytes. */
  get size(): number {
    return this.#output.size;
  }

  /** Whether memory of the caller's is among what is unsent. */
  get lends(): boolean {
    return this.#output.lends;
  }

  /** Whether more than the high mark was unsent, and still more than the low one is. */
  get isFull(): boolean {
    return this.#full;
  }

  /** Whether something is still to be handed to the system. */
  get isSending(): boolean {
    return this.#sending;
  }

  /** Whether the connection is closed, or about to be. */
  get isClosing(): boolean {
    return this.#state !== "open";
  }

  /** Whether the connection is closed. */
  get isClosed(): boolean {
    return this.#state === "closed";
  }

  /** What made sending fail, wrapped, as anything may be thrown; `null` where all is well. */
  get failure(): { readonly error: unknown } | null {
    return this.#failure;
  }

  /** The high and the low mark. */
  get waterMarks(): { readonly high: number; readonly low: number } {
    return { high: this.#high, low: this.#low };
  }

  /**
   * Sets the marks.
   *
   * @param high Above this many unsent bytes it is full.
   * @param low With no more than this many it no longer is.
   * @throws {RangeError} If they are no numbers of at least 0, or the low one is above the high one.
   */
  setWaterMarks(high: number, low: number): void {
    checkOrder(high, low);
    this.#high = high;
    this.#low = low;
    this.#measure();
  }

  /**
   * Takes bytes or text, to be sent in the background. After {@linkcode close}, or where sending
   * has failed, they are dropped.
   *
   * @param data Text, sent as UTF-8, or bytes, which are not copied where there are many.
   * @param shown What a wire log is told in its place.
   * @throws {RuntimeError} After {@linkcode writeEof}.
   */
  write(data: Uint8Array | string, shown?: string): void {
    if (this.#end !== "none") throw new RuntimeError("Cannot write after writeEof()");
    if (data.length === 0 || this.#state !== "open" || this.#failure !== null) return;
    if (this.#tap !== undefined) this.#tap.sent(shown ?? data);
    this.#output.write(data);
    this.#send();
    this.#measure();
  }

  /** Ends our direction after what was written; the peer can still send. */
  writeEof(): void {
    if (this.#end !== "none" || this.#state !== "open") return;
    this.#end = "wanted";
    this.#send();
  }

  /**
   * Closes the connection after what was written, in the background; idempotent. If the peer
   * takes nothing for `closeTimeout`, it is closed without.
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
    const inOrder = this.#state === "closing" && this.size === 0 && this.#failure === null;
    this.#state = "closed";
    this.#closeTimer?.cancel();
    this.#output.clear();
    this.#stream.close();
    this.#tap?.closed(this.#failure);
    this.#events.closed?.(inOrder);
    this.#events.progressed?.();
  }

  /**
   * Goes on with another stream.
   *
   * @param stream The stream. What is on its way to the old one must have arrived there.
   */
  replaceStream(stream: ByteStream): void {
    this.#stream = stream;
  }

  /**
   * Makes the error for a peer that takes nothing.
   *
   * @param what What it did not do.
   */
  stuck(what: string): TimeoutError {
    return new TimeoutError(`${hostAndPort(this.#stream.remoteAddress)} did not ${what} in time`);
  }

  #measure(): void {
    const { size } = this.#output;
    if (this.#full ? size > this.#low : size <= this.#high) return;
    this.#full = !this.#full;
    if (this.#full) this.#events.full?.();
    else this.#events.drained?.();
  }

  #send(): void {
    if (this.#sending) return;
    this.#sending = true;
    SOON.then(this.#sendNext);
  }

  // Nothing here awaits a future of the loop, which would belong to the task that wrote first. And
  // nothing here is an async function: what the system takes at once shall cost no promises.
  readonly #sendNext = (): void => {
    try {
      const block = this.#output.next();
      if (block !== null) {
        this.#stream.write(block).then(this.#sent, this.#failed);
      } else if (this.#end === "wanted" && this.#state !== "closed") {
        this.#stream.closeWrite().then(this.#ended, this.#failed);
      } else {
        this.#sending = false;
        if (this.#state === "closing") this.abort();
        else this.#progressed();
      }
    } catch (error) {
      this.#failed(error);
    }
  };

  readonly #sent = (count: number): void => {
    try {
      this.#output.sent(count);
      this.#measure();
      this.#progressed();
    } catch (error) {
      return this.#failed(error);
    }
    this.#sendNext();
  };

  readonly #ended = (): void => {
    this.#end = "sent";
    this.#sendNext();
  };

  readonly #failed = (error: unknown): void => {
    this.#sending = false;
    this.#output.clear();
    this.#measure();
    // What fails because we closed it is no failure.
    if (this.#state !== "closed" && this.#failure === null) {
      this.#failure = { error };
      this.#events.failed?.(error);
    }
    if (this.#state === "closing") this.abort();
    else this.#progressed();
  };

  #progressed(): void {
    if (this.#state === "closing") this.#lastProgress = getEventLoop().time();
    this.#events.progressed?.();
  }

  #watchClosing(): void {
    if (this.#patience === Infinity) return;
    const loop = getEventLoop();
    const check = () => {
      if (this.#state === "closed") return;
      const left = this.#lastProgress + this.#patience - loop.time();
      if (left > 0) {
        this.#closeTimer = loop.callLater(left, check);
      } else {
        this.#failure ??= { error: this.stuck("take what was sent") };
        this.abort();
      }
    };
    this.#lastProgress = loop.time();
    // Mostly the system takes everything at once, and no timer is needed.
    loop.callSoon(() => loop.callSoon(check));
  }
}

function checkOrder(high: number, low: number): { high: number; low: number } {
  if (low >= 0 && high >= low) return { high, low };
  throw new RangeError(
    `Cannot set lowWaterMark to ${low} and highWaterMark to ${high}: need 0 ≤ low ≤ high`,
  );
}

// Deno's queueMicrotask() wraps its function, and calls an op.
const SOON = Promise.resolve();
