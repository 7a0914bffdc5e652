import assert from "node:assert/strict";
import { isAtLeast, requireDeno } from "../../net/runtime.ts";

Deno.test("isAtLeast compares versions number by number", () => {
  for (
    const [running, needed, expected] of [
      ["2.7.13", "2.7.13", true],
      ["2.7.12", "2.7.13", false],
      ["2.10.0", "2.9.6", true],
      ["2.9.6+abc", "2.9.6", true],
      ["3.0.0", "2.7.13", true],
      ["1.46.3", "2.5.0", false],
    ] as const
  ) {
    assert.equal(isAtLeast(needed, running), expected, `${running} for ${needed}`);
  }
});

Deno.test("requireDeno names the version that is needed, and the one that runs", () => {
  requireDeno("2.5.0", "Anything");
  assert.throws(
    () => requireDeno("99.0.1", "Flying", "Walk"),
    new RegExp(`Flying needs Deno 99.0.1 or newer, and this is ${Deno.version.deno}. Walk`),
  );
});
