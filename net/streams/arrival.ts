/**
 * The wait for bytes, which takes them no sooner than it comes back.
 *
 * Between the moment in which bytes come and the one in which the code goes on
 * that waits for them, its task may be cancelled. Then nothing must be lost; so
 * nothing is taken before. What an `async` function would do in a few steps,
 * each with promises of its own, this does in one.
 *
 * @module
 */

import { Wait } from "../../loop/wait.ts";
import type { InterruptibleOptions } from "../../loop/wait.ts";
import { type Observer, Reaction } from "../../loop/reactions.ts";

/** What a call takes when its wait is over. */
export interface Taking<T> {
  /**
   * Takes it.
   *
   * @param more Whether something has come; `false` at the end.
   * @returns What the call returns, or a promise of it where somebody else was quicker.
   */
  take(more: boolean): T | PromiseLike<T>;
  /** The call is broken off: what has come for it, or still comes, is for the next one. */
  giveUp?(): void;
}

/** A wait for bytes, with what is taken as its result. */
export class Arrival<T> extends Wait<T> {
  readonly #taking: Taking<T>;
  // Whether it is awaited, and nobody else looks at its result.
  #isAwaited = false;
  #isShared = false;
  // Whether something has come and is not taken yet.
  #come: { readonly more: boolean } | null = null;

  /**
   * Begins to wait.
   *
   * @param taking What is taken at the end.
   * @param options What ends the wait; the signal is not aborted yet.
   */
  constructor(taking: Taking<T>, options?: InterruptibleOptions) {
    super(options);
    this.#taking = taking;
  }

  /**
   * Ends the wait.
   *
   * @param more Whether something has come.
   */
  come(more: boolean): void {
    // Who does not wait cannot be cancelled; and who reads next must not get it.
    if (!this.#isAwaited || this.#isShared) return this.setResult(this.#taking.take(more) as T);
    this.#come = more ? SOME : NONE;
    super._settle("finished", undefined);
  }

  /** What `await` calls. */
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    // deno-lint-ignore no-explicit-any -- as in Promise
    onRejected?: ((reason: any) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#isAwaited = true;
    return super.then(onFulfilled, onRejected);
  }

  /** The result. */
  override result(): T {
    this.#take();
    return super.result();
  }

  /** @internal */
  override _given(): T {
    this.#take();
    return this._value as T;
  }

  /** @internal */
  override _retrieved(): void {
    if (this.#come !== null) this.#taking.giveUp?.();
    super._retrieved();
  }

  /** @internal */
  override _observe(observer: Observer): void {
    if (!(observer instanceof Reaction)) this.#isShared = true;
    if (this.done()) this.#take();
    super._observe(observer);
  }

  /** @internal */
  override _settle(...[state, value]: Parameters<Wait<T>["_settle"]>): void {
    super._settle(state, value);
    if (state !== "finished") this.#taking.giveUp?.();
  }

  #take(): void {
    if (this.#come === null) return;
    const { more } = this.#come;
    this.#come = null;
    this._value = this.#taking.take(more);
  }
}

const SOME = { more: true };
const NONE = { more: false };
