/**
 * Running a program from its main function (Python's `asyncio.runners`).
 *
 * @module
 */

import { type Context, copyContext, currentFrame } from "./context.ts";
import { EventLoop } from "./event_loop.ts";
import { CancelledError, KeyboardInterrupt, RuntimeError } from "./exceptions.ts";
import { gather } from "./gather.ts";
import { onFirstInterrupt } from "./signals.ts";
import type { Task } from "./task.ts";
import { printTasks } from "./introspection/task_report.ts";
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
  /**
   * Whether SIGINT (Ctrl-C) cancels the main task; in debug mode, what every task is doing is
   * printed before. A second one ends the program at once.
   *
   * @default {true}
   */
  handleSigint?: boolean;
}

/** Options of {@linkcode Runner.run}. */
export interface RunnerRunOptions {
  /**
   * The context in which the main function runs.
   *
   * @default {the runner's own, in which all its main functions run}
   */
  context?: Context;
}

/**
 * Runs a program (`asyncio.run`): its main function as a task, in a loop of its own.
 *
 * When the main function ends, all tasks that it left behind are cancelled
 * and awaited, and the loop is closed. Ctrl-C cancels the main task, so that
 * it can clean up; a second one ends the program at once.
 *
 * @param main The main function.
 * @param options Debug mode, how the loop is made, and whether Ctrl-C cancels.
 * @returns What the main function returns.
 * @throws {KeyboardInterrupt} If the main task ended because of SIGINT.
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
   * @param options The context in which it runs.
   * @returns What it returns.
   * @throws {KeyboardInterrupt} If its task ended because of SIGINT.
   * @throws {RuntimeError} If the runner is closed, or a loop is running the caller.
   * @throws {TypeError} If `main` is no function.
   */
  async run<T>(main: () => T | PromiseLike<T>, options: RunnerRunOptions = {}): Promise<T> {
    const { _loop: running } = currentFrame();
    if (running !== null && !running.isClosed()) {
      throw new RuntimeError("Cannot run a main function inside a running event loop");
    }
    const loop = this.getLoop();
    const { context = this.#context! } = options;
    const task: Task<T> = loop.createTask({ context }, main);
    return await this.#interruptibly(task, loop);
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

  /**
   * Cancels the tasks that are left and waits for them, waits for the jobs of the default executor,
   * and closes the loop. Closing twice is no mistake.
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const loop = this.#loop;
    if (loop === null) return;
    try {
      await cancelAllTasks(loop);
      await loop.runUntilComplete(() => loop.shutdownDefaultExecutor());
      loop._flushUnretrieved();
    } finally {
      loop.close();
    }
  }

  /**
   * As {@linkcode Runner.close}.
   *
   * @returns When the loop is closed.
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #interruptibly<T>(task: Task<T>, loop: EventLoop): Promise<T> {
    if (this.#options.handleSigint === false) return await loop.runUntilComplete(task);
    let wasInterrupted = false;
    const stopListening = onFirstInterrupt(() => {
      // Whoever has set a handler for it has taken it over.
      if (loop._handlesSignal("SIGINT")) return;
      wasInterrupted = true;
      // Perhaps nobody knows why it hangs.
      if (loop.getDebug()) printTasks(loop);
      task.cancel();
    });
    try {
      return await loop.runUntilComplete(task);
      // deno-lint-ignore tulip/cancellation -- the task is over, and SIGINT is what has ended it
    } catch (error) {
      if (wasInterrupted && error instanceof CancelledError && task.uncancel() === 0) {
        throw new KeyboardInterrupt("The program was interrupted by SIGINT", { cause: error });
      }
      throw error;
    } finally {
      stopListening();
    }
  }
}

async function cancelAllTasks(loop: EventLoop): Promise<void> {
  const tasks = [...allTasks(loop)];
  if (tasks.length === 0) return;
  for (const task of tasks) task.cancel();
  await loop.runUntilComplete(gather(tasks, { returnExceptions: true }));
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
