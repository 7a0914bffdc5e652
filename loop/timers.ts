/**
 * The timers of one loop: a heap, behind a single timer of the clock.
 *
 * A native timer costs several microseconds to set and clear, a place in the
 * heap half of one; and most timers, being time limits, never fire. So a
 * cancelled timer is only marked, and swept out later.
 *
 * @module
 */

import type { Clock } from "./clock.ts";
import type { TimerHandle, TimerOwner } from "./handles.ts";
import type { Ready } from "./ready.ts";
import type { Ring } from "./ring.ts";
import { IMMEDIATE_IS_A_TIMER } from "./turns.ts";

/** The longest delay that `setTimeout` knows. */
const MAX_DELAY = 2 ** 31 - 1;
/** A heap this small is not worth sweeping. */
const SWEEP_ABOVE = 100;
/** How early a timer may fire, in milliseconds: what rounding may take from the clock. */
const RESOLUTION = 0.01;

/** What {@linkcode TimerQueue} tells its loop. */
export interface TimerQueueOptions {
  /** The clock. */
  clock: Clock;
  /** Called when something may be due. */
  onDue: () => void;
  /** Calls a function outside every task, so that no native timer keeps one alive. */
  outside: (callback: () => void) => void;
}

/** Timers in the order of their times, and of their making where times are equal. */
export class TimerQueue implements TimerOwner {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  readonly #outside: (callback: () => void) => void;
  #heap: TimerHandle[] = [];
  #made = 0;
  #cancelled = 0;
  #native: unknown;
  /** When the native timer fires; `Infinity` where none is set. */
  #nativeAt = Infinity;
  #disarming = false;
  #isPaused = true;

  /**
   * Begins without timers, and paused.
   *
   * @param options The clock, and what to tell the loop.
   */
  constructor({ clock, onDue, outside }: TimerQueueOptions) {
    this.#clock = clock;
    this.#onDue = onDue;
    this.#outside = outside;
  }

  /** How many timers it keeps, with those that were cancelled and are not swept out yet. */
  get size(): number {
    return this.#heap.length;
  }

  /**
   * Adds a timer.
   *
   * @param timer The timer.
   * @param now The time.
   * @returns Whether it is due already; then {@linkcode TimerQueue.takeDue} shall be called soon.
   */
  add(timer: TimerHandle, now: number): boolean {
    timer._order = this.#made++;
    timer._owner = this;
    const heap = this.#heap;
    const when = timer.when();
    let hole = heap.length;
    heap.push(timer);
    while (hole > 0) {
      const above = (hole - 1) >> 1;
      const parent = heap[above]!;
      if (parent.when() <= when) break;
      heap[hole] = parent;
      hole = above;
    }
    heap[hole] = timer;
    if (when <= now) return true;
    if (when < this.#nativeAt || !this.#isArmed) this.#arm(when, now);
    return false;
  }

  /**
   * Moves what is due to the ready queue.
   *
   * @param ready The ready queue.
   */
  takeDue(ready: Ring<Ready>): void {
    if (this.#heap.length === 0) return;
    const now = this.#clock.now();
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (first._owner === null) {
        this.#cancelled -= 1;
      } else if (first.when() <= now + RESOLUTION) {
        first._owner = null;
        ready.push(first);
      } else {
        if (!this.#isArmed) this.#arm(first.when(), now);
        return;
      }
      this.#removeFirst();
    }
    this.#disarm();
  }

  /** Wakes the loop no more: it does not run. */
  pause(): void {
    this.#isPaused = true;
    this.#disarm();
  }

  /** Wakes the loop again when something is due. {@linkcode TimerQueue.takeDue} shall be called soon. */
  resume(): void {
    this.#isPaused = false;
  }

  /** A timer was cancelled. */
  forget(): void {
    this.#cancelled += 1;
    const size = this.#heap.length;
    if (size > SWEEP_ABOVE && this.#cancelled * 2 > size) this.#sweep();
    if (this.#cancelled === this.#heap.length) this.#disarmSoon();
  }

  /** Forgets all timers. */
  clear(): void {
    for (const timer of this.#heap) timer._owner = null;
    this.#heap = [];
    this.#cancelled = 0;
    this.#disarm();
  }

  get #isArmed(): boolean {
    return this.#nativeAt !== Infinity;
  }

  #arm(when: number, now: number): void {
    this.#disarm();
    if (this.#isPaused) return;
    const delay = Math.min(Math.max(when - now, 0), MAX_DELAY);
    const at = this.#nativeAt = now + delay;
    let native: unknown;
    this.#outside(() => {
      native = this.#clock.setTimer(this.#fire, delay);
    });
    // Deno loads `setTimeout` when it is first used, and runs reactions of promises meanwhile: the
    // loop may have come round in there, and have no use for this timer any more.
    if (this.#nativeAt === at && this.#native === undefined) this.#native = native;
    else this.#clock.clearTimer(native);
  }

  #disarm(): void {
    if (!this.#isArmed) return;
    this.#nativeAt = Infinity;
    this.#clock.clearTimer(this.#native);
    this.#native = undefined;
  }

  readonly #fire = (): void => {
    this.#nativeAt = Infinity;
    this.#native = undefined;
    this.#onDue();
  };

  /**
   * With no live timer left, the native one must neither keep the process alive
   * nor count as a leak. But a stream sets and cancels a time limit with each
   * read: clearing is put off until the turn of the macrotask queue ends.
   */
  #disarmSoon(): void {
    if (IMMEDIATE_IS_A_TIMER) return this.clear();
    if (this.#disarming) return;
    this.#disarming = true;
    setImmediate(this.#disarmIfUnused);
  }

  readonly #disarmIfUnused = (): void => {
    this.#disarming = false;
    if (this.#cancelled === this.#heap.length) this.clear();
  };

  #sweep(): void {
    const heap = this.#heap.filter((timer) => timer._owner !== null);
    this.#heap = heap;
    this.#cancelled = 0;
    for (let i = (heap.length >> 1) - 1; i >= 0; i--) sink(heap, i, heap[i]!);
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length > 0) sink(heap, 0, last);
  }
}

/** Puts a timer into a hole of a heap, or as far below as it belongs. */
function sink(heap: TimerHandle[], hole: number, timer: TimerHandle): void {
  const size = heap.length;
  for (;;) {
    let below = 2 * hole + 1;
    if (below >= size) break;
    if (below + 1 < size && compare(heap[below + 1]!, heap[below]!) < 0) below += 1;
    if (compare(timer, heap[below]!) <= 0) break;
    heap[hole] = heap[below]!;
    hole = below;
  }
  heap[hole] = timer;
}

function compare(a: TimerHandle, b: TimerHandle): number {
  return a.when() - b.when() || a._order - b._order;
}
