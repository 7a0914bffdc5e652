/**
 * How the function of a task begins, and how the task is told of its end.
 *
 * @module
 */

import { currentFrame } from "./context.ts";
import { isThenable } from "./thenables.ts";

/** A task, as far as its function is concerned. */
export interface Begun {
  /** The function has returned. */
  _finish(value: unknown): void;
  /** The function has thrown. */
  _fail(error: unknown): void;
}

const nativeThen = Promise.prototype.then;

/**
 * Calls the function of a task. The caller has entered the frame of the task.
 *
 * @param task The task.
 * @param callback The function.
 * @param args Its arguments.
 */
export function begin(
  task: Begun,
  callback: (...args: unknown[]) => unknown,
  args: readonly unknown[],
): void {
  let result: unknown;
  try {
    result = callback(...args);
    if (result instanceof Promise && result.then === nativeThen) {
      // The runtime calls these two in the frame of this moment: tasks need no functions of their own.
      result.then(finishCurrent, failCurrent);
      return;
    }
    if (isThenable(result)) {
      // It may be a future, which then is what the task waits for.
      result.then((value) => task._finish(value), (error: unknown) => task._fail(error));
      return;
    }
  } catch (error) {
    task._fail(error);
    return;
  }
  task._finish(result);
}

function finishCurrent(value: unknown): void {
  current()._finish(value);
}

function failCurrent(error: unknown): void {
  current()._fail(error);
}

function current(): Begun {
  return currentFrame()._task as object as Begun;
}
