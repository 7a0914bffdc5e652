/**
 * What makes a task: a function and its arguments, and options where they are
 * wanted. They stand first, because the arguments have no end.
 *
 * @module
 */

import type { BaseEventLoop } from "./base_event_loop.ts";
import { Context } from "./context.ts";
import { isThenable } from "./thenables.ts";

/** Options of {@linkcode createTask}, of `loop.createTask()` and of `group.createTask()`. */
export interface CreateTaskOptions {
  /**
   * A name, for people.
   *
   * @default {"Task-" and a number}
   */
  name?: string;
  /**
   * The context in which the task runs; not a copy of it.
   *
   * @default {a copy of the caller's}
   */
  context?: Context;
  /**
   * Whether the function begins at once, inside the call, and goes on as a
   * task only where it waits. If not, it begins soon.
   *
   * @default {false}
   */
  eagerStart?: boolean;
}

/** Options of the constructor of {@linkcode Task}. */
export interface TaskOptions extends CreateTaskOptions {
  /**
   * The loop that runs the task.
   *
   * @default {the loop of the running task, else the default loop}
   */
  loop?: BaseEventLoop;
}

/** A function that runs as a task. */
// deno-lint-ignore no-explicit-any -- its arguments stand beside it
export type TaskCallback<T> = (...args: any[]) => T | PromiseLike<T>;

/** The arguments of a `createTask`: with options, or without. */
export type TaskArguments<T, Args extends unknown[]> =
  | [callback: (...args: Args) => T | PromiseLike<T>, ...args: Args]
  | [options: CreateTaskOptions, callback: (...args: Args) => T | PromiseLike<T>, ...args: Args];

/** The arguments of a `createTask`, told apart. */
export interface ParsedTaskArguments<T> {
  /** The options; without any where none were given. */
  readonly options: CreateTaskOptions;
  /** The function. */
  readonly callback: TaskCallback<T>;
  /** Its arguments. */
  readonly args: readonly unknown[];
}

/**
 * Tells the arguments of a `createTask` apart: `(fn, ...args)` or `(options, fn, ...args)`.
 *
 * @param given All arguments, as they came.
 * @returns The options, the function and its arguments.
 * @throws {TypeError} If there is no function, or an option is of the wrong type.
 * @internal
 */
export function taskArguments<T>(given: readonly unknown[]): ParsedTaskArguments<T> {
  const [first, second] = given;
  if (typeof first === "function") {
    // Tasks are made often, and mostly of a function alone.
    const args = given.length === 1 ? NO_ARGS : given.slice(1);
    return { options: NO_OPTIONS, callback: first as TaskCallback<T>, args };
  }
  if (typeof second !== "function" || !isOptions(first)) refuse(first, second);
  checkOptions(first);
  return { options: first, callback: second as TaskCallback<T>, args: given.slice(2) };
}

const NO_OPTIONS: CreateTaskOptions = Object.freeze({});
const NO_ARGS: readonly unknown[] = Object.freeze([]);

function isOptions(value: unknown): value is CreateTaskOptions {
  return isObject(value) && !isThenable(value);
}

function checkOptions({ name, context, eagerStart }: CreateTaskOptions): void {
  if (name !== undefined && typeof name !== "string") {
    throw new TypeError(`The name of a task is a string, not ${typeof name}`);
  }
  if (context !== undefined && !(context instanceof Context)) {
    throw new TypeError("The context of a task is a Context: copyContext() makes one");
  }
  if (eagerStart !== undefined && typeof eagerStart !== "boolean") {
    throw new TypeError(`eagerStart is true or false, not ${typeof eagerStart}`);
  }
}

function refuse(first: unknown, second: unknown): never {
  if (isOptions(first) && !isThenable(second)) {
    throw new TypeError(
      "A task needs a function after its options: createTask({ name }, fn, arg)",
    );
  }
  throw new TypeError(
    "A task needs a function, not what it returns: createTask(fn, arg) instead of createTask(fn(arg))",
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
