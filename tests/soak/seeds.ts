/**
 * The seeds that a fuzz begins with, before it tries new ones.
 *
 * @module
 */

/**
 * Adds the seeds that failed a moment ago to those that are always tried: CI asks what failed once
 * more, and what new seeds have found would not be found again.
 *
 * @param kept Those that are always tried.
 * @returns Both; `TULIP_SEEDS` names the others.
 */
export function withFailedSeeds(kept: readonly number[]): number[] {
  const failed = Deno.env.get("TULIP_SEEDS")?.match(/\d+/g) ?? [];
  return [...kept, ...failed.map(Number)];
}
