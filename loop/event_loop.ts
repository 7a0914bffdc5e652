/**
 * The event loop (Python's `asyncio.AbstractEventLoop`).
 *
 * Each realm has a default loop, which always runs, is never closed, and serves
 * all code outside of `run()`. What moves bytes is not here:
 * `openConnection()` and its like are functions of `net/`.
 *
 * @module
 */

import { BaseEventLoop } from "./base_event_loop.ts";
import { captureContext } from "./context.ts";
import { DefaultExecutor } from "./executors/default_executor.ts";
import { NotImplementedError, RuntimeError } from "./exceptions.ts";
import type { Executor } from "./executors/executor.ts";
import { Future } from "./future.ts";
import { Handle } from "./handles.ts";
import { setDefaultLoop } from "./loops.ts";
import type { Job, JobFunction, JobResult } from "./executors/jobs.ts";
import { SignalHandlers } from "./signals.ts";
import { Task } from "./task.ts";
import {
  type CreateTaskOptions,
  taskArguments,
  type TaskCallback,
  type TaskOptions,
} from "./task_arguments.ts";
import { isThenable } from "./thenables.ts";

export type { EventLoopOptions, ExceptionContext, ExceptionHandler } from "./base_event_loop.ts";

/**
 * Makes the tasks of a loop (`loop.set_task_factory`): of subclasses, or with other defaults.
 *
 * @param loop The loop.
 * @param callback The function that the task shall run, its arguments bound.
 * @param options What the caller wants: a name, a context, an eager start.
 * @returns The task, made with this loop.
 */
export type TaskFactory = <T>(
  loop: EventLoop,
  callback: () => T | PromiseLike<T>,
  options: CreateTaskOptions,
) => Task<T>;

/**
 * An event loop: it runs callbacks and tasks, one at a time, in order.
 *
 * `run()` makes one, runs and closes it. One that is made by hand runs nothing
 * until it is told to, as in Python.
 *
 * @example Callbacks and timers
 * ```ts
 * import assert from "node:assert/strict";
 * import { getRunningLoop, run, sleep } from "https://tulip.example/loop/mod.ts";
 *
 * const log: string[] = [];
 * await run(async () => {
 *   const loop = getRunningLoop();
 *   loop.callLater(2, (word: string) => log.push(word), "later");
 *   loop.callSoon((word: string) => log.push(word), "soon");
 *   log.push("now");
 *   await sleep(20);
 * });
 * assert.deepEqual(log, ["now", "soon", "later"]);
 * ```
 *
 * @example A loop made by hand
 * ```ts
 * import assert from "node:assert/strict";
 * import { EventLoop, sleep } from "https://tulip.example/loop/mod.ts";
 *
 * const loop = new EventLoop();
 * loop.callLater(5, () => loop.stop());
 * await loop.runForever();
 * assert.equal(await loop.runUntilComplete(() => sleep(1, "done")), "done");
 * loop.close();
 * ```
 */
export class EventLoop extends BaseEventLoop {
  #taskFactory: TaskFactory | null = null;
  #signals: SignalHandlers | null = null;
  readonly #executor = new DefaultExecutor();

  /**
   * Makes a future of this loop (`loop.create_future`).
   *
   * @returns A future without result.
   */
  createFuture<T = unknown>(): Future<T> {
    return new Future<T>({ loop: this });
  }

  /**
   * Has a function run as a task of this loop (`loop.create_task`).
   *
   * @param callback The function; it begins soon, not at once.
   * @param args Its arguments.
   * @returns The task.
   * @throws {TypeError} If `callback` is no function.
   * @throws {RuntimeError} If the loop is closed.
   */
  createTask<Args extends unknown[], T>(
    callback: (...args: Args) => T | PromiseLike<T>,
    ...args: Args
  ): Task<T>;
  /** Has a function run as a task, with options first. See above. */
  createTask<Args extends unknown[], T>(
    options: CreateTaskOptions,
    callback: (...args: Args) => T | PromiseLike<T>,
    ...args: Args
  ): Task<T>;
  createTask<T>(...given: unknown[]): Task<T> {
    const { options, callback, args } = taskArguments<T>(given);
    return this._makeTask(callback, args, options);
  }

  /**
   * Says who makes the tasks of this loop (`loop.set_task_factory`).
   *
   * @param factory The factory, `eagerTaskFactory` for example; `null` for plain tasks.
   * @throws {TypeError} If it is neither a function nor `null`.
   *
   * @example Tasks that begin at once
   * ```ts
   * import assert from "node:assert/strict";
   * import { eagerTaskFactory, getRunningLoop, run } from "https://tulip.example/loop/mod.ts";
   *
   * await run(async () => {
   *   const loop = getRunningLoop();
   *   loop.setTaskFactory(eagerTaskFactory);
   *   let begun = false;
   *   const task = loop.createTask(() => {
   *     begun = true;
   *   });
   *   assert.equal(begun, true);
   *   await task;
   * });
   * ```
   */
  setTaskFactory(factory: TaskFactory | null): void {
    if (factory !== null && typeof factory !== "function") {
      throw new TypeError(`A task factory is a function or null, not ${typeof factory}`);
    }
    this.#taskFactory = factory;
  }

  /**
   * Who makes the tasks of this loop (`loop.get_task_factory`).
   *
   * @returns The factory, or `null` where tasks are plain.
   */
  getTaskFactory(): TaskFactory | null {
    return this.#taskFactory;
  }

  /**
   * Runs the loop until something is done, and stops it (`loop.run_until_complete`).
   *
   * Nothing blocks: it returns at once, with a promise.
   *
   * @param work A function, which becomes a task; a future, a task or a promise.
   * @returns Its result.
   * @throws {TypeError} If it is none of these.
   * @throws {RangeError} If it is a future of another loop, which might never run.
   * @throws {RuntimeError} If the loop is closed or running, a running loop has called, or the
   *   loop was stopped before the work was done.
   */
  async runUntilComplete<T>(work: (() => T | PromiseLike<T>) | PromiseLike<T>): Promise<T> {
    this._checkCanRun();
    if (typeof work !== "function" && !isThenable(work)) {
      throw new TypeError("A function, a future or a promise is required");
    }
    if (work instanceof Future && work.getLoop() !== this) {
      throw new RangeError("The future belongs to another loop");
    }
    const future = work instanceof Future ? work as Future<T> : this._makeTask<T>(
      typeof work === "function" ? work : () => work,
      [],
      {},
    );
    // Whoever calls is told by an error if it does not end.
    if (future !== work) (future as Task<T>)._isMissed = false;
    const stop = () => this.stop();
    future._onDone(stop);
    try {
      await this.runForever();
    } finally {
      future.removeDoneCallback(stop);
    }
    if (!future.done()) {
      throw new RuntimeError("The event loop was stopped before the work was done");
    }
    return future.result();
  }

  /**
   * As {@linkcode BaseEventLoop.callSoon}, for code that no loop runs: callbacks of the runtime,
   * or another loop (`loop.call_soon_threadsafe`).
   *
   * Functions cannot cross threads: what a Worker may call, `shareLoop()` names for it.
   *
   * @param callback The function.
   * @param args Its arguments.
   * @returns What can cancel it.
   * @throws {RuntimeError} If the loop is closed.
   */
  callSoonThreadsafe<Args extends unknown[]>(
    callback: (...args: Args) => unknown,
    ...args: Args
  ): Handle {
    return this._callSoon(callback, args, this.callSoonThreadsafe);
  }

  /**
   * Has a function called by an executor (`loop.run_in_executor`).
   *
   * @param executor The executor; `null` for the loop's own, which has Workers.
   * @param job The function, by its module and name.
   * @param args Its arguments.
   * @returns A future of its result, of this loop. To cancel it ends the job.
   * @throws {TypeError} If `job` is no job.
   * @throws {RuntimeError} If the loop is closed, or the executor shut down.
   *
   * @example In an executor of one's own
   * ```ts
   * import assert from "node:assert/strict";
   * import {
   *   getRunningLoop,
   *   jobs,
   *   run,
   *   WorkerPoolExecutor,
   * } from "https://tulip.example/loop/mod.ts";
   *
   * const url = import.meta.resolve("https://tulip.example/examples/primes.ts");
   * const primes = jobs<typeof import("https://tulip.example/examples/primes.ts")>(url);
   * await run(async () => {
   *   await using pool = new WorkerPoolExecutor({ maxWorkers: 1 });
   *   assert.equal(await getRunningLoop().runInExecutor(pool, primes.countPrimes, 10), 4);
   * });
   * ```
   */
  runInExecutor<F extends JobFunction>(
    executor: Executor | null,
    job: Job<F>,
    ...args: Parameters<F>
  ): Future<JobResult<F>> {
    this._checkOpen();
    return (executor ?? this.#executor.get()).submit<F>({ loop: this }, job, ...args);
  }

  /**
   * Says which executor `runInExecutor(null, …)` and `toThread()` mean (`loop.set_default_executor`).
   *
   * @param executor The executor. It is shut down with the loop.
   * @throws {TypeError} If it is none.
   */
  setDefaultExecutor(executor: Executor): void {
    this.#executor.set(executor);
  }

  /**
   * Takes no more jobs in the default executor, and waits for those it has
   * (`loop.shutdown_default_executor`). `run()` does it at its end.
   *
   * @param timeout The longest wait, in milliseconds; `null` for no limit. What is not done by
   *   then goes on, and a warning is printed.
   */
  async shutdownDefaultExecutor(timeout: number | null = null): Promise<void> {
    await this.#executor.shutdown(this, timeout);
  }

  /**
   * Has a function called each time a signal comes (`loop.add_signal_handler`),
   * in place of the signal's handler before, and of what it does by default.
   * The program stays alive for it until the handler is removed, or the loop closed.
   *
   * @param signal The signal, `"SIGTERM"` for example.
   * @param callback The function. It runs in the loop, as after `callSoon`.
   * @param args Its arguments.
   * @throws {TypeError} If there is no such signal on this system, or `callback` is no function.
   * @throws {RuntimeError} If nobody can handle the signal, as SIGKILL, or the loop is closed.
   *
   * @example Reload when told to
   * ```ts ignore
   * getRunningLoop().addSignalHandler("SIGHUP", () => reload());
   * ```
   */
  addSignalHandler<Args extends unknown[]>(
    signal: Deno.Signal,
    callback: (...args: Args) => unknown,
    ...args: Args
  ): void {
    this._checkOpen();
    if (typeof callback !== "function") {
      throw new TypeError(`A signal handler is a function, not ${typeof callback}`);
    }
    this.#signals ??= new SignalHandlers(!this._isDefault);
    const handle = new Handle(this, captureContext(), callback, args);
    this.#signals.set(signal, handle, (handle) => this._push(handle));
  }

  /**
   * Removes the handler of a signal (`loop.remove_signal_handler`): it does
   * again what it does by default.
   *
   * @param signal The signal.
   * @returns `false` if this loop had no handler for it.
   */
  removeSignalHandler(signal: Deno.Signal): boolean {
    return this.#signals?.delete(signal) ?? false;
  }

  /**
   * Closes the loop (`loop.close`), as {@linkcode BaseEventLoop.close} does, with its signal
   * handlers and its default executor.
   *
   * @throws {RuntimeError} If the loop is running.
   */
  override close(): void {
    super.close();
    this.#signals?.clear();
    this.#executor.abandon();
  }

  /**
   * Cannot be: the runtime owns the poller, and tells nobody when a descriptor is ready.
   *
   * @param _fd Ignored.
   * @param _callback Ignored.
   * @throws {NotImplementedError} Always. `openConnection()` and `startServer()` hand out streams.
   */
  addReader(_fd: unknown, _callback: unknown): never {
    return refuse("addReader", READINESS);
  }

  /**
   * Cannot be: see {@linkcode EventLoop.addReader}.
   *
   * @param _fd Ignored.
   * @throws {NotImplementedError} Always.
   */
  removeReader(_fd: unknown): never {
    return refuse("removeReader", READINESS);
  }

  /**
   * Cannot be: see {@linkcode EventLoop.addReader}.
   *
   * @param _fd Ignored.
   * @param _callback Ignored.
   * @throws {NotImplementedError} Always.
   */
  addWriter(_fd: unknown, _callback: unknown): never {
    return refuse("addWriter", READINESS);
  }

  /**
   * Cannot be: see {@linkcode EventLoop.addReader}.
   *
   * @param _fd Ignored.
   * @throws {NotImplementedError} Always.
   */
  removeWriter(_fd: unknown): never {
    return refuse("removeWriter", READINESS);
  }

  /**
   * Cannot be: JavaScript keeps no list of the generators that were begun.
   *
   * @throws {NotImplementedError} Always. `for await` closes its generator itself; one that is
   *   driven by hand is closed by `await using` or `generator.return()`.
   */
  shutdownAsyncgens(): never {
    return refuse(
      "shutdownAsyncgens",
      "JavaScript keeps no list of generators: close one by `for await`, `await using` or return()",
    );
  }

  /** @internal Makes a task by the factory. Every task is made here, but for those made by `new Task`. */
  _makeTask<T>(
    callback: TaskCallback<T>,
    args: readonly unknown[],
    options: CreateTaskOptions,
  ): Task<T> {
    if (this.#taskFactory === null) return new Task<T>(callback, args, this.#withLoop(options));
    this._checkOpen();
    return this.#taskFactory(
      this,
      args.length === 0 ? callback : callback.bind(null, ...args),
      options,
    );
  }

  /** @internal Whether this loop handles a signal. */
  _handlesSignal(signal: Deno.Signal): boolean {
    return this.#signals?.has(signal) ?? false;
  }

  #withLoop(options: CreateTaskOptions): TaskOptions {
    return { ...options, loop: this };
  }
}

setDefaultLoop(() => new EventLoop());

const READINESS =
  "the runtime tells nobody when a descriptor is ready: use openConnection() and startServer()";

function refuse(method: string, why: string): never {
  throw new NotImplementedError(`${method}() cannot be: ${why}`);
}
