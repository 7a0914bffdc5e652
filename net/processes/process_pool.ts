/**
 * Functions that run in parallel, in processes of their own (Python's
 * `concurrent.futures.ProcessPoolExecutor`).
 *
 * @module
 */

// It says what the default loop is, to which futures belong that are made outside of tasks.
import "../../loop/event_loop.ts";
import { NotImplementedError } from "../../loop/exceptions.ts";
import { Executor } from "../../loop/executors/executor.ts";
import { checkJob, type Job } from "../../loop/executors/jobs.ts";
import type { JobCall } from "../../loop/executors/submissions.ts";
import type { Workers } from "../../loop/executors/workers.ts";
import { checkLimit } from "../../protocols/limits.ts";

/** Options of the constructor of {@linkcode ProcessPoolExecutor}. */
export interface ProcessPoolOptions {
  /**
   * The most processes, and so the most jobs at once.
   *
   * @default {the number of processors}
   */
  maxWorkers?: number;
  /**
   * How long a process is kept that has nothing to do, in milliseconds; `Infinity` for good.
   * While it is kept, the program does not end by itself.
   *
   * @default {1000}
   */
  idleTimeout?: number;
  /** Called in each process before its first job. If it fails, so does the whole executor. */
  initializer?: Job;
  /**
   * The arguments of `initializer`.
   *
   * @default {none}
   */
  initargs?: readonly unknown[];
  /**
   * The flags of `deno run` for the processes: their permissions, a configuration.
   *
   * @default {each permission that this program has without bounds}
   */
  flags?: readonly string[];
  /**
   * The most bytes that a job may result in. What results in more is killed.
   *
   * @default {268_435_456}
   */
  limit?: number;
}

/**
 * Has functions called in processes of their own, at the same time on several
 * processors.
 *
 * What a {@linkcode WorkerPoolExecutor} cannot, since Deno 2.7: a job that is
 * cancelled is killed at once, even if it computes without `await`. A crash, or
 * memory that is exhausted, costs that job alone ({@linkcode BrokenWorkerError}).
 * But a process starts in a tenth of a second and takes 40 MB and more;
 * arguments and results are copied, never moved; and it needs `--allow-run` for
 * Deno itself. A program made by `deno compile` has no Deno to run.
 *
 * What jobs print goes to the errors of this program; they have no input.
 *
 * @example A count that is given up
 * ```ts
 * import assert from "node:assert/strict";
 * import { jobs, run, timeout } from "https://tulip.example/loop/mod.ts";
 * import { ProcessPoolExecutor } from "https://tulip.example/net/processes/process_pool.ts";
 *
 * const url = import.meta.resolve("https://tulip.example/examples/primes.ts");
 * const primes = jobs<typeof import("https://tulip.example/examples/primes.ts")>(url);
 *
 * await run(async () => {
 *   await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
 *   assert.equal(await pool.submit(primes.countPrimes, 1000), 168);
 *   await assert.rejects(
 *     timeout(50, async () => await pool.submit(primes.countPrimes, 1e12)),
 *     { name: "TimeoutError" },
 *   );
 *   assert.equal(await pool.submit(primes.countPrimes, 10), 4);
 * });
 * ```
 */
export class ProcessPoolExecutor extends Executor {
  readonly #options: Required<Omit<ProcessPoolOptions, "initializer">>;
  readonly #initializer: Omit<JobCall, "signal"> | null;
  readonly #endings: Set<Promise<void>> = new Set();
  #workers: Promise<Workers> | null = null;

  /**
   * Makes an executor without processes.
   *
   * @param options How many processes, how long they are kept, and what they may do.
   * @throws {RangeError} If `maxWorkers` or `limit` is no whole number above 0, or `idleTimeout`
   * negative.
   * @throws {TypeError} If `initializer` is no job.
   */
  constructor(options: ProcessPoolOptions = {}) {
    const maxWorkers = checkLimit(
      "maxWorkers",
      options.maxWorkers,
      navigator.hardwareConcurrency,
    );
    const { idleTimeout = 1000, initializer, initargs = [] } = options;
    if (!(idleTimeout >= 0)) {
      throw new RangeError(
        `Cannot set idleTimeout to ${idleTimeout}: need milliseconds, 0 or more`,
      );
    }
    const limit = checkLimit("limit", options.limit, DEFAULT_LIMIT);
    super({ capacity: maxWorkers });
    const flags = options.flags ?? permissionFlags();
    this.#options = { maxWorkers, idleTimeout, initargs, flags, limit };
    this.#initializer = initializer === undefined
      ? null
      : { job: checkJob(initializer), args: initargs, transfer: [] };
  }

  /** @internal */
  protected override async execute(call: JobCall): Promise<unknown> {
    this.#workers ??= this.#begin();
    return await (await this.#workers).do(call);
  }

  /** @internal */
  protected override async release(): Promise<void> {
    const workers = await this.#workers?.catch(() => null);
    workers?.end();
    await Promise.all(this.#endings);
  }

  // Who has no jobs does not load what does them.
  async #begin(): Promise<Workers> {
    if ((Deno.build as { standalone?: boolean }).standalone) {
      throw new NotImplementedError(
        "Cannot do jobs in other processes: a program made by `deno compile` has no Deno to run. " +
          "Use a WorkerPoolExecutor",
      );
    }
    const [{ Workers }, { ProcessWorker }, cloning] = await Promise.all([
      import("../../loop/executors/workers.ts"),
      import("./process_worker.ts"),
      import("node:v8"),
    ]);
    const { flags, idleTimeout, limit } = this.#options;
    const args = ["run", "--quiet", "--no-prompt", ...flags];
    return new Workers({
      name: "ProcessPoolExecutor",
      idleTimeout,
      initializer: this.#initializer,
      onBroken: (error) => this.breakDown(error),
      start: () => {
        const worker = new ProcessWorker({ args, limit }, cloning);
        const ending = worker.ended.then(() => void this.#endings.delete(ending));
        this.#endings.add(ending);
        return worker;
      },
    });
  }
}

const DEFAULT_LIMIT = 268_435_456;

const PERMISSIONS = ["read", "write", "net", "env", "run", "sys", "ffi", "import"];

/** What this program may do without bounds. What it may do within bounds nobody can ask for. */
function permissionFlags(): string[] {
  const granted = PERMISSIONS.filter((name) => {
    const descriptor = { name } as Deno.PermissionDescriptor;
    return Deno.permissions.querySync(descriptor).state === "granted";
  });
  if (granted.length === PERMISSIONS.length) return ["--allow-all"];
  return granted.map((name) => `--allow-${name}`);
}
