import assert from "node:assert/strict";
import { isAtLeast } from "../../net/runtime.ts";
import { CLAIMS } from "./sockets_claims.ts";

const page = await Deno.readTextFile(new URL("../../docs/sockets.md", import.meta.url));

/** The first cell of each row of the page's tables. */
const facts = page.split("\n")
  .filter((line) => /^\| (?!-|what )/.test(line))
  .map((line) => line.split(" | ")[0]!.slice(2).trim());

for (const { fact, ask, answer, before } of CLAIMS) {
  Deno.test(`docs/sockets.md is true: ${fact}`, async () => {
    assert.ok(facts.includes(fact), "the page does not say it");
    const isOld = before !== undefined && !isAtLeast(before.version);
    assert.equal(await ask(), isOld ? before.answer : answer);
  });
}
