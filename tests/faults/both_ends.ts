import assert from "node:assert/strict";
import type { Tally } from "../peers/cuts.ts";

/** A dialogue whose cuts never hurt, or always do, was not cut where it is interesting. */
export function assertBothEnds({ runs, results, errors }: Tally): void {
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
  assert.ok(
    results > 0 && failed > 0 && results + failed === runs,
    Deno.inspect({ runs, results, errors }),
  );
}
