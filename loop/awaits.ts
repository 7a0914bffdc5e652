/**
 * The awaits at which the code of a task stands: one, or several where it
 * awaits a `Promise.all`.
 *
 * @module
 */

import { Stack } from "./introspection/stack.ts";

/** An `await` that has not come back yet. */
export interface Await {
  /** What is awaited. */
  readonly future: object & {
    /** Asks it to be over. */
    cancel?(message?: string): boolean;
    /** Has the await come back although the future is not done. */
    _interrupt?(one: Await): void;
  };
}

/** Those of one task. Most often it is one, which costs no set. */
export type Awaits = Await | Set<Await> | null;

/** What is known of an await in debug mode. */
export interface AwaitNote {
  /** Where the code stands. */
  readonly stack: Stack;
  /** Since when, by the loop's clock. */
  readonly since: number;
}

const notes = new WeakMap<object, AwaitNote>();
/** The tasks that ask what they await to be over: one for the other, the first one first. */
const asking = new Set<object>();
/** Whether somebody was asked by itself, through the task that asks now. */
let foundCircle = false;
const traced = new WeakSet<Error>();

/**
 * Adds an await.
 *
 * @param awaits Those that there are.
 * @param one The new one.
 * @returns All of them.
 */
export function withAwait(awaits: Awaits, one: Await): Awaits {
  if (awaits === null) return one;
  if (!(awaits instanceof Set)) return new Set([awaits, one]);
  return awaits.add(one);
}

/**
 * Removes an await that has come back.
 *
 * @param awaits Those that there are.
 * @param one What has come back.
 * @returns Those that are left.
 */
export function withoutAwait(awaits: Awaits, one: Await): Awaits {
  if (awaits === one) return null;
  if (awaits instanceof Set) awaits.delete(one);
  return awaits;
}

/**
 * Lists the awaits.
 *
 * @param awaits Those that there are.
 * @returns A list of its own, the oldest first.
 */
export function listAwaits(awaits: Awaits): Await[] {
  if (awaits === null) return [];
  return awaits instanceof Set ? [...awaits] : [awaits];
}

/**
 * Cancels what is awaited.
 *
 * @param task The task that awaits.
 * @param awaits Its awaits.
 * @param message What the exception shall say.
 * @returns Whether one of them at least will end for it. If not, the exception is for the task
 *   itself, when its code next runs.
 */
export function cancelAwaited(
  task: object,
  awaits: Awaits,
  message: string | undefined,
): boolean {
  let cancelled = false;
  const list = listAwaits(awaits);
  const before = foundCircle;
  foundCircle = false;
  asking.add(task);
  for (const { future } of list) {
    if (future.cancel?.(message)) cancelled = true;
  }
  asking.delete(task);
  const closesCircle = foundCircle;
  foundCircle = before;
  if (!closesCircle) return cancelled;
  // Nobody in the circle would ever be woken. (Python asks on and on, until its stack is full.)
  for (const one of list) one.future._interrupt?.(one);
  return false;
}

/**
 * Whether a task that is asked to stop is asked by itself, through those for which it waits.
 *
 * @param task The task.
 * @returns `true` if it is, and whoever asks it is to be woken instead.
 */
export function waitsForItself(task: object): boolean {
  if (!asking.has(task)) return false;
  foundCircle = true;
  return true;
}

/**
 * Notes where an await stands. Called while `then` runs.
 *
 * @param task The task: of it, the newest await is remembered.
 * @param one The await.
 * @param since The time.
 * @param then The method that was called.
 */
// deno-lint-ignore ban-types -- as in Stack.capture
export function noteAwait(task: object, one: Await, since: number, then: Function): void {
  const note = { stack: Stack.capture(then), since };
  notes.set(one, note);
  notes.set(task, note);
}

/**
 * What was noted of an await, or of the newest await of a task.
 *
 * @param one The await, or the task.
 * @returns The note. Outside of debug mode there is none.
 */
export function noteOf(one: object): AwaitNote | null {
  return notes.get(one) ?? null;
}

/**
 * Has a cancellation say in its stack where it was thrown into code, task by
 * task. Outside of debug mode that shows the loop only.
 *
 * @param error The error that is about to be thrown.
 * @param one The await at which it is.
 * @param origin The error of which it is a copy, where it is one.
 */
export function traceCancellation(error: Error, one: object, origin: Error): void {
  const frames = String(noteOf(one)?.stack ?? "");
  if (frames === "") return;
  error.stack = traced.has(origin) ? `${error.stack}\n${frames}` : `${error}\n${frames}`;
  traced.add(error);
}
