import assert from "node:assert/strict";
import { conformance } from "../../tools/conformance.ts";

Deno.test("docs/conformance.md is what the suites say", async () => {
  const file = new URL("../../docs/conformance.md", import.meta.url);
  const upToDate = await Deno.readTextFile(file) === await conformance();
  assert.ok(upToDate, "run `deno task conformance` and commit what it writes");
});
