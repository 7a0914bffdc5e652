import assert from "node:assert/strict";
import { checkLimit } from "../../protocols/limits.ts";

Deno.test("checkLimit: nothing but a whole number of at least 1 is a limit", () => {
  assert.equal(checkLimit("max", undefined, 7), 7);
  assert.equal(checkLimit("max", 1, 7), 1);
  for (const value of [0, -1, NaN, 1.5, Infinity, null, "5", false]) {
    assert.throws(() => checkLimit("max", value as number, 7), /Cannot set max to/, String(value));
  }
});

Deno.test("checkLimit: Infinity only where it is allowed", () => {
  assert.equal(checkLimit("max", Infinity, 7, { allowInfinity: true }), Infinity);
  assert.throws(() => checkLimit("max", -Infinity, 7, { allowInfinity: true }), RangeError);
  assert.throws(() => checkLimit("max", NaN, 7, { allowInfinity: true }), RangeError);
});
