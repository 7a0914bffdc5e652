/**
 * Running one thing that was ready.
 *
 * @module
 */

import { logWarning } from "./debug.ts";
import { Handle } from "./handles.ts";
import { describeSlow } from "./introspection/mistakes.ts";
import type { Ready } from "./ready.ts";
import type { ExceptionContext } from "./introspection/reports.ts";

/** A loop, as far as it runs things. */
export interface SteppingLoop {
  /** How long anything may take in debug mode before the loop complains, in milliseconds. */
  readonly slowCallbackDuration: number;
  /** Whether it is in debug mode. */
  getDebug(): boolean;
  /** Told of what nobody has caught. */
  callExceptionHandler(context: ExceptionContext): void;
}

/** Runs things, one at a time; in debug mode it measures how long each keeps the others waiting. */
export class Stepper {
  readonly #loop: SteppingLoop;
  #began = 0;

  /**
   * Begins with nothing.
   *
   * @param loop The loop.
   */
  constructor(loop: SteppingLoop) {
    this.#loop = loop;
  }

  /**
   * Runs one thing. What it throws, the exception handler is told.
   *
   * @param item The thing.
   */
  step(item: Ready): void {
    const debug = this.#loop.getDebug();
    if (debug) this.#began = performance.now();
    try {
      const step = item._step;
      step(item);
    } catch (exception) {
      this.#loop.callExceptionHandler({
        message: `Exception in callback ${item instanceof Handle ? item._name : item}`,
        exception,
        handle: item,
        ...(item._madeAt === undefined ? {} : { sourceTraceback: String(item._madeAt) }),
      });
    }
    if (debug && !item._resumesCode) this.#measure(item);
  }

  /**
   * The code that a step has resumed waits again, or has ended.
   *
   * @param item What was run in the step.
   */
  endTurn(item: Ready): void {
    if (this.#loop.getDebug()) this.#measure(item);
  }

  #measure(item: Ready): void {
    const duration = performance.now() - this.#began;
    if (duration >= this.#loop.slowCallbackDuration) logWarning(describeSlow(item, duration));
  }
}
