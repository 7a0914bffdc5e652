/**
 * A read that lands in memory of the caller's, and waits.
 *
 * @module
 */

import type { WaitOptions } from "../../loop/wait.ts";
import type { Taking } from "./arrival.ts";
import type { DirectRead } from "./incoming.ts";
import type { InputBuffer } from "./input_buffer.ts";

/** What it is part of. */
interface Reader {
  readInto(target: Uint8Array, options?: WaitOptions): Promise<number | null>;
}

/** One call of `readInto` that has to wait. */
export class ReadInto implements Taking<number | null>, DirectRead {
  /** Where the bytes go. */
  readonly target: Uint8Array;
  /** How many have landed. */
  count = 0;
  /** Whether the caller has gone, so that what still lands must be copied away. */
  abandoned = false;
  readonly #reader: Reader;
  readonly #buffer: InputBuffer;
  readonly #options: WaitOptions | undefined;

  /**
   * Begins with nothing.
   *
   * @param reader Who reads.
   * @param buffer What has come already.
   * @param target Where the bytes go.
   * @param options What may end the wait.
   */
  constructor(reader: Reader, buffer: InputBuffer, target: Uint8Array, options?: WaitOptions) {
    this.#reader = reader;
    this.#buffer = buffer;
    this.target = target;
    this.#options = options;
  }

  /** Says how many bytes have come. */
  take(more: boolean): number | null | Promise<number | null> {
    if (this.count > 0) return this.count;
    if (this.#buffer.length > 0) return this.#buffer.copyTo(this.target);
    return more ? this.#reader.readInto(this.target, this.#options) : null;
  }

  /** Leaves the bytes to the next call. */
  giveUp(): void {
    this.abandoned = true;
    this.#buffer.push(this.target.subarray(0, this.count));
    this.count = 0;
  }
}
