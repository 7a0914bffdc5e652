/**
 * A stream of bytes that can turn into an encrypted one while a reader and a
 * writer hold it.
 *
 * @module
 */

import type { Address, ByteStream } from "./byte_stream.ts";
import type { TlsInfo } from "./tls.ts";

/** Passes everything on to the stream that it holds now. */
export class UpgradableStream implements ByteStream {
  #stream: ByteStream;
  #closed = false;

  /**
   * Takes over a stream.
   *
   * @param stream The stream.
   */
  constructor(stream: ByteStream) {
    this.#stream = stream;
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

  /** Reads from the stream of the moment. */
  read(buffer: Uint8Array): Promise<number | null> {
    return this.#stream.read(buffer);
  }

  /** Writes to the stream of the moment. */
  write(data: Uint8Array): Promise<number> {
    return this.#stream.write(data);
  }

  /** Ends our direction. */
  closeWrite(): Promise<void> {
    return this.#stream.closeWrite();
  }

  /** Closes the stream, and the one that a handshake under way may still give. */
  close(): void {
    this.#closed = true;
    this.#stream.close();
  }

  /**
   * Exchanges the stream for its encrypted self.
   *
   * @param begin Begins TLS on the stream of the moment.
   * @throws {SSLError} If the handshake fails.
   */
  async upgrade(begin: (stream: ByteStream) => Promise<ByteStream>): Promise<void> {
    const encrypted = await begin(this.#stream);
    this.#stream = encrypted;
    if (this.#closed) encrypted.close();
  }
}
