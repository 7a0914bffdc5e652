/**
 * Waiting in line: for a lock, for an item, for something to happen.
 *
 * @module
 */

import { currentFrame, frames } from "../context.ts";
import { CancelledError } from "../exceptions.ts";
import { Wait } from "../wait.ts";

/** Options of what waits for other tasks: for a lock, an event, room in a queue… */
export interface AcquireOptions {
  /** Ends the wait: the call rejects with `signal.reason`. */
  signal?: AbortSignal;
}

/** What those in line are waiting for. */
export interface Desk<T, S = void> {
  /**
   * Serves one that was called, as soon as its code goes on.
   *
   * @param subject What it came for.
   * @returns What the wait results in. What is thrown is thrown there.
   */
  serve(subject: S): T;
  /**
   * Says what those in line wait for, for people.
   *
   * @returns For example `<Lock [locked, waiters:2]>`.
   */
  purpose?(): string;
  /**
   * Asked before one that was called is served, for somebody else may have come first.
   *
   * @returns `true` if it has to get in line again, at the end.
   */
  isTaken?(): boolean;
  /**
   * Told that one has left without being served: it was cancelled, or its signal was aborted.
   *
   * @param wasCalled Whether it had been called already, and somebody else may be called instead.
   */
  left?(wasCalled: boolean): void;
}

/**
 * Those who wait, in the order in which they came. Everybody stays in line
 * until their code goes on.
 */
export class Line<T, S = void> {
  readonly #desk: Desk<T, S>;
  #first: Turn | null = null;
  #last: Turn | null = null;
  /** The first that was not called. Those before it were, or have given up. */
  #next: Turn | null = null;
  #size = 0;

  /**
   * Makes a line in which nobody waits.
   *
   * @param desk What they will wait for.
   */
  constructor(desk: Desk<T, S>) {
    this.#desk = desk;
  }

  /** How many are in line; those too that were called, or have given up, and do not know it yet. */
  get size(): number {
    return this.#size;
  }

  /**
   * What is waited for, and by how many, for people.
   *
   * @param state The state of it.
   * @returns For example `[locked, waiters:2]`.
   */
  describe(state: string): string {
    return this.#size === 0 ? `[${state}]` : `[${state}, waiters:${this.#size}]`;
  }

  /**
   * Gets in line, at the end.
   *
   * @param options What ends the wait.
   * @param subject What for.
   * @returns What the desk gives.
   */
  wait(options: AcquireOptions | undefined, subject: S): Promise<T> {
    const turn = this.#append(options);
    // One that is called goes on in the loop's frame, and may have to wait again in its own.
    const frame = currentFrame();
    const served: Promise<T> = turn.then(
      () => {
        this.#remove(turn);
        return this.#desk.isTaken?.()
          ? frames.run(frame, () => this.wait(options, subject))
          : this.#desk.serve(subject);
      },
      (error: unknown) => {
        // Its task is thrown the cancellation wherever it stands: if that is not here, it is no loss.
        if (error instanceof CancelledError) served.catch(ignore);
        this.#remove(turn);
        this.#desk.left?.(turn.wasCalled());
        throw error;
      },
    );
    return served;
  }

  /**
   * Whether anybody waits, or was called and has not been served.
   *
   * @returns `false` if everybody in line has given up.
   */
  isWaitedIn(): boolean {
    for (let turn = this.#first; turn !== null; turn = turn.after) {
      if (!turn.hasGivenUp()) return true;
    }
    return false;
  }

  /** Calls the first in line. If it was called already, or has given up, others have to wait for it. */
  callFirst(): void {
    if (this.#first === this.#next) this.#call(this.#first);
  }

  /**
   * Calls the first that was not called.
   *
   * @returns `false` if there is none.
   */
  callNext(): boolean {
    while (this.#next !== null) {
      if (this.#call(this.#next)) return true;
    }
    return false;
  }

  /** Calls everybody. */
  callAll(): void {
    while (this.callNext()) continue;
  }

  #append(options: AcquireOptions | undefined): Turn {
    const turn = new Turn(options, this.#desk);
    const last = this.#last;
    turn.before = last;
    if (last === null) this.#first = turn;
    else last.after = turn;
    this.#last = turn;
    this.#next ??= turn;
    this.#size += 1;
    return turn;
  }

  #remove(turn: Turn): void {
    const { before, after } = turn;
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
    if (this.#next === turn) this.#next = after;
    this.#size -= 1;
  }

  #call(turn: Turn | null): boolean {
    if (turn === null) return false;
    this.#next = turn.after;
    if (turn.done()) return false;
    turn.setResult();
    return true;
  }
}

/** One wait. */
class Turn extends Wait<void> {
  before: Turn | null = null;
  after: Turn | null = null;
  readonly #desk: Desk<unknown, never>;

  constructor(options: AcquireOptions | undefined, desk: Desk<unknown, never>) {
    super(options);
    this.#desk = desk;
  }

  /** @internal */
  _purpose(): string {
    return this.#desk.purpose?.() ?? String(this);
  }

  wasCalled(): boolean {
    return this._state === "finished";
  }

  hasGivenUp(): boolean {
    return this.done() && !this.wasCalled();
  }
}

function ignore(): void {}
