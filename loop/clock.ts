/**
 * What tells an event loop the time, and wakes it.
 *
 * @module
 */

/** What a {@linkcode Clock} may ask of a loop that runs by it. */
export interface ClockedLoop {
  /**
   * Whether nothing is ready to run.
   *
   * @returns `true` while the loop waits for a timer or for the world.
   */
  isIdle(): boolean;
  /** How many rounds of ready handles the loop has run. It changes whenever something runs. */
  readonly rounds: number;
}

/** The time, and one way to be woken. An event loop takes it as an argument, so that tests need not wait. */
export interface Clock {
  /**
   * The time in milliseconds since a moment of the clock's own choice. It never goes back.
   *
   * @returns Milliseconds, with fractions.
   */
  now(): number;
  /**
   * Calls back once, later.
   *
   * @param callback What to call.
   * @param delay Milliseconds from now, from 0 to 2^31 - 1.
   * @returns What {@linkcode Clock.clearTimer} takes.
   */
  setTimer(callback: () => void, delay: number): unknown;
  /**
   * Forgets a timer. Nothing happens if it has fired.
   *
   * @param id What {@linkcode Clock.setTimer} returned.
   */
  clearTimer(id: unknown): void;
  /**
   * Lets the program end while a timer is set. A clock that keeps none from its end has no need of it.
   *
   * @param id What {@linkcode Clock.setTimer} returned.
   */
  unrefTimer?(id: unknown): void;
  /**
   * Told of each loop that runs by this clock. Only a clock that moves by itself needs it.
   *
   * @param loop The loop.
   */
  attach?(loop: ClockedLoop): void;
  /**
   * Told when such a loop is closed.
   *
   * @param loop The loop.
   */
  detach?(loop: ClockedLoop): void;
}

/** The clock of the machine: `performance.now()` and `setTimeout`, whose grain is 1 to 2 ms. */
export const systemClock: Clock = {
  now(): number {
    return performance.now();
  },
  setTimer(callback: () => void, delay: number): unknown {
    return setTimeout(callback, delay);
  },
  clearTimer(id: unknown): void {
    clearTimeout(id as number);
  },
  unrefTimer(id: unknown): void {
    Deno.unrefTimer(id as number);
  },
};
