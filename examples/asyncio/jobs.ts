/**
 * The job that the examples about two jobs have done: it takes its time, and says so.
 *
 * @module
 */
// deno-lint-ignore-file no-console

import * as asyncio from "https://tulip.example/stdlib/asyncio.ts";

let began: number | undefined;

/** Prints a line with the time since the first one. */
export function say(text: string): void {
  const now = performance.now();
  began ??= now;
  console.log(`${(now - began).toFixed(0).padStart(4)} ms  ${text}`);
}

/** A job that only waits. What it returns is its name. */
export async function job(name: string, ms: number): Promise<string> {
  say(`${name} begins`);
  await asyncio.sleep(ms);
  say(`${name} is done`);
  return name;
}
