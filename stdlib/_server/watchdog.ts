/**
 * A deadline that is set and dropped thousands of times a second and hardly
 * ever met: one timer, looked after only when it fires.
 *
 * @module
 */

import { getEventLoop } from "../../loop/events.ts";
import type { EventLoop } from "../../loop/event_loop.ts";
import type { TimerHandle } from "../../loop/handles.ts";

/** Calls back once when a deadline has passed that nobody dropped. */
export class Watchdog {
  readonly #loop: EventLoop = getEventLoop();
  readonly #onExpired: () => void;
  #deadline = Infinity;
  #timer: TimerHandle | undefined;
  #timerAt = Infinity;

  /**
   * Sleeps at first.
   *
   * @param onExpired Called when a deadline passes; the watchdog then sleeps again.
   */
  constructor(onExpired: () => void) {
    this.#onExpired = onExpired;
  }

  /**
   * Sets the deadline, in place of the one before.
   *
   * @param ms How far away it is, in milliseconds; `Infinity` for none.
   */
  watch(ms: number): void {
    this.#deadline = this.#loop.time() + ms;
    // A timer that fires too early is set again then; one too late has to go now.
    if (this.#deadline < this.#timerAt) this.#arm();
  }

  /** Drops the deadline. The timer, if any, is left to find that out. */
  rest(): void {
    this.#deadline = Infinity;
  }

  /** Ends the timer. */
  stop(): void {
    this.#deadline = Infinity;
    this.#disarm();
  }

  #arm(): void {
    this.#disarm();
    this.#timerAt = this.#deadline;
    const ms = Math.min(this.#deadline - this.#loop.time(), 2 ** 31 - 1);
    this.#timer = this.#loop.callLater(ms, () => this.#fired());
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAt = Infinity;
  }

  #fired(): void {
    this.#timer = undefined;
    this.#timerAt = Infinity;
    if (this.#deadline === Infinity) return;
    if (this.#deadline > this.#loop.time()) {
      this.#arm();
      return;
    }
    this.#deadline = Infinity;
    this.#onExpired();
  }
}
