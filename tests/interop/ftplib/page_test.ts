import assert from "node:assert/strict";
import { PAGE, page } from "./page.ts";

Deno.test("docs/ftplib-interop.md shows the matrix as it is", async () => {
  assert.equal(
    await Deno.readTextFile(PAGE),
    await page(),
    "run `deno run -A tests/interop/ftplib/report.ts`",
  );
});
