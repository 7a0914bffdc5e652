/**
 * A stream whose first read was begun by somebody else.
 *
 * @module
 */

import type { ByteStream } from "../byte_stream.ts";
import { PassingStream } from "../streams/passing_stream.ts";
import type { PendingRead } from "./push_reader.ts";

/** Gives what that read brings first, and passes everything else on. */
export class AdoptedStream extends PassingStream {
  #first: Promise<Uint8Array | null> | null;
  #rest: Uint8Array = NOTHING;

  /**
   * Takes over a stream.
   *
   * @param stream The stream.
   * @param pending The read, in flight or done.
   */
  constructor(stream: ByteStream, { buffer, result }: PendingRead) {
    super(stream);
    this.#first = result.then((count) => count === null ? null : buffer.slice(0, count));
    // It may fail when nobody wants to read any more.
    this.#first.catch(() => {});
  }

  /** Reads what the first read has brought, and then what comes. */
  override async read(buffer: Uint8Array): Promise<number | null> {
    if (this.#first !== null) {
      const first = await this.#first;
      this.#first = null;
      if (first === null) return null;
      this.#rest = first;
    }
    const count = Math.min(this.#rest.length, buffer.length);
    if (count === 0) return super.read(buffer);
    buffer.set(this.#rest.subarray(0, count));
    this.#rest = this.#rest.subarray(count);
    return count;
  }
}

const NOTHING = new Uint8Array(0);
