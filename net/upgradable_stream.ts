/**
 * A stream of bytes that can turn into an encrypted one while a reader and a
 * writer hold it.
 *
 * @module
 */

import { RuntimeError } from "../loop/exceptions.ts";
import type { Address, ByteStream, StartTlsOptions } from "./byte_stream.ts";

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
   * @param options How the server is verified.
   * @throws {RuntimeError} If the stream cannot do it.
   * @throws {SSLError} If the handshake fails.
   */
  async upgrade(options: StartTlsOptions): Promise<void> {
    if (this.#stream.startTls === undefined) {
      throw new RuntimeError("Cannot start TLS: this stream cannot be upgraded");
    }
    const encrypted = await this.#stream.startTls(options);
    this.#stream = encrypted;
    if (this.#closed) encrypted.close();
  }
}
