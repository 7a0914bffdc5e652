/**
 * What the ready queue of a loop holds.
 *
 * @module
 */

import type { Stack } from "./introspection/stack.ts";

/** What a step sets going: nothing, code that has waited, or the function of a task. */
export type Resumes = "nothing" | "code" | "task";

/**
 * Something that is ready to run: a handle, a task that begins, or an await
 * that is over.
 */
export interface Ready {
  /**
   * Runs it.
   *
   * It is called without `this`. V8 keeps the receivers of all calls on the
   * stack alive with each error that is made further up; a task that is kept
   * alive by its own error would never be reported as one whose exception
   * nobody retrieved.
   */
  _step(self: this): void;
  /** What goes on after the step, in microtasks which come before the next one. */
  readonly _resumes: Resumes;
  /** Whether this code still runs, as far as one can know: it neither waits nor has it ended. */
  _isRunning(): boolean;
  /** Where it was made: a stack. Known in debug mode only. */
  readonly _madeAt?: Stack;
}
