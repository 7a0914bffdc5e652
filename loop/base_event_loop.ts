/**
 * The part of an event loop that runs callbacks (Python's
 * `asyncio.base_events`): it takes them, has them run by the pump or at their
 * times, and says what happens to errors that nobody catches.
 *
 * @module
 */

import { type Clock, type ClockedLoop, systemClock } from "./clock.ts";
import { type AwaitingTask, captureContext, Context, currentFrame, frames } from "./context.ts";
import { logError } from "./debug.ts";
import { RuntimeError } from "./exceptions.ts";
import { Handle, TimerHandle } from "./handles.ts";
import { defaultLoop, runningLoops } from "./loops.ts";
import { checkCallback, checkCaller } from "./introspection/mistakes.ts";
import { Pump } from "./pump.ts";
import type { Ready } from "./ready.ts";
import { type ExceptionContext, takeLost, tell } from "./introspection/reports.ts";
import { Stack } from "./introspection/stack.ts";
import type { Served } from "./served.ts";
import { Stepper } from "./stepper.ts";
import { TimerQueue } from "./timers.ts";
import { flush } from "./introspection/unretrieved.ts";

export type { ExceptionContext } from "./introspection/reports.ts";

/** Options of the constructor of an event loop. */
export interface EventLoopOptions {
  /**
   * What tells the loop the time.
   *
   * @default {systemClock}
   */
  clock?: Clock;
  /**
   * Whether the loop looks for mistakes: callbacks that run too long, tasks that swallow a
   * cancellation; and remembers where things were made, and where tasks wait.
   *
   * @default {false}
   */
  debug?: boolean;
}

/** Told of errors that nobody caught. */
export type ExceptionHandler = (loop: BaseEventLoop, context: ExceptionContext) => void;

/** Runs callbacks one after the other: what {@linkcode EventLoop} is built on. */
export abstract class BaseEventLoop implements ClockedLoop {
  /**
   * How long a callback may take in debug mode before the loop complains, in milliseconds.
   *
   * @default {100}
   */
  slowCallbackDuration = 100;
  /** @internal Whether it is the default loop of the realm. */
  _isDefault = false;
  /** @internal The tasks that are not done. */
  readonly _tasks: Set<AwaitingTask> = new Set();
  /** @internal What ends with the loop. */
  readonly _served: Set<Served> = new Set();

  readonly #clock: Clock;
  readonly #pump: Pump;
  readonly #timers: TimerQueue;
  #handler: ExceptionHandler | null = null;
  #debug: boolean;
  #closed = false;
  /** Told when the loop has stopped; `null` while it does not run. */
  #running: (() => void) | null = null;
  #stopping = false;

  /**
   * Makes a loop, which does not run yet.
   *
   * @param options Its clock, and whether it looks for mistakes.
   */
  constructor({ clock = systemClock, debug = false }: EventLoopOptions = {}) {
    this.#clock = clock;
    this.#debug = debug;
    const frame = { _task: null, _loop: this, _context: new Context() };
    this.#timers = new TimerQueue({
      clock,
      onDue: () => this.#pump.noticeDue(),
      outside: (callback) => frames.run(frame, callback),
    });
    this.#pump = new Pump({
      frame,
      timers: this.#timers,
      stepper: new Stepper(this, frame),
      onPause: () => this.#onPause(),
    });
    clock.attach?.(this);
  }

  /**
   * Calls a function soon: never before the caller has returned, and in the
   * order of the calls (`loop.call_soon`).
   *
   * The callback runs in a copy of the caller's context, and in no task.
   *
   * @param callback The function. What it returns is ignored; what it throws goes to the exception handler.
   * @param args Its arguments.
   * @returns What can cancel it.
   * @throws {TypeError} If `callback` is no function; in debug mode, if it is an async one.
   * @throws {RuntimeError} If the loop is closed; in debug mode, if another loop runs the caller.
   */
  callSoon<Args extends unknown[]>(callback: (...args: Args) => unknown, ...args: Args): Handle {
    if (this.#debug && this.#running !== null) checkCaller(this);
    return this._callSoon(callback, args, this.callSoon);
  }

  /**
   * Calls a function after a delay (`loop.call_later`).
   *
   * @param delay Milliseconds. Zero and less mean soon.
   * @param callback The function.
   * @param args Its arguments.
   * @returns What can cancel it.
   * @throws {TypeError} If `delay` is no number, or `callback` no function; in debug mode, if that is an async one.
   * @throws {RangeError} If `delay` is `NaN`.
   * @throws {RuntimeError} If the loop is closed; in debug mode, if another loop runs the caller.
   */
  callLater<Args extends unknown[]>(
    delay: number,
    callback: (...args: Args) => unknown,
    ...args: Args
  ): TimerHandle {
    if (typeof delay !== "number") throw new TypeError(`A delay is a number, not ${typeof delay}`);
    const now = this.#clock.now();
    return this.#schedule(now + delay, now, callback, args, this.callLater);
  }

  /**
   * Calls a function at a time (`loop.call_at`). Callbacks of the same time are
   * called in the order in which they were made.
   *
   * @param when Milliseconds by the loop's clock, as in {@linkcode BaseEventLoop.time}.
   * @param callback The function.
   * @param args Its arguments.
   * @returns What can cancel it.
   * @throws {TypeError} If `when` is no number, or `callback` no function; in debug mode, if that is an async one.
   * @throws {RangeError} If `when` is `NaN`.
   * @throws {RuntimeError} If the loop is closed; in debug mode, if another loop runs the caller.
   */
  callAt<Args extends unknown[]>(
    when: number,
    callback: (...args: Args) => unknown,
    ...args: Args
  ): TimerHandle {
    if (typeof when !== "number") throw new TypeError(`A time is a number, not ${typeof when}`);
    return this.#schedule(when, this.#clock.now(), callback, args, this.callAt);
  }

  /**
   * Calls back later, in no task, by a timer that keeps no program from its end.
   *
   * @internal
   * @param delay Milliseconds from now.
   * @param callback The function.
   * @returns What cancels it.
   */
  _callInBackground(delay: number, callback: () => void): () => void {
    const clock = this.#clock;
    const frame = { _task: null, _loop: this, _context: new Context() };
    return frames.run(frame, () => {
      const fire = (): void => void (this.#closed || this.callSoon(callback));
      const id = clock.setTimer(fire, Math.min(delay, MAX_DELAY));
      clock.unrefTimer?.(id);
      return () => clock.clearTimer(id);
    });
  }

  /**
   * The time by the loop's clock (`loop.time`). It never goes back.
   *
   * @returns Milliseconds since a moment of the clock's choice.
   */
  time(): number {
    return this.#clock.now();
  }

  /**
   * Whether the loop is closed.
   *
   * @returns `true` after {@linkcode BaseEventLoop.close}.
   */
  isClosed(): boolean {
    return this.#closed;
  }

  /**
   * Closes the loop: what is scheduled will not run, and the loop takes no more
   * (`loop.close`). Closing twice is no mistake. The exception handler is told of
   * each task that has not ended, for what it waits for may never come.
   *
   * @throws {RuntimeError} If the loop is running.
   */
  close(): void {
    if (this.#running !== null) throw new RuntimeError("Cannot close a running event loop");
    if (this.#closed) return;
    this.#closed = true;
    this.#timers.clear();
    this.#pump.close();
    this.#clock.detach?.(this);
    for (const report of takeLost(this._tasks)) this.callExceptionHandler(report);
    for (const served of this._served) served._loopClosed();
  }

  /**
   * Runs what is scheduled, until {@linkcode BaseEventLoop.stop} is called (`loop.run_forever`).
   *
   * Nothing blocks: it returns at once, with a promise. The default loop of the
   * realm always runs.
   *
   * @returns When the loop has stopped.
   * @throws {RuntimeError} If the loop is closed or running, or a running loop has called.
   */
  runForever(): Promise<void> {
    return new Promise((resolve) => {
      this._checkCanRun();
      this.#run(resolve);
    });
  }

  /**
   * Stops the loop (`loop.stop`). What is ready now still runs; what becomes
   * ready meanwhile, and timers, wait until the loop runs again. Of a loop that
   * does not run, the next run is stopped after one round.
   *
   * @throws {RuntimeError} If it is the default loop of the realm, which serves everybody.
   */
  stop(): void {
    if (this._isDefault) {
      throw new RuntimeError("The default event loop always runs: run() makes one that stops");
    }
    this.#stopping = true;
    this.#pump.pause();
  }

  /**
   * Whether the loop runs what is scheduled (`loop.is_running`).
   *
   * @returns `true` inside `run()`, `runForever()` and `runUntilComplete()`; of the default loop, always.
   */
  isRunning(): boolean {
    return this.#running !== null;
  }

  /**
   * Whether nothing is ready to run.
   *
   * @returns `true` while the loop waits for a timer or for the world.
   */
  isIdle(): boolean {
    return this.#running === null || this.#pump.isIdle();
  }

  /** @internal Whether a callback may be called at once: none is before it, no code in its turn. */
  _isAsleep(): boolean {
    return this.#running !== null && this.#pump.isAsleep();
  }

  /** How many rounds of ready handles the loop has run. */
  get rounds(): number {
    return this.#pump.rounds;
  }

  /**
   * Whether the loop looks for mistakes (`loop.get_debug`).
   *
   * @returns `true` in debug mode.
   */
  getDebug(): boolean {
    return this.#debug;
  }

  /**
   * Begins or ends debug mode (`loop.set_debug`).
   *
   * @param enabled Whether the loop shall look for mistakes.
   */
  setDebug(enabled: boolean): void {
    this.#debug = enabled;
  }

  /**
   * Says who is told of errors that nobody catches (`loop.set_exception_handler`).
   *
   * @param handler Called with the loop and what is known; `null` for the default, which prints.
   * @throws {TypeError} If it is neither a function nor `null`.
   */
  setExceptionHandler(handler: ExceptionHandler | null): void {
    if (handler !== null && typeof handler !== "function") {
      throw new TypeError(`An exception handler is a function or null, not ${typeof handler}`);
    }
    this.#handler = handler;
  }

  /**
   * Who is told of errors that nobody catches (`loop.get_exception_handler`).
   *
   * @returns The handler, or `null` for the default.
   */
  getExceptionHandler(): ExceptionHandler | null {
    return this.#handler;
  }

  /**
   * Tells the exception handler of an error (`loop.call_exception_handler`). It never throws.
   * The handler runs in the context of the `task`, `future` or `handle` that it is told of.
   *
   * @param context What is known.
   */
  callExceptionHandler(context: ExceptionContext): void {
    tell(this, this.#handler, context);
  }

  /**
   * What happens to errors where no handler is set: they are printed
   * (`loop.default_exception_handler`).
   *
   * @param context What is known.
   */
  defaultExceptionHandler(context: ExceptionContext): void {
    const { message, ...details } = context;
    logError(message || "Unhandled exception in event loop", details);
  }

  /** @internal Adds to the ready queue; of a closed loop, to that of the default loop. */
  _push(item: Ready): void {
    if (this.#closed) defaultLoop()._push(item);
    else this.#pump.push(item);
  }

  /** @internal Adds code that belongs to no task: it does not wait for a loop that has stopped. */
  _pushOutsider(item: Ready): void {
    if (this.#running === null) defaultLoop()._push(item);
    else this.#pump.push(item);
  }

  /** @internal Calls back soon, in a given context or (`null`) in the loop's own. */
  _callSoonIn<T>(context: Context | null, callback: (arg: T) => unknown, arg: T): void {
    this._push(new Handle(this, context, callback, [arg]));
  }

  /** @internal */
  _checkOpen(): void {
    if (this.#closed) throw new RuntimeError("Event loop is closed");
  }

  /** @internal Reports what is left of exceptions that nobody has retrieved. */
  _flushUnretrieved(): void {
    flush(({ report }) => report === this._reportUnretrieved);
  }

  /** @internal */
  readonly _reportUnretrieved = (context: ExceptionContext): void => {
    this.callExceptionHandler(context);
  };

  /** @internal As {@linkcode BaseEventLoop.callSoon}, for a method that may be called by the code of other loops. */
  _callSoon<Args extends unknown[]>(
    callback: (...args: Args) => unknown,
    args: Args,
    // deno-lint-ignore ban-types -- as in Stack.capture
    method: Function,
  ): Handle {
    this._checkOpen();
    if (this.#debug || typeof callback !== "function") checkCallback(callback, method.name);
    const handle = new Handle(this, captureContext(), callback, args);
    if (this.#debug) handle._madeAt = Stack.capture(method);
    this._push(handle);
    return handle;
  }

  #schedule<Args extends unknown[]>(
    when: number,
    now: number,
    callback: (...args: Args) => unknown,
    args: Args,
    // deno-lint-ignore ban-types -- as in Stack.capture
    method: Function,
  ): TimerHandle {
    this._checkOpen();
    if (this.#debug && this.#running !== null) checkCaller(this);
    if (this.#debug || typeof callback !== "function") checkCallback(callback, method.name);
    if (Number.isNaN(when)) throw new RangeError("Cannot call at a time that is not a number");
    const timer = new TimerHandle(when, this, captureContext(), callback, args);
    if (this.#debug) timer._madeAt = Stack.capture(method);
    if (this.#timers.add(timer, now)) this.#pump.noticeDue();
    return timer;
  }

  /** @internal */
  _checkCanRun(): void {
    this._checkOpen();
    if (this.#running !== null) throw new RuntimeError("This event loop is already running");
    if (runningLoops.has(currentFrame()._loop)) {
      throw new RuntimeError("Cannot run the event loop while another loop is running the caller");
    }
  }

  #run(onStop: () => void): void {
    this.#running = onStop;
    runningLoops.add(this);
    this.#timers.resume();
    this.#pump.run();
    if (this.#stopping) this.#pump.pause();
  }

  /** @internal Has the default loop run for good. */
  _runAsDefault(): this {
    this._isDefault = true;
    this.#run(() => {});
    return this;
  }

  #onPause(): void {
    this.#timers.pause();
    this.#stopping = false;
    const onStop = this.#running;
    this.#running = null;
    runningLoops.delete(this);
    onStop?.();
  }
}

/** The longest delay that a clock knows. */
const MAX_DELAY = 2 ** 31 - 1;
