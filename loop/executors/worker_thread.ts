/**
 * One worker, seen from outside: it does one job at a time, and may end at any moment.
 *
 * @module
 */

import { BrokenWorkerError } from "./executor_errors.ts";
import { type PackedError, unpackError } from "./remote_errors.ts";
import type { JobCall } from "./submissions.ts";
import { transferOf } from "./transferring.ts";
import type { PoolWorker } from "./workers.ts";
import { type JobMessage, type WorkerMessage, workerProgram } from "./worker_program.ts";

/** A job that is being done. */
interface Running {
  readonly call: JobCall;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The program, as something that a worker can load. Made once, and as long here as the realm. */
let program: string | undefined;

/** A worker that does jobs. */
export class WorkerThread implements PoolWorker {
  /** When it last had nothing to do, by `performance.now()`. */
  idleSince = 0;
  readonly #worker: Worker;
  #running: Running | null = null;
  #isNew = true;
  #hasEnded = false;

  /**
   * Starts a worker.
   *
   * @param name What it is called in messages about it.
   */
  constructor(name: string) {
    program ??= URL.createObjectURL(new Blob([workerProgram()], { type: "text/javascript" }));
    this.#worker = new Worker(program, { type: "module", name });
    this.#worker.onmessage = ({ data }) => this.#hear(data);
    this.#worker.onmessageerror = () =>
      this.#finish((job) => job.reject(new TypeError(`What ${nameOf(job)} sends cannot be read`)));
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#lose(event.message);
    };
  }

  /** Whether it was never given a job. */
  get isNew(): boolean {
    return this.#isNew;
  }

  /** Whether it can do no more jobs. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * Has it do a job.
   *
   * @param call The job. When its signal is aborted, the worker ends.
   * @returns What the function returns.
   */
  do(call: JobCall): Promise<unknown> {
    const { job, args, transfer, signal } = call;
    this.#isNew = false;
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      signal.addEventListener("abort", this.#onAbort);
      this.#running = { call, resolve, reject };
      const message: JobMessage = { ...job, args };
      try {
        this.#worker.postMessage(message, [...new Set([...transfer, ...transferOf(...args)])]);
      } catch (cause) {
        const says = cause instanceof Error ? cause.message : String(cause);
        const error = new TypeError(
          `The arguments of ${job.name} cannot cross to another thread: ${says}`,
          { cause },
        );
        this.#finish(({ reject }) => reject(error));
      }
    });
  }

  /** Ends it, whatever it is doing. */
  end(): void {
    this.#hasEnded = true;
    this.#worker.terminate();
  }

  readonly #onAbort = (): void => {
    this.end();
    this.#finish(({ call, reject }) => reject(call.signal.reason));
  };

  #hear(message: WorkerMessage): void {
    switch (message?.tulip) {
      case "result":
        this.#finish(({ resolve }) => resolve(message.value));
        break;
      case "error":
        this.#finish((job) => job.reject(unpack(message.error, job)));
        break;
      case "end":
        this.#lose(message.how, message.errors);
    }
  }

  #lose(how: string, errors: readonly PackedError[] = []): void {
    this.end();
    this.#finish((job) => {
      const options = errors.length > 0 ? { cause: unpack(errors[0]!, job) } : undefined;
      const message = `The worker was lost while doing ${nameOf(job)}: ${how}`;
      job.reject(new BrokenWorkerError(message, options));
    });
  }

  #finish(settle: (job: Running) => void): void {
    const running = this.#running;
    if (running === null) return;
    this.#running = null;
    settle(running);
  }
}

function nameOf({ call }: Running): string {
  return call.job.name;
}

function unpack(error: PackedError, { call }: Running): unknown {
  return unpackError(error, `Thrown by ${call.job.name} of ${call.job.module}, in a worker`);
}
