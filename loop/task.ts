/**
 * Running functions that can be cancelled (Python's `asyncio.Task`).
 *
 * @module
 */

import {
  type Await,
  type Awaits,
  cancelAwaited,
  listAwaits,
  noteAwait,
  waitsForItself,
  withAwait,
  withoutAwait,
} from "./awaits.ts";
import { begin } from "./begin.ts";
import { type Context, copyContext, currentFrame, type Frame, frames } from "./context.ts";
import { logWarning, print } from "./debug.ts";
import { CancelledError, InvalidStateError, RuntimeError } from "./exceptions.ts";
import { Future } from "./future.ts";
import { describeSwallowed } from "./introspection/mistakes.ts";
import { type Inspect, workOf } from "./introspection/shown.ts";
import { Stack, type StackFrame } from "./introspection/stack.ts";
import type { TaskCallback, TaskOptions } from "./task_arguments.ts";
import {
  formatFrames,
  framesOf,
  type PrintStackOptions,
  stackOf,
  type StackOptions,
} from "./introspection/task_stack.ts";
import type { Thrown } from "./thrown.ts";

const NO_BLOCKS: readonly Thrown[] = [];
/** The arguments of a function that has begun, and has taken its own. */
const BEGUN: readonly unknown[] = [];
let made = 0;

/**
 * A function that runs in the background (`asyncio.Task`). Made by `createTask()`.
 *
 * The function begins soon, not at once. Awaiting the task gives what the
 * function returns; to cancel it throws {@linkcode CancelledError} into the
 * function, at the `await` where it stands.
 *
 * @example Cancel a task, which cleans up
 * ```ts
 * import assert from "node:assert/strict";
 * import { createTask, run, sleep } from "https://tulip.example/loop/mod.ts";
 *
 * const log: string[] = [];
 * await run(async () => {
 *   const task = createTask(async () => {
 *     try {
 *       await sleep(60_000);
 *     } finally {
 *       await sleep(1);
 *       log.push("cleaned up");
 *     }
 *   });
 *   await sleep(0);
 *   task.cancel();
 *   await assert.rejects(task, { name: "CancelledError" });
 * });
 * assert.deepEqual(log, ["cleaned up"]);
 * ```
 */
export class Task<T = unknown> extends Future<T> {
  /** @internal */
  readonly _resumes = "task";
  /** @internal A cancellation that is to be delivered at the next await. */
  _mustCancel = false;
  /** @internal */
  _cancelMessage: string | undefined = undefined;
  /** @internal Whether it is reported when its loop is closed before its end. */
  _isMissed = true;
  /** @internal The blocks with a time limit in which the code stands, innermost last. */
  _blocks: readonly Thrown[] = NO_BLOCKS;
  readonly #context: Context;
  #callback: TaskCallback<T> | null;
  #args: readonly unknown[];
  #name: string | undefined;
  readonly #number = ++made;
  #awaits: Awaits = null;
  #isRunning = false;
  #cancelRequests = 0;
  #controller: AbortController | null = null;

  /**
   * Has a function run soon. `createTask()` is the short form.
   *
   * @param callback The function.
   * @param args Its arguments.
   * @param options The loop, a name, a context, and whether it begins at once.
   * @throws {TypeError} If `callback` is no function: a promise has begun already and cannot be cancelled.
   * @throws {RuntimeError} If the loop is closed.
   */
  constructor(
    callback: TaskCallback<T>,
    args: readonly unknown[] = [],
    options: TaskOptions = {},
  ) {
    super(options);
    if (typeof callback !== "function") {
      throw new TypeError(
        "A task needs a function, not what it returns: createTask(fn, arg) instead of createTask(fn(arg))",
      );
    }
    this._loop._checkOpen();
    this.#callback = callback;
    this.#args = args;
    this.#name = options.name;
    this.#context = options.context ?? copyContext();
    this._loop._tasks.add(this);
    const step = this._step;
    if (options.eagerStart && this._loop.isRunning()) step(this);
    else this._loop._push(this);
  }

  /**
   * Asks the task to stop: throws {@linkcode CancelledError} into its function
   * at the `await` where it stands, or at its next one.
   *
   * The function may clean up, take its time, or refuse. Whatever the task
   * awaits is cancelled with it, unless it is shielded.
   *
   * @param message What {@linkcode CancelledError} shall say.
   * @returns `false` if the task is done already.
   */
  override cancel(message?: string): boolean {
    this._retrieved();
    if (this.done() || waitsForItself(this)) return false;
    this.#cancelRequests += 1;
    if (!cancelAwaited(this, this.#awaits, message)) {
      this._mustCancel = true;
      this._cancelMessage = message;
    }
    this.#controller?.abort(new CancelledError(message));
    return true;
  }

  /**
   * How many times the task was asked to stop, less the calls of {@linkcode Task.uncancel}.
   *
   * @returns The number of requests that stand.
   */
  cancelling(): number {
    return this.#cancelRequests;
  }

  /**
   * Takes back one request to stop. For code that cancels its own task on
   * purpose, as `timeout()` does, and has caught the {@linkcode CancelledError}.
   *
   * @returns The number of requests that still stand.
   */
  uncancel(): number {
    if (this.#cancelRequests > 0) {
      this.#cancelRequests -= 1;
      if (this.#cancelRequests === 0) {
        this._mustCancel = false;
        this.#controller = null;
      }
    }
    return this.#cancelRequests;
  }

  /**
   * A signal that is aborted when the task is asked to stop, for functions that take one.
   *
   * The task still throws {@linkcode CancelledError} at its next `await` of a
   * future. To have one call cancelled once, `abortable()` is the better way.
   */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#cancelRequests > 0) this.#controller.abort(new CancelledError(this._cancelMessage));
    }
    return this.#controller.signal;
  }

  /**
   * The name of the task.
   *
   * @returns The name that was given, or `Task-1`, `Task-2`…
   */
  getName(): string {
    return this.#name ?? `Task-${this.#number}`;
  }

  /**
   * Names the task, for people.
   *
   * @param name The name.
   */
  setName(name: string): void {
    this.#name = String(name);
  }

  /**
   * The context in which the task runs.
   *
   * @returns The context itself, not a copy.
   */
  getContext(): Context {
    return this.#context;
  }

  /**
   * The function that the task runs (`Task.get_coro`; there are no coroutine objects here).
   *
   * @returns The function; `null` once the task is done, for it would keep alive what the function holds.
   */
  getCoro(): TaskCallback<T> | null {
    return this.#callback;
  }

  /**
   * Where the task stands (`Task.get_stack`): over all functions that await each other. Of a task
   * that has failed, where its exception was thrown; of any other that is done, nothing.
   *
   * A task that asks for its own stack always gets it. Where another one waits is known in debug
   * mode only; where it awaits a native promise, to nobody.
   *
   * @param options How many frames.
   * @returns The frames, oldest first.
   * @throws {TypeError} If `limit` is no whole number.
   */
  getStack({ limit = null }: StackOptions = {}): StackFrame[] {
    return framesOf(this, this._stack(this.getStack), limit);
  }

  /**
   * Prints where the task stands (`Task.print_stack`). See {@linkcode Task.getStack}.
   *
   * @param options How many frames, and where the text goes.
   * @throws {TypeError} If `limit` is no whole number.
   */
  printStack({ limit = null, file }: PrintStackOptions = {}): void {
    print(formatFrames(this, this.getStack({ limit })), file);
  }

  /**
   * Not for tasks: their result is what their function returns.
   *
   * @param _value Ignored.
   * @throws {RuntimeError} Always.
   */
  override setResult(_value: T): never {
    throw new RuntimeError("Task does not support setResult");
  }

  /**
   * Not for tasks: their exception is what their function throws.
   *
   * @param _exception Ignored.
   * @throws {RuntimeError} Always.
   */
  override setException(_exception: unknown): never {
    throw new RuntimeError("Task does not support setException");
  }

  /** @internal Begins. Called without `this`, so that no error keeps the task alive. */
  _step(self: this): void {
    const callback = self.#callback!;
    const args = self.#args;
    self.#args = BEGUN;
    if (self.done()) {
      // Somebody has called a method of Future on it.
      self.#end();
      throw new InvalidStateError("The task is done before it has begun, and does not run");
    }
    if (self._mustCancel) return self.#settleCancelled();
    self.#isRunning = true;
    // A task is its own frame.
    const frame: Frame = self;
    frames.run(frame, begin, self, callback, args);
  }

  /** @internal */
  override get _context(): Context {
    return this.#context;
  }

  /** @internal */
  get _task(): this {
    return this;
  }

  /** @internal Whether its function was called. */
  _hasBegun(): boolean {
    return this.#args === BEGUN;
  }

  /** @internal */
  _isRunning(): boolean {
    return this.#isRunning;
  }

  /** @internal */
  _suspend(reaction: Await): void {
    this.#isRunning = false;
    this.#awaits = withAwait(this.#awaits, reaction);
    if (this._loop.getDebug()) {
      noteAwait(this, reaction, this._loop.time(), Future.prototype.then);
    }
  }

  /** @internal */
  _resume(reaction: Await): void {
    this.#isRunning = true;
    this.#awaits = withoutAwait(this.#awaits, reaction);
  }

  /** @internal Where it stands; as far as it runs the calling code, up to the caller of a function. */
  // deno-lint-ignore ban-types -- as in Stack.capture
  _stack(below: Function): Stack | null {
    return currentFrame()._task === this && !this.done() ? Stack.capture(below) : stackOf(this);
  }

  /** @internal What its code waits for. Empty while it runs, and while it awaits a native promise. */
  _awaits(): Await[] {
    return this.done() ? [] : listAwaits(this.#awaits);
  }

  /** @internal */
  override _cancelledError(): CancelledError {
    return this._value as CancelledError | undefined ?? super._cancelledError();
  }

  /** @internal */
  override _describe(): string {
    const state = this._state === "pending" && this.#cancelRequests > 0
      ? "cancelling"
      : this._state;
    return `${state} name='${this.getName()}'`;
  }

  /** @internal */
  override _details(inspect: Inspect): string[] {
    return [...workOf(this.#callback, this._awaits()), ...super._details(inspect)];
  }

  /** @internal */
  override _unretrievedMessage(): string {
    return `Task exception was never retrieved: ${this}`;
  }

  /** @internal Its function has returned. */
  _finish(value: T): void {
    if (this.done()) return;
    if (this._mustCancel) return this.#settleCancelled();
    this.#end();
    if (this.#cancelRequests > 0 && this._loop.getDebug()) {
      logWarning(describeSwallowed(this));
    }
    this._settle("finished", value);
  }

  /** @internal Its function has thrown. */
  _fail(error: unknown): void {
    if (this.done()) return;
    this.#end();
    if (error instanceof CancelledError) {
      this._settle("cancelled", error);
    } else {
      this._settle("failed", error);
    }
  }

  #settleCancelled(): void {
    this._mustCancel = false;
    this.#end();
    this._settle("cancelled", new CancelledError(this._cancelMessage));
  }

  #end(): void {
    this.#isRunning = false;
    this.#callback = null;
    this._loop._tasks.delete(this);
  }
}
