/**
 * Leaving an encrypted transfer in the middle.
 *
 * An upload ends without the goodbye of TLS (`close_notify`), which would say that it is whole.
 *
 * A download ends with it: ProFTPD ends the whole session over a data connection
 * that is reset under TLS, but not over one whose other side has said goodbye and
 * takes what is still on the way. Other servers never look, and would send the file
 * to its end: so the time for that, and the bytes, are limited.
 *
 * @module
 */

import { getEventLoop } from "../../loop/events.ts";
import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import type { ByteStream } from "../../net/byte_stream.ts";
import { PassingStream } from "../../net/streams/passing_stream.ts";

/** The longest that what is still on the way is taken, in milliseconds. */
const FAREWELL = 1_000;
/** The most bytes that are. */
const FAREWELL_BYTES = 16_777_216;

/** An encrypted data connection that is closed in the middle as servers understand it. */
export class FarewellStream extends PassingStream {
  #reading: Promise<number | null> | undefined;
  #over = false;
  #direction: "unknown" | "up" | "ended" = "unknown";
  #closing = false;
  readonly #carrier: ByteStream;
  readonly #onClosed: (stream: FarewellStream) => void;

  /**
   * Takes over a stream.
   *
   * @param stream The encrypted stream.
   * @param carrier The stream underneath.
   * @param onClosed Called when it is closed.
   */
  constructor(
    stream: ByteStream,
    carrier: ByteStream,
    onClosed: (stream: FarewellStream) => void,
  ) {
    super(stream);
    this.#carrier = carrier;
    this.#onClosed = onClosed;
  }

  /** Reads what has arrived. */
  override read(buffer: Uint8Array): Promise<number | null> {
    const reading = this.#reading = super.read(buffer);
    reading.then((count) => this.#over ||= count === null, () => this.#over = true);
    return reading;
  }

  /** Writes bytes, perhaps not all. */
  override write(data: Uint8Array): Promise<number> {
    this.#direction = "up";
    return super.write(data);
  }

  /** Ends our direction. */
  override closeWrite(): Promise<void> {
    this.#direction = "ended";
    return super.closeWrite();
  }

  /** Closes both directions: at once, but for a download in the middle. */
  override close(): void {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#direction === "up") this.#carrier.close();
    if (this.#over || this.#direction !== "unknown") return this.closeAtOnce();
    const timer = getEventLoop().callLater(FAREWELL, () => this.closeAtOnce());
    this.#takeLeave().finally(() => {
      timer.cancel();
      this.closeAtOnce();
    });
  }

  /** Closes both directions at once. */
  closeAtOnce(): void {
    this.#closing = true;
    super.close();
    this.#onClosed(this);
  }

  async #takeLeave(): Promise<void> {
    try {
      await super.closeWrite();
      await this.#reading;
      const buffer = new Uint8Array(65_536);
      for (let left = FAREWELL_BYTES; left > 0 && !this.#over;) {
        left -= await this.read(buffer) ?? left;
      }
    } catch (error) {
      rethrowIfCancelled(error);
      // It was cut off on the other side, which is an end as well.
    }
  }
}
