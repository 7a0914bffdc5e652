import assert from "node:assert/strict";

const root = new URL("../../", import.meta.url);
const page = await Deno.readTextFile(new URL("docs/ftplib-attacks.md", root));
const flowed = page.replace(/\n +/g, " ");

Deno.test("docs/ftplib-attacks.md has all classes, each with its tests", () => {
  const classes = flowed.split(/^## /m).slice(1);
  assert.deepEqual(
    classes.map((text) => Number(/^\d+/.exec(text)?.[0])),
    Array.from({ length: 18 }, (_, index) => index + 1),
  );
  for (const text of classes) assert.match(text, /^- `tests\//m, text.split("\n")[0]);
});

Deno.test("docs/ftplib-attacks.md names tests that there are", async () => {
  for (const [, path, name] of flowed.matchAll(/^- `(tests\/[^`]+)`(?:: (.*))?$/gm)) {
    const source = await Deno.readTextFile(new URL(path!, root));
    if (name !== undefined) assert.ok(source.includes(name), `${path} has no test "${name}"`);
  }
});
