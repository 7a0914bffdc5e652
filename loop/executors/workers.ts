/**
 * The workers of a pool: they start as they are needed, and end when they have
 * had nothing to do for a while.
 *
 * @module
 */

import { BrokenExecutor } from "./executor_errors.ts";
import type { JobCall } from "./submissions.ts";

/** Something that does one job at a time, and may end at any moment: a thread, a process. */
export interface PoolWorker {
  /** When it last had nothing to do, by `performance.now()`. */
  idleSince: number;
  /** Whether it was never given a job. */
  readonly isNew: boolean;
  /** Whether it can do no more jobs. */
  readonly hasEnded: boolean;
  /**
   * Has it do a job.
   *
   * @param call The job. When its signal is aborted, the worker ends.
   * @returns What the function returns.
   */
  do(call: JobCall): Promise<unknown>;
  /** Ends it, whatever it is doing. */
  end(): void;
}

/** How the workers of a pool are. */
export interface WorkersOptions {
  /** Starts one, by its name. */
  readonly start: (name: string) => PoolWorker;
  /** What they are called, each with a number. */
  readonly name: string;
  /** How long one is kept that has nothing to do, in milliseconds. */
  readonly idleTimeout: number;
  /** Called in each before its first job. */
  readonly initializer: Omit<JobCall, "signal"> | null;
  /** Told that the initializer has failed. */
  readonly onBroken: (error: BrokenExecutor) => void;
}

/** The longest delay that `setTimeout` knows. */
const MAX_DELAY = 2 ** 31 - 1;

/** Workers that do jobs. */
export class Workers {
  readonly #options: WorkersOptions;
  readonly #workers: Set<PoolWorker> = new Set();
  /** Those that have nothing to do, longest first. */
  readonly #idle: PoolWorker[] = [];
  #started = 0;
  #sweeper: ReturnType<typeof setTimeout> | undefined;

  /**
   * Begins without workers.
   *
   * @param options How they are.
   */
  constructor(options: WorkersOptions) {
    this.#options = options;
  }

  /**
   * Has a job done, at once. How many may be done at a time is the caller's business.
   *
   * @param call The job. When its signal is aborted, its worker ends.
   * @returns What the function returns.
   */
  async do(call: JobCall): Promise<unknown> {
    const { initializer } = this.#options;
    const worker = this.#take() ?? this.#start();
    try {
      if (worker.isNew && initializer !== null) {
        await this.#initialize(worker, { ...initializer, signal: call.signal });
      }
      return await worker.do(call);
    } finally {
      this.#keep(worker);
    }
  }

  /** Ends all workers. */
  end(): void {
    clearTimeout(this.#sweeper);
    this.#sweeper = undefined;
    for (const worker of this.#workers) worker.end();
    this.#workers.clear();
    this.#idle.length = 0;
  }

  /** The idle worker that was busy last; one may have ended itself meanwhile. */
  #take(): PoolWorker | undefined {
    for (let worker; (worker = this.#idle.pop()) !== undefined;) {
      if (!worker.hasEnded) return worker;
      this.#workers.delete(worker);
    }
    return undefined;
  }

  #start(): PoolWorker {
    this.#started += 1;
    const worker = this.#options.start(`${this.#options.name}-${this.#started}`);
    this.#workers.add(worker);
    return worker;
  }

  async #initialize(worker: PoolWorker, initializer: JobCall): Promise<void> {
    await worker.do(initializer).catch((cause) => {
      worker.end();
      if (initializer.signal.aborted) throw cause;
      const message = `The initializer ${initializer.job.name} of ${this.#options.name} failed`;
      const error = new BrokenExecutor(message, { cause });
      this.#options.onBroken(error);
      throw error;
    });
  }

  /** Puts back a worker whose job is over. */
  #keep(worker: PoolWorker): void {
    if (worker.hasEnded) {
      this.#workers.delete(worker);
      return;
    }
    worker.idleSince = performance.now();
    this.#idle.push(worker);
    this.#sweeper ??= this.#sweepAfter(this.#options.idleTimeout);
  }

  #sweepAfter(delay: number): ReturnType<typeof setTimeout> | undefined {
    if (delay === Infinity) return undefined;
    return setTimeout(() => this.#sweep(), Math.min(delay, MAX_DELAY));
  }

  /** Ends the workers that have had nothing to do for too long. */
  #sweep(): void {
    const now = performance.now();
    this.#sweeper = undefined;
    while (this.#idle.length > 0) {
      const worker = this.#idle[0]!;
      const left = worker.idleSince + this.#options.idleTimeout - now;
      if (left > 0) {
        this.#sweeper = this.#sweepAfter(left);
        return;
      }
      this.#idle.shift();
      worker.end();
      this.#workers.delete(worker);
    }
  }
}
