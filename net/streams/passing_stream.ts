/**
 * The base of streams that stand before another: each passes everything on,
 * and says in its own class what it does besides.
 *
 * @module
 */

import type { Address, ByteStream } from "../byte_stream.ts";
import type { TlsInfo } from "../tls/tls.ts";

/**
 * Passes everything on to the stream behind it, but for TLS, which would have
 * to begin in front of it.
 */
export abstract class PassingStream implements ByteStream {
  /** The stream behind it. */
  protected stream: ByteStream;

  /**
   * Takes over a stream.
   *
   * @param stream The stream.
   */
  constructor(stream: ByteStream) {
    this.stream = stream;
  }

  /** This side. */
  get localAddress(): Address {
    return this.stream.localAddress;
  }

  /** The other side. */
  get remoteAddress(): Address {
    return this.stream.remoteAddress;
  }

  /** Whether what is written travels encrypted. */
  get tls(): boolean {
    return this.stream.tls === true;
  }

  /** What is known about the encryption. */
  get tlsInfo(): TlsInfo | undefined {
    return this.stream.tlsInfo;
  }

  /** Reads what has arrived. */
  read(buffer: Uint8Array): Promise<number | null> {
    return this.stream.read(buffer);
  }

  /** Writes bytes, perhaps not all. */
  write(data: Uint8Array): Promise<number> {
    return this.stream.write(data);
  }

  /** Ends our direction. */
  closeWrite(): Promise<void> {
    return this.stream.closeWrite();
  }

  /** Closes both directions at once. */
  close(): void {
    this.stream.close();
  }
}
