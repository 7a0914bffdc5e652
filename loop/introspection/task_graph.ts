/**
 * Which of several tasks wait for which.
 *
 * @module
 */

import { awaitedBy } from "./call_graph.ts";
import { Task } from "../task.ts";

/** The tasks, and the waits between them, as they were when it was made. */
export class TaskGraph {
  readonly #waiters: Map<Task, Task[]> = new Map();
  readonly #waited: Map<Task, Task[]> = new Map();

  /**
   * Looks at tasks.
   *
   * @param tasks The tasks; waits for others are left out.
   */
  constructor(tasks: readonly Task[]) {
    for (const task of tasks) {
      this.#waiters.set(task, []);
      this.#waited.set(task, []);
    }
    for (const task of tasks) {
      for (const waiter of awaitedBy(task)) {
        if (!(waiter instanceof Task) || !this.#waiters.has(waiter)) continue;
        this.#waiters.get(task)!.push(waiter);
        this.#waited.get(waiter)!.push(task);
      }
    }
  }

  /**
   * Who waits for a task.
   *
   * @param task The task.
   * @returns Tasks.
   */
  waitersOf(task: Task): readonly Task[] {
    return this.#waiters.get(task) ?? [];
  }

  /**
   * For whom a task waits.
   *
   * @param task The task.
   * @returns Tasks.
   */
  waitedBy(task: Task): readonly Task[] {
    return this.#waited.get(task) ?? [];
  }

  /**
   * Tasks that wait for each other.
   *
   * @returns Circles. In each, a task waits for the one after it, and the last one is the first.
   */
  circles(): Task[][] {
    const leading = this.#leadingInCircles();
    const found: Task[][] = [];
    const seen = new Set<Task>();
    for (const start of leading) {
      const path: Task[] = [];
      let task = start;
      while (!seen.has(task)) {
        seen.add(task);
        path.push(task);
        task = this.waitedBy(task).find((next) => leading.has(next))!;
      }
      const begin = path.indexOf(task);
      if (begin >= 0) found.push([...path.slice(begin), task]);
    }
    return found;
  }

  /** The tasks that wait for somebody who waits for somebody and so on without end. */
  #leadingInCircles(): Set<Task> {
    const left = new Map([...this.#waited].map(([task, waited]) => [task, waited.length]));
    const free = [...left.keys()].filter((task) => left.get(task) === 0);
    for (let task = free.pop(); task !== undefined; task = free.pop()) {
      left.delete(task);
      for (const waiter of this.waitersOf(task)) {
        const count = left.get(waiter)! - 1;
        left.set(waiter, count);
        if (count === 0) free.push(waiter);
      }
    }
    return new Set(left.keys());
  }
}
