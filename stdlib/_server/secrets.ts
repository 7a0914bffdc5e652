/**
 * Comparing secrets without telling by the time it takes how much was right.
 *
 * @module
 */

/**
 * Compares what a client gave with what is right, in a time that depends on
 * the length of what the client gave alone.
 *
 * @param given What the client gave.
 * @param right What is right.
 */
export function sameSecret(given: string, right: string): boolean {
  const a = new TextEncoder().encode(given);
  const b = new TextEncoder().encode(right);
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index++) {
    difference |= (a[index] as number) ^ (b[index % (b.length || 1)] ?? 0);
  }
  return difference === 0;
}
