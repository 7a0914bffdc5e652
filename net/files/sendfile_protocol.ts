/**
 * Who is told by a transport while a file is sent over it.
 *
 * @module
 */

import { getEventLoop } from "../../loop/events.ts";
import { interruptible } from "../../loop/wait.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { TimeoutError } from "../../loop/exceptions.ts";
import { ConnectionAbortedError, ConnectionError } from "../errors.ts";
import { BaseProtocol } from "../transports/protocols.ts";
import type { StreamProtocol } from "../transports/push_reader.ts";
import type { Reservation, StreamTransport } from "../transports/stream_transport.ts";

/** Stands in for the protocol of a transport, so that it is told when writing may go on. */
export class SendfileProtocol extends BaseProtocol implements Disposable {
  readonly #transport: StreamTransport;
  readonly #protocol: StreamProtocol;
  readonly #wasReading: boolean;
  readonly #right: Reservation;
  #paused: boolean;
  #ready: PromiseWithResolvers<void> | null = null;
  #lost: { readonly error: unknown } | null = null;

  /**
   * Takes the place of the transport's protocol.
   *
   * @param transport The transport.
   */
  constructor(transport: StreamTransport) {
    super();
    this.#transport = transport;
    this.#protocol = transport.getProtocol();
    this.#right = transport._reserve();
    this.#paused = this.#right.isPaused;
    this.#wasReading = transport.isReading();
    transport.pauseReading();
    transport.setProtocol(this);
  }

  /** More is unsent than the high water mark. */
  override pauseWriting(): void {
    this.#paused = true;
  }

  /** No more is unsent than the low water mark. */
  override resumeWriting(): void {
    this.#paused = false;
    this.#wake();
  }

  /** The connection is closed. */
  override connectionLost(error: unknown): void {
    this.#lost = { error };
    this.#wake();
    this.#protocol.connectionLost(error);
  }

  /**
   * Writes.
   *
   * @param data The bytes.
   */
  write(data: Uint8Array): void {
    this.#right.write(data);
  }

  /**
   * Waits until writing may go on.
   *
   * @param options What may end the wait.
   * @throws {ConnectionError} If the connection is lost.
   * @throws {TimeoutError} If the peer takes nothing for `timeout` milliseconds.
   */
  async drain({ signal, timeout }: WaitOptions = {}): Promise<void> {
    for (;;) {
      if (this.#transport.isClosing()) {
        // What has broken the connection is told soon, where something has.
        await new Promise<void>((resolve) => getEventLoop().callSoon(resolve));
      }
      if (this.#lost !== null || this.#transport.isClosing()) throw this.#broken();
      if (!this.#paused) return;
      this.#ready ??= Promise.withResolvers();
      await interruptible(this.#ready.promise, {
        signal,
        timeout,
        timeoutError: () => new TimeoutError(`The peer took nothing of the file for ${timeout} ms`),
      });
    }
  }

  /** Gives the transport back to its protocol. */
  [Symbol.dispose](): void {
    this.#right.release();
    if (this.#lost !== null) return;
    this.#transport.setProtocol(this.#protocol);
    if (this.#wasReading) this.#transport.resumeReading();
    if (this.#paused === this.#right.isPaused) return;
    if (this.#paused) this.#protocol.pauseWriting();
    else this.#protocol.resumeWriting();
  }

  #wake(): void {
    this.#ready?.resolve();
    this.#ready = null;
  }

  #broken(): ConnectionError {
    const error = this.#lost?.error;
    if (error instanceof ConnectionError) return error;
    return new ConnectionAbortedError("The connection was closed before the file was sent", {
      cause: error ?? undefined,
    });
  }
}
