/**
 * What happens when a future is done: callbacks are called, and awaits come back.
 *
 * @module
 */

import { traceCancellation } from "./awaits.ts";
import type { BaseEventLoop } from "./base_event_loop.ts";
import type { AwaitingTask, Context } from "./context.ts";
import { CancelledError } from "./exceptions.ts";
import type { Ready } from "./ready.ts";
import type { Stack } from "./introspection/stack.ts";
import { thrownInto } from "./thrown.ts";

/** How far a future is. */
export type FutureState = "pending" | "cancelled" | "failed" | "finished";

/** A future, as those see it who wait for it. */
export interface Settled {
  /** The loop that calls back. */
  readonly _loop: BaseEventLoop;
  /** How far it is. */
  readonly _state: FutureState;
  /** The result, or the exception; of a task that was cancelled, the CancelledError. */
  readonly _value: unknown;
  /** The exception has been seen; or the result will not be, as the task is cancelled. */
  _retrieved(): void;
  /** What an await gives in the moment in which it comes back, with a result. */
  _given(): unknown;
  /** What awaiting it throws after it was cancelled. */
  _cancelledError(): CancelledError;
}

/** What is called when a future is done, with the future. */
// deno-lint-ignore no-explicit-any
export type DoneFunction = (future: any) => unknown;
/** The first argument of `then`. */
export type OnFulfilled = ((value: unknown) => unknown) | null | undefined;
/** The second argument of `then`. */
export type OnRejected = ((reason: unknown) => unknown) | null | undefined;

/** What waits for a future to be done. */
export interface Observer {
  /** The future is done: gets in line. */
  notify(future: Settled): void;
  /** The tasks that wait by it. */
  waiters(): readonly AwaitingTask[];
}

/** What waits for one future. Most often it is one, which costs no list. */
export type Observers = Observer | Observer[] | null;

/** What is made of futures, and is waited for in their place: what `gather()` returns, for example. */
export interface Waited {
  /** The tasks that wait for it. */
  _waiters(): readonly AwaitingTask[];
}

/** A function that is called soon after the future is done. */
export class DoneCallback implements Observer {
  constructor(
    readonly callback: DoneFunction,
    readonly context: Context | null,
    readonly waited: Waited | null,
  ) {}

  notify(future: Settled): void {
    future._loop._callSoonIn(this.context, this.callback, future);
  }

  waiters(): readonly AwaitingTask[] {
    return this.waited?._waiters() ?? [];
  }
}

/** An `await` that has not come back yet: the two functions that were given to `then`. */
export class Reaction implements Observer, Ready {
  readonly _resumes = "code";

  constructor(
    readonly future: Settled,
    readonly task: AwaitingTask | null,
    readonly onFulfilled: OnFulfilled,
    readonly onRejected: OnRejected,
    readonly resolve: (value: unknown) => void,
    readonly reject: (reason: unknown) => void,
  ) {}

  notify(future: Settled): void {
    if (this.task === null) future._loop._pushOutsider(this);
    else this.task._loop._push(this);
  }

  waiters(): readonly AwaitingTask[] {
    return this.task === null ? [] : [this.task];
  }

  _step(self: this): void {
    const { future, task } = self;
    if (task !== null) {
      task._resume(self);
      // A cancellation that comes between the end of the future and this moment wins.
      const mustCancel = task._mustCancel;
      task._mustCancel = false;
      if (mustCancel && !isCancellation(future)) {
        future._retrieved();
        cancel(self, new CancelledError(task._cancelMessage));
        return;
      }
    }
    deliver(self);
  }

  get _madeAt(): Stack | undefined {
    return this.task?._madeAt;
  }

  toString(): string {
    return this.task === null ? "code outside of tasks" : String(this.task);
  }

  _isRunning(): boolean {
    // Of code outside of tasks, nobody knows.
    return this.task === null || this.task._isRunning();
  }
}

/**
 * Has an await come back, with what the future has become.
 *
 * Like all that makes errors here, or calls what may throw, it is called
 * without `this`, for the reason that `Ready` gives.
 *
 * @param reaction The await.
 */
export function deliver(reaction: Reaction): void {
  const { future } = reaction;
  switch (future._state) {
    case "finished":
      call(reaction, reaction.onFulfilled, future._given(), reaction.resolve);
      break;
    case "failed":
      future._retrieved();
      if (future._value instanceof CancelledError) cancel(reaction, future._value);
      else fail(reaction, future._value);
      break;
    default:
      cancel(reaction, future._cancelledError());
  }
}

/**
 * Adds what waits for a future.
 *
 * @param observers What waits for it.
 * @param one What shall wait as well.
 * @returns All of it.
 */
export function withObserver(observers: Observers, one: Observer): Observers {
  if (observers === null) return one;
  if (!Array.isArray(observers)) return [observers, one];
  observers.push(one);
  return observers;
}

/**
 * Removes what waits for a future.
 *
 * @param observers What waits for it.
 * @param isMeant Which to remove.
 * @returns The rest.
 */
export function withoutObservers(
  observers: Observers,
  isMeant: (observer: Observer) => boolean,
): Observer[] {
  return listObservers(observers).filter((observer) => !isMeant(observer));
}

/**
 * Tells everything that waits for a future that it is done.
 *
 * @param observers What waits for it.
 * @param future The future.
 */
export function notifyAll(observers: Observers, future: Settled): void {
  if (Array.isArray(observers)) {
    for (const observer of observers) observer.notify(future);
  } else {
    observers?.notify(future);
  }
}

/**
 * Lists what waits for a future.
 *
 * @param observers What waits for it.
 * @returns A list of its own.
 */
export function listObservers(observers: Observers): Observer[] {
  return observers === null ? [] : [observers].flat();
}

/**
 * Has an await fail in the task's next turn, as in Python: a cancellation may come first.
 *
 * @param reaction The await.
 * @param task The task that awaits.
 * @param error What it fails with.
 */
export function refuse(reaction: Reaction, task: AwaitingTask, error: unknown): void {
  const failed: Settled = {
    _loop: reaction.future._loop,
    _state: "failed",
    _value: error,
    _retrieved() {},
    _given() {},
    _cancelledError: () => new CancelledError(),
  };
  const { onFulfilled, onRejected, resolve, reject } = reaction;
  const later = new Reaction(failed, task, onFulfilled, onRejected, resolve, reject);
  task._suspend(later);
  later.notify(failed);
}

/**
 * Whether an exception will reach code that awaits it.
 *
 * @param observers Who waits for the future.
 * @returns `true` if one of them is an `await`.
 */
export function isAwaited(observers: Observers): boolean {
  return Array.isArray(observers)
    ? observers.some((observer) => observer instanceof Reaction)
    : observers instanceof Reaction;
}

/** Whether awaiting it throws a cancellation: that of `gather()` fails with one. */
function isCancellation({ _state, _value }: Settled): boolean {
  return _state === "cancelled" || _state === "failed" && _value instanceof CancelledError;
}

function cancel(reaction: Reaction, error: CancelledError): void {
  const { task, future } = reaction;
  const isShared = error === future._value;
  const thrown = task === null ? error : thrownInto(task._blocks, error, isShared);
  traceCancellation(thrown, reaction, error);
  fail(reaction, thrown);
}

function fail(reaction: Reaction, reason: unknown): void {
  call(reaction, reaction.onRejected, reason, reaction.reject);
}

function call(
  { resolve, reject }: Reaction,
  handler: ((value: unknown) => unknown) | null | undefined,
  value: unknown,
  otherwise: (value: unknown) => void,
): void {
  if (typeof handler !== "function") return otherwise(value);
  try {
    resolve(handler(value));
  } catch (error) {
    reject(error);
  }
}
