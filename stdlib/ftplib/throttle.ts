/**
 * Limits of speed: a bucket of bytes that fills steadily, on the clock of the loop.
 *
 * @module
 */

import { getEventLoop } from "../../loop/events.ts";
import { sleep, type SleepOptions } from "../../loop/sleep.ts";

/** The most bytes that go at once, as a part of what goes in a second: so that it flows, not jerks. */
const PIECES_PER_SECOND = 10;

/** Pieces below this size cost more work than they smooth. */
const LEAST_PIECE = 1_024;

/**
 * Holds transfers to so many bytes per second, one of them or several together.
 *
 * Given to several transfers, or to all sessions of a pool, it is their common
 * limit: whoever asks first is served first. After a rest there may be a tenth
 * of a second's bytes more at once, and nothing beyond that is made up for.
 *
 * @example Two downloads share a megabyte a second
 * ```ts
 * import assert from "node:assert/strict";
 * import { FTP, FTPServer, Throttle } from "https://tulip.example/stdlib/ftplib/mod.ts";
 *
 * await using server = await FTPServer.start({ files: { "/a": "one", "/b": "two" } });
 * const options = { port: server.port, user: "anonymous" };
 * await using first = await FTP.connect(server.hostname, options);
 * await using second = await FTP.connect(server.hostname, options);
 *
 * const throttle = new Throttle(1_000_000);
 * const [a, b] = await Promise.all([
 *   first.download("/a", { throttle }),
 *   second.download("/b", { throttle }),
 * ]);
 * assert.equal(a.length + b.length, 6);
 * ```
 */
export class Throttle {
  /** The limit, in bytes per second. */
  readonly bytesPerSecond: number;
  /** When the bucket, which may be overdrawn, is even again; by the loop's clock. */
  #even = -Infinity;

  /**
   * Makes a limit that nobody uses yet.
   *
   * @param bytesPerSecond The limit.
   * @throws {RangeError} If it is no number above 0.
   */
  constructor(bytesPerSecond: number) {
    if (!(typeof bytesPerSecond === "number" && bytesPerSecond > 0)) {
      throw new RangeError(
        `Cannot throttle to ${String(bytesPerSecond)} bytes per second: need a number above 0`,
      );
    }
    this.bytesPerSecond = bytesPerSecond;
  }

  /** The most bytes that should be moved before asking again: about a tenth of a second's. */
  get piece(): number {
    return Math.max(LEAST_PIECE, Math.floor(this.bytesPerSecond / PIECES_PER_SECOND));
  }

  /**
   * Takes bytes out of the bucket, and waits until it is even again.
   *
   * They count from the call on, also if the wait is broken off: they have been
   * moved already.
   *
   * @param bytes How many were moved.
   * @param options What ends the wait.
   */
  async take(bytes: number, options?: SleepOptions): Promise<void> {
    const now = getEventLoop().time();
    const milliseconds = bytes / this.bytesPerSecond * 1_000;
    const credit = 1_000 / PIECES_PER_SECOND;
    this.#even = Math.max(this.#even, now - credit) + milliseconds;
    // A shorter wait than a timer can tell is left for the next call to wait for.
    if (this.#even - now >= 1) await sleep(this.#even - now, undefined, options);
  }
}

/**
 * Reads the option of a transfer.
 *
 * @param throttle A limit shared with others, or bytes per second for one transfer alone.
 * @returns The limit, if there is one.
 * @throws {RangeError} If the number is none above 0.
 */
export function throttleOf(throttle: Throttle | number | undefined): Throttle | undefined {
  return typeof throttle === "number" ? new Throttle(throttle) : throttle;
}
