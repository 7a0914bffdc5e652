import assert from "node:assert/strict";
import { interopTest } from "../interop.ts";
import { firstDifference } from "./compare.ts";

interopTest("the loop and asyncio run 1500 programs alike", { needs: ["python3"] }, async () => {
  const difference = await firstDifference(0, 1500);
  assert.ok(difference === null, difference ?? "");
});
