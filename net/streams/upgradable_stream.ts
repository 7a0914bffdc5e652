/**
 * A stream of bytes that can turn into an encrypted one while a reader and a
 * writer hold it.
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

  /**
   * Exchanges the stream for its encrypted self.
   *
   * @param begin Begins TLS on the stream of the moment.
   * @throws {SSLError} If the handshake fails.
   */
  async upgrade(begin: (stream: ByteStream) => Promise<ByteStream>): Promise<void> {
    const encrypted = await begin(this.stream);
    this.stream = encrypted;
    if (this.#closed) encrypted.close();
  }
}
