/**
 * Telling the caller how far a transfer is, and not too often.
 *
 * @module
 */

import { getEventLoop } from "../../loop/events.ts";
import type { Progress } from "./types.ts";

/** The least time between two reports, in milliseconds. */
const INTERVAL = 100;

/** Counts the bytes of one transfer. */
export class ProgressMeter {
  /** How many bytes of the file are there. */
  transferred: number;
  /** How many there will be, where the server told. */
  total: number | undefined;
  readonly #onProgress: ((progress: Progress) => void) | undefined;
  #last = -Infinity;

  /**
   * Begins to count.
   *
   * @param onProgress Whom to tell.
   * @param transferred How many bytes are there already.
   */
  constructor(onProgress?: (progress: Progress) => void, transferred = 0) {
    this.#onProgress = onProgress;
    this.transferred = transferred;
  }

  /** Counts bytes, and tells if it is time to. */
  add(bytes: number): void {
    this.transferred += bytes;
    if (this.#onProgress === undefined) return;
    const now = getEventLoop().time();
    if (now - this.#last < INTERVAL) return;
    this.#last = now;
    this.#tell(this.#onProgress);
  }

  /** Tells the end. */
  finish(): void {
    if (this.#onProgress !== undefined) this.#tell(this.#onProgress);
  }

  #tell(onProgress: (progress: Progress) => void): void {
    onProgress({ transferred: this.transferred, total: this.total });
  }
}
