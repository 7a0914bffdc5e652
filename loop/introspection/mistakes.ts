/**
 * The mistakes that a loop looks for, some of them in debug mode only.
 *
 * @module
 */

import { noteOf } from "../awaits.ts";
import { currentFrame, type FrameLoop } from "../context.ts";
import { iscoroutinefunction } from "../coroutines.ts";
import { RuntimeError } from "../exceptions.ts";
import type { Ready } from "../ready.ts";

/**
 * Refuses what cannot be a callback, and what should be a task.
 *
 * @param callback The callback.
 * @param method The method that was given it.
 * @throws {TypeError} If it is no function, or an async one.
 */
export function checkCallback(callback: unknown, method: string): void {
  if (typeof callback !== "function") {
    throw new TypeError(`${method}() needs a function to call, not ${typeof callback}`);
  }
  if (iscoroutinefunction(callback)) {
    throw new TypeError(
      `${method}() cannot take an async function: nobody would wait for it, or see its errors. ` +
        "Make it a task, by createTask()",
    );
  }
}

/**
 * Refuses calls by the code of another loop.
 *
 * @param loop The loop that is called.
 * @throws {RuntimeError} If another loop runs the caller.
 */
export function checkCaller(loop: FrameLoop): void {
  const other = currentFrame()._loop;
  if (other === null || other === loop || other.isClosed()) return;
  throw new RuntimeError(
    "The code of another event loop has called. If that is meant, use callSoonThreadsafe()",
  );
}

/**
 * Says that a task has ended well although it was cancelled, and nobody took that back.
 *
 * @param task The task.
 * @returns What may be wrong with it.
 */
export function describeSwallowed(task: object): string {
  return `${task} was cancelled, and goes on as if it was not: does it catch CancelledError?`;
}

/**
 * Says that something has kept everybody waiting.
 *
 * @param item What was run.
 * @param duration How long, in milliseconds.
 * @returns What it was, and where to look for it.
 */
export function describeSlow(item: Ready, duration: number): string {
  const [made] = item._madeAt?.frames ?? [];
  const [began] = noteOf(item)?.stack.frames ?? [];
  const parts = [`Executing ${item}`];
  // A handle says so itself.
  if (made !== undefined && item._resumes !== "nothing") parts.push(`created at ${made.place}`);
  parts.push(`took ${duration.toFixed(0)} milliseconds`);
  if (began !== undefined) parts.push(`after its await at ${began.place}`);
  return parts.join(" ");
}
