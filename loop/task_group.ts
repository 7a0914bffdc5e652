/**
 * Tasks that end together (Python's `asyncio.taskgroups`, as of 3.15).
 *
 * @module
 */

import type { EventLoop } from "./event_loop.ts";
import { getRunningLoop } from "./events.ts";
import { CancelledError, ExceptionGroup, RuntimeError } from "./exceptions.ts";
import type { Future } from "./future.ts";
import { type CreateTaskOptions, taskArguments } from "./task_arguments.ts";
import { currentTask, type Task } from "./tasks.ts";

/** Where the block of a group runs. */
interface Home {
  readonly loop: EventLoop;
  /** The task that runs the block. */
  readonly parent: Task;
}

/**
 * Tasks that live no longer than a block of code, and fail together (`asyncio.TaskGroup`).
 *
 * When one of them throws, the others and the block are cancelled. The errors
 * of all come out as one {@linkcode ExceptionGroup}.
 *
 * There is no `await using` form: the end of a block is not told with which
 * error the block was left, so the group would lose it. The block is a function.
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
  readonly #tasks: Set<Task> = new Set();
  readonly #errors: unknown[] = [];
  /** `null` before the block begins. */
  #home: Home | null = null;
  #allDone: Future<void> | null = null;
  #cancelOnEnter = false;
  #exiting = false;
  #aborting = false;
  #parentCancelRequested = false;

  /**
   * Runs a block with a new group, and waits for the group's tasks.
   *
   * @param body The block. It is given the group.
   * @returns What the block returns, once all tasks are done; `undefined` if {@linkcode TaskGroup.cancel} has interrupted it.
   * @throws {ExceptionGroup} If the block or tasks threw: of all that they threw.
   * @throws {CancelledError} If the task that runs the block was cancelled.
   * @throws {RuntimeError} If no task is running.
   */
  static run<T>(body: (group: TaskGroup) => T | PromiseLike<T>): Promise<T | undefined> {
    return new TaskGroup().run(body);
  }

  /**
   * Runs a block with this group, and waits for the group's tasks. For a
   * group that somebody else knows already, and may {@linkcode TaskGroup.cancel};
   * otherwise the static {@linkcode TaskGroup.run} is shorter.
   *
   * @param body The block. It is given the group.
   * @returns What the block returns, once all tasks are done; `undefined` if {@linkcode TaskGroup.cancel} has interrupted it.
   * @throws {ExceptionGroup} If the block or tasks threw: of all that they threw.
   * @throws {CancelledError} If the task that runs the block was cancelled.
   * @throws {RuntimeError} If no task is running, or the group has had its block.
   */
  async run<T>(body: (group: TaskGroup) => T | PromiseLike<T>): Promise<T | undefined> {
    if (this.#home !== null) throw new RuntimeError(`${this} has already been entered`);
    const parent = currentTask();
    if (parent === null) throw new RuntimeError(`${this} cannot determine the parent task`);
    this.#home = { loop: getRunningLoop(), parent };
    if (this.#cancelOnEnter) this.cancel();
    let result: T | undefined;
    let thrown: { error: unknown } | null = null;
    try {
      result = await body(this);
      // deno-lint-ignore tulip/cancellation -- the group throws on what the block threw, as the last of its errors
    } catch (error) {
      thrown = { error };
    }
    await this.#exit(this.#home, thrown);
    return result;
  }

  /**
   * Has a function run as a task of the group.
   *
   * @param callback The function; it begins soon, not at once.
   * @param args Its arguments.
   * @returns The task.
   * @throws {RuntimeError} If the group's block has not begun, or has ended, or the group is being cancelled.
   * @throws {TypeError} If `callback` is no function.
   */
  createTask<Args extends unknown[], T>(
    callback: (...args: Args) => T | PromiseLike<T>,
    ...args: Args
  ): Task<T>;
  /**
   * Has a function run as a task of the group, with options.
   *
   * @param options The name and the context of the task, and whether it begins at once.
   * @param callback The function.
   * @param args Its arguments.
   * @returns The task.
   * @throws {RuntimeError} If the group's block has not begun, or has ended, or the group is being cancelled.
   * @throws {TypeError} If `callback` is no function, or an option is of the wrong type.
   */
  createTask<Args extends unknown[], T>(
    options: CreateTaskOptions,
    callback: (...args: Args) => T | PromiseLike<T>,
    ...args: Args
  ): Task<T>;
  createTask<T>(...given: unknown[]): Task<T> {
    const { options, callback, args } = taskArguments<T>(given);
    if (this.#home === null) throw new RuntimeError(`${this} has not been entered`);
    if (this.#isFinished()) throw new RuntimeError(`${this} is finished`);
    if (this.#aborting) throw new RuntimeError(`${this} is shutting down`);
    const task = this.#home.loop._makeTask(callback, args, options);
    this.#tasks.add(task);
    // Also of a task that has begun at once and is done: an error of it cancels nobody too early.
    task._onDone(this.#onTaskDone, this);
    // A task that begins at once may have cancelled the group.
    if (this.#aborting) task.cancel();
    return task;
  }

  /**
   * Ends the group early: when its purpose is fulfilled, for example. Its
   * tasks are cancelled, and the block is interrupted where it waits; no error
   * leaves it where nobody else has failed or was cancelled.
   *
   * The group takes no more tasks. A group whose block has not begun is
   * cancelled when it begins. Cancelling twice, or after the end, is no mistake.
   *
   * @example The first answer is enough
   * ```ts
   * import assert from "node:assert/strict";
   * import { run, sleep, TaskGroup } from "https://tulip.example/loop/mod.ts";
   *
   * const answers: string[] = [];
   * await run(() =>
   *   TaskGroup.run((group) => {
   *     for (const [name, ms] of [["hare", 1], ["tortoise", 60_000]] as const) {
   *       group.createTask(async () => {
   *         answers.push(await sleep(ms, name));
   *         group.cancel();
   *       });
   *     }
   *   })
   * );
   * assert.deepEqual(answers, ["hare"]);
   * ```
   */
  cancel(): void {
    if (this.#home === null) this.#cancelOnEnter = true;
    else if (!this.#isFinished() && !this.#aborting) this.#interrupt(this.#home.parent);
  }

  /**
   * The group for people.
   *
   * @returns How many tasks and errors it has, and whether it has begun or is being cancelled.
   */
  toString(): string {
    const parts = ["TaskGroup"];
    if (this.#tasks.size > 0) parts.push(`tasks=${this.#tasks.size}`);
    if (this.#errors.length > 0) parts.push(`errors=${this.#errors.length}`);
    if (this.#aborting) parts.push("cancelling");
    else if (this.#home !== null) parts.push("entered");
    return `<${parts.join(" ")}>`;
  }

  async #exit({ loop, parent }: Home, thrown: { error: unknown } | null): Promise<void> {
    this.#exiting = true;
    const wasCancelled = thrown?.error instanceof CancelledError;
    let cancellation = wasCancelled ? thrown.error : null;
    let lastCancellation: unknown = null;
    if (thrown !== null && !this.#aborting) this.#abort();

    // The wait itself may be cancelled, and more than once.
    while (this.#tasks.size > 0) {
      this.#allDone ??= loop.createFuture<void>();
      try {
        await this.#allDone;
        // deno-lint-ignore tulip/cancellation -- thrown on below, when the tasks have ended
      } catch (error) {
        lastCancellation = error;
        if (!this.#aborting) {
          cancellation = error;
          this.#abort();
        }
      }
      this.#allDone = null;
    }

    if (this.#parentCancelRequested) {
      // If it was only the group that cancelled its parent, nobody else shall know.
      if (parent.uncancel() === 0) cancellation = null;
      else cancellation ??= lastCancellation;
    }
    if (cancellation !== null && this.#errors.length === 0) throw cancellation;
    if (thrown !== null && !wasCancelled) this.#errors.push(thrown.error);
    if (this.#errors.length === 0) return;
    // Errors go first. A cancellation from outside is then still to be delivered.
    if (parent.cancelling() > 0) {
      parent.uncancel();
      parent.cancel();
    }
    throw new ExceptionGroup("unhandled errors in a TaskGroup", this.#errors);
  }

  /** @internal Whoever runs the block waits for all tasks, at its end at the latest. */
  _waiters(): readonly Task[] {
    return this.#home === null ? [] : [this.#home.parent];
  }

  #isFinished(): boolean {
    return this.#exiting && this.#tasks.size === 0;
  }

  #abort(): void {
    this.#aborting = true;
    for (const task of this.#tasks) task.cancel();
  }

  /** Cancels the tasks and the block; the parent is told at the end that it was not meant. */
  #interrupt(parent: Task): void {
    this.#abort();
    this.#parentCancelRequested = true;
    parent.cancel();
  }

  readonly #onTaskDone = (task: Task): void => {
    this.#tasks.delete(task);
    if (this.#tasks.size === 0 && this.#allDone !== null && !this.#allDone.done()) {
      this.#allDone.setResult();
    }
    if (task._state !== "failed") return;
    const exception = task.exception();
    this.#errors.push(exception);
    const { loop, parent } = this.#home!;
    if (parent.done()) {
      const message = `${task} in a TaskGroup failed, but its parent ${parent} is done`;
      loop.callExceptionHandler({ message, exception, task });
    } else if (!this.#aborting) {
      this.#interrupt(parent);
    }
  };
}
