import assert from "node:assert/strict";
import { areExported } from "./exported.ts";
import { mapName, placeOf } from "./mapping.ts";
import { MODULES } from "./modules.ts";
import { fromPython } from "../../tools/names.ts";

Deno.test("mapName follows the one rule", () => {
  const rule: [string, "class" | "function" | "data", string][] = [
    ["send_message", "function", "sendMessage"],
    ["run_in_executor", "function", "runInExecutor"],
    ["sendmail", "function", "sendmail"],
    ["retrbinary", "function", "retrbinary"],
    ["auth_cram_md5", "function", "authCramMd5"],
    ["FTP", "class", "FTP"],
    ["FTP_TLS", "class", "FTP_TLS"],
    ["SMTPRecipientsRefused", "class", "SMTPRecipientsRefused"],
    ["error_perm", "class", "ErrorPerm"],
    ["all_errors", "data", "allErrors"],
    ["FIRST_COMPLETED", "data", "FIRST_COMPLETED"],
    ["smtp_code", "data", "smtpCode"],
  ];
  for (const [python, kind, ours] of rule) assert.equal(mapName(python, kind), ours);
});

Deno.test("a departure moves a class with its members", () => {
  const table = {
    Gone: { absent: "for a reason" },
    Base: { as: "Derived" },
    "Base.far_away": { as: "elsewhere" },
  };
  assert.deepEqual(placeOf("Gone.any_thing", "function", table), { absent: "for a reason" });
  assert.deepEqual(placeOf("Base.any_thing", "function", table), {
    name: "Derived",
    member: "anyThing",
  });
  assert.deepEqual(placeOf("Base.far_away", "function", table), {
    name: "elsewhere",
    member: undefined,
  });
});

Deno.test("areExported sees what a user sees", async () => {
  const places = [
    { name: "mapName" },
    { name: "NameKind" },
    { name: "PythonModule", member: "names" },
    { name: "PythonModule", member: "other" },
    { name: "capitalize" },
  ];
  assert.deepEqual(
    await areExported("tests/names/mapping.ts", places),
    [true, true, true, false, false],
  );
});

for (const { python: { module, names }, path, table } of MODULES) {
  Deno.test(`${module}: every name of Python's is exported or explained`, async () => {
    const entries = Object.entries(names).map(([python, kind]) => ({
      python,
      place: placeOf(python, kind, table),
    }));
    const expected = entries.flatMap(({ python, place }) =>
      "absent" in place ? [] : [{ python, place }]
    );
    const found = await areExported(path, expected.map(({ place }) => place));
    const missing = expected.filter((_, index) => !found[index]);
    assert.deepEqual(missing.map(({ python }) => python), []);
  });

  Deno.test(`${module}: no explanation is stale`, async () => {
    const strangers = Object.keys(table).filter((python) => !Object.hasOwn(names, python));
    assert.deepEqual(strangers, [], "Python has no such names");

    const ruled = Object.keys(table).flatMap((python) => {
      const { [python]: _, ...others } = table;
      const place = placeOf(python, names[python]!, others);
      return "absent" in place ? [] : [{ python, place }];
    });
    const found = await areExported(path, ruled.map(({ place }) => place));
    const there = ruled.filter((_, index) => found[index]).map(({ python }) => python);
    assert.deepEqual(there, [], "these are exported under the names that the rule gives them");
  });
}

Deno.test("docs/from-python.md is what the tables say", async () => {
  const file = new URL("../../docs/from-python.md", import.meta.url);
  assert.equal(
    await Deno.readTextFile(file),
    await fromPython(),
    "run `deno task names` and commit what it writes",
  );
});
