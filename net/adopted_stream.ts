/**
 * A stream whose first read was begun by somebody else.
 *
 * @module
 */

import type { Address, ByteStream } from "./byte_stream.ts";
import type { PendingRead } from "./push_reader.ts";

/** Gives what that read brings first, and passes everything else on. */
export class AdoptedStream implements ByteStream {
  readonly #stream: ByteStream;
  #first: Promise<Uint8Array | null> | null;
  #rest: Uint8Array = NOTHING;

  /**
   * Takes over a stream.
   *
   * @param stream The stream.
   * @param pending The read, in flight or done.
   */
  constructor(stream: ByteStream, { buffer, result }: PendingRead) {
    this.#stream = stream;
    this.#first = result.then((count) => count === null ? null : buffer.slice(0, count));
    // It may fail when nobody wants to read any more.
    this.#first.catch(() => {});
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

  /** Reads what the first read has brought, and then what comes. */
  async read(buffer: Uint8Array): Promise<number | null> {
    if (this.#first !== null) {
      const first = await this.#first;
      this.#first = null;
      if (first === null) return null;
      this.#rest = first;
    }
    const count = Math.min(this.#rest.length, buffer.length);
    if (count === 0) return this.#stream.read(buffer);
    buffer.set(this.#rest.subarray(0, count));
    this.#rest = this.#rest.subarray(count);
    return count;
  }

  /** Writes bytes, perhaps not all. */
  write(data: Uint8Array): Promise<number> {
    return this.#stream.write(data);
  }

  /** Ends our direction. */
  closeWrite(): Promise<void> {
    return this.#stream.closeWrite();
  }

  /** Closes both directions at once. */
  close(): void {
    this.#stream.close();
  }
}

const NOTHING = new Uint8Array(0);
