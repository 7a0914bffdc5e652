/**
 * Jobs on their way: what an executor was asked for, and the future that the
 * caller holds.
 *
 * @module
 */

import { Future } from "../future.ts";
import type { FutureOptions } from "../future_options.ts";
import type { FutureState } from "../reactions.ts";

/** Options of {@linkcode Executor.submit}. */
export interface SubmitOptions extends FutureOptions {
  /** Ends the job: its future fails with `signal.reason`. */
  signal?: AbortSignal;
  /**
   * What is moved with the arguments and not copied: array buffers, ports, streams. It must
   * not be touched any more.
   *
   * @default {what the arguments were marked with by transferring()}
   */
  transfer?: readonly Transferable[];
}

/** One call that an executor is to make. */
export interface JobCall {
  /** The function: the URL of a module, and the name by which the module exports it. */
  readonly job: { readonly module: string; readonly name: string };
  /** The arguments. */
  readonly args: readonly unknown[];
  /** What may be moved with the arguments. */
  readonly transfer: readonly Transferable[];
  /** Aborted when nobody waits for the outcome any more. */
  readonly signal: AbortSignal;
}

/**
 * The future of a job. To cancel it ends the job.
 *
 * @internal
 */
export class Submission<T = unknown> extends Future<T> {
  readonly call: JobCall;
  /** Told once that the job is not wanted any more, before it is over. */
  onAbandoned: (() => void) | null = null;
  readonly #controller = new AbortController();
  #stopListening: (() => void) | null = null;
  #isOver = false;

  constructor(call: Omit<JobCall, "signal">, { loop, signal }: SubmitOptions) {
    super({ loop });
    this.call = { ...call, signal: this.#controller.signal };
    if (signal !== undefined) this.#listen(signal);
  }

  /** The function has returned. */
  returned(value: T): void {
    this.#isOver = true;
    if (!this.done()) this.setResult(value);
  }

  /** The function has thrown, or could not be called. */
  threw(error: unknown): void {
    this.#isOver = true;
    if (!this.done()) this.setException(error);
  }

  override _settle(state: FutureState, value: unknown): void {
    super._settle(state, value);
    this.#stopListening?.();
    this.#stopListening = null;
    if (this.#isOver) return;
    this.#isOver = true;
    this.#controller.abort(state === "cancelled" ? this._cancelledError() : value);
    this.onAbandoned?.();
  }

  #listen(signal: AbortSignal): void {
    if (signal.aborted) return this.setException(signal.reason);
    const onAbort = () => this.setException(signal.reason);
    signal.addEventListener("abort", onAbort);
    this.#stopListening = () => signal.removeEventListener("abort", onAbort);
  }
}
