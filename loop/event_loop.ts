/**
 * The event loop (Python's `asyncio.AbstractEventLoop`), and which one is meant.
 *
 * There is nothing to start: a loop runs whenever it has something to do. Each
 * realm has a default loop, which is never closed and serves all code outside
 * of `run()`. What moves bytes is not here: `openConnection()` and its like
 * are functions of `net/`.
 *
 * @module
 */

import { BaseEventLoop, currentLoop, setDefaultLoop } from "./base_event_loop.ts";
import { currentFrame } from "./context.ts";
import { RuntimeError } from "./exceptions.ts";
import { Future } from "./future.ts";
import { Task } from "./task.ts";

export type { EventLoopOptions, ExceptionContext, ExceptionHandler } from "./base_event_loop.ts";

/**
 * An event loop: it runs callbacks and tasks, one at a time, in order.
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
 */
export class EventLoop extends BaseEventLoop {
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
   * @throws {RuntimeError} If the loop is closed.
   */
  createTask<Args extends unknown[], T>(
    callback: (...args: Args) => T | PromiseLike<T>,
    ...args: Args
  ): Task<T> {
    return new Task<T>(callback, args, { loop: this });
  }
}

setDefaultLoop(() => new EventLoop());

/**
 * The loop of the calling code: that of its task or callback, and outside of
 * them (or where that loop is closed) the default loop.
 *
 * @returns The loop.
 */
export function getEventLoop(): EventLoop {
  return currentLoop() as EventLoop;
}

/**
 * The loop that runs the calling code (`asyncio.get_running_loop`).
 *
 * @returns The loop.
 * @throws {RuntimeError} If the code runs in no task and no callback of a loop.
 */
export function getRunningLoop(): EventLoop {
  const { loop } = currentFrame();
  if (loop instanceof EventLoop && !loop.isClosed()) return loop;
  throw new RuntimeError("There is no running event loop");
}
