/**
 * Running a program from its main function (Python's `asyncio.runners`).
 *
 * @module
 */

import { type Context, copyContext, currentFrame } from "./context.ts";
import { EventLoop } from "./event_loop.ts";
import { RuntimeError } from "./exceptions.ts";
import { type Task, Task as TaskOf } from "./task.ts";
import { allTasks } from "./tasks.ts";

/** Options of {@linkcode run} and {@linkcode Runner}. */
export interface RunOptions {
  /**
   * Whether the loop looks for mistakes.
   *
   * @default {false}
   */
  debug?: boolean;
  /**
   * Makes the loop; for one with a clock of its own, for example.
   *
   * @default {a new EventLoop}
   */
  loopFactory?: () => EventLoop;
}

/**
 * Runs a program (`asyncio.run`): its main function as a task, in a loop of its own.
 *
 * When the main function ends, all tasks that it left behind are cancelled
 * and awaited, and the loop is closed.
 *
 * @param main The main function.
 * @param options Debug mode, and how the loop is made.
 * @returns What the main function returns.
 * @throws {RuntimeError} If it is called inside a task or a callback of a loop.
 *
 * @example A whole program
 * ```ts
 * import { run, sleep } from "https://tulip.example/loop/mod.ts";
 *
 * await run(async () => {
 *   console.log("Hello");
 *   await sleep(1);
 *   console.log("world");
 * });
 * ```
 */
export async function run<T>(main: () => T | PromiseLike<T>, options?: RunOptions): Promise<T> {
  await using runner = new Runner(options);
  return await runner.run(main);
}

/**
 * Runs several main functions one after the other in one loop and one context
 * (`asyncio.Runner`).
 *
 * @example Two steps in one loop
 * ```ts
 * import assert from "node:assert/strict";
 * import { getRunningLoop, Runner } from "https://tulip.example/loop/mod.ts";
 *
 * await using runner = new Runner();
 * const first = await runner.run(() => getRunningLoop());
 * assert.equal(await runner.run(() => getRunningLoop()), first);
 * ```
 */
export class Runner implements AsyncDisposable {
  readonly #options: RunOptions;
  #loop: EventLoop | null = null;
  #context: Context | null = null;
  #closed = false;

  /**
   * Makes a runner. Its loop is made when it is first needed.
   *
   * @param options Debug mode, and how the loop is made.
   */
  constructor(options: RunOptions = {}) {
    this.#options = options;
  }

  /**
   * Runs a main function as a task.
   *
   * @param main The function.
   * @returns What it returns.
   * @throws {RuntimeError} If the runner is closed, or a loop is running the caller.
   * @throws {TypeError} If `main` is no function.
   */
  async run<T>(main: () => T | PromiseLike<T>): Promise<T> {
    const { loop: running } = currentFrame();
    if (running !== null && !running.isClosed()) {
      throw new RuntimeError("Cannot run a main function inside a running event loop");
    }
    const loop = this.getLoop();
    const task: Task<T> = new TaskOf(main, [], { loop, context: this.#context! });
    return await task;
  }

  /**
   * The loop of the runner.
   *
   * @returns The loop.
   * @throws {RuntimeError} If the runner is closed.
   */
  getLoop(): EventLoop {
    if (this.#closed) throw new RuntimeError("Runner is closed");
    if (this.#loop === null) {
      const { loopFactory, debug } = this.#options;
      this.#loop = loopFactory === undefined ? new EventLoop() : loopFactory();
      this.#context = copyContext();
      if (debug !== undefined) this.#loop.setDebug(debug);
    }
    return this.#loop;
  }

  /** Cancels the tasks that are left, waits for them, and closes the loop. Closing twice is no mistake. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const loop = this.#loop;
    if (loop === null) return;
    await cancelAllTasks(loop);
    loop._flushUnretrieved();
    loop.close();
  }

  /**
   * As {@linkcode Runner.close}.
   *
   * @returns When the loop is closed.
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

async function cancelAllTasks(loop: EventLoop): Promise<void> {
  const tasks = [...allTasks(loop)];
  for (const task of tasks) task.cancel();
  for (const task of tasks) await new Promise<void>((resolve) => task._onDone(() => resolve()));
  for (const task of tasks) {
    if (task.cancelled()) continue;
    const exception = task.exception();
    if (exception === null) continue;
    loop.callExceptionHandler({
      message: "Unhandled exception while run() was shutting down",
      exception,
      task,
    });
  }
}
