/**
 * What the Deno that we run on can do, by its version.
 *
 * @module
 */

import { RuntimeError } from "../loop/exceptions.ts";

/**
 * Says whether the Deno that we run on is at least so new.
 *
 * @param version Three numbers, `"2.9.1"`.
 * @param running The version that runs.
 */
export function isAtLeast(version: string, running: string = Deno.version.deno): boolean {
  const have = numbersOf(running);
  for (const [place, needed] of numbersOf(version).entries()) {
    const difference = (have[place] ?? 0) - needed;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/**
 * Refuses what the Deno that we run on is too old for.
 *
 * @param version The version that is needed, three numbers.
 * @param what What needs it, as the beginning of a sentence: `"TLS on the server side of STARTTLS"`.
 * @param instead What else helps; empty for nothing.
 * @throws {RuntimeError} If it is older; with both versions.
 */
export function requireDeno(version: string, what: string, instead = ""): void {
  if (isAtLeast(version)) return;
  throw new RuntimeError(
    `${what} needs Deno ${version} or newer, and this is ${Deno.version.deno}` +
      (instead === "" ? "" : `. ${instead}`),
  );
}

function numbersOf(version: string): number[] {
  return version.split(/[.+-]/, 3).map(Number);
}
