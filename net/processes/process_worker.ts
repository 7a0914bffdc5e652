/**
 * One child of a {@linkcode ProcessPoolExecutor}, seen from outside: it does one
 * job at a time, and may end at any moment.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import { BrokenWorkerError } from "../../loop/executors/executor_errors.ts";
import { unpackError } from "../../loop/executors/remote_errors.ts";
import type { JobCall } from "../../loop/executors/submissions.ts";
import type { WorkerMessage } from "../../loop/executors/worker_program.ts";
import type { PoolWorker } from "../../loop/executors/workers.ts";
import { LimitOverrunError } from "../errors.ts";
import type { Process } from "./process.ts";
import { frameHead, frameLength, HEAD_SIZE } from "./process_frames.ts";
import { createSubprocessExec, PIPE } from "./subprocess.ts";

/** How a child is. */
export interface ProcessWorkerOptions {
  /** What comes before the program: `run`, and its flags. */
  readonly args: readonly string[];
  /** The most bytes that a job may result in. */
  readonly limit: number;
}

/** How values cross: `node:v8`. */
export interface Cloning {
  /** Writes a value as bytes. */
  serialize(value: unknown): Uint8Array;
  /** Reads it. */
  deserialize(bytes: Uint8Array): unknown;
}

/** A process that does jobs. */
export class ProcessWorker implements PoolWorker {
  /** When it last had nothing to do, by `performance.now()`. */
  idleSince = 0;
  /** Resolves when there is no process any more; it never rejects. */
  readonly ended: Promise<void>;
  readonly #limit: number;
  readonly #cloning: Cloning;
  readonly #starting: Promise<Process>;
  #process: Process | null = null;
  #isNew = true;
  #hasEnded = false;

  /**
   * Starts a process.
   *
   * @param options How it is.
   * @param cloning How values cross.
   */
  constructor({ args, limit }: ProcessWorkerOptions, cloning: Cloning) {
    this.#limit = limit;
    this.#cloning = cloning;
    this.#starting = createSubprocessExec(
      Deno.execPath(),
      [...args, import.meta.resolve("./process_program.ts")],
      { stdin: PIPE, stdout: PIPE },
    );
    this.ended = this.#starting.then(async (process) => {
      this.#process = process;
      if (this.#hasEnded) this.end();
      await process.wait();
      this.#hasEnded = true;
      await process[Symbol.asyncDispose]();
    }).catch(() => {
      this.#hasEnded = true;
    });
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
   * @param call The job. When its signal is aborted, the process is killed.
   * @returns What the function returns.
   */
  async do(call: JobCall): Promise<unknown> {
    const { job, args, signal } = call;
    this.#isNew = false;
    signal.throwIfAborted();
    const kill = () => this.end();
    signal.addEventListener("abort", kill);
    try {
      const process = await this.#starting;
      const bytes = this.#clone({ ...job, args }, job.name);
      const message = await this.#ask(process, bytes, job.name);
      return this.#resultOf(message, call);
    } catch (error) {
      rethrowIfCancelled(error);
      throw signal.aborted ? signal.reason : error;
    } finally {
      signal.removeEventListener("abort", kill);
    }
  }

  /** Kills it, whatever it is doing. */
  end(): void {
    this.#hasEnded = true;
    if (this.#process?.returncode === null) this.#process.kill();
  }

  #clone(value: unknown, name: string): Uint8Array {
    try {
      return this.#cloning.serialize(value);
    } catch (cause) {
      const says = cause instanceof Error ? cause.message : String(cause);
      throw new TypeError(`The arguments of ${name} cannot cross to another process: ${says}`, {
        cause,
      });
    }
  }

  async #ask(process: Process, bytes: Uint8Array, name: string): Promise<WorkerMessage> {
    try {
      process.stdin!.write(frameHead(bytes.length));
      process.stdin!.write(bytes);
      await process.stdin!.flush();
      const length = frameLength(await process.stdout!.readexactly(HEAD_SIZE));
      if (length === null) {
        throw new BrokenWorkerError(
          `${name} has written to the output of its process, which belongs to the executor`,
        );
      }
      if (length > this.#limit) {
        throw new LimitOverrunError(
          `The result of ${name} has ${length} bytes, and the limit is ${this.#limit}`,
          this.#limit,
        );
      }
      // Deno 2.5 finds bytes in the wrong place where memory does not begin with them.
      const answer = (await process.stdout!.readexactly(length)).slice();
      return this.#cloning.deserialize(answer) as WorkerMessage;
    } catch (error) {
      rethrowIfCancelled(error);
      this.end();
      if (error instanceof BrokenWorkerError || error instanceof LimitOverrunError) throw error;
      const code = await process.wait();
      const how = code < 0 ? `it was killed by signal ${-code}` : `it ended with code ${code}`;
      throw new BrokenWorkerError(`The process was lost while doing ${name}: ${how}`);
    }
  }

  #resultOf(message: WorkerMessage, { job }: JobCall): unknown {
    const origin = `Thrown by ${job.name} of ${job.module}, in another process`;
    switch (message.tulip) {
      case "result":
        return message.value;
      case "error":
        throw unpackError(message.error, origin);
      case "end": {
        this.end();
        const [error] = message.errors;
        const options = error && { cause: unpackError(error, origin) };
        throw new BrokenWorkerError(
          `The process was lost while doing ${job.name}: ${message.how}`,
          options,
        );
      }
    }
  }
}
