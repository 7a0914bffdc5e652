/**
 * What arrives on a connection, and the wait for it.
 *
 * It pulls: nothing is read from the source before somebody asks. At most one
 * read is in flight. A wait that is broken off leaves it there, and the next
 * one picks it up, so no byte is lost.
 *
 * @module
 */

import { RuntimeError, TimeoutError } from "../../loop/exceptions.ts";
import { checkTimeout, Wait } from "../../loop/wait.ts";
import type { InterruptibleOptions, WaitOptions } from "../../loop/wait.ts";
import { Arrival, type Taking } from "./arrival.ts";
import type { ByteStream } from "../byte_stream.ts";
import { DEFAULT_LIMIT, InputBuffer } from "./input_buffer.ts";
import { hostAndPort } from "../native_errors.ts";
import { LoggedInput } from "./logged_input.ts";
import { ReadSize } from "./read_size.ts";
import type { WireTap } from "../wire_tap.ts";

/** Where bytes come from, and for how long it may be silent. */
export interface IncomingOptions {
  /** The longest line or piece before a separator, in bytes. */
  limit?: number;
  /** Where bytes come from; without it they are fed by hand. */
  source?: ByteStream;
  /** The longest silence where a wait does not say itself, in milliseconds; `Infinity` by default. */
  timeout?: number;
  /** Is told what is taken. */
  tap?: WireTap;
}

/** Who feeds by hand, and can be told to wait: a transport. */
export interface Feeder {
  /** Sends no more, until told. */
  pauseReading(): void;
  /** Sends again. */
  resumeReading(): void;
}

/** A read that lands in memory of the caller's. */
export interface DirectRead {
  /** Where the bytes go. */
  readonly target: Uint8Array;
  /** How many have landed. */
  count: number;
  /** Whether the caller has gone, so that what still lands must be copied away. */
  abandoned: boolean;
}

/** Received bytes, and one read in flight at most. */
export class Incoming {
  /** What has come and is not taken yet. */
  readonly buffer: InputBuffer;
  /** Where bytes come from. */
  readonly source: ByteStream | undefined;
  readonly #timeout: number;
  readonly #tap: WireTap | undefined;
  readonly #readSize = new ReadSize();
  #ended = false;
  // Set from outside, and thrown at once, as in Python.
  #exception: { readonly error: unknown } | null = null;
  // Of the source; thrown when what came before it has been read.
  #failure: { readonly error: unknown } | null = null;
  #reading = false;
  #feeder: Feeder | null = null;
  #feederWaits = false;
  // Where the read in flight lands.
  #room: Uint8Array = NOWHERE;
  #direct: DirectRead | null = null;
  #waiter: Wait<boolean> | Arrival<unknown> | null = null;

  /**
   * Begins with nothing.
   *
   * @param options Where bytes come from, and limits.
   * @throws {RangeError} If the limit or the timeout is no number above 0.
   */
  constructor(options: IncomingOptions) {
    this.#tap = options.tap;
    this.buffer = this.#tap === undefined
      ? new InputBuffer(options.limit)
      : new LoggedInput(options.limit, this.#tap);
    this.source = options.source;
    this.#timeout = checkTimeout(options.timeout, Infinity);
  }

  /** Whether a read is in flight, be it awaited or left by a call that gave up. */
  get reading(): boolean {
    return this.#reading;
  }

  /** Whether nothing more will come. */
  get ended(): boolean {
    return this.#ended;
  }

  /** What was set from outside, or what broke the source; `null` where all is well. */
  get exception(): unknown {
    return (this.#exception ?? this.#failure)?.error ?? null;
  }

  /** Whether {@linkcode throwIfSet} would throw. */
  get isSet(): boolean {
    return this.#exception !== null;
  }

  /** Throws what {@linkcode setException} was given. */
  throwIfSet(): void {
    if (this.#exception !== null) throw this.#exception.error;
  }

  /**
   * Waits until something has come.
   *
   * @param caller Who waits, for the message.
   * @param options What may end the wait.
   * @returns Whether something came; `false` at the end.
   * @throws {RuntimeError} If somebody waits already.
   * @throws {RangeError} If the timeout is no number above 0.
   */
  more(caller: string, options?: WaitOptions): boolean | PromiseLike<boolean> {
    const limits = this.#limits(caller, options);
    if (!this.#request(null)) return false;
    const wait = new Wait<boolean>(limits);
    this.#waiter = wait;
    return wait;
  }

  /**
   * Waits until something has come, and takes it.
   *
   * @param caller Who waits, for the message.
   * @param taking What is taken then.
   * @param options What may end the wait.
   * @param direct Where the bytes should land, if this begins a read.
   * @returns What was taken.
   * @throws {RuntimeError} If somebody waits already.
   * @throws {RangeError} If the timeout is no number above 0.
   */
  take<T>(
    caller: string,
    taking: Taking<T>,
    options?: WaitOptions,
    direct: DirectRead | null = null,
  ): Promise<T> {
    const limits = this.#limits(caller, options);
    if (options?.signal?.aborted) throw options.signal.reason;
    if (!this.#request(direct)) return Promise.resolve(taking.take(false));
    const arrival = new Arrival<T>(taking, limits);
    this.#waiter = arrival as Arrival<unknown>;
    return arrival;
  }

  /**
   * Says who feeds.
   *
   * @param feeder Paused while more than twice the limit is unread.
   */
  setFeeder(feeder: Feeder): void {
    this.#feeder = feeder;
  }

  /**
   * Appends bytes by hand.
   *
   * @param data The bytes; they are copied.
   */
  feed(data: Uint8Array): void {
    this.buffer.push(data);
    if (this.#feeder !== null && !this.#feederWaits && this.buffer.length > 2 * this.buffer.limit) {
      this.#feederWaits = true;
      this.#feeder.pauseReading();
    }
    this.#wake(true);
  }

  /** Says that nothing more will come. */
  end(): void {
    this.#ended = true;
    if (this.#failure === null) this.#wake(false);
    else this.#fail(this.#failure.error);
  }

  /**
   * Makes every wait fail, also the one under way.
   *
   * @param error What they throw.
   */
  setException(error: unknown): void {
    this.#exception = { error };
    this.#fail(error);
  }

  /**
   * Makes what comes after the last byte a failure.
   *
   * @param error What is thrown there.
   */
  failAtEnd(error: unknown): void {
    this.#failure ??= { error };
  }

  /** Checks that one may wait, and says what may end the wait. */
  #limits(caller: string, options: WaitOptions | undefined): InterruptibleOptions | undefined {
    if (this.#waiter?.done() === false) {
      throw new RuntimeError(
        `${caller}() called while another call is already waiting for incoming data`,
      );
    }
    const timeout = checkTimeout(options?.timeout, this.#timeout);
    const signal = options?.signal;
    if (timeout === Infinity) return signal && { signal };
    return { signal, timeout, timeoutError: () => this.#silence(timeout) };
  }

  /** Sees to it that something will come; `false` where nothing will. */
  #request(direct: DirectRead | null): boolean {
    if (this.#feederWaits) {
      this.#feederWaits = false;
      this.#feeder?.resumeReading();
    }
    if (this.#ended) {
      if (this.#failure !== null) throw this.#failure.error;
      return false;
    }
    if (this.#reading) return true;
    if (this.source !== undefined) {
      // A log is told of what is taken from the buffer.
      if (this.#tap !== undefined) direct = null;
      const { bytes, last } = this.#readSize;
      this.#room = direct === null ? this.buffer.room(bytes, last) : direct.target;
      this.#direct = direct;
      this.#reading = true;
      this.source.read(this.#room).then(this.#arrived, this.#broken);
    }
    return true;
  }

  // What the read brings is kept, whether somebody waits for it or not.
  readonly #arrived = (count: number | null): void => {
    const direct = this.#direct;
    const room = this.#room;
    this.#reading = false;
    this.#direct = null;
    this.#room = NOWHERE;
    if (count === null) {
      this.#tap?.ended();
      return this.end();
    }
    if (direct === null) {
      this.#readSize.came(count, room.length);
      this.buffer.commit(count);
    } else if (direct.abandoned) {
      this.buffer.push(room.subarray(0, count));
    } else {
      direct.count = count;
    }
    this.#wake(true);
  };

  readonly #broken = (error: unknown): void => {
    this.#reading = false;
    this.#direct = null;
    this.#room = NOWHERE;
    // What breaks because we closed it is no failure.
    if (this.#ended) return;
    this.#failure = { error };
    this.end();
  };

  /** What there is to see of it. */
  toString(): string {
    const { length, limit } = this.buffer;
    const { exception } = this;
    return [
      length > 0 ? `${length} bytes` : "",
      this.#ended ? "eof" : "",
      limit === DEFAULT_LIMIT ? "" : `limit=${limit}`,
      this.#waiter?.done() === false ? `waiter=${this.#waiter}` : "",
      exception === null ? "" : `exception=${exception}`,
    ].filter((part) => part !== "").join(" ");
  }

  #wake(more: boolean): void {
    const waiter = this.#waiter;
    if (waiter === null || waiter.done()) return;
    if (waiter instanceof Arrival) waiter.come(more);
    else waiter.setResult(more);
  }

  #fail(error: unknown): void {
    if (this.#waiter?.done() === false) this.#waiter.setException(error);
  }

  #silence(timeout: number): TimeoutError {
    const who = this.source === undefined ? "The stream" : hostAndPort(this.source.remoteAddress);
    return new TimeoutError(`${who} was silent for ${timeout} ms`);
  }
}

const NOWHERE = new Uint8Array(0);
