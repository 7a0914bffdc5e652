/**
 * The tasks that meet at a barrier.
 *
 * @module
 */

import { gather } from "../../../loop/gather.ts";
import { createTask, type Task } from "../../../loop/tasks.ts";

/** Starts a number of tasks. */
export function makeTasks<T>(count: number, main: () => Promise<T>): Task<T>[] {
  return Array.from({ length: count }, () => createTask(main));
}

/** Runs a number of tasks, and gives what they return. */
export async function gatherTasks<T>(count: number, main: () => Promise<T>): Promise<T[]> {
  return await gather(makeTasks(count, main)) as T[];
}

/** An array of as many `true`. */
export function trues(count: number): true[] {
  return Array(count).fill(true);
}
