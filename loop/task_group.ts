/**
 * Tasks that end together (Python's `asyncio.taskgroups`, as of 3.13).
 *
 * @module
 */

import { CancelledError, ExceptionGroup, RuntimeError } from "./exceptions.ts";
import { Future } from "./future.ts";
import { currentTask, Task } from "./tasks.ts";

/**
 * Tasks that live no longer than a block of code, and fail together (`asyncio.TaskGroup`).
 *
 * When one of them throws, the others and the block are cancelled. The errors
 * of all come out as one {@linkcode ExceptionGroup}.
 *
 * @example Two tasks, both done at the end
 * ```ts
 * import assert from "node:assert/strict";
 * import { run, sleep, TaskGroup } from "https://tulip.example/loop/mod.ts";
 *
 * const log: string[] = [];
 * await run(() =>
 *   TaskGroup.run((group) => {
 *     for (const name of ["a", "b"]) {
 *       group.createTask(async () => {
 *         await sleep(1);
 *         log.push(name);
 *       });
 *     }
 *   })
 * );
 * assert.deepEqual(log, ["a", "b"]);
 * ```
 */
export class TaskGroup {
  readonly #parent: Task;
  readonly #tasks: Set<Task> = new Set();
  readonly #errors: unknown[] = [];
  #allDone: Future<void> | null = null;
  #exiting = false;
  #aborting = false;
  #parentCancelRequested = false;

  private constructor(parent: Task) {
    this.#parent = parent;
  }

  /**
   * Runs a block with a group, and waits for the group's tasks.
   *
   * A block cannot tell `await using` with which error it was left. So the
   * group takes its block as a function.
   *
   * @param body The block.
   * @returns What the block returns, once all tasks are done.
   * @throws {ExceptionGroup} If the block or tasks threw: of all that they threw.
   * @throws {CancelledError} If the task that runs the block was cancelled.
   * @throws {RuntimeError} If no task is running.
   */
  static async run<T>(body: (group: TaskGroup) => T | PromiseLike<T>): Promise<T> {
    const parent = currentTask();
    if (parent === null) throw new RuntimeError("TaskGroup cannot determine the parent task");
    const group = new TaskGroup(parent);
    let result: T;
    try {
      result = await body(group);
      // deno-lint-ignore tulip/cancellation -- the group throws on what the block threw, as the last of its errors
    } catch (error) {
      return await group.#exitWith(error);
    }
    await group.#exit(null);
    return result;
  }

  /**
   * Has a function run as a task of the group.
   *
   * @param callback The function; it begins soon, not at once.
   * @param args Its arguments.
   * @returns The task.
   * @throws {RuntimeError} If the group has ended, or is about to because something failed.
   */
  createTask<Args extends unknown[], T>(
    callback: (...args: Args) => T | PromiseLike<T>,
    ...args: Args
  ): Task<T> {
    if (this.#exiting && this.#tasks.size === 0) throw new RuntimeError(`${this} is finished`);
    if (this.#aborting) throw new RuntimeError(`${this} is shutting down`);
    const task = new Task<T>(callback, args, { loop: this.#parent.getLoop() });
    this.#tasks.add(task);
    task._onDone(this.#onTaskDone);
    return task;
  }

  /**
   * The group for people.
   *
   * @returns How many tasks and errors it has, and whether it is being cancelled.
   */
  toString(): string {
    const parts = [`tasks=${this.#tasks.size}`];
    if (this.#errors.length > 0) parts.push(`errors=${this.#errors.length}`);
    if (this.#aborting) parts.push("cancelling");
    return `<TaskGroup ${parts.join(" ")}>`;
  }

  async #exitWith(error: unknown): Promise<never> {
    await this.#exit({ error });
    throw error;
  }

  async #exit(thrown: { error: unknown } | null): Promise<void> {
    this.#exiting = true;
    const wasCancelled = thrown?.error instanceof CancelledError;
    let cancellation = wasCancelled ? thrown.error : null;
    if (thrown !== null && !this.#aborting) this.#abort();

    // The wait itself may be cancelled, and more than once.
    while (this.#tasks.size > 0) {
      this.#allDone ??= new Future<void>({ loop: this.#parent.getLoop() });
      try {
        await this.#allDone;
        // deno-lint-ignore tulip/cancellation -- thrown on below, when the tasks have ended
      } catch (error) {
        if (!this.#aborting) {
          cancellation = error;
          this.#abort();
        }
      }
      this.#allDone = null;
    }

    // If it was the group that cancelled its parent, nobody else shall know.
    if (this.#parentCancelRequested && this.#parent.uncancel() === 0) cancellation = null;
    if (cancellation !== null && this.#errors.length === 0) throw cancellation;
    if (thrown !== null && !wasCancelled) this.#errors.push(thrown.error);
    if (this.#errors.length === 0) return;
    // Errors go first. A cancellation from outside is then still to be delivered.
    if (this.#parent.cancelling() > 0) {
      this.#parent.uncancel();
      this.#parent.cancel();
    }
    throw new ExceptionGroup("unhandled errors in a TaskGroup", this.#errors);
  }

  #abort(): void {
    this.#aborting = true;
    for (const task of this.#tasks) task.cancel();
  }

  readonly #onTaskDone = (task: Task): void => {
    this.#tasks.delete(task);
    if (this.#tasks.size === 0 && this.#allDone !== null && !this.#allDone.done()) {
      this.#allDone.setResult();
    }
    if (task._state !== "failed") return;
    const exception = task.exception();
    this.#errors.push(exception);
    if (this.#parent.done()) {
      const message = `${task} in a TaskGroup failed, but its parent ${this.#parent} is done`;
      this.#parent.getLoop().callExceptionHandler({ message, exception, task });
    } else if (!this.#aborting && !this.#parentCancelRequested) {
      this.#abort();
      this.#parentCancelRequested = true;
      this.#parent.cancel();
    }
  };
}
