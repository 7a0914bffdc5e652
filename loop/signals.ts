/**
 * Signals of the operating system, as callbacks of a loop (Python's
 * `loop.add_signal_handler`).
 *
 * @module
 */

import { RuntimeError } from "./exceptions.ts";
import type { Handle } from "./handles.ts";

/** The longest interval that the runtime knows, in milliseconds: 24 days. */
const LONG = 2 ** 31 - 1;

interface Listener {
  readonly handle: Handle;
  readonly onSignal: () => void;
}

/** The signal handlers of one loop: one for each signal, as in Python. */
export class SignalHandlers {
  readonly #listeners: Map<Deno.Signal, Listener> = new Map();
  readonly #keepsAlive: boolean;
  #interval: ReturnType<typeof setInterval> | undefined;

  /**
   * Begins without handlers.
   *
   * @param keepsAlive Whether the program stays alive while there are handlers. To the runtime
   *   alone, a signal is nothing to wait for: a program that does nothing else ends.
   */
  constructor(keepsAlive: boolean) {
    this.#keepsAlive = keepsAlive;
  }

  /**
   * Sets the handler of a signal, in place of the one before.
   *
   * @param signal The signal.
   * @param handle What runs each time the signal comes.
   * @param schedule Has the handle run.
   * @throws {TypeError} If there is no such signal on this system.
   * @throws {RuntimeError} If no program can handle it, as SIGKILL.
   */
  set(signal: Deno.Signal, handle: Handle, schedule: (handle: Handle) => void): void {
    const onSignal = () => schedule(handle);
    listen(signal, onSignal);
    this.delete(signal);
    this.#listeners.set(signal, { handle, onSignal });
    if (this.#keepsAlive) this.#interval ??= setInterval(() => {}, LONG);
  }

  /**
   * Whether a signal has a handler.
   *
   * @param signal The signal.
   * @returns `true` if one was set.
   */
  has(signal: Deno.Signal): boolean {
    return this.#listeners.has(signal);
  }

  /**
   * Removes the handler of a signal: it does again what it does by default.
   *
   * @param signal The signal.
   * @returns `false` if it had no handler.
   */
  delete(signal: Deno.Signal): boolean {
    const listener = this.#listeners.get(signal);
    if (listener === undefined) return false;
    this.#listeners.delete(signal);
    listener.handle.cancel();
    Deno.removeSignalListener(signal, listener.onSignal);
    if (this.#listeners.size === 0) {
      clearInterval(this.#interval);
      this.#interval = undefined;
    }
    return true;
  }

  /** Removes all handlers. */
  clear(): void {
    for (const signal of [...this.#listeners.keys()]) this.delete(signal);
  }
}

/**
 * Calls a function at the first SIGINT, and leaves the second one to the
 * runtime, which ends the program at once.
 *
 * @param callback The function.
 * @returns What stops listening. In a Worker nothing listens, as in Python outside the main thread.
 */
export function onFirstInterrupt(callback: () => void): () => void {
  if ("WorkerGlobalScope" in globalThis) return () => {};
  const stop = () => Deno.removeSignalListener("SIGINT", onInterrupt);
  const onInterrupt = () => {
    stop();
    callback();
  };
  try {
    Deno.addSignalListener("SIGINT", onInterrupt);
  } catch {
    // As in Python: where nobody can listen, the program runs without.
    return () => {};
  }
  return stop;
}

function listen(signal: Deno.Signal, onSignal: () => void): void {
  try {
    Deno.addSignalListener(signal, onSignal);
  } catch (cause) {
    if (/invalid signal/i.test(String(cause))) {
      throw new TypeError(`There is no signal ${signal} on this system`, { cause });
    }
    throw new RuntimeError(`Signal ${signal} cannot be caught`, { cause });
  }
}
