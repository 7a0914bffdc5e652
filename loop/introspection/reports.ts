/**
 * What the exception handler of a loop is told, and where it runs.
 *
 * @module
 */

import type { AwaitingTask, Context } from "../context.ts";
import { logError } from "../debug.ts";

/** What the loop knows of an error that nobody caught. */
export interface ExceptionContext {
  /** What happened. */
  message: string;
  /** The error, if there is one. */
  exception?: unknown;
  /** What else is known, by Python's names: `future`, `task`, `handle`… */
  [key: string]: unknown;
}

/** A loop, as far as it tells of errors. */
export interface Reporter {
  /** What happens where no handler is set. */
  defaultExceptionHandler(context: ExceptionContext): void;
}

/** The report of a task that will never end. */
export type LossReport = {
  /** What happened, in Python's words. */
  message: string;
  /** The task. */
  task: AwaitingTask;
  /** Where it was made. Known in debug mode only. */
  sourceTraceback?: string;
};

/**
 * Forgets the tasks of a loop that is closed. Python reports those that are
 * pending when they are garbage-collected, JavaScript's collector may never run.
 *
 * @param tasks The tasks; none are left.
 * @returns What to report.
 */
export function takeLost(tasks: Set<AwaitingTask>): LossReport[] {
  const lost = [...tasks].filter((task) => task._isMissed && !task.done());
  tasks.clear();
  return lost.map((task) => ({
    message: "Task was destroyed but it is pending!",
    task,
    ...task._origin(),
  }));
}

/**
 * Tells the exception handler of a loop. Whatever that does, it comes back.
 *
 * @param loop The loop.
 * @param handler Its handler; `null` for the default one.
 * @param context What is told.
 */
export function tell<L extends Reporter>(
  loop: L,
  handler: ((loop: L, context: ExceptionContext) => void) | null,
  context: ExceptionContext,
): void {
  let told = context;
  let where = "";
  if (handler !== null) {
    try {
      const culprits = contextOfCulprit(context);
      if (culprits === null) handler(loop, context);
      else culprits.run(handler, loop, context);
      return;
    } catch (exception) {
      told = { message: "Unhandled error in exception handler", exception, context };
      where = " while handling an unexpected error in custom exception handler";
    }
  }
  try {
    loop.defaultExceptionHandler(told);
  } catch (exception) {
    logError(`Exception in default exception handler${where}`, { exception, context });
  }
}

/**
 * Where the code ran of which a report tells.
 *
 * @param report The report. Its `task`, `future` or `handle` is asked.
 * @returns The context, or `null` if it is unknown, or the loop's own.
 */
function contextOfCulprit(report: Readonly<Record<string, unknown>>): Context | null {
  const culprit = report.task ?? report.future ?? report.handle ?? null;
  return (culprit as { _context?: Context | null } | null)?._context ?? null;
}
