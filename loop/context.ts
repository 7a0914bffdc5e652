/**
 * Context variables (PEP 567, Python's `contextvars`), and the frame in which
 * code runs: its task, its loop and its context.
 *
 * `AsyncLocalStorage` carries the frame over every `await`, also over those of
 * promises that know nothing of this library.
 *
 * @module
 */

import { AsyncLocalStorage } from "node:async_hooks";
import type { Ready } from "./ready.ts";
import type { Stack } from "./introspection/stack.ts";
import type { Thrown } from "./thrown.ts";

/** The values of context variables at one moment. Never changed: setting one makes a copy. */
type Values = ReadonlyMap<object, unknown>;

/** What a future needs of the task that awaits it. */
export interface AwaitingTask {
  /** The loop that resumes the task. */
  readonly _loop: FrameLoop;
  /** Whether the next thing the task awaits shall be cancelled. */
  _mustCancel: boolean;
  /** What `CancelledError` shall say. */
  _cancelMessage: string | undefined;
  /** Whether the task is over: what still runs in its frame is no longer part of it. */
  done(): boolean;
  /** Where it was made. Known in debug mode only. */
  readonly _madeAt: Stack | undefined;
  /** Whether it is reported when its loop is closed before its end. */
  readonly _isMissed: boolean;
  /** What a report says of where it was made. */
  _origin(): { sourceTraceback?: string };
  /** Whether its code runs: it neither waits for a future nor has it ended. */
  _isRunning(): boolean;
  /** Notes that the task waits. */
  _suspend(reaction: object): void;
  /** Notes that the task waits no longer. */
  _resume(reaction: object): void;
  /** The blocks with a time limit in which its code stands. They are told of cancellations. */
  readonly _blocks: readonly Thrown[];
}

/** What a frame knows of its loop. */
export interface FrameLoop {
  /** Whether the loop takes no more work. */
  isClosed(): boolean;
  /** Adds to the end of the ready queue. */
  _push(ready: Ready): void;
}

/** Where code runs. Each task is one, and each loop has one for its callbacks. */
export interface Frame {
  /** The task, or `null` in a callback. */
  readonly _task: AwaitingTask | null;
  /** The loop, or `null` outside every loop. */
  readonly _loop: FrameLoop | null;
  /** The values of context variables. */
  readonly _context: Context;
}

/**
 * The values that context variables have in one place (`contextvars.Context`).
 *
 * @example Run a function with values of its own
 * ```ts
 * import assert from "node:assert/strict";
 * import { ContextVar, copyContext } from "https://tulip.example/loop/context.ts";
 *
 * const user = new ContextVar("user", "nobody");
 * const context = copyContext();
 * context.run(() => user.set("ada"));
 * assert.equal(user.get(), "nobody");
 * assert.equal(context.get(user), "ada");
 * ```
 */
export class Context {
  /** @internal The values; replaced as a whole. */
  _values: Values = NO_VALUES;

  /**
   * Calls a function in this context. What it sets stays in this context.
   *
   * @param callback The function.
   * @param args Its arguments.
   * @returns What the function returns.
   */
  run<Args extends unknown[], T>(callback: (...args: Args) => T, ...args: Args): T {
    const { _task, _loop } = currentFrame();
    return frames.run({ _task, _loop, _context: this }, callback, ...args);
  }

  /**
   * The value of a variable here.
   *
   * @param variable The variable.
   * @returns Its value, or `undefined` where it was never set; the variable's own default does not count.
   */
  get<T>(variable: ContextVar<T>): T | undefined {
    return this._values.get(variable) as T | undefined;
  }

  /**
   * Whether a variable was set here.
   *
   * @param variable The variable.
   * @returns `true` if it has a value of its own.
   */
  has<T>(variable: ContextVar<T>): boolean {
    return this._values.has(variable);
  }

  /**
   * A context with the same values, which goes its own way from here. It costs nothing.
   *
   * @returns The copy.
   */
  copy(): Context {
    return contextOf(this._values);
  }

  /** How many variables are set. */
  get size(): number {
    return this._values.size;
  }

  /**
   * The variables that are set, with their values.
   *
   * @returns An iterator over pairs.
   */
  [Symbol.iterator](): IterableIterator<[ContextVar<unknown>, unknown]> {
    return this._values.entries() as IterableIterator<[ContextVar<unknown>, unknown]>;
  }
}

/** Takes back one {@linkcode ContextVar.set}, at the end of a `using` block. */
export interface ContextToken extends Disposable {
  /** The variable that was set. */
  readonly var: ContextVar<unknown>;
}

/**
 * A variable that has one value for each task (`contextvars.ContextVar`).
 *
 * A task begins with the values that its creator had, and what it sets nobody
 * else sees. Variables belong at the top of a module.
 *
 * @example One value for each task
 * ```ts
 * import assert from "node:assert/strict";
 * import { ContextVar, gather, run, sleep } from "https://tulip.example/loop/mod.ts";
 *
 * const request = new ContextVar<number>("request");
 * async function handle(id: number): Promise<number> {
 *   request.set(id);
 *   await sleep(0);
 *   return request.get();
 * }
 * assert.deepEqual(await run(() => gather(() => handle(1), () => handle(2))), [1, 2]);
 * ```
 */
export class ContextVar<T> {
  /** The name, for people. */
  readonly name: string;
  readonly #fallback: { value: T } | undefined;

  /**
   * Makes a variable without a value.
   *
   * @param name The name, for people.
   * @param fallback The value where none is set; `undefined` is a value too.
   */
  constructor(name: string, ...fallback: [fallback?: T]) {
    this.name = name;
    this.#fallback = fallback.length === 0 ? undefined : { value: fallback[0] as T };
  }

  /**
   * The value in the current context.
   *
   * @param fallback What to return where no value is set; it goes before the variable's own.
   * @returns The value.
   * @throws {ReferenceError} If there is neither a value nor a fallback (Python: `LookupError`).
   */
  get(...fallback: [fallback?: T]): T {
    const values = currentFrame()._context._values;
    const value = values.get(this);
    if (value !== undefined || values.has(this)) return value as T;
    if (fallback.length > 0) return fallback[0] as T;
    if (this.#fallback !== undefined) return this.#fallback.value;
    throw new ReferenceError(`The context variable ${this.name} has no value here`);
  }

  /**
   * Sets the value in the current context.
   *
   * @param value The value.
   * @returns A token that {@linkcode ContextVar.reset} takes; at the end of a `using` block it resets by itself.
   */
  set(value: T): ContextToken {
    const { _context: context } = currentFrame();
    const token = new Token(this, context);
    context._values = new Map(context._values).set(this, value);
    return token;
  }

  /**
   * Gives the variable the value it had before a `set`.
   *
   * @param token What that `set` returned.
   * @throws {TypeError} If the token is another variable's, was used, or was made in another context.
   */
  reset(token: ContextToken): void {
    if (!(token instanceof Token) || token.var !== this) {
      throw new TypeError(`Cannot reset ${this.name}: the token belongs to another variable`);
    }
    token.reset(currentFrame()._context);
  }
}

/**
 * A copy of the current context (`contextvars.copy_context`).
 *
 * @returns The copy.
 */
export function copyContext(): Context {
  return currentFrame()._context.copy();
}

/**
 * Where the calling code runs.
 *
 * @returns The frame; outside every task and callback, one without task and loop.
 * @internal
 */
export function currentFrame(): Frame {
  return frames.getStore() ?? outside;
}

/**
 * A context that begins with given values.
 *
 * @param values The values, which are not copied.
 * @returns The context.
 * @internal
 */
export function contextOf(values: Context["_values"]): Context {
  const context = new Context();
  context._values = values;
  return context;
}

/**
 * The context in which a callback shall run that the calling code schedules.
 *
 * @returns A copy of the current context, or `null` where that is empty.
 * @internal
 */
export function captureContext(): Context | null {
  const values = currentFrame()._context._values;
  return values.size === 0 ? null : contextOf(values);
}

/** What a context begins with. @internal */
export const NO_VALUES: Values = new Map();

/** Carries the current frame. @internal */
export const frames: AsyncLocalStorage<Frame> = new AsyncLocalStorage();

const outside: Frame = { _task: null, _loop: null, _context: new Context() };

class Token<T> implements ContextToken {
  readonly #values: Values;
  #used = false;

  constructor(readonly variable: ContextVar<T>, readonly context: Context) {
    this.#values = context._values;
  }

  get var(): ContextVar<unknown> {
    return this.variable as ContextVar<unknown>;
  }

  reset(context: Context): void {
    const { name } = this.variable;
    if (this.#used) throw new TypeError(`Cannot reset ${name}: the token was used already`);
    if (context !== this.context) {
      throw new TypeError(`Cannot reset ${name}: the token was made in another context`);
    }
    this.#used = true;
    const values = new Map(context._values);
    if (this.#values.has(this.variable)) {
      values.set(this.variable, this.#values.get(this.variable));
    } else {
      values.delete(this.variable);
    }
    context._values = values;
  }

  [Symbol.dispose](): void {
    if (!this.#used) this.reset(this.context);
  }
}
