/**
 * Having functions called somewhere else (Python's `concurrent.futures`).
 *
 * @module
 */

import { runOutside } from "../outside.ts";
import { checkMapOptions, inOrder, type MapOptions, zip } from "./executor_map.ts";
import type { BrokenExecutor } from "./executor_errors.ts";
import { RuntimeError } from "../exceptions.ts";
import { Future } from "../future.ts";
import { checkJob, type Job, type JobFunction, type JobResult } from "./jobs.ts";
import { type JobCall, Submission, type SubmitOptions } from "./submissions.ts";

export type { MapOptions } from "./executor_map.ts";
export type { JobCall, SubmitOptions } from "./submissions.ts";

/** Options of the constructor of {@linkcode Executor}. */
export interface ExecutorOptions {
  /**
   * How many calls run at once. The others wait for their turn, first come, first served.
   *
   * @default {Infinity}
   */
  capacity?: number;
}

/** Options of {@linkcode Executor.shutdown}. */
export interface ShutdownOptions {
  /**
   * Whether to wait until every job is over, and what the executor holds is given back.
   *
   * @default {true}
   */
  wait?: boolean;
  /**
   * Whether to cancel the jobs that have not begun.
   *
   * @default {false}
   */
  cancelFutures?: boolean;
}

/** The iterables of {@linkcode Executor.map}: one for each argument. */
export type IterablesOf<Args extends unknown[]> = { [I in keyof Args]: Iterable<Args[I]> };

/**
 * Has functions called somewhere else, and gives futures of what they return
 * (`concurrent.futures.Executor`).
 *
 * The queue, cancellation and shutdown are here. A kind of executor adds how
 * one call is made: {@linkcode Executor.execute}. Whether that is in a Worker
 * or on another machine, only what
 * {@link https://developer.mozilla.org/docs/Web/API/Web_Workers_API/Structured_clone_algorithm | structured clone}
 * can copy should cross: data, not functions, and of an object its fields without its class.
 *
 * @example An executor of one's own, which calls everything here
 * ```ts
 * import assert from "node:assert/strict";
 * import { Executor, type JobCall, jobs, run } from "https://tulip.example/loop/mod.ts";
 *
 * class Here extends Executor {
 *   protected override async execute({ job, args }: JobCall): Promise<unknown> {
 *     const module = await import(job.module);
 *     return module[job.name](...structuredClone(args));
 *   }
 * }
 *
 * const url = import.meta.resolve("https://tulip.example/examples/primes.ts");
 * const primes = jobs<typeof import("https://tulip.example/examples/primes.ts")>(url);
 * await run(async () => {
 *   await using here = new Here({ capacity: 1 });
 *   assert.equal(await here.submit(primes.countPrimes, 10), 4);
 * });
 * ```
 */
export abstract class Executor implements AsyncDisposable {
  readonly #capacity: number;
  /** Jobs that have not begun, in order. */
  readonly #waiting: Set<Submission> = new Set();
  #running = 0;
  #isShutDown = false;
  #broken: BrokenExecutor | null = null;
  #isReleased = false;
  readonly #end = Promise.withResolvers<void>();

  /**
   * Makes an executor. It costs nothing before there is a job.
   *
   * @param options How much it does at once.
   * @throws {RangeError} If `capacity` is no whole number above 0.
   */
  constructor({ capacity = Infinity }: ExecutorOptions = {}) {
    if (capacity !== Infinity && !(Number.isInteger(capacity) && capacity > 0)) {
      throw new RangeError(`Cannot set capacity to ${capacity}: need a whole number above 0`);
    }
    this.#capacity = capacity;
  }

  /**
   * Makes one call, somewhere else. What an executor must add.
   *
   * It is called when it is the job's turn, in no task.
   *
   * @param call The function, its arguments, and the signal that nobody waits any more: then it
   * should end the call, if it can, and must settle soon.
   * @returns What the function returns; rejects with what it throws.
   */
  protected abstract execute(call: JobCall): Promise<unknown>;

  /**
   * Gives back what the executor holds. Called once, after shutdown, when every job is over.
   *
   * @returns When everything is given back.
   */
  protected release(): void | Promise<void> {}

  /**
   * Says that the executor can do no more jobs, as when none of its workers can start: the jobs
   * that wait fail, and no more can be submitted.
   *
   * @param error Why.
   */
  protected breakDown(error: BrokenExecutor): void {
    this.#broken = error;
    for (const submission of this.#waiting) submission.threw(error);
    this.#waiting.clear();
    this.#releaseWhenIdle();
  }

  /**
   * Has a function called (`Executor.submit`).
   *
   * @param job The function, by its module and name.
   * @param args Its arguments, which are copied when the job begins.
   * @returns A future of its result, of the calling loop. To cancel it, or the task that awaits it,
   * ends the job, whether it has begun or not.
   * @throws {TypeError} If `job` is no job.
   * @throws {RuntimeError} If the executor is shut down, or broken ({@linkcode BrokenExecutor}).
   */
  submit<F extends JobFunction>(job: Job<F>, ...args: Parameters<F>): Future<JobResult<F>>;
  /**
   * Has a function called, with options.
   *
   * @param options What ends the job, and what is moved to it.
   * @param job The function, by its module and name.
   * @param args Its arguments, which are copied when the job begins.
   * @returns A future of its result.
   * @throws {TypeError} If `job` is no job.
   * @throws {RuntimeError} If the executor is shut down, or broken ({@linkcode BrokenExecutor}).
   */
  submit<F extends JobFunction>(
    options: SubmitOptions,
    job: Job<F>,
    ...args: Parameters<F>
  ): Future<JobResult<F>>;
  submit<T>(...given: unknown[]): Future<T> {
    const { options, job, args } = split<SubmitOptions>(given);
    return this.#submit(options, checkJob(job), args) as Submission<T>;
  }

  /**
   * Has a function called for each item of an iterable, or of several side by side until the
   * shortest ends (`Executor.map`). Jobs are submitted at once, or as far as `buffersize` allows.
   *
   * @param job The function, by its module and name.
   * @param iterables One for each argument.
   * @returns The results, in the order of the arguments; throws what a call has thrown in its place.
   * When the iteration ends early, the jobs that are left are cancelled.
   * @throws {TypeError} If `job` is no job.
   * @throws {RuntimeError} If the executor is shut down, or broken.
   *
   * @example Several counts at once, two in the queue at most
   * ```ts
   * import assert from "node:assert/strict";
   * import { jobs, run, WorkerPoolExecutor } from "https://tulip.example/loop/mod.ts";
   *
   * const url = import.meta.resolve("https://tulip.example/examples/primes.ts");
   * const primes = jobs<typeof import("https://tulip.example/examples/primes.ts")>(url);
   * const counts: number[] = [];
   * await run(async () => {
   *   await using pool = new WorkerPoolExecutor({ maxWorkers: 2 });
   *   const options = { buffersize: 2 };
   *   for await (const count of pool.map(options, primes.countPrimes, [10, 100, 1000])) {
   *     counts.push(count);
   *   }
   * });
   * assert.deepEqual(counts, [4, 25, 168]);
   * ```
   */
  map<F extends JobFunction>(
    job: Job<F>,
    ...iterables: IterablesOf<Parameters<F>>
  ): AsyncGenerator<JobResult<F>, void, undefined>;
  /**
   * Has a function called for each item, with options.
   *
   * @param options How many at a time, and how long it may take.
   * @param job The function, by its module and name.
   * @param iterables One for each argument.
   * @returns The results, in the order of the arguments. Throws {@linkcode TimeoutError} when the
   * time is over.
   * @throws {TypeError} If `job` is no job.
   * @throws {RangeError} If an option is out of its range.
   * @throws {RuntimeError} If the executor is shut down, or broken.
   */
  map<F extends JobFunction>(
    options: MapOptions,
    job: Job<F>,
    ...iterables: IterablesOf<Parameters<F>>
  ): AsyncGenerator<JobResult<F>, void, undefined>;
  map<T>(...given: unknown[]): AsyncGenerator<T, void, undefined> {
    const { options, job, args } = split<MapOptions>(given);
    const checked = checkJob(job);
    const rows = zip(args as Iterable<unknown>[]);
    const submissions = rows.map((row) => this.#submit({}, checked, row) as Submission<T>);
    return inOrder(submissions, checkMapOptions(options));
  }

  /**
   * Takes no more jobs, and ends when those it has are over (`Executor.shutdown`).
   *
   * @param options Whether to wait, and what becomes of the jobs that have not begun.
   * @returns When the executor has ended; with `wait: false`, at once.
   */
  shutdown({ wait = true, cancelFutures = false }: ShutdownOptions = {}): Future<void> {
    this.#isShutDown = true;
    if (cancelFutures) {
      for (const submission of [...this.#waiting]) submission.cancel();
    }
    this.#releaseWhenIdle();
    const ended = new Future<void>();
    if (!wait) ended.setResult();
    this.#end.promise.then(() => {
      if (!ended.done()) ended.setResult();
    }, (error) => {
      if (!ended.done()) ended.setException(error);
    });
    return ended;
  }

  /**
   * As {@linkcode Executor.shutdown}.
   *
   * @returns When the executor has ended.
   */
  [Symbol.asyncDispose](): Future<void> {
    return this.shutdown();
  }

  #submit(options: SubmitOptions, job: JobCall["job"], args: readonly unknown[]): Submission {
    if (this.#broken !== null) throw this.#broken;
    if (this.#isShutDown) {
      throw new RuntimeError(`Cannot submit ${job.name}: the executor is shut down`);
    }
    const submission = new Submission({ job, args, transfer: options.transfer ?? [] }, options);
    if (submission.done()) return submission;
    submission.onAbandoned = () => {
      if (this.#waiting.delete(submission)) this.#releaseWhenIdle();
    };
    this.#waiting.add(submission);
    this.#next();
    return submission;
  }

  /** Begins what waits, as far as there is room. */
  #next(): void {
    for (const submission of this.#waiting) {
      if (this.#running >= this.#capacity) return;
      this.#waiting.delete(submission);
      this.#begin(submission);
    }
  }

  #begin(submission: Submission): void {
    this.#running += 1;
    const leave = () => {
      this.#running -= 1;
      this.#next();
      this.#releaseWhenIdle();
    };
    const { call } = submission;
    runOutside(() => new Promise((resolve) => resolve(this.execute(call)))).then((value) => {
      submission.returned(value);
      leave();
    }, (error) => {
      submission.threw(error);
      leave();
    });
  }

  #releaseWhenIdle(): void {
    const isIdle = this.#running === 0 && this.#waiting.size === 0;
    if (!this.#isShutDown || !isIdle || this.#isReleased) return;
    this.#isReleased = true;
    this.#end.resolve(runOutside(() => new Promise((resolve) => resolve(this.release()))));
  }
}

/** Options stand first, where there are any. */
function split<Options>(given: unknown[]): { options: Options; job: Job; args: unknown[] } {
  const [first, second] = given;
  const hasOptions = typeof first === "object" && first !== null && !("module" in first);
  return hasOptions
    ? { options: first as Options, job: second as Job, args: given.slice(2) }
    : { options: {} as Options, job: first as Job, args: given.slice(1) };
}
