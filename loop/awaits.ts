/**
 * The awaits at which the code of a task stands: one, or several where it
 * awaits a `Promise.all`.
 *
 * @module
 */

import { Stack } from "./stack.ts";

/** An `await` that has not come back yet. */
export interface Await {
  /** What is awaited. */
  readonly future: {
    /** Asks it to be over. */
    cancel?(message?: string): boolean;
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
 * @param awaits The awaits.
 * @param message What the exception shall say.
 * @returns Whether one of them at least will end for it.
 */
export function cancelAwaited(awaits: Awaits, message: string | undefined): boolean {
  let cancelled = false;
  for (const { future } of listAwaits(awaits)) {
    if (future.cancel?.(message)) cancelled = true;
  }
  return cancelled;
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
