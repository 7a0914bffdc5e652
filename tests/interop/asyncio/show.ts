/**
 * Results and exceptions as they stand in traces, by Python's names.
 *
 * @module
 */

import { CancelledError, ExceptionGroup } from "../../../loop/exceptions.ts";
import { Future } from "../../../loop/future.ts";

/** What a program throws. */
export class ProgramError extends Error {
  constructor(override readonly name: string) {
    super();
  }
}

/**
 * A result, or a future that is done.
 *
 * @param value What a step resulted in.
 * @returns Its text.
 */
export function show(value: unknown): string {
  if (value === undefined || value === null) return "None";
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  // Among the results of gather, Python makes a new error, without the message of the cancellation.
  if (value instanceof CancelledError) return "CancelledError";
  if (value instanceof Error) return name(value);
  if (!(value instanceof Future)) return String(value);
  if (!value.done()) return "pending";
  if (value.cancelled()) return "cancelled";
  return show(value.exception() ?? value.result());
}

/**
 * An exception.
 *
 * @param error What was thrown.
 * @returns Its class, the message of a cancellation, and what is inside a group.
 */
export function name(error: unknown): string {
  if (error instanceof ExceptionGroup) {
    return `ExceptionGroup[${error.errors.map(name).join(", ")}]`;
  }
  if (error instanceof CancelledError) return `CancelledError(${error.message})`;
  // The queue's taskDone() throws what is nearest to Python's ValueError.
  if (error instanceof RangeError) return "ValueError";
  return error instanceof Error ? error.name : String(error);
}
