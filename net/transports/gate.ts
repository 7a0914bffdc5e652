/**
 * A stream that is being exchanged for another: what is written waits for that
 * one.
 *
 * @module
 */

import type { Address, ByteStream } from "../byte_stream.ts";

/** Stands for a stream that is still to come. */
export class Gate implements ByteStream {
  readonly #old: ByteStream;
  readonly #coming: Promise<ByteStream>;
  readonly #come: (stream: ByteStream) => void;
  #stream: ByteStream | null = null;
  #closed = false;

  /**
   * Begins to wait.
   *
   * @param old The stream that is exchanged.
   */
  constructor(old: ByteStream) {
    this.#old = old;
    const { promise, resolve } = Promise.withResolvers<ByteStream>();
    this.#coming = promise;
    this.#come = resolve;
  }

  /** Goes on with the new stream; closes it where the gate was closed meanwhile. */
  open(stream: ByteStream): void {
    this.#stream = stream;
    this.#come(stream);
    if (this.#closed) stream.close();
  }

  /** This side. */
  get localAddress(): Address {
    return this.#old.localAddress;
  }

  /** The other side. */
  get remoteAddress(): Address {
    return this.#old.remoteAddress;
  }

  /** Whether what is written travels encrypted. */
  get tls(): boolean {
    return this.#stream?.tls === true;
  }

  /** Reads from the new stream. */
  async read(buffer: Uint8Array): Promise<number | null> {
    return await (await this.#coming).read(buffer);
  }

  /** Writes to the new stream. */
  async write(data: Uint8Array): Promise<number> {
    return await (await this.#coming).write(data);
  }

  /** Ends our direction of the new stream. */
  async closeWrite(): Promise<void> {
    await (await this.#coming).closeWrite();
  }

  /** Closes both directions at once. */
  close(): void {
    this.#closed = true;
    (this.#stream ?? this.#old).close();
  }
}
