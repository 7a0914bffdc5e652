/**
 * Work for another thread, which asks its loop for more, and tells it the results: see
 * `shareLoop()` and `RemoteLoop`.
 *
 * @module
 */

import { RemoteLoop, runCoroutineThreadsafe } from "https://tulip.example/loop/mod.ts";
import { countPrimes } from "./primes.ts";

/** What the loop must share. */
export type Shared = {
  /** Gives the next number, or `null` where there is no more. */
  next: () => number | null;
  /** Told how many primes are below it. */
  counted: (below: number, count: number) => void;
};

/**
 * Counts the primes below one number after the other.
 *
 * @param port The loop that has the numbers.
 */
export async function countPrimesAloud(port: MessagePort): Promise<void> {
  using loop = new RemoteLoop<Shared>(port);
  for (;;) {
    const below = await runCoroutineThreadsafe("next", loop);
    if (below === null) return;
    loop.callSoonThreadsafe("counted", below, countPrimes(below));
  }
}
