import assert from "node:assert/strict";
import { firstDifference } from "../interop/asyncio/compare.ts";
import { interopTest } from "../interop/interop.ts";

interopTest("the loop and asyncio run 40 000 programs alike", { needs: ["python3"] }, async () => {
  // Not those of the shorter run.
  for (let from = 100_000; from < 140_000; from += 10_000) {
    const difference = await firstDifference(from, 10_000);
    assert.ok(difference === null, difference ?? "");
  }
});
