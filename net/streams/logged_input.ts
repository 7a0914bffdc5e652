/**
 * Received bytes which a wire log is told of when they are taken: then it is
 * known whether they are a line, and whether they are secret.
 *
 * @module
 */

import { InputBuffer } from "./input_buffer.ts";
import type { WireTap } from "../wire_tap.ts";

/** An {@linkcode InputBuffer} that tells a log. */
export class LoggedInput extends InputBuffer {
  readonly #tap: WireTap;

  /**
   * Begins empty.
   *
   * @param limit The longest line or piece before a separator, in bytes.
   * @param tap Who is told.
   */
  constructor(limit: number | undefined, tap: WireTap) {
    super(limit);
    this.#tap = tap;
  }

  /** Takes a line. */
  override takeLine(): string | undefined {
    const line = super.takeLine();
    if (line !== undefined) this.#tap.received(line);
    return line;
  }

  /** Takes bytes. */
  override take(count: number): Uint8Array {
    const bytes = super.take(count);
    if (bytes.length > 0) this.#tap.received(bytes);
    return bytes;
  }

  /** Drops bytes. */
  override consume(count: number): void {
    const bytes = this.peek().subarray(0, count);
    super.consume(count);
    if (count > 0) this.#tap.received(bytes);
  }

  /** Moves bytes. */
  override copyTo(target: Uint8Array): number {
    const count = super.copyTo(target);
    if (count > 0) this.#tap.received(target.subarray(0, count));
    return count;
  }
}
