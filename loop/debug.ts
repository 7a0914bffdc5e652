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

/** What takes text: a file of Python's, as far as printing is concerned. */
export interface TextOutput {
  /**
   * Takes text.
   *
   * @param text The text, with its line ends.
   */
  write(text: string): unknown;
}

/**
 * Prints what was asked for.
 *
 * @param text The text, without its last line end.
 * @param file Where it goes: standard error, if nothing is given.
 */
export function print(text: string, file?: TextOutput): void {
  if (file !== undefined) file.write(`${text}\n`);
  // deno-lint-ignore no-console tulip/touch
  else console.error(text);
}
