/**
 * Callbacks that wait for their turn (Python's `asyncio.Handle` and
 * `asyncio.TimerHandle`).
 *
 * @module
 */

import { type Context, type FrameLoop, frames } from "./context.ts";
import type { Resumes } from "./ready.ts";
import type { Stack } from "./introspection/stack.ts";

/** What handles were called that no longer have a callback. Known in debug mode only. */
const cancelledNames = new WeakMap<Handle, string>();

/** A callback with its arguments, and the context in which it runs. Made by `loop.callSoon()`. */
export class Handle {
  /** @internal */
  readonly _resumes: Resumes = "nothing";
  /** @internal Where it was made. Known in debug mode only. */
  _madeAt: Stack | undefined = undefined;
  readonly #loop: FrameLoop;
  readonly #context: Context | null;
  // deno-lint-ignore no-explicit-any
  #callback: ((...args: any[]) => unknown) | null;
  #args: readonly unknown[];

  /**
   * @internal
   * @param loop The loop that will run it.
   * @param context Where it runs, or `null` for the loop's own, empty context.
   * @param callback The callback.
   * @param args Its arguments.
   */
  constructor(
    loop: FrameLoop,
    context: Context | null,
    // deno-lint-ignore no-explicit-any
    callback: (...args: any[]) => unknown,
    args: readonly unknown[],
  ) {
    this.#loop = loop;
    this.#context = context;
    this.#callback = callback;
    this.#args = args;
  }

  /** Sees to it that the callback is not called. Nothing happens if it was called already. */
  cancel(): void {
    if (this._madeAt !== undefined && this.#callback !== null) cancelledNames.set(this, this._name);
    this.#callback = null;
    this.#args = [];
  }

  /**
   * Whether the handle was cancelled.
   *
   * @returns `true` after {@linkcode Handle.cancel}.
   */
  cancelled(): boolean {
    return this.#callback === null;
  }

  /** @internal Where it runs, or `null` for the loop's own context. */
  get _context(): Context | null {
    return this.#context;
  }

  /** @internal */
  _step(self: this): void {
    const callback = self.#callback;
    if (callback === null) return;
    const context = self.#context;
    if (context === null) {
      callback(...self.#args);
    } else {
      frames.run({ _task: null, _loop: self.#loop, _context: context }, callback, ...self.#args);
    }
  }

  /** @internal */
  _isRunning(): boolean {
    return false;
  }

  /** @internal The name of the callback. */
  get _name(): string {
    const callback = this.#callback;
    if (callback === null) return cancelledNames.get(this) ?? "";
    return callback.name || "anonymous";
  }

  /** @internal What there is to say besides whether it was cancelled. */
  _details(): string[] {
    const [made] = this._madeAt?.frames ?? [];
    return [this._name, made === undefined ? "" : `created at ${made.place}`].filter(Boolean);
  }

  /**
   * The handle for people.
   *
   * @returns For example `<Handle onData>`; in debug mode also where it was made.
   */
  toString(): string {
    const cancelled = this.#callback === null ? ["cancelled"] : [];
    return `<${[this.constructor.name, ...cancelled, ...this._details()].join(" ")}>`;
  }

  /**
   * The handle as `console.log` shows it.
   *
   * @returns As {@linkcode Handle.toString}.
   */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }
}

/** What keeps timers, and wants to know of those that are cancelled. */
export interface TimerOwner {
  /** Told once, of a timer that it still keeps. */
  forget(): void;
}

/** A callback that waits for its time. Made by `loop.callLater()` and `loop.callAt()`. */
export class TimerHandle extends Handle {
  readonly #when: number;
  /** @internal Who keeps it, until it is due. */
  _owner: TimerOwner | null = null;
  /** @internal Orders timers of the same time: first made, first called. */
  _order = 0;

  /**
   * @internal
   * @param when The time, by the loop's clock.
   * @param loop The loop that will run it.
   * @param context Where it runs, or `null` for the loop's own, empty context.
   * @param callback The callback.
   * @param args Its arguments.
   */
  constructor(
    when: number,
    loop: FrameLoop,
    context: Context | null,
    // deno-lint-ignore no-explicit-any
    callback: (...args: any[]) => unknown,
    args: readonly unknown[],
  ) {
    super(loop, context, callback, args);
    this.#when = when;
  }

  /** @internal */
  override _details(): string[] {
    return [`when=${this.#when}`, ...super._details()];
  }

  /**
   * When the callback is due.
   *
   * @returns Milliseconds by the loop's clock, as in `loop.time()`.
   */
  when(): number {
    return this.#when;
  }

  /** Sees to it that the callback is not called. Nothing happens if it was called already. */
  override cancel(): void {
    super.cancel();
    const owner = this._owner;
    this._owner = null;
    owner?.forget();
  }
}
