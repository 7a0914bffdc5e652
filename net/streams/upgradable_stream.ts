/**
 * A stream of bytes that can turn into an encrypted one, and back, while a reader
 * and a writer hold it.
 *
 * @module
 */

import type { ByteStream } from "../byte_stream.ts";
import { PassingStream } from "./passing_stream.ts";

/** Passes everything on to the stream that it holds now. */
export class UpgradableStream extends PassingStream {
  #closed = false;

  /** Closes the stream, and the one that a handshake under way may still give. */
  override close(): void {
    this.#closed = true;
    super.close();
  }

  /** Whether its encryption can be taken off. */
  get canEndTls(): boolean {
    return this.stream.endTls !== undefined;
  }

  /** Passes on that the other side may take the encryption off. */
  expectEndOfTls(): void {
    this.stream.expectEndOfTls?.();
  }

  /**
   * Exchanges the stream for its encrypted self, or back.
   *
   * @param begin Begins TLS on the stream of the moment, or ends it.
   * @throws {SSLError} If that fails.
   */
  async upgrade(begin: (stream: ByteStream) => Promise<ByteStream>): Promise<void> {
    const encrypted = await begin(this.stream);
    this.stream = encrypted;
    if (this.#closed) encrypted.close();
  }
}
