import assert from "node:assert/strict";
import type { Entry } from "../../../../stdlib/ftplib/mod.ts";
import { entryJson, longLines } from "../../../../stdlib/ftplib/cli/listing_text.ts";

const MODIFIED = new Date("2026-11-26T07:08:09.123Z");
const NONE = new Map<string, string>();

function entry(fields: Partial<Entry>): { path: string; entry: Entry } {
  const name = fields.name ?? "a";
  return { path: name, entry: { name, type: "file", facts: NONE, ...fields } };
}

Deno.test("long lines look like those of ls -l (POSIX.1-2017, ls)", () => {
  const lines = longLines([
    entry({ size: 5, permissions: 0o644, owner: "ada", group: "users", modified: MODIFIED }),
    entry({
      name: "b",
      type: "directory",
      permissions: 0o1777,
      owner: "0",
      modified: MODIFIED,
      precision: "day",
    }),
    entry({ name: "c", type: "link", size: 12345, permissions: 0o4755, target: "a\x07" }),
    entry({ name: "d", type: "other", permissions: 0o2640 }),
    entry({ name: "e" }),
  ], (text) => text.replace("\x07", "<bell>"));
  assert.deepEqual(lines, [
    "-rw-r--r-- ada users     5 2026-11-26 07:08 a",
    "drwxrwxrwt 0   -         - 2026-11-26       b",
    "lrwsr-xr-x -   -     12345 -                c -> a<bell>",
    "?rw-r-S--- -   -         - -                d",
    "-????????? -   -         - -                e",
  ]);
});

Deno.test("JSON has every field; what the server does not tell is null", () => {
  const full = entry({ size: 5, permissions: 0o644, modified: MODIFIED, precision: "second" });
  assert.deepEqual(entryJson({ ...full, path: "x/a" }), {
    path: "x/a",
    name: "a",
    type: "file",
    size: 5,
    modified: "2026-11-26T07:08:09.123Z",
    precision: "second",
    permissions: "0644",
    owner: null,
    group: null,
    target: null,
  });
  assert.deepEqual(Object.values(entryJson(entry({}))).filter((value) => value === null).length, 7);
});
