/**
 * A data connection that goes wrong as it was told to; see `misbehaviour.ts`.
 *
 * @module
 */

import type { ByteStream } from "../../../net/byte_stream.ts";
import { ConnectionAbortedError } from "../../../net/errors.ts";
import { PassingStream } from "../../../net/streams/passing_stream.ts";
import type { DataMischief } from "./misbehaviour.ts";

/** Spoils what goes over a stream, in either direction. */
export class SpoiltStream extends PassingStream {
  readonly #carrier: ByteStream;
  readonly #mischief: DataMischief;
  readonly #stalled: PromiseWithResolvers<never> = Promise.withResolvers();
  #passed = 0;

  /**
   * Takes over a stream.
   *
   * @param stream The stream, encrypted or not.
   * @param carrier What it runs over: to close that cuts TLS off.
   * @param mischief What goes wrong.
   */
  constructor(stream: ByteStream, carrier: ByteStream, mischief: DataMischief) {
    super(stream);
    this.#carrier = carrier;
    this.#mischief = mischief;
    // Nobody may be waiting.
    this.#stalled.promise.catch(() => {});
  }

  /** Reads what has arrived, as far as bytes are to come. */
  override async read(buffer: Uint8Array): Promise<number | null> {
    const room = await this.#room();
    const count = await super.read(buffer.subarray(0, Math.min(buffer.length, room)));
    if (count === null) return null;
    this.#spoil(buffer.subarray(0, count));
    this.#passed += count;
    return count;
  }

  /** Writes bytes, as far as bytes are to go. */
  override async write(data: Uint8Array): Promise<number> {
    const room = await this.#room();
    const piece = data.slice(0, Math.min(data.length, room));
    this.#spoil(piece);
    const count = await super.write(piece);
    this.#passed += count;
    return count;
  }

  /** Ends our direction, unless it is to be cut off before. */
  override async closeWrite(): Promise<void> {
    await this.#room();
    await super.closeWrite();
  }

  /** Closes both directions at once, and ends the silence. */
  override close(): void {
    this.#stalled.reject(new ConnectionAbortedError("The connection was closed on our side"));
    super.close();
  }

  /** How many bytes may pass; at the end of them it goes wrong. */
  async #room(): Promise<number> {
    const { truncateAfter = Infinity, stallAfter = Infinity, ending = "cut" } = this.#mischief;
    const left = Math.min(truncateAfter, stallAfter) - this.#passed;
    if (left > 0) return left;
    if (stallAfter < truncateAfter) return await this.#stalled.promise;
    if (ending === "clean") await super.closeWrite();
    else this.#carrier.close();
    throw new ConnectionAbortedError("The data connection was cut off, as it was told to");
  }

  #spoil(bytes: Uint8Array): void {
    const { flip = -1 } = this.#mischief;
    const at = flip - this.#passed;
    if (at >= 0 && at < bytes.length) bytes[at] = (bytes[at] as number) ^ 0xff;
  }
}
