/**
 * The stacks of tasks (Python's `asyncio.base_tasks`).
 *
 * @module
 */

import { type Await, noteOf } from "../awaits.ts";
import type { TextOutput } from "../debug.ts";
import { Stack, type StackFrame } from "./stack.ts";

/** Options of {@linkcode Task.getStack}. */
export interface StackOptions {
  /**
   * The most frames, or `null` for all. Of a stack the newest are kept, of an exception the oldest.
   *
   * @default {null}
   */
  limit?: number | null;
}

/** Options of {@linkcode Task.printStack}. */
export interface PrintStackOptions extends StackOptions {
  /**
   * Where the text goes.
   *
   * @default {standard error}
   */
  file?: TextOutput;
}

/** A task, as far as its stack is concerned. */
export interface StackHolder {
  /** Whether it has failed. */
  readonly _state: string;
  /** What it has failed with. */
  readonly _value: unknown;
  /** What its code waits for. */
  _awaits(): readonly Await[];
}

/**
 * Where a task stands that waits, or where it has failed.
 *
 * @param task The task.
 * @returns The stack; `null` where it is not known.
 */
export function stackOf(task: StackHolder): Stack | null {
  if (task._state === "failed") return Stack.of(task._value);
  const [first] = task._awaits();
  return first === undefined ? null : noteOf(first)?.stack ?? null;
}

/**
 * The frames of a task, as Python orders them.
 *
 * @param task The task.
 * @param stack Where it stands.
 * @param limit The most frames; `null` for all.
 * @returns The frames, oldest first.
 * @throws {TypeError} If `limit` is no whole number.
 */
export function framesOf(
  task: StackHolder,
  stack: Stack | null,
  limit: number | null,
): StackFrame[] {
  checkLimit(limit);
  const frames = stack?.frames.toReversed() ?? [];
  if (limit === null) return frames;
  if (limit <= 0) return [];
  return task._state === "failed" ? frames.slice(0, limit) : frames.slice(-limit);
}

/**
 * The stack of a task for people.
 *
 * @param task The task.
 * @param frames Its frames.
 * @returns Lines: what it is, the frames, and the exception where there is one.
 */
export function formatFrames(task: StackHolder, frames: readonly StackFrame[]): string {
  const failed = task._state === "failed";
  const title = frames.length === 0
    ? `No stack for ${task}`
    : `${failed ? "Traceback" : "Stack"} for ${task} (most recent call last):`;
  const lines = [title, ...frames.map((frame) => `  ${frame}`)];
  if (failed) lines.push(String(task._value));
  return lines.join("\n");
}

/**
 * Checks a limit that a user has given.
 *
 * @param limit The limit, or `null` for none.
 * @throws {TypeError} If it is no whole number.
 */
export function checkLimit(limit: number | null): void {
  if (limit !== null && !Number.isInteger(limit)) {
    throw new TypeError(`The limit of a stack is a whole number or null, not ${limit}`);
  }
}
