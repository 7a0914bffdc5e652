/**
 * Running one thing that was ready.
 *
 * @module
 */

import { logWarning } from "./debug.ts";
import { type Frame, frames } from "./context.ts";
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
  readonly #frame: Frame;
  #began = 0;

  /**
   * Begins with nothing.
   *
   * @param loop The loop.
   * @param frame Where the exception handler runs.
   */
  constructor(loop: SteppingLoop, frame: Frame) {
    this.#loop = loop;
    this.#frame = frame;
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
      frames.run(this.#frame, () => this.#tell(item, exception));
    }
    if (debug && item._resumes === "nothing") this.#measure(item);
  }

  /**
   * The code that a step has resumed waits again, or has ended.
   *
   * @param item What was run in the step.
   */
  endTurn(item: Ready): void {
    if (this.#loop.getDebug()) this.#measure(item);
  }

  #tell(item: Ready, exception: unknown): void {
    this.#loop.callExceptionHandler({
      message: `Exception in callback ${item instanceof Handle ? item._name : item}`,
      exception,
      handle: item,
      ...(item._madeAt === undefined ? {} : { sourceTraceback: String(item._madeAt) }),
    });
  }

  #measure(item: Ready): void {
    const duration = performance.now() - this.#began;
    if (duration >= this.#loop.slowCallbackDuration) logWarning(describeSlow(item, duration));
  }
}
