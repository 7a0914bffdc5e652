/**
 * The executor of a loop for those who name none.
 *
 * @module
 */

import type { BaseEventLoop } from "../base_event_loop.ts";
import { logWarning } from "../debug.ts";
import { RuntimeError } from "../exceptions.ts";
import { Executor } from "./executor.ts";
import { WorkerPoolExecutor } from "./worker_pool.ts";

/** Holds the executor of one loop. */
export class DefaultExecutor {
  #executor: Executor | null = null;
  #isShutDown = false;

  /**
   * The executor, which is made when it is first needed.
   *
   * @returns The executor.
   * @throws {RuntimeError} If it was shut down.
   */
  get(): Executor {
    if (this.#isShutDown) throw new RuntimeError("The default executor is shut down");
    return this.#executor ??= new WorkerPoolExecutor({ name: "asyncio" });
  }

  /**
   * Puts another in its place. The one before is left as it is.
   *
   * @param executor The executor.
   * @throws {TypeError} If it is none.
   */
  set(executor: Executor): void {
    if (!(executor instanceof Executor)) throw new TypeError("The default executor is an Executor");
    this.#executor = executor;
  }

  /**
   * Shuts it down, and waits for its jobs.
   *
   * @param loop The loop.
   * @param timeout The longest wait, in milliseconds; `null` for no limit.
   */
  async shutdown(loop: BaseEventLoop, timeout: number | null): Promise<void> {
    this.#isShutDown = true;
    if (this.#executor === null) return;
    const ended = this.#executor.shutdown();
    const giveUp = () => {
      if (ended.done()) return;
      logWarning(`The default executor did not finish its jobs within ${timeout} milliseconds`);
      ended.setResult();
    };
    const timer = timeout === null ? null : loop.callLater(timeout, giveUp);
    try {
      await ended;
    } finally {
      timer?.cancel();
    }
  }

  /** Shuts it down, and waits for nothing: the loop is closed. */
  abandon(): void {
    this.#isShutDown = true;
    this.#executor?.shutdown({ wait: false });
  }
}
