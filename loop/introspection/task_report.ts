/**
 * What every task is doing: what `python -m asyncio ps` tells of another process
 * (Python 3.14), for this one.
 *
 * @module
 */

import { type Await, noteOf } from "../awaits.ts";
import { currentFrame } from "../context.ts";
import { print } from "../debug.ts";
import type { EventLoop } from "../event_loop.ts";
import type { Future } from "../future.ts";
import { runningLoops } from "../loops.ts";
import type { Stack } from "./stack.ts";
import { Task } from "../task.ts";
import { TaskGraph } from "./task_graph.ts";
import { checkLimit, type PrintStackOptions, type StackOptions } from "./task_stack.ts";
import { allTasks } from "../tasks.ts";

/** A future that knows what is waited for with it. */
export interface Purposeful {
  /** What is waited for, for people. */
  _purpose?(): string;
}

/**
 * Tells of every task that is not done: its name and function, what it waits
 * for, and who waits for it. Tasks that wait for each other are pointed out: they hang for good.
 *
 * In debug mode it also tells where each was made, where it waits, and for how long.
 *
 * @param loop Whose tasks; those of all loops that run, if none is given.
 * @param options The most functions of each stack, the innermost first.
 * @returns Lines.
 * @throws {TypeError} If the limit is no whole number.
 *
 * @example What does everybody wait for?
 * ```ts
 * import assert from "node:assert/strict";
 * import { createTask, formatTasks, getRunningLoop, Lock, run, sleep } from "https://tulip.example/loop/mod.ts";
 *
 * await run(async () => {
 *   const lock = new Lock();
 *   using _held = await lock.acquire();
 *   const task = createTask({ name: "saver" }, async function save() {
 *     using _ = await lock.acquire();
 *   });
 *   await sleep(0);
 *   const report = formatTasks(getRunningLoop());
 *   assert.match(report, /^\* saver, save\(\)\n    waits for <Lock \[locked, waiters:1\]>$/m);
 *   task.cancel();
 * });
 * ```
 */
export function formatTasks(
  loop: EventLoop | null = null,
  { limit = null }: StackOptions = {},
): string {
  return format(loop, limit, formatTasks);
}

/**
 * Prints what every task is doing. See {@linkcode formatTasks}. In debug mode,
 * Ctrl-C does so too, before it interrupts `run()`.
 *
 * @param loop Whose tasks; those of all loops that run, if none is given.
 * @param options The most functions of each stack, and where the text goes.
 * @throws {TypeError} If the limit is no whole number.
 *
 * @example Ask a program that seems to hang, by `kill -USR1`
 * ```ts
 * import { getRunningLoop, printTasks, run, sleep } from "https://tulip.example/loop/mod.ts";
 *
 * await run(async () => {
 *   getRunningLoop().addSignalHandler("SIGUSR1", () => printTasks());
 *   await sleep(1);
 * });
 * ```
 */
export function printTasks(
  loop: EventLoop | null = null,
  { limit = null, file }: PrintStackOptions = {},
): void {
  print(format(loop, limit, printTasks), file);
}

// deno-lint-ignore ban-types -- as in Stack.capture
function format(loop: EventLoop | null, limit: number | null, below: Function): string {
  checkLimit(limit);
  const loops = loop === null ? runningLoops : [loop];
  const tasks = [...loops].flatMap((loop) => [...allTasks(loop as EventLoop)]);
  const title = tasks.length === 1 ? "1 task is pending" : `${tasks.length} tasks are pending`;
  const reporter = new Reporter(new TaskGraph(tasks), limit, below);
  return [title, ...tasks.flatMap((task) => reporter.tell(task)), ...reporter.tellCircles()].join(
    "\n",
  );
}

class Reporter {
  readonly #graph: TaskGraph;
  readonly #limit: number | null;
  // deno-lint-ignore ban-types -- as in Stack.capture
  readonly #below: Function;

  // deno-lint-ignore ban-types -- as in Stack.capture
  constructor(graph: TaskGraph, limit: number | null, below: Function) {
    this.#graph = graph;
    this.#limit = limit;
    this.#below = below;
  }

  tell(task: Task): string[] {
    const [made] = task._madeAt?.frames ?? [];
    const title = [task.getName()];
    const functionName = task.getCoro()?.name ?? "";
    if (functionName !== "") title.push(`${functionName}()`);
    if (task.cancelling() > 0) title.push("being cancelled");
    if (made !== undefined) title.push(`created at ${made.place}`);
    const waiters = names(this.#graph.waitersOf(task));
    return [
      `* ${title.join(", ")}`,
      ...this.#tellWork(task),
      ...waiters === "" ? [] : [`    awaited by ${waiters}`],
    ];
  }

  tellCircles(): string[] {
    return this.#graph.circles().map((circle) => `Waiting for each other: ${names(circle, " → ")}`);
  }

  #tellWork(task: Task): string[] {
    if (currentFrame()._task === task) {
      return ["    runs", ...this.#lines(task._stack(this.#below))];
    }
    if (!task._hasBegun()) return ["    has not begun"];
    const awaits = task._awaits();
    if (awaits.length > 0) return awaits.flatMap((one) => this.#tellAwait(task, one));
    const last = noteOf(task);
    return [
      "    awaits a promise of the runtime, or runs",
      ...last === null ? [] : ["    waited last, before that:", ...this.#lines(last.stack)],
    ];
  }

  #tellAwait(task: Task, one: Await): string[] {
    const future = one.future as Future & Purposeful;
    if (future.done()) return ["    is about to go on"];
    const note = noteOf(one);
    const since = note === null
      ? ""
      : `, for ${(task.getLoop().time() - note.since).toFixed(0)} ms`;
    return [
      `    waits for ${this.#purposeOf(future, task, note?.stack ?? null)}${since}`,
      ...this.#lines(note?.stack ?? null),
    ];
  }

  /** What a task waits for; behind a future that was made of others, those. */
  #purposeOf(future: Future & Purposeful, task: Task, stack: Stack | null): string {
    if (future instanceof Task) return future.getName();
    if (future._purpose !== undefined) return future._purpose();
    const { waitsIn = null } = stack ?? {};
    const what = waitsIn === null ? String(future) : `${waitsIn}()`;
    const awaited = new Set(task._awaits().map(({ future }) => future));
    const others = this.#graph.waitedBy(task).filter((task) => !awaited.has(task));
    return others.length === 0 ? what : `${what}: ${names(others)}`;
  }

  #lines(stack: Stack | null): string[] {
    const frames = stack?.frames.slice(0, this.#limit ?? undefined) ?? [];
    return frames.map((frame) => `    |   ${frame}`);
  }
}

function names(tasks: readonly Task[], separator = ", "): string {
  return tasks.map((task) => task.getName()).join(separator);
}
