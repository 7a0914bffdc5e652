/**
 * Results that are not there yet (Python's `asyncio.Future`).
 *
 * A future is no `Promise`, but a plain object with a `then` method. `await`
 * calls that method, in the frame of the task that awaits; so the future knows
 * its task, the task knows what it waits for, and cancellation can be thrown
 * exactly there.
 *
 * @module
 */

import type { BaseEventLoop } from "./base_event_loop.ts";
import { type AwaitingTask, captureContext, type Context, currentFrame } from "./context.ts";
import { CancelledError, InvalidStateError, RuntimeError } from "./exceptions.ts";
import type { DoneCallbackOptions, FutureOptions } from "./future_options.ts";
import { currentLoop } from "./loops.ts";
import {
  deliver,
  DoneCallback,
  type DoneFunction,
  type FutureState,
  isAwaited,
  listObservers,
  notifyAll,
  type Observer,
  type Observers,
  type OnFulfilled,
  type OnRejected,
  Reaction,
  refuse,
  type Waited,
  withObserver,
  withoutObservers,
} from "./reactions.ts";
import { detailsOf, type Inspect, show } from "./introspection/shown.ts";
import { Stack } from "./introspection/stack.ts";
import { type Unretrieved, unwatch, watch } from "./introspection/unretrieved.ts";

/**
 * A result that somebody will set (`asyncio.Future`).
 *
 * Awaiting it gives the result, or throws the exception. To cancel a task that
 * awaits it cancels the future too; `shield()` prevents that.
 *
 * @example One task waits for what another finds
 * ```ts
 * import assert from "node:assert/strict";
 * import { createTask, getRunningLoop, run } from "https://tulip.example/loop/mod.ts";
 *
 * await run(async () => {
 *   const answer = getRunningLoop().createFuture<number>();
 *   createTask(() => answer.setResult(42));
 *   assert.equal(await answer, 42);
 * });
 * ```
 */
export class Future<T = unknown> implements Promise<T> {
  /** @internal */
  readonly _loop: BaseEventLoop;
  /** @internal */
  _state: FutureState = "pending";
  /** @internal The result, or the exception; of a task that was cancelled, the CancelledError. */
  _value: unknown = undefined;
  /** @internal Where it was made. Known in debug mode only. */
  _madeAt: Stack | undefined = undefined;
  #cancelMessage: string | undefined = undefined;
  #observers: Observers = null;
  #unretrieved: Unretrieved | null = null;

  /**
   * Makes a future without result. `loop.createFuture()` does the same.
   *
   * @param options The loop.
   * @throws {TypeError} If `options` is no object.
   */
  constructor(options?: FutureOptions) {
    if (options !== undefined && typeof options !== "object") {
      throw new TypeError(`The options of a future are an object, not ${typeof options}`);
    }
    this._loop = options?.loop ?? currentLoop() as BaseEventLoop;
    if (this._loop.getDebug()) this._madeAt = Stack.capture(new.target);
  }

  /**
   * The loop of the future.
   *
   * @returns The loop.
   */
  getLoop(): BaseEventLoop {
    return this._loop;
  }

  /**
   * Whether it has a result or an exception, or was cancelled.
   *
   * @returns `true` if awaiting it does not wait.
   */
  done(): boolean {
    return this._state !== "pending";
  }

  /**
   * Whether it was cancelled.
   *
   * @returns `true` if awaiting it throws {@linkcode CancelledError}.
   */
  cancelled(): boolean {
    return this._state === "cancelled";
  }

  /**
   * The result.
   *
   * @returns The result.
   * @throws {CancelledError} If the future was cancelled.
   * @throws {InvalidStateError} If it is not done.
   * @throws {unknown} The exception, if it has one.
   */
  result(): T {
    switch (this._state) {
      case "finished":
        return this._value as T;
      case "failed":
        this._retrieved();
        throw this._value;
      case "cancelled":
        throw this._cancelledError();
      case "pending":
        throw new InvalidStateError("Result is not set");
    }
  }

  /**
   * The exception.
   *
   * @returns The exception, or `null` where there is a result.
   * @throws {CancelledError} If the future was cancelled.
   * @throws {InvalidStateError} If it is not done.
   */
  exception(): unknown {
    switch (this._state) {
      case "finished":
        return null;
      case "failed":
        this._retrieved();
        return this._value;
      case "cancelled":
        throw this._cancelledError();
      case "pending":
        throw new InvalidStateError("Exception is not set");
    }
  }

  /**
   * Sets the result, and has the callbacks called soon.
   *
   * @param value The result. A promise or thenable is awaited in turn by whoever awaits the future.
   * @throws {InvalidStateError} If the future is done.
   */
  setResult(value: T): void {
    this.#checkPending();
    this._settle("finished", value);
  }

  /**
   * Sets the exception, and has the callbacks called soon. If nobody ever
   * retrieves it, the loop's exception handler is told.
   *
   * @param exception The exception.
   * @throws {InvalidStateError} If the future is done.
   */
  setException(exception: unknown): void {
    this.#checkPending();
    this._settle("failed", exception);
  }

  /**
   * Cancels the future, and has the callbacks called soon.
   *
   * @param message What {@linkcode CancelledError} shall say.
   * @returns `false` if the future is done already.
   */
  cancel(message?: string): boolean {
    // Whoever cancels it does not want to hear of its exception any more.
    this._retrieved();
    if (this._state !== "pending") return false;
    this.#cancelMessage = message;
    this._settle("cancelled", undefined);
    return true;
  }

  /**
   * Has a function called soon after the future is done; where it is done, soon.
   *
   * @param callback Called with this future.
   * @param options The context in which it runs.
   */
  addDoneCallback(callback: (future: this) => unknown, options: DoneCallbackOptions = {}): void {
    const context = options.context ?? captureContext();
    this._observe(new DoneCallback(callback as DoneFunction, context, null));
  }

  /**
   * Takes a callback back.
   *
   * @param callback What was added.
   * @returns How many times it had been added.
   */
  removeDoneCallback(callback: (future: this) => unknown): number {
    const kept = withoutObservers(
      this.#observers,
      (observer) => observer instanceof DoneCallback && observer.callback === callback,
    );
    const removed = listObservers(this.#observers).length - kept.length;
    this.#observers = kept;
    return removed;
  }

  /**
   * What `await` calls, and what makes chains of promises possible.
   *
   * Inside a task this counts as waiting: until the future is done, cancelling
   * the task cancels the future.
   *
   * @param onFulfilled Called with the result.
   * @param onRejected Called with the exception, or with a {@linkcode CancelledError}.
   * @returns A native promise of what the functions return.
   */
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    // deno-lint-ignore no-explicit-any -- as in Promise
    onRejected?: ((reason: any) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return new Promise((resolve, reject) => {
      const { _task: task } = currentFrame();
      const reaction = new Reaction(
        this,
        task === null || task.done() ? null : task,
        onFulfilled as OnFulfilled,
        onRejected as OnRejected,
        resolve as (value: unknown) => void,
        reject,
      );
      this._react(reaction);
    });
  }

  /**
   * As `Promise.prototype.catch`.
   *
   * @param onRejected Called with the exception.
   * @returns A native promise of the result, or of what the function returns.
   */
  catch<B = never>(
    // deno-lint-ignore no-explicit-any -- as in Promise
    onRejected?: ((reason: any) => B | PromiseLike<B>) | null,
  ): Promise<T | B> {
    return this.then(undefined, onRejected);
  }

  /**
   * As `Promise.prototype.finally`.
   *
   * @param onFinally Called when the future is done.
   * @returns A native promise of the result.
   */
  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.then<T>().finally(onFinally);
  }

  /** What `Object.prototype.toString` calls it. */
  get [Symbol.toStringTag](): string {
    return "Future";
  }

  /**
   * The future for people: what it is, and how far.
   *
   * @returns For example `<Future pending>`.
   */
  toString(): string {
    return `<${this.constructor.name} ${this._describe()}>`;
  }

  /**
   * The future as `console.log` shows it: with its result or exception, and its callbacks.
   *
   * @param inspect Shows the result.
   * @returns For example `<Future finished result=42>`.
   */
  [Symbol.for("Deno.customInspect")](inspect: Inspect): string {
    return show(this, inspect);
  }

  /** @internal What there is to see of it besides its state. */
  _details(inspect: Inspect): string[] {
    return detailsOf(this, this.#observers, inspect);
  }

  /** @internal The state for people. */
  _describe(): string {
    return this._state;
  }

  /** @internal Adds a callback that needs no context. Who waits for `waited` in truth waits for this future. */
  _onDone(callback: (future: this) => unknown, waited: Waited | null = null): void {
    this._observe(new DoneCallback(callback as DoneFunction, null, waited));
  }

  /** @internal The tasks that wait for it, or for what was made of it. */
  _waiters(): readonly AwaitingTask[] {
    return listObservers(this.#observers).flatMap((observer) => observer.waiters());
  }

  /** @internal */
  _observe(observer: Observer): void {
    if (this._state !== "pending") observer.notify(this);
    else this.#observers = withObserver(this.#observers, observer);
  }

  /** @internal Begins an await. */
  _react(reaction: Reaction): void {
    if (this._state !== "pending") {
      // As in Python, awaiting what is done gives nobody else a turn, and is no
      // point at which a cancellation arrives. JavaScript insists on a microtask.
      if (this._state === "failed") this._retrieved();
      queueMicrotask(() => deliver(reaction));
      return;
    }
    const task = reaction.task;
    if (task === null) {
      this._observe(reaction);
    } else if (task as unknown === this) {
      refuse(reaction, task, new RuntimeError(`Task cannot await on itself: ${this}`));
    } else {
      this._observe(reaction);
      task._suspend(reaction);
      if (task._mustCancel && this.cancel(task._cancelMessage)) task._mustCancel = false;
    }
  }

  /** @internal Has an await come back before it is done, with a cancellation of its task. */
  _interrupt(reaction: Reaction): void {
    if (this.done()) return;
    this.#observers = withoutObservers(this.#observers, (observer) => observer === reaction);
    // Nobody will miss its exception.
    this._observe(new Reaction(this, null, ignore, ignore, ignore, ignore));
    reaction.notify(this);
  }

  /** @internal Becomes done. Subclasses release here what they hold while they are not. */
  _settle(state: FutureState, value: unknown): void {
    this._state = state;
    this._value = value;
    const observers = this.#observers;
    this.#observers = null;
    if (state === "failed" && !isAwaited(observers)) this.#unretrieved = watch(this);
    notifyAll(observers, this);
  }

  /** @internal The exception has been seen. */
  _retrieved(): void {
    if (this.#unretrieved === null) return;
    unwatch(this.#unretrieved);
    this.#unretrieved = null;
  }

  /** @internal What an await gives, which comes back now. Subclasses may make it only here. */
  _given(): unknown {
    return this._value;
  }

  /** @internal Whether it has an exception that nobody has seen, nor will by an await. */
  _isUnretrieved(): boolean {
    return this.#unretrieved !== null;
  }

  /** @internal What a report says of where it was made. */
  _origin(): { sourceTraceback?: string } {
    return this._madeAt === undefined ? {} : { sourceTraceback: String(this._madeAt) };
  }

  /** @internal The context in which its code runs; `null` for a future, which has none. */
  get _context(): Context | null {
    return null;
  }

  /** @internal What awaiting it throws after it was cancelled. */
  _cancelledError(): CancelledError {
    return new CancelledError(this.#cancelMessage);
  }

  /** @internal What to say when nobody retrieves the exception. */
  _unretrievedMessage(): string {
    return "Future exception was never retrieved";
  }

  #checkPending(): void {
    if (this._state !== "pending") {
      throw new InvalidStateError(`The future is ${this._state} already`);
    }
  }
}

function ignore(): void {}
