/**
 * A stream that is broken off when nothing passes for too long.
 *
 * @module
 */

import type { EventLoop } from "../../loop/event_loop.ts";
import { rethrowIfCancelled, TimeoutError } from "../../loop/exceptions.ts";
import type { TimerHandle } from "../../loop/handles.ts";
import type { ByteStream } from "../byte_stream.ts";
import { hostAndPort } from "../native_errors.ts";
import { PassingStream } from "./passing_stream.ts";

/** Passes everything on, and notes when bytes went or came. */
export class IdleStream extends PassingStream {
  readonly #loop: EventLoop;
  readonly #timeout: number;
  #lastActive: number;
  #timer: TimerHandle;
  #expired: TimeoutError | null = null;

  /**
   * Takes over a stream.
   *
   * @param stream The stream.
   * @param timeout The longest that no byte may pass, in milliseconds.
   * @param loop Whose time it is.
   */
  constructor(stream: ByteStream, timeout: number, loop: EventLoop) {
    super(stream);
    this.#timeout = timeout;
    this.#loop = loop;
    this.#lastActive = loop.time();
    this.#timer = loop.callLater(timeout, this.#check);
  }

  /** Why it was broken off; `null` where it was not. */
  get expired(): TimeoutError | null {
    return this.#expired;
  }

  /** Reads what has arrived. */
  override read(buffer: Uint8Array): Promise<number | null> {
    return this.#note(super.read(buffer));
  }

  /** Writes bytes, perhaps not all. */
  override write(data: Uint8Array): Promise<number> {
    return this.#note(super.write(data));
  }

  /** Ends our direction. */
  override closeWrite(): Promise<void> {
    return this.#note(super.closeWrite());
  }

  /** Closes both directions at once. */
  override close(): void {
    this.#timer.cancel();
    super.close();
  }

  async #note<T>(passing: Promise<T>): Promise<T> {
    try {
      return await passing;
    } catch (error) {
      rethrowIfCancelled(error);
      throw this.#expired ?? error;
    } finally {
      this.#lastActive = this.#loop.time();
    }
  }

  readonly #check = (): void => {
    const left = this.#lastActive + this.#timeout - this.#loop.time();
    if (left > 0) {
      this.#timer = this.#loop.callLater(left, this.#check);
      return;
    }
    this.#expired = new TimeoutError(
      `${hostAndPort(this.remoteAddress)} was idle for ${this.#timeout} ms`,
      { origin: "peer" },
    );
    this.close();
  };
}
