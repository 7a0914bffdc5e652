/**
 * A stream that is broken off when nothing passes for too long.
 *
 * @module
 */

import type { EventLoop } from "../loop/event_loop.ts";
import { rethrowIfCancelled, TimeoutError } from "../loop/exceptions.ts";
import type { TimerHandle } from "../loop/handles.ts";
import type { Address, ByteStream } from "./byte_stream.ts";
import { hostAndPort } from "./native_errors.ts";
import type { TlsInfo } from "./tls.ts";

/** Passes everything on, and notes when bytes went or came. */
export class IdleStream implements ByteStream {
  readonly #stream: ByteStream;
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
    this.#stream = stream;
    this.#timeout = timeout;
    this.#loop = loop;
    this.#lastActive = loop.time();
    this.#timer = loop.callLater(timeout, this.#check);
  }

  /** Why it was broken off; `null` where it was not. */
  get expired(): TimeoutError | null {
    return this.#expired;
  }

  /** This side. */
  get localAddress(): Address {
    return this.#stream.localAddress;
  }

  /** The other side. */
  get remoteAddress(): Address {
    return this.#stream.remoteAddress;
  }

  /** Whether what is written travels encrypted. */
  get tls(): boolean {
    return this.#stream.tls === true;
  }

  /** What is known about the encryption. */
  get tlsInfo(): TlsInfo | undefined {
    return this.#stream.tlsInfo;
  }

  /** Reads what has arrived. */
  read(buffer: Uint8Array): Promise<number | null> {
    return this.#note(this.#stream.read(buffer));
  }

  /** Writes bytes, perhaps not all. */
  write(data: Uint8Array): Promise<number> {
    return this.#note(this.#stream.write(data));
  }

  /** Ends our direction. */
  closeWrite(): Promise<void> {
    return this.#note(this.#stream.closeWrite());
  }

  /** Closes both directions at once. */
  close(): void {
    this.#timer.cancel();
    this.#stream.close();
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
