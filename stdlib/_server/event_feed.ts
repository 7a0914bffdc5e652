/**
 * What happens on a server, as an async iterable for each who looks on.
 *
 * Nobody who looks on keeps the server waiting. Each has a buffer of their own;
 * whoever lets it fill up is told how many events they have missed, in place of
 * those.
 *
 * @module
 */

import { interruptible } from "../../loop/wait.ts";
import { checkLimit } from "../../protocols/limits.ts";

/** Options of looking on. */
export interface EventFeedOptions {
  /**
   * The most events that wait to be taken. Those that come then are dropped, and counted.
   *
   * @default {1000}
   */
  maxBuffered?: number;
  /** Ends the wait for the next event. */
  signal?: AbortSignal;
}

/** Stands in place of events that were dropped, as nobody took those before them. */
export interface MissedEvents {
  /** What it is. */
  type: "missed";
  /** How many events were dropped here. */
  count: number;
}

/** Gives events to whoever looks on. */
export class EventFeed<Event> {
  readonly #viewers = new Set<Viewer<Event>>();
  #ended = false;

  /** Tells an event to all who look on. */
  tell(event: Event): void {
    for (const viewer of this.#viewers) viewer.take(event);
  }

  /** Nothing will happen any more: whoever looks on gets what waits, and then the end. */
  end(): void {
    this.#ended = true;
    for (const viewer of this.#viewers) viewer.end();
    this.#viewers.clear();
  }

  /**
   * Looks on from now on, not only from the first step of the iteration.
   *
   * @param options How much may wait.
   * @throws {RangeError} If `maxBuffered` is no number above 0.
   */
  view(options: EventFeedOptions = {}): AsyncIterableIterator<Event | MissedEvents> {
    const most = checkLimit("maxBuffered", options.maxBuffered, 1000);
    const viewer = new Viewer<Event>(most, options.signal, () => this.#viewers.delete(viewer));
    if (this.#ended) viewer.end();
    else this.#viewers.add(viewer);
    return viewer;
  }
}

class Viewer<Event> implements AsyncIterableIterator<Event | MissedEvents> {
  readonly #most: number;
  readonly #signal: AbortSignal | undefined;
  readonly #left: () => void;
  #waiting: ({ readonly event: Event } | { missed: number })[] = [];
  #ended = false;
  #sleepers: (() => void)[] = [];

  constructor(most: number, signal: AbortSignal | undefined, left: () => void) {
    this.#most = most;
    this.#signal = signal;
    this.#left = left;
  }

  take(event: Event): void {
    const last = this.#waiting.at(-1);
    if (this.#waiting.length < this.#most) {
      this.#waiting.push({ event });
    } else if (last && "missed" in last) {
      last.missed++;
    } else {
      // It stands where the events are missing.
      this.#waiting.push({ missed: 1 });
    }
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async next(): Promise<IteratorResult<Event | MissedEvents>> {
    try {
      while (this.#waiting.length === 0 && !this.#ended) {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#sleepers.push(resolve);
        await interruptible(promise, { signal: this.#signal });
      }
    } catch (error) {
      // Who is broken off looks on no more: nobody else would say so.
      this.return();
      throw error;
    }
    const next = this.#waiting.shift();
    if (next === undefined) return { done: true, value: undefined };
    const value = "event" in next ? next.event : { type: "missed" as const, count: next.missed };
    return { done: false, value };
  }

  return(): Promise<IteratorResult<Event | MissedEvents>> {
    this.#waiting = [];
    this.#left();
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #wake(): void {
    for (const wake of this.#sleepers.splice(0)) wake();
  }
}
