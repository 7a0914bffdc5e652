/**
 * The exceptions of asyncio, by Python's names (`asyncio.exceptions`, and the
 * built-in `RuntimeError`, `NotImplementedError`, `KeyboardInterrupt`,
 * `TimeoutError` and `ExceptionGroup`).
 *
 * @module
 */

/** Where an error comes from: the caller, the other side of a connection, or what lies between. */
export type Origin = "usage" | "peer" | "transport";

/**
 * A task or future was cancelled.
 *
 * Python keeps it out of `except Exception`; JavaScript has only one kind of
 * `catch`. Code that catches everything around an `await` must let this one
 * through: see {@linkcode rethrowIfCancelled}.
 */
export class CancelledError extends Error {
  /** The name of the class. */
  override readonly name: string = "CancelledError";
  /** Always `"usage"`: somebody on this side gave up. */
  readonly origin: Origin = "usage";
}

/** A future has no result yet, or has one already. */
export class InvalidStateError extends Error {
  /** The name of the class. */
  override readonly name: string = "InvalidStateError";
  /** Always `"usage"`. */
  readonly origin: Origin = "usage";
}

/** Something was done at the wrong moment: a closed loop, no running task, a lock that is not held. */
export class RuntimeError extends Error {
  /** The name of the class. */
  override readonly name: string = "RuntimeError";
  /** Always `"usage"`. */
  readonly origin: Origin = "usage";
}

/** Something that Python can do, and this runtime cannot. The message says why, and what to do instead. */
export class NotImplementedError extends RuntimeError {
  /** The name of the class. */
  override readonly name: string = "NotImplementedError";
}

/**
 * Somebody has pressed Ctrl-C: `run()` was interrupted by SIGINT, and its main task has ended for it.
 *
 * A program that catches it ends, by custom, with `Deno.exit(130)`.
 */
export class KeyboardInterrupt extends Error {
  /** The name of the class. */
  override readonly name: string = "KeyboardInterrupt";
  /** Always `"usage"`: whoever runs the program has ended it. */
  readonly origin: Origin = "usage";
}

/** Options of the constructor of {@linkcode TimeoutError}. */
export interface TimeoutErrorOptions extends ErrorOptions {
  /**
   * Who took too long.
   *
   * @default {"transport"}
   */
  origin?: Origin;
}

/** The time for an operation is over. */
export class TimeoutError extends Error {
  /** The name of the class, and of the `DOMException` of `AbortSignal.timeout()`. */
  override readonly name: string = "TimeoutError";
  /** Who took too long. */
  readonly origin: Origin;

  /**
   * Makes the error.
   *
   * @param message What was not done in time.
   * @param options The error behind it, and who is to blame.
   */
  constructor(message = "The time is over", options: TimeoutErrorOptions = {}) {
    super(message, options);
    this.origin = options.origin ?? "transport";
  }
}

/** Which errors of a group are meant: a class, or a question asked of each. */
export type ErrorFilter =
  // deno-lint-ignore no-explicit-any
  | (abstract new (...args: any[]) => unknown)
  | ((error: unknown) => boolean);

/**
 * Several errors that happened at once, as a task group collects them
 * (PEP 654). Groups nest.
 *
 * @example Take one kind of error out of a group
 * ```ts
 * import assert from "node:assert/strict";
 * import { ExceptionGroup } from "https://tulip.example/loop/exceptions.ts";
 *
 * const group = new ExceptionGroup("two things", [new TypeError("a"), new RangeError("b")]);
 * const [types, rest] = group.split(TypeError);
 * assert.equal(types?.errors.length, 1);
 * assert.equal(rest?.errors.length, 1);
 * ```
 */
export class ExceptionGroup extends AggregateError {
  /** The name of the class. */
  override readonly name: string = "ExceptionGroup";
  /** Always `"usage"`: the errors inside have origins of their own. */
  readonly origin: Origin = "usage";
  readonly #title: string;

  /**
   * Makes a group.
   *
   * @param message What the errors have in common; their number is added to it.
   * @param errors The errors, one at least.
   * @throws {RangeError} If there are no errors.
   */
  constructor(message: string, errors: readonly unknown[]) {
    const count = errors.length;
    if (count === 0) throw new RangeError("An exception group needs one error at least");
    super(errors, `${message} (${count} sub-exception${count === 1 ? "" : "s"})`);
    this.#title = message;
  }

  /** The errors, by Python's name. */
  get exceptions(): readonly unknown[] {
    return this.errors;
  }

  /**
   * The part of the group that matches, with its nesting kept.
   *
   * @param filter A class of errors, or a function that picks.
   * @returns The group of what matches, or `null` where nothing does.
   */
  subgroup(filter: ErrorFilter): ExceptionGroup | null {
    return this.split(filter)[0];
  }

  /**
   * Divides the group in what matches and what does not, with its nesting kept.
   *
   * @param filter A class of errors, or a function that picks.
   * @returns The group of what matches and the group of the rest; `null` for one without errors.
   */
  split(filter: ErrorFilter): [matching: ExceptionGroup | null, rest: ExceptionGroup | null] {
    const picks = asPredicate(filter);
    if (picks(this)) return [this, null];
    const matching: unknown[] = [];
    const rest: unknown[] = [];
    for (const error of this.errors) {
      if (error instanceof ExceptionGroup) {
        const [inside, outside] = error.split(filter);
        if (inside !== null) matching.push(inside);
        if (outside !== null) rest.push(outside);
      } else {
        (picks(error) ? matching : rest).push(error);
      }
    }
    return [this.#derive(matching), this.#derive(rest)];
  }

  #derive(errors: unknown[]): ExceptionGroup | null {
    return errors.length === 0 ? null : new ExceptionGroup(this.#title, errors);
  }
}

/**
 * Lets a cancellation through a `catch` that would swallow it.
 *
 * @param error What was caught.
 * @param signal A signal whose abort counts as a cancellation too.
 * @throws {unknown} `error` again, if it is a {@linkcode CancelledError} or `signal` is aborted.
 *
 * @example A fallback that does not stand in the way of cancellation
 * ```ts
 * import { rethrowIfCancelled } from "https://tulip.example/loop/exceptions.ts";
 *
 * export async function firstLine(read: () => Promise<string>): Promise<string> {
 *   try {
 *     return await read();
 *   } catch (error) {
 *     rethrowIfCancelled(error);
 *     return "";
 *   }
 * }
 * ```
 */
export function rethrowIfCancelled(error: unknown, signal?: AbortSignal): void {
  if (error instanceof CancelledError || signal?.aborted) throw error;
}

function asPredicate(filter: ErrorFilter): (error: unknown) => boolean {
  const isClass = filter === Error || filter.prototype instanceof Error;
  return isClass ? (error) => error instanceof filter : filter as (error: unknown) => boolean;
}
