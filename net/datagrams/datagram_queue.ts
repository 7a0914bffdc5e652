/**
 * Datagrams that have come and that nobody has received yet, up to a limit.
 *
 * @module
 */

import { RuntimeError } from "../../loop/exceptions.ts";
import { type InterruptibleOptions, Wait } from "../../loop/wait.ts";
import { checkLimit } from "../../protocols/limits.ts";
import type { DatagramEvents } from "./datagram_port.ts";
import type { DatagramAddress } from "../transports/transports.ts";

/** A datagram that has come. */
export interface Datagram {
  /** What it holds, perhaps nothing; it belongs to whoever gets it. */
  readonly data: Uint8Array;
  /** Who sent it. */
  readonly address: DatagramAddress;
}

/** Limits on what waits in a {@linkcode DatagramSocket} to be received. */
export interface DatagramQueueLimits {
  /**
   * The most datagrams that wait; what comes then is dropped.
   *
   * @default {1024}
   */
  maxQueued?: number;
  /**
   * The most bytes that wait; what would go beyond is dropped.
   *
   * @default {1_048_576}
   */
  maxQueuedBytes?: number;
}

/** What has come and is not received yet. */
export class DatagramQueue implements DatagramEvents {
  readonly #maxCount: number;
  readonly #maxBytes: number;
  #datagrams: (Datagram | undefined)[] = [];
  #first = 0;
  #bytes = 0;
  #failure: { readonly error: unknown } | null = null;
  #waiter: Wait<void> | null = null;
  /** How many were dropped. */
  dropped = 0;

  /**
   * Begins empty.
   *
   * @param limits What may wait.
   * @throws {RangeError} If a limit is no whole number of at least 1.
   */
  constructor(limits: DatagramQueueLimits) {
    this.#maxCount = checkLimit("maxQueued", limits.maxQueued, 1024);
    this.#maxBytes = checkLimit("maxQueuedBytes", limits.maxQueuedBytes, 1_048_576);
  }

  /** How many wait. */
  get length(): number {
    return this.#datagrams.length - this.#first;
  }

  /** Appends a datagram, or drops it where too much waits. */
  received(data: Uint8Array, address: DatagramAddress): void {
    if (this.length >= this.#maxCount || this.#bytes + data.length > this.#maxBytes) {
      this.dropped++;
      return;
    }
    this.#bytes += data.length;
    this.#datagrams.push({ data, address });
    this.#wake();
  }

  /** Makes the next {@linkcode take} fail. */
  failed(error: unknown): void {
    this.#failure = { error };
    this.#wake();
  }

  /** Takes the one that has waited longest; `undefined` where none waits. */
  take(): Datagram | undefined {
    if (this.#failure !== null) {
      const { error } = this.#failure;
      this.#failure = null;
      throw error;
    }
    const next = this.#datagrams[this.#first];
    if (next === undefined) return undefined;
    this.#datagrams[this.#first++] = undefined;
    this.#bytes -= next.data.length;
    if (this.#first === this.#datagrams.length || this.#first >= 1024) {
      this.#datagrams = this.#datagrams.slice(this.#first);
      this.#first = 0;
    }
    return next;
  }

  /**
   * Waits until there is something to take.
   *
   * @param options What may end the wait.
   * @throws {RuntimeError} If somebody waits already.
   */
  more(options: InterruptibleOptions): PromiseLike<void> {
    if (this.#waiter?.done() === false) {
      throw new RuntimeError("receive() called while another call is already waiting");
    }
    return this.#waiter = new Wait<void>(options);
  }

  /**
   * Drops everything, and ends the wait.
   *
   * @param error What the wait throws.
   */
  close(error: unknown): void {
    this.#datagrams = [];
    this.#first = this.#bytes = 0;
    if (this.#waiter?.done() === false) this.#waiter.setException(error);
  }

  #wake(): void {
    if (this.#waiter?.done() === false) this.#waiter.setResult();
  }
}
