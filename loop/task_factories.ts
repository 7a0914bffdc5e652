/**
 * Tasks that begin at once (Python's `asyncio.eager_task_factory`, 3.12).
 *
 * @module
 */

import type { TaskFactory } from "./event_loop.ts";
import { Task } from "./task.ts";
import type { TaskCallback, TaskOptions } from "./task_arguments.ts";

/** A class of tasks: {@linkcode Task}, or what is derived from it. */
export type TaskConstructor = new <T>(
  callback: TaskCallback<T>,
  args: readonly unknown[],
  options: TaskOptions,
) => Task<T>;

/**
 * Makes a factory of tasks that begin at once (`asyncio.create_eager_task_factory`).
 *
 * @param taskClass The class of the tasks.
 * @returns What `loop.setTaskFactory()` takes.
 *
 * @example Tasks of one's own class
 * ```ts
 * import assert from "node:assert/strict";
 * import { createEagerTaskFactory, createTask, getRunningLoop, run, Task } from "https://tulip.example/loop/mod.ts";
 *
 * class Job<T> extends Task<T> {}
 *
 * await run(async () => {
 *   getRunningLoop().setTaskFactory(createEagerTaskFactory(Job));
 *   const job = createTask(() => "done");
 *   assert.ok(job instanceof Job);
 *   assert.equal(await job, "done");
 * });
 * ```
 */
export function createEagerTaskFactory(taskClass: TaskConstructor): TaskFactory {
  return (loop, callback, options) =>
    new taskClass(callback, [], { eagerStart: true, ...options, loop });
}

/**
 * A factory of tasks that begin at once, inside the call that makes them
 * (`asyncio.eager_task_factory`).
 *
 * A plain function that does not wait is then over before the call returns.
 * An async function always ends a microtask later, for JavaScript tells
 * nobody sooner.
 *
 * @example A task that is done before anybody waits for it
 * ```ts
 * import assert from "node:assert/strict";
 * import { createTask, eagerTaskFactory, getRunningLoop, run } from "https://tulip.example/loop/mod.ts";
 *
 * await run(() => {
 *   getRunningLoop().setTaskFactory(eagerTaskFactory);
 *   assert.equal(createTask((n: number) => n * n, 7).result(), 49);
 * });
 * ```
 */
export const eagerTaskFactory: TaskFactory = createEagerTaskFactory(Task);
