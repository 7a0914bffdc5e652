/**
 * A stream of bytes that carried TLS, and carries it no longer.
 *
 * @module
 */

import type { ByteStream } from "../byte_stream.ts";
import { PassingStream } from "../streams/passing_stream.ts";

/** A read that another has begun. */
export interface PendingRead {
  /** Where its bytes go. */
  readonly buffer: Uint8Array;
  /** How many come, or `null` at the end. */
  readonly count: Promise<number | null>;
}

/** Takes over the read that TLS has left waiting: what it brings comes first. */
export class ReclaimedStream extends PassingStream {
  #pending: Promise<Uint8Array | null> | null;
  #left: Uint8Array | null = null;

  /**
   * Takes a stream over.
   *
   * @param stream The stream.
   * @param pending The read that waits on it.
   */
  constructor(stream: ByteStream, { buffer, count }: PendingRead) {
    super(stream);
    this.#pending = count.then((count) => count === null ? null : buffer.subarray(0, count));
    this.#pending.catch(() => {});
  }

  /** Reads what has arrived. */
  override async read(buffer: Uint8Array): Promise<number | null> {
    if (this.#left === null) {
      const pending = this.#pending;
      this.#pending = null;
      if (pending === null) return await super.read(buffer);
      this.#left = await pending;
      if (this.#left === null) return null;
    }
    const bytes = this.#left.subarray(0, buffer.length);
    buffer.set(bytes);
    this.#left = bytes.length < this.#left.length ? this.#left.subarray(bytes.length) : null;
    return bytes.length;
  }
}
