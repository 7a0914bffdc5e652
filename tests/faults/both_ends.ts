import assert from "node:assert/strict";
import type { Tally } from "../peers/rig.ts";

/** A dialogue whose cuts never hurt, or always do, was not cut where it is interesting. */
export function assertBothEnds(tally: Tally): void {
  const [runs, results] = [tally.runs(), tally.results];
  assert.ok(results > 0 && results < runs, Deno.inspect(tally.counts));
}
