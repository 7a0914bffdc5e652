/**
 * Starting tasks, and joining other work to them (Python's `asyncio.tasks`).
 *
 * @module
 */

import { currentFrame } from "./context.ts";
import type { EventLoop } from "./event_loop.ts";
import { getEventLoop } from "./events.ts";
import { CancelledError } from "./exceptions.ts";
import { Future, wrapFuture } from "./futures.ts";
import type { FutureState } from "./reactions.ts";
import { Task } from "./task.ts";
import { type CreateTaskOptions, taskArguments } from "./task_arguments.ts";
import { isThenable } from "./thenables.ts";

export { Task } from "./task.ts";
export type { CreateTaskOptions, TaskOptions } from "./task_arguments.ts";

/**
 * What can be waited for: a future or task, a function that will run as a
 * task, or a promise. A promise has begun already: to cancel the wait for it
 * does not stop its work.
 */
export type Awaitable<T> = (() => T | PromiseLike<T>) | PromiseLike<T>;

/** What an {@linkcode Awaitable} results in. */
export type ResultOf<A> = A extends () => infer T ? Awaited<T> : Awaited<A>;

/**
 * Has a function run in the background (`asyncio.create_task`).
 *
 * It takes the function and its arguments, not what the function returns: an
 * async function that was called has begun already, in its caller's task.
 *
 * @param callback The function; it begins soon, not at once.
 * @param args Its arguments.
 * @returns The task, which belongs to the loop of the calling code, else to the default loop.
 * @throws {TypeError} If `callback` is no function.
 *
 * @example Two things at a time
 * ```ts
 * import assert from "node:assert/strict";
 * import { createTask, run, sleep } from "https://tulip.example/loop/mod.ts";
 *
 * async function slowly(word: string): Promise<string> {
 *   await sleep(2);
 *   return word;
 * }
 * await run(async () => {
 *   const tea = createTask(slowly, "tea");
 *   const toast = createTask(slowly, "toast");
 *   assert.deepEqual([await tea, await toast], ["tea", "toast"]);
 * });
 * ```
 */
export function createTask<Args extends unknown[], T>(
  callback: (...args: Args) => T | PromiseLike<T>,
  ...args: Args
): Task<T>;
/**
 * Has a function run in the background, with options first. See above.
 *
 * @param options A name, a context, an eager start.
 * @param callback The function.
 * @param args Its arguments.
 * @returns The task.
 *
 * @example A task with a name
 * ```ts
 * import assert from "node:assert/strict";
 * import { createTask, run, sleep } from "https://tulip.example/loop/mod.ts";
 *
 * await run(async () => {
 *   const task = createTask({ name: "nap" }, () => sleep(1));
 *   assert.equal(task.getName(), "nap");
 *   await task;
 * });
 * ```
 */
export function createTask<Args extends unknown[], T>(
  options: CreateTaskOptions,
  callback: (...args: Args) => T | PromiseLike<T>,
  ...args: Args
): Task<T>;
export function createTask<T>(...given: unknown[]): Task<T> {
  const { options, callback, args } = taskArguments<T>(given);
  return getEventLoop()._makeTask(callback, args, options);
}

/**
 * The task in which the calling code runs (`asyncio.current_task`).
 *
 * @param loop If given, only a task of this loop counts.
 * @returns The task, or `null` outside of tasks.
 */
export function currentTask(loop?: EventLoop): Task | null {
  const { _task: task } = currentFrame();
  if (!(task instanceof Task) || task.done()) return null;
  return loop === undefined || task.getLoop() === loop ? task : null;
}

/**
 * The tasks that are not done (`asyncio.all_tasks`).
 *
 * @param loop The loop.
 * @returns A new set of its tasks.
 */
export function allTasks(loop: EventLoop = getEventLoop()): Set<Task> {
  const tasks = [...loop._tasks].filter((task) => task instanceof Task);
  return new Set(tasks.filter((task) => !task.done()));
}

/** Options of {@linkcode ensureFuture}. */
export interface EnsureFutureOptions {
  /**
   * The loop of the future.
   *
   * @default {the loop of the calling code, else the default loop}
   */
  loop?: EventLoop;
}

/**
 * Makes a future of whatever can be waited for (`asyncio.ensure_future`).
 *
 * @param awaitable A future, which is returned as it is; a function, which becomes a task; or a promise.
 * @param options The loop.
 * @returns The future.
 * @throws {TypeError} If it is none of these.
 * @throws {RangeError} If it is a future of another loop than the one that is asked for.
 *
 * @example A function becomes a task, a future stays what it is
 * ```ts
 * import assert from "node:assert/strict";
 * import { ensureFuture, run, Task } from "https://tulip.example/loop/mod.ts";
 *
 * await run(async () => {
 *   const task = ensureFuture(() => 42);
 *   assert.ok(task instanceof Task);
 *   assert.equal(ensureFuture(task), task);
 *   assert.equal(await task, 42);
 * });
 * ```
 */
export function ensureFuture<T>(
  awaitable: Awaitable<T>,
  options: EnsureFutureOptions = {},
): Future<T> {
  if (typeof awaitable === "function") {
    return (options.loop ?? getEventLoop())._makeTask(awaitable, [], {});
  }
  checkAwaitable(awaitable);
  if (awaitable instanceof Future && awaitable._loop !== (options.loop ?? awaitable._loop)) {
    throw new RangeError("The future belongs to another loop than the one that is asked for");
  }
  return wrapFuture(awaitable, options);
}

/**
 * Refuses what {@linkcode ensureFuture} would refuse, before anything begins.
 *
 * @param value Anything.
 * @throws {TypeError} If it cannot be awaited.
 * @internal
 */
export function checkAwaitable(value: unknown): void {
  if (typeof value === "function" || isThenable(value)) return;
  throw new TypeError("A future, a function or a promise is required");
}

/**
 * Protects something from being cancelled together with whoever waits for it
 * (`asyncio.shield`).
 *
 * Where nobody waits any more, and it fails later, the loop's exception handler is told.
 *
 * @param awaitable What to protect.
 * @returns A future of its result. To cancel this one leaves the protected one alone.
 *
 * @example The write goes on although nobody waits any more
 * ```ts
 * import assert from "node:assert/strict";
 * import { createTask, run, shield, sleep, timeout } from "https://tulip.example/loop/mod.ts";
 *
 * await run(async () => {
 *   const write = createTask(() => sleep(20, "written"));
 *   await assert.rejects(timeout(2, () => shield(write)), { name: "TimeoutError" });
 *   assert.equal(await write, "written");
 * });
 * ```
 */
export function shield<T>(awaitable: Awaitable<T>): Future<T> {
  const inner = ensureFuture(awaitable);
  if (inner.done()) return inner;
  const outer = new Future<T>({ loop: inner._loop });
  const onInnerDone = () => {
    if (inner._state === "failed") inner._retrieved();
    if (outer.done()) return;
    if (inner.cancelled()) outer.cancel();
    else if (inner._state === "failed") outer.setException(inner._value);
    else outer.setResult(inner._value as T);
  };
  inner._onDone(onInnerDone, outer);
  outer._onDone(() => {
    if (inner.done()) return;
    inner.removeDoneCallback(onInnerDone);
    // However many give up on it, its failure is told once.
    inner.removeDoneCallback(reportFailure);
    inner._onDone(reportFailure);
  });
  return outer;
}

/**
 * Joins work that knows `AbortSignal` to the loop: `fetch`, for example.
 *
 * @param start Starts the work, and hands it the signal.
 * @returns A future of its result. Cancelling it, or the task that awaits it, aborts the signal.
 *
 * @example A request that ends with its task
 * ```ts
 * import assert from "node:assert/strict";
 * import { abortable, run, timeout } from "https://tulip.example/loop/mod.ts";
 *
 * let aborted = false;
 * function listen(signal: AbortSignal): Promise<never> {
 *   return new Promise((_, reject) => {
 *     signal.addEventListener("abort", () => {
 *       aborted = true;
 *       reject(signal.reason);
 *     });
 *   });
 * }
 * await assert.rejects(run(() => timeout(2, () => abortable(listen))), { name: "TimeoutError" });
 * assert.equal(aborted, true);
 * ```
 */
export function abortable<T>(start: (signal: AbortSignal) => PromiseLike<T>): Future<T> {
  const work = new AbortableWork<T>();
  let promise: PromiseLike<T>;
  try {
    promise = start(work.controller.signal);
  } catch (error) {
    work.setException(error);
    return work;
  }
  promise.then((value) => {
    if (!work.done()) work.setResult(value);
  }, (error: unknown) => {
    if (!work.done()) work.setException(error);
  });
  return work;
}

class AbortableWork<T> extends Future<T> {
  readonly controller = new AbortController();

  override _settle(state: FutureState, value: unknown): void {
    super._settle(state, value);
    if (state === "cancelled") this.controller.abort(this._cancelledError());
  }
}

/** Says that something has failed of which its last shield had been given up. */
function reportFailure(inner: Future): void {
  if (!inner._isUnretrieved() || inner._value instanceof CancelledError) return;
  const exception = inner._value;
  inner._retrieved();
  const kind = exception instanceof Error ? exception.constructor.name : typeof exception;
  inner._loop.callExceptionHandler({
    message: `${kind} exception in shielded future`,
    exception,
    future: inner,
    ...inner._origin(),
  });
}
