/**
 * Time limits on parts of a task (Python's `asyncio.timeouts`).
 *
 * @module
 */

import { CancelledError, RuntimeError, TimeoutError } from "./exceptions.ts";
import { getRunningLoop } from "./events.ts";
import { Future } from "./future.ts";
import type { Handle } from "./handles.ts";
import { type Awaitable, currentTask, ensureFuture, type Task } from "./tasks.ts";
import { showStack, Thrown } from "./thrown.ts";
import { interruptible } from "./wait.ts";

type TimeoutState = "created" | "active" | "expiring" | "expired" | "finished";

/**
 * A part of a task that must end in time (`asyncio.Timeout`). Made by
 * {@linkcode timeout} and {@linkcode timeoutAt}.
 */
export class Timeout implements Disposable {
  #state: TimeoutState = "created";
  #when: number | null;
  #task: Task | null = null;
  #cancelling = 0;
  #thrown: Thrown | null = null;
  #handle: Handle | null = null;

  /**
   * @internal
   * @param when The end, by the loop's clock, or `null` for none.
   */
  constructor(when: number | null) {
    if (Number.isNaN(when)) throw new RangeError("Cannot set a time limit of NaN");
    this.#when = when;
  }

  /**
   * When the time is over.
   *
   * @returns Milliseconds by the loop's clock, or `null` where there is no limit.
   */
  when(): number | null {
    return this.#when;
  }

  /**
   * Moves the end.
   *
   * @param when The new end in milliseconds by the loop's clock (`loop.time()`), or `null` for none.
   * @throws {RuntimeError} If the time is over already, or the part has ended.
   */
  reschedule(when: number | null): void {
    if (this.#state !== "active") {
      throw new RuntimeError(`Cannot change the time limit: it is ${this.#state}`);
    }
    if (Number.isNaN(when)) throw new RangeError("Cannot set a time limit of NaN");
    this.#when = when;
    this.#schedule();
  }

  /**
   * Whether the time was over before the part had ended.
   *
   * @returns `true` once the task was interrupted.
   */
  expired(): boolean {
    return this.#state === "expiring" || this.#state === "expired";
  }

  /**
   * Ends the part, at the end of a `using` block.
   *
   * A block cannot be told with which error it is left. So if the time is
   * over, and nobody else has cancelled the task, every `CancelledError` that
   * was thrown into the block is itself turned into a {@linkcode TimeoutError}.
   */
  [Symbol.dispose](): void {
    const task = this.#task;
    const thrown = this.#thrown;
    if (task === null || thrown === null) return;
    task._blocks = task._blocks.filter((block) => block !== thrown);
    if (!this.#end()) return;
    for (const error of thrown.errors()) turnIntoTimeout(error);
  }

  /**
   * The limit for people.
   *
   * @returns Its state, and its end where that is still to come.
   */
  toString(): string {
    const parts = [`[${this.#state}]`];
    if (this.#state === "active") {
      parts.push(`when=${this.#when === null ? null : Math.round(this.#when * 1000) / 1000}`);
    }
    return `<Timeout ${parts.join(" ")}>`;
  }

  /** @internal Begins the part that is the rest of a block. */
  _enterBlock(): this {
    this._enter();
    const task = this.#task!;
    this.#thrown = new Thrown();
    task._blocks = [...task._blocks, this.#thrown];
    return this;
  }

  /** @internal Begins the part. */
  _enter(): this {
    const task = currentTask();
    if (this.#state !== "created") throw new RuntimeError("Timeout has already been entered");
    if (task === null) throw new RuntimeError("Timeout should be used inside a task");
    this.#state = "active";
    this.#task = task;
    this.#cancelling = task.cancelling();
    this.#schedule();
    return this;
  }

  /**
   * @internal Ends the part.
   * @param error What the part threw, or `null`.
   * @returns What shall be thrown instead, or `null`.
   */
  _exit(error: unknown): TimeoutError | null {
    return this.#end() && error instanceof CancelledError ? timeoutError(error) : null;
  }

  /** Ends the part. Says whether a cancellation that leaves it is the limit's own. */
  #end(): boolean {
    const task = this.#task!;
    // The error that leaves the part keeps the limit alive; it must not keep its own task alive.
    this.#task = null;
    this.#handle?.cancel();
    this.#handle = null;
    if (this.#state === "active") this.#state = "finished";
    if (this.#state !== "expiring") return false;
    this.#state = "expired";
    // More requests than when the part began: somebody else cancels the task too.
    return task.uncancel() <= this.#cancelling;
  }

  #schedule(): void {
    this.#handle?.cancel();
    this.#handle = null;
    if (this.#when === null) return;
    const loop = this.#task!.getLoop();
    this.#handle = this.#when <= loop.time()
      ? loop.callSoon(() => this.#expire())
      : loop.callAt(this.#when, () => this.#expire());
  }

  #expire(): void {
    this.#handle = null;
    this.#state = "expiring";
    this.#task!.cancel();
  }
}

/**
 * Limits the time of the rest of a block (`asyncio.timeout`; in milliseconds here).
 *
 * When the time is over, what the task awaits is cancelled, and
 * {@linkcode TimeoutError} leaves the block. Native promises cannot be
 * interrupted: give them a signal with `abortable()`.
 *
 * @param ms The limit in milliseconds; 0 and less end the first wait; `null` is no limit.
 * @returns What ends the limit at the end of a `using` block, and can move it.
 * @throws {RuntimeError} If no task is running.
 *
 * @example As a declaration, and with a function
 * ```ts
 * import assert from "node:assert/strict";
 * import { run, sleep, timeout } from "https://tulip.example/loop/mod.ts";
 *
 * await run(async () => {
 *   await assert.rejects(timeout(5, () => sleep(60_000)), { name: "TimeoutError" });
 *
 *   using limit = timeout(1000);
 *   await sleep(1);
 *   assert.equal(limit.expired(), false);
 * });
 * ```
 */
export function timeout(ms: number | null): Timeout;
/**
 * Limits the time of a function. See above.
 *
 * @param ms The limit in milliseconds; 0 and less end the first wait; `null` is no limit.
 * @param body The function. It is given the limit, and can move it.
 * @returns What the function returns.
 * @throws {TimeoutError} If the time is over first.
 */
export function timeout<T>(
  ms: number | null,
  body: (limit: Timeout) => T | PromiseLike<T>,
): Promise<T>;
export function timeout<T>(
  ms: number | null,
  body?: (limit: Timeout) => T | PromiseLike<T>,
): Timeout | Promise<T> {
  if (body === undefined) return timeoutAt(deadline(ms));
  return within(() => deadline(ms), body);
}

/**
 * Limits the time of the rest of a block, up to a moment (`asyncio.timeout_at`).
 *
 * @param when The moment in milliseconds by the loop's clock (`loop.time()`), or `null` for no limit.
 * @returns What ends the limit at the end of a `using` block, and can move it.
 * @throws {RuntimeError} If no task is running.
 */
export function timeoutAt(when: number | null): Timeout;
/**
 * Limits the time of a function, up to a moment. See above.
 *
 * @param when The moment in milliseconds by the loop's clock (`loop.time()`), or `null` for no limit.
 * @param body The function. It is given the limit, and can move it.
 * @returns What the function returns.
 * @throws {TimeoutError} If the moment comes first.
 */
export function timeoutAt<T>(
  when: number | null,
  body: (limit: Timeout) => T | PromiseLike<T>,
): Promise<T>;
export function timeoutAt<T>(
  when: number | null,
  body?: (limit: Timeout) => T | PromiseLike<T>,
): Timeout | Promise<T> {
  if (body === undefined) return new Timeout(when)._enterBlock();
  return within(() => when, body);
}

/**
 * Waits, but not for long (`asyncio.wait_for`; in milliseconds here).
 *
 * @param awaitable A future or task, which is cancelled when the time is over; a function, which runs in the current task; or a promise.
 * @param ms The limit in milliseconds, or `null` for none. 0 and less: only what is done already counts.
 * @returns The result.
 * @throws {TimeoutError} If the time is over first. What was cancelled has ended by then.
 * @throws {RuntimeError} If no task is running.
 *
 * @example Wait for an answer for a tenth of a second
 * ```ts
 * import assert from "node:assert/strict";
 * import { run, sleep, waitFor } from "https://tulip.example/loop/mod.ts";
 *
 * assert.equal(await run(() => waitFor(sleep(1, "yes"), 100)), "yes");
 * await assert.rejects(run(() => waitFor(sleep(60_000), 5)), { name: "TimeoutError" });
 * ```
 */
export async function waitFor<T>(awaitable: Awaitable<T>, ms: number | null): Promise<T> {
  if (ms !== null && ms <= 0) return await onlyIfDone(ensureFuture(awaitable));
  return await timeout(ms, () => {
    if (typeof awaitable === "function") return awaitable();
    return awaitable instanceof Future ? awaitable : interruptible(awaitable);
  });
}

async function within<T>(
  when: () => number | null,
  body: (limit: Timeout) => T | PromiseLike<T>,
): Promise<T> {
  const limit = new Timeout(when())._enter();
  let result: T;
  try {
    result = await body(limit);
    // deno-lint-ignore tulip/cancellation -- it is for the limit to say whose cancellation this is
  } catch (error) {
    throw limit._exit(error) ?? error;
  }
  limit._exit(null);
  return result;
}

async function onlyIfDone<T>(future: Future<T>): Promise<T> {
  if (!future.done()) {
    const ended = new Future<void>();
    future._onDone(() => {
      if (!ended.done()) ended.setResult();
    }, ended);
    future.cancel();
    await ended;
    try {
      return future.result();
    } catch (error) {
      // What gather() returns is not cancelled itself, but fails with the CancelledError of a child.
      throw error instanceof CancelledError ? timeoutError(error) : error;
    }
  }
  return future.result();
}

function deadline(ms: number | null): number | null {
  return ms === null ? null : getRunningLoop().time() + ms;
}

const MESSAGE = "The time limit is over";

function timeoutError(cause: CancelledError): TimeoutError {
  return new TimeoutError(MESSAGE, { cause });
}

/**
 * Makes a {@linkcode TimeoutError} of an error that is already on its way. What
 * it was becomes its cause: a new error, with the old one's stack. In return it
 * gets the stack of the new one, which shows where the block is left.
 */
function turnIntoTimeout(error: CancelledError): void {
  const cause = new CancelledError(error.message);
  const thrown = stackOf(error);
  const left = stackOf(cause);
  Object.setPrototypeOf(error, TimeoutError.prototype);
  const properties = { name: "TimeoutError", message: MESSAGE, origin: "transport", cause };
  for (const [key, value] of Object.entries(properties)) {
    Object.defineProperty(error, key, { value, configurable: true, writable: true });
  }
  // The first line of a stack says what the error is when the text is made.
  showStack(error, () => left()?.replace(`${cause}`, () => `${error}`));
  showStack(cause, () => thrown()?.replace(`${error}`, () => `${cause}`));
}

/** Reads the stack that an error has now, also after it was given another one. */
function stackOf(error: Error): () => string | undefined {
  const stack = Object.getOwnPropertyDescriptor(error, "stack");
  return () => stack?.get === undefined ? stack?.value : stack.get.call(error);
}
