/**
 * What goes wrong between threads, and not inside of them.
 *
 * @module
 */

import { type Origin, RuntimeError } from "../exceptions.ts";

/** An executor can do no more jobs (`concurrent.futures.BrokenExecutor`). */
export class BrokenExecutor extends RuntimeError {
  /** The name of the class. */
  override readonly name: string = "BrokenExecutor";
}

/**
 * A worker ended in the middle of a job: an error that nobody caught, or the
 * worker closed itself. The job is lost, and may have been done in part. The
 * executor goes on. Python loses the whole executor (`BrokenProcessPool`).
 */
export class BrokenWorkerError extends BrokenExecutor {
  /** The name of the class. */
  override readonly name: string = "BrokenWorkerError";
  /** Always `"peer"`: the worker. */
  override readonly origin: Origin = "peer";
}

/** A module cannot be imported, or does not export what is asked of it (Python's `ImportError`). */
export class ImportError extends Error {
  /** The name of the class. */
  override readonly name: string = "ImportError";
  /** Always `"usage"`. */
  readonly origin: Origin = "usage";
}

/**
 * Says of an error from where it came, as the last of its causes. The stack of
 * the error is that of the other thread.
 */
export class RemoteTraceback extends Error {
  /** The name of the class. */
  override readonly name: string = "RemoteTraceback";
  /** Always `"peer"`: the other thread. */
  readonly origin: Origin = "peer";

  /**
   * Makes the note.
   *
   * @param message Where the error was thrown.
   */
  constructor(message: string) {
    super(message);
    // Where this was made is of no interest to anybody.
    this.stack = `${this.name}: ${message}`;
  }
}
