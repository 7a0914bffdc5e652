/**
 * Work for other threads (Python's `asyncio.threads`).
 *
 * @module
 */

import { getEventLoop } from "../events.ts";
import type { Future } from "../future.ts";
import type { Job, JobFunction, JobResult } from "./jobs.ts";

/**
 * Has a function called in another thread, so that the loop goes on meanwhile
 * (`asyncio.to_thread`): in a Worker of the loop's default executor.
 *
 * What crosses is copied, or moved where it is marked by `transferring()`.
 * Context variables do not cross: the thread has its own memory, where they
 * have the values of its own modules.
 *
 * @param job The function, by its module and name.
 * @param args Its arguments.
 * @returns A future of its result. To cancel it, or the task that awaits it, ends the job.
 * @throws {TypeError} If `job` is no job.
 * @throws {RuntimeError} If the loop is closed, or its default executor shut down.
 *
 * @example A long count, and a loop that goes on
 * ```ts
 * import assert from "node:assert/strict";
 * import { createTask, jobs, run, sleep, toThread } from "https://tulip.example/loop/mod.ts";
 *
 * const url = import.meta.resolve("https://tulip.example/examples/primes.ts");
 * const primes = jobs<typeof import("https://tulip.example/examples/primes.ts")>(url);
 *
 * let ticks = 0;
 * await run(async () => {
 *   const clock = createTask(async () => {
 *     for (;; ticks++) await sleep(1);
 *   });
 *   assert.equal(await toThread(primes.countPrimes, 100_000), 9592);
 *   clock.cancel();
 * });
 * assert.ok(ticks > 0);
 * ```
 */
export function toThread<F extends JobFunction>(
  job: Job<F>,
  ...args: Parameters<F>
): Future<JobResult<F>> {
  return getEventLoop().runInExecutor(null, job, ...args);
}
