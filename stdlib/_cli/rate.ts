/**
 * How fast something goes just now. Pure: whoever asks says what time it is.
 *
 * @module
 */

/** Over how long the speed is taken, in milliseconds: long enough to be calm, short enough to be true. */
const WINDOW = 5_000;

/** The least time between two marks, so that there are few. */
const GRAIN = 200;

interface Mark {
  readonly at: number;
  readonly bytes: number;
}

/** The speed over the last seconds. */
export class RateMeter {
  #marks: Mark[] = [];

  /**
   * Takes note of how far it is.
   *
   * @param bytes How much was moved since the beginning.
   * @param now The time in milliseconds, of any clock.
   */
  mark(bytes: number, now: number): void {
    const last = this.#marks.at(-1);
    if (last !== undefined && now - last.at < GRAIN) return;
    this.#marks.push({ at: now, bytes });
    // One mark older than the window stays: the speed is taken from there.
    while (this.#marks.length > 2 && now - this.#marks[1]!.at >= WINDOW) this.#marks.shift();
  }

  /**
   * Tells the speed.
   *
   * @param bytes How much was moved since the beginning.
   * @param now The time in milliseconds.
   * @returns Bytes per second; `undefined` before anything can be said.
   */
  rate(bytes: number, now: number): number | undefined {
    const first = this.#marks[0];
    if (first === undefined || now - first.at < GRAIN) return undefined;
    return Math.max(0, (bytes - first.bytes) / (now - first.at) * 1000);
  }
}

/**
 * Tells how long it will still take.
 *
 * @param left How many bytes are still to come.
 * @param rate The speed in bytes per second.
 * @returns Milliseconds; `undefined` where nobody knows.
 */
export function timeLeft(left: number | undefined, rate: number | undefined): number | undefined {
  if (left === undefined) return undefined;
  if (left <= 0) return 0;
  return rate !== undefined && rate > 0 ? left / rate * 1000 : undefined;
}
