/**
 * What the exception handler of a loop is told, and where it runs.
 *
 * @module
 */

import type { AwaitingTask, Context } from "./context.ts";

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
 * Where the code ran of which a report tells.
 *
 * @param report The report. Its `task`, `future` or `handle` is asked.
 * @returns The context, or `null` if it is unknown, or the loop's own.
 */
export function contextOfCulprit(report: Readonly<Record<string, unknown>>): Context | null {
  const culprit = report.task ?? report.future ?? report.handle ?? null;
  return (culprit as { _context?: Context | null } | null)?._context ?? null;
}
