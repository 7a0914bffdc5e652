/**
 * Where the loop's own messages go: the only place in which it speaks.
 *
 * @module
 */

/**
 * Says that something went wrong where nobody can catch it.
 *
 * @param message What happened.
 * @param details What is known of it. The exception goes first, for its stack.
 */
export function logError(message: string, details: Readonly<Record<string, unknown>>): void {
  const { exception, ...others } = details;
  const parts = exception === undefined ? [] : [exception];
  if (Object.keys(others).length > 0) parts.push(others);
  // deno-lint-ignore no-console tulip/touch
  console.error(message, ...parts);
}

/**
 * Says that something looks wrong. Only in debug mode.
 *
 * @param message What was seen.
 */
export function logWarning(message: string): void {
  // deno-lint-ignore no-console tulip/touch
  console.warn(message);
}

/**
 * Where the calling code stands.
 *
 * @param below The function whose caller is meant.
 * @returns The stack, a line for each function, innermost first.
 */
// deno-lint-ignore ban-types -- any function can be left out
export function whereCalled(below: Function): string {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, below);
  return holder.stack!.split("\n").slice(1).join("\n");
}
