/**
 * Who waits for whom (Python's `asyncio.graph`, 3.14).
 *
 * Nothing is kept for it: whatever waits for a future stands in the future's
 * own list of what to tell when it is done. Only edges that are added by hand
 * have a place of their own.
 *
 * @module
 */

import { currentFrame } from "../context.ts";
import { print, type TextOutput } from "../debug.ts";
import { RuntimeError } from "../exceptions.ts";
import { Future } from "../future.ts";
import { Stack, type StackFrame } from "./stack.ts";
import { Task } from "../task.ts";
import { checkLimit, stackOf } from "./task_stack.ts";
import { currentTask } from "../tasks.ts";

/** Options of {@linkcode captureCallGraph} and {@linkcode formatCallGraph}. */
export interface CallGraphOptions {
  /**
   * From which function on the stack of the calling task is told: 1 is the caller itself. It has no
   * meaning for other tasks.
   *
   * @default {1}
   */
  depth?: number;
  /**
   * The most functions in each stack, or `null` for all. A positive number keeps those next to the
   * beginning of the task, a negative one those next to where it stands; 0 keeps none.
   *
   * @default {null}
   */
  limit?: number | null;
}

/** Options of {@linkcode printCallGraph}. */
export interface PrintCallGraphOptions extends CallGraphOptions {
  /**
   * Where the text goes.
   *
   * @default {standard error}
   */
  file?: TextOutput;
}

/** One function in a call graph (`asyncio.FrameCallGraphEntry`). */
export interface FrameCallGraphEntry {
  /** The function, and where it stands. */
  readonly frame: StackFrame;
}

/** A future, and who waits for it (`asyncio.FutureCallGraph`). */
export interface FutureCallGraph {
  /** The future or task. */
  readonly future: Future;
  /** Where it stands, innermost first; empty where that is not known. */
  readonly callStack: readonly FrameCallGraphEntry[];
  /** Those that wait for it. */
  readonly awaitedBy: readonly FutureCallGraph[];
}

/**
 * Tells who waits for a future or task, and who waits for them in turn
 * (`asyncio.capture_call_graph`).
 *
 * Where the tasks stand is known in debug mode only; of the calling task it is always known. What
 * lies between, as `gather()` and `shield()`, is left out: its tasks are awaited by whoever awaits it.
 *
 * @param future The future or task; the calling task, if none is given.
 * @param options How much of the stacks.
 * @returns The graph; `null` if none is given and a callback asks. A task that waits for itself,
 *   through others, is told once more at the end, without those that wait for it.
 * @throws {RuntimeError} If none is given, and no loop runs the caller.
 * @throws {TypeError} If it is no future, or an option is no whole number.
 *
 * @example Who waits for this task?
 * ```ts
 * import assert from "node:assert/strict";
 * import { captureCallGraph, createTask, run, type Task } from "https://tulip.example/loop/mod.ts";
 *
 * await run(async () => {
 *   const task = createTask({ name: "helper" }, async function help() {
 *     await null;
 *     const graph = captureCallGraph()!;
 *     assert.equal((graph.future as Task).getName(), "helper");
 *     assert.equal(graph.callStack[0]!.frame.functionName, "help");
 *     assert.equal(graph.awaitedBy.length, 1);
 *   });
 *   await task;
 * });
 * ```
 */
export function captureCallGraph(
  future: Future | null = null,
  options: CallGraphOptions = {},
): FutureCallGraph | null {
  return capture(future, options, captureCallGraph);
}

/**
 * Writes a call graph for people (`asyncio.format_call_graph`). See {@linkcode captureCallGraph}.
 *
 * @param future The future or task; the calling task, if none is given.
 * @param options How much of the stacks.
 * @returns Lines, indented; none where there is nothing to tell.
 * @throws {RuntimeError} If none is given, and no loop runs the caller.
 * @throws {TypeError} If it is no future, or an option is no whole number.
 *
 * @example A future for which a task waits
 * ```ts
 * import assert from "node:assert/strict";
 * import { createTask, formatCallGraph, Future, run, sleep } from "https://tulip.example/loop/mod.ts";
 *
 * await run(async () => {
 *   const answer = new Future<void>();
 *   const task = createTask({ name: "asks" }, () => answer);
 *   await sleep(0);
 *   assert.equal(
 *     formatCallGraph(answer),
 *     "* <Future pending>\n  + Awaited by:\n    * <Task pending name='asks'>",
 *   );
 *   answer.setResult();
 *   await task;
 * });
 * ```
 */
export function formatCallGraph(
  future: Future | null = null,
  options: CallGraphOptions = {},
): string {
  const graph = capture(future, options, formatCallGraph);
  return graph === null ? "" : render(graph, "").join("\n");
}

/**
 * Prints a call graph (`asyncio.print_call_graph`). See {@linkcode captureCallGraph}.
 *
 * @param future The future or task; the calling task, if none is given.
 * @param options How much of the stacks, and where the text goes.
 * @throws {RuntimeError} If none is given, and no loop runs the caller.
 * @throws {TypeError} If it is no future, or an option is no whole number.
 *
 * @example Into a text of one's own
 * ```ts
 * import assert from "node:assert/strict";
 * import { printCallGraph, run } from "https://tulip.example/loop/mod.ts";
 *
 * let text = "";
 * await run(function main() {
 *   printCallGraph(null, { file: { write: (part) => text += part } });
 * });
 * assert.match(text, /^\* <Task .*>\n  \+ Call stack:\n  \|   at main /);
 * ```
 */
export function printCallGraph(
  future: Future | null = null,
  { file, ...options }: PrintCallGraphOptions = {},
): void {
  const graph = capture(future, options, printCallGraph);
  if (graph !== null) print(render(graph, "").join("\n"), file);
}

/**
 * Says that a future waits for another one in a way of its own, for call graphs
 * (`asyncio.future_add_to_awaited_by`). Of all that `await`s, and of all in this library, they know.
 *
 * @param future What is waited for. Ignored, as in Python, if it is no future.
 * @param waiter What waits. Ignored if it is no future.
 *
 * @example A wait that nobody can see
 * ```ts
 * import assert from "node:assert/strict";
 * import { captureCallGraph, Future, futureAddToAwaitedBy } from "https://tulip.example/loop/mod.ts";
 *
 * const inner = new Future<void>();
 * const outer = new Future<void>();
 * inner.addDoneCallback(() => outer.setResult());
 * futureAddToAwaitedBy(inner, outer);
 * assert.equal(captureCallGraph(inner)?.awaitedBy[0]?.future, outer);
 * ```
 */
export function futureAddToAwaitedBy(future: Future, waiter: Future): void {
  if (!(future instanceof Future && waiter instanceof Future)) return;
  const waiters = addedWaiters.get(future);
  if (waiters === undefined) addedWaiters.set(future, new Set([waiter]));
  else waiters.add(waiter);
}

/**
 * Takes back what {@linkcode futureAddToAwaitedBy} has said
 * (`asyncio.future_discard_from_awaited_by`).
 *
 * @param future What was waited for.
 * @param waiter What has waited.
 *
 * @example No longer
 * ```ts
 * import assert from "node:assert/strict";
 * import {
 *   captureCallGraph,
 *   Future,
 *   futureAddToAwaitedBy,
 *   futureDiscardFromAwaitedBy,
 * } from "https://tulip.example/loop/mod.ts";
 *
 * const inner = new Future<void>();
 * const outer = new Future<void>();
 * futureAddToAwaitedBy(inner, outer);
 * futureDiscardFromAwaitedBy(inner, outer);
 * assert.deepEqual(captureCallGraph(inner)?.awaitedBy, []);
 * ```
 */
export function futureDiscardFromAwaitedBy(future: Future, waiter: Future): void {
  addedWaiters.get(future)?.delete(waiter);
}

/**
 * Who waits for a future.
 *
 * @param future The future.
 * @returns Tasks, and what was added by hand.
 * @internal
 */
export function awaitedBy(future: Future): Set<Future> {
  const tasks = future._waiters().filter((task) => task instanceof Task && !task.done());
  return new Set([...tasks as Task[], ...addedWaiters.get(future) ?? []]);
}

const addedWaiters: WeakMap<Future, Set<Future>> = new WeakMap();

function capture(
  future: Future | null,
  { depth = 1, limit = null }: CallGraphOptions,
  // deno-lint-ignore ban-types -- as in Stack.capture
  below: Function,
): FutureCallGraph | null {
  checkLimit(limit);
  if (!Number.isInteger(depth)) throw new TypeError(`The depth is a whole number, not ${depth}`);
  const current = currentTask();
  if (future === null) {
    if (currentFrame()._loop === null) {
      throw new RuntimeError("No loop runs the caller: say which future is meant");
    }
    if (current === null) return null;
    future = current;
  }
  if (!(future instanceof Future)) throw new TypeError("A call graph needs a future or a task");
  const here = Stack.capture(below).frames.slice(Math.max(0, depth - 1));
  const framesOf = (task: Task) => task === current ? here : stackOf(task)?.frames ?? [];

  function graphOf(future: Future, path: readonly Future[]): FutureCallGraph {
    const frames = future instanceof Task && !future.done() ? framesOf(future) : [];
    const waiters = path.includes(future) ? [] : [...awaitedBy(future)];
    return {
      future,
      callStack: entries(frames, limit),
      awaitedBy: waiters.map((waiter) => graphOf(waiter, [...path, future])),
    };
  }
  return graphOf(future, []);
}

function entries(frames: readonly StackFrame[], limit: number | null): FrameCallGraphEntry[] {
  const kept = limit === null ? frames : limit > 0 ? frames.slice(-limit) : frames.slice(0, -limit);
  return kept.map((frame) => ({ frame }));
}

function render({ future, callStack, awaitedBy }: FutureCallGraph, indent: string): string[] {
  const lines = [`${indent}* ${future}`];
  if (callStack.length > 0) lines.push(`${indent}  + Call stack:`);
  for (const { frame } of callStack) lines.push(`${indent}  |   ${frame}`);
  if (awaitedBy.length > 0) lines.push(`${indent}  + Awaited by:`);
  for (const waiter of awaitedBy) lines.push(...render(waiter, `${indent}    `));
  return lines;
}
