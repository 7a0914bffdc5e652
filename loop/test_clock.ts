/**
 * A clock for tests, whose time passes only when nothing else happens.
 *
 * @module
 */

import type { Clock, ClockedLoop } from "./clock.ts";
import { nextTurn } from "./turns.ts";

/** Options of the constructor of {@linkcode TestClock}. */
export interface TestClockOptions {
  /**
   * The time at the beginning, in milliseconds.
   *
   * @default {0}
   */
  start?: number;
  /**
   * Whether the time jumps to the next timer by itself, once nothing is ready
   * to run. If not, only {@linkcode TestClock.advance} moves it.
   *
   * @default {true}
   */
  auto?: boolean;
  /**
   * How many turns of the macrotask queue must pass without anything running
   * in a loop before nothing counts as ready. A test that waits for real
   * input or output as well needs more.
   *
   * @default {10}
   */
  turns?: number;
}

interface TestTimer {
  readonly at: number;
  readonly callback: () => void;
}

/**
 * A clock that stands still until everybody waits, and then jumps to the next timer.
 *
 * So a test of a time limit of thirty seconds takes no time at all, and always
 * the same course.
 *
 * @example An hour in no time
 * ```ts
 * import assert from "node:assert/strict";
 * import { EventLoop, run, sleep, TestClock } from "https://tulip.example/loop/mod.ts";
 *
 * const clock = new TestClock();
 * await run(() => sleep(3_600_000), { loopFactory: () => new EventLoop({ clock }) });
 * assert.equal(clock.now(), 3_600_000);
 * ```
 */
export class TestClock implements Clock {
  readonly #auto: boolean;
  readonly #turns: number;
  readonly #loops: Set<ClockedLoop> = new Set();
  /** In the order in which they fire. */
  readonly #timers: TestTimer[] = [];
  #now: number;
  #watching = false;
  #advancing = 0;
  /** Ends the turn that passes while nobody but this clock waits for it. */
  #stopWatching = (): void => {};

  /**
   * Makes a clock.
   *
   * @param options Where it begins, and how it moves.
   */
  constructor({ start = 0, auto = true, turns = 10 }: TestClockOptions = {}) {
    this.#now = start;
    this.#auto = auto;
    this.#turns = turns;
  }

  /**
   * The time.
   *
   * @returns Milliseconds.
   */
  now(): number {
    return this.#now;
  }

  /**
   * Sets a timer.
   *
   * @param callback What to call.
   * @param delay Milliseconds from now.
   * @returns What {@linkcode TestClock.clearTimer} takes.
   */
  setTimer(callback: () => void, delay: number): unknown {
    const timer = { at: this.#now + Math.max(0, delay), callback };
    const next = this.#timers.findIndex(({ at }) => at > timer.at);
    this.#timers.splice(next < 0 ? this.#timers.length : next, 0, timer);
    if (this.#auto && !this.#watching) this.#watch();
    return timer;
  }

  /**
   * Forgets a timer.
   *
   * @param id What {@linkcode TestClock.setTimer} returned.
   */
  clearTimer(id: unknown): void {
    const index = this.#timers.indexOf(id as TestTimer);
    if (index < 0) return;
    this.#timers.splice(index, 1);
    if (this.#timers.length === 0) this.#stopWatching();
  }

  /**
   * Told of a loop that runs by this clock.
   *
   * @param loop The loop.
   */
  attach(loop: ClockedLoop): void {
    this.#loops.add(loop);
  }

  /**
   * Told that such a loop is closed.
   *
   * @param loop The loop.
   */
  detach(loop: ClockedLoop): void {
    this.#loops.delete(loop);
  }

  /**
   * Lets time pass, step by step: what a timer sets off runs before the next timer fires.
   *
   * @param ms How much, in milliseconds.
   * @returns When everything that was due has run.
   * @throws {RangeError} If `ms` is negative or `NaN`: time does not go back.
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`Cannot let ${ms} milliseconds pass`);
    const end = this.#now + ms;
    this.#advancing += 1;
    try {
      await this.#untilQuiet();
      while (this.#timers.length > 0 && this.#timers[0]!.at <= end) {
        this.#fire();
        await this.#untilQuiet();
      }
      this.#now = Math.max(this.#now, end);
    } finally {
      this.#advancing -= 1;
    }
  }

  async #watch(): Promise<void> {
    this.#watching = true;
    const turn = () =>
      new Promise<void>((resolve) => {
        const id = setImmediate(resolve);
        this.#stopWatching = () => {
          clearImmediate(id);
          resolve();
        };
      });
    while (this.#timers.length > 0) {
      await this.#untilQuiet(turn, () => this.#timers.length === 0);
      if (this.#advancing === 0) this.#fire();
    }
    this.#watching = false;
  }

  async #untilQuiet(turn = nextTurn, isEnough = () => false): Promise<void> {
    let quiet = 0;
    let before = this.#rounds();
    while (quiet < this.#turns && !isEnough()) {
      await turn();
      const now = this.#rounds();
      const isQuiet = now === before && [...this.#loops].every((loop) => loop.isIdle());
      quiet = isQuiet ? quiet + 1 : 0;
      before = now;
    }
  }

  #rounds(): number {
    let rounds = 0;
    for (const loop of this.#loops) rounds += loop.rounds;
    return rounds;
  }

  #fire(): void {
    const timer = this.#timers.shift();
    if (timer === undefined) return;
    this.#now = Math.max(this.#now, timer.at);
    timer.callback();
  }
}
