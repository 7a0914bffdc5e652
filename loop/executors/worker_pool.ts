/**
 * Functions that run in parallel, in Workers (Python's
 * `concurrent.futures.ThreadPoolExecutor` and `ProcessPoolExecutor`).
 *
 * @module
 */

import { Executor } from "./executor.ts";
import { checkJob, type Job } from "./jobs.ts";
import type { JobCall } from "./submissions.ts";
import type { Workers, WorkersOptions } from "./workers.ts";

/** Options of the constructor of {@linkcode WorkerPoolExecutor}. */
export interface WorkerPoolOptions {
  /**
   * The most workers, and so the most jobs at once.
   *
   * @default {the number of processors}
   */
  maxWorkers?: number;
  /**
   * How long a worker is kept that has nothing to do, in milliseconds; `Infinity` for good. While
   * it is kept, the program does not end by itself.
   *
   * @default {1000}
   */
  idleTimeout?: number;
  /** Called in each worker before its first job. If it fails, so does the whole executor. */
  initializer?: Job;
  /**
   * The arguments of `initializer`.
   *
   * @default {none}
   */
  initargs?: readonly unknown[];
  /**
   * What the workers are called in messages about them, each with a number.
   *
   * @default {"WorkerPoolExecutor"}
   */
  name?: string;
}

/**
 * Has functions called in Workers, at the same time on several processors.
 *
 * Workers start as they are needed, import the modules of their jobs once, and
 * end when they have had nothing to do for a while. They need no permission;
 * to import a module needs what `import()` of it needs. A worker that is lost
 * costs its job alone ({@linkcode BrokenWorkerError}); only if the memory of
 * the program is exhausted does the runtime end it as a whole.
 *
 * A job that is cancelled while it runs ends with its worker, at its next
 * `await`, and without its `finally`; another worker takes the place at once.
 * A job that computes without `await` is interrupted within two seconds by
 * Deno up to 2.6. Newer ones let it compute to its end, and from 2.8 on the
 * program ends no sooner, except by `Deno.exit()`. A `ProcessPoolExecutor` kills
 * such a job.
 *
 * @example Two counts on two processors
 * ```ts
 * import assert from "node:assert/strict";
 * import { gather, jobs, run, WorkerPoolExecutor } from "https://tulip.example/loop/mod.ts";
 *
 * const url = import.meta.resolve("https://tulip.example/examples/primes.ts");
 * const primes = jobs<typeof import("https://tulip.example/examples/primes.ts")>(url);
 *
 * await run(async () => {
 *   await using pool = new WorkerPoolExecutor();
 *   const counts = await gather(
 *     pool.submit(primes.countPrimes, 1000),
 *     pool.submit(primes.countPrimes, 10_000),
 *   );
 *   assert.deepEqual(counts, [168, 1229]);
 * });
 * ```
 */
export class WorkerPoolExecutor extends Executor {
  readonly #options: Omit<WorkersOptions, "start">;
  #workers: Promise<Workers> | null = null;

  /**
   * Makes an executor without workers.
   *
   * @param options How many workers, how long they are kept, and how they begin.
   * @throws {RangeError} If `maxWorkers` is no whole number above 0, or `idleTimeout` negative.
   * @throws {TypeError} If `initializer` is no job.
   */
  constructor(options: WorkerPoolOptions = {}) {
    const { maxWorkers = navigator.hardwareConcurrency, idleTimeout = 1000 } = options;
    const { initializer, initargs = [], name = "WorkerPoolExecutor" } = options;
    if (!(Number.isInteger(maxWorkers) && maxWorkers > 0)) {
      throw new RangeError(`Cannot set maxWorkers to ${maxWorkers}: need a whole number above 0`);
    }
    if (!(idleTimeout >= 0)) {
      throw new RangeError(
        `Cannot set idleTimeout to ${idleTimeout}: need milliseconds, 0 or more`,
      );
    }
    super({ capacity: maxWorkers });
    this.#options = {
      name,
      idleTimeout,
      initializer: initializer === undefined
        ? null
        : { job: checkJob(initializer), args: initargs, transfer: [] },
      onBroken: (error) => this.breakDown(error),
    };
  }

  /** @internal */
  protected override async execute(call: JobCall): Promise<unknown> {
    this.#workers ??= this.#begin();
    return await (await this.#workers).do(call);
  }

  /** @internal */
  protected override async release(): Promise<void> {
    (await this.#workers)?.end();
  }

  // Who has no jobs does not load what does them.
  async #begin(): Promise<Workers> {
    const [{ Workers }, { WorkerThread }] = await Promise.all([
      import("./workers.ts"),
      import("./worker_thread.ts"),
    ]);
    return new Workers({ ...this.#options, start: (name) => new WorkerThread(name) });
  }
}
