import assert from "node:assert/strict";
import { areExported } from "./exported.ts";
import { mapName, type Place, placeOf } from "./mapping.ts";
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
    "Base.own_way": { differs: "a little" },
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
  assert.deepEqual(placeOf("Base.own_way", "function", table), {
    name: "Derived",
    member: "ownWay",
  });
});

Deno.test("areExported sees what a user sees", async () => {
  const path = "tests/names/mapping.ts";
  const places = [
    { name: "mapName" },
    { name: "NameKind" },
    { name: "PythonModule", member: "names" },
    { name: "PythonModule", member: "other" },
    { name: "capitalize" },
  ];
  assert.deepEqual(
    await areExported(places.map((place) => ({ path, place }))),
    [true, true, true, false, false],
  );
  await assert.rejects(areExported([{ path: "tests/names/none.ts", place: { name: "x" } }]));
});

/** A name of Python's, and where the rule or a table looks for it. */
interface Entry {
  module: string;
  python: string;
  path: string;
  place: Place;
}

/** What must be exported: every name that no table calls absent. */
const promised: Entry[] = MODULES.flatMap(({ python: { module, names }, path, table }) =>
  Object.entries(names).flatMap(([python, kind]) => {
    const place = placeOf(python, kind, table);
    return "absent" in place ? [] : [{ module, python, path, place }];
  })
);

/** What must not be exported: a name with an explanation, where it would be without that. */
const explained: Entry[] = MODULES.flatMap(({ python: { module, names }, path, table }) =>
  Object.keys(table).flatMap((python) => {
    const { [python]: departure, ...others } = table;
    if ("differs" in departure!) return [];
    const place = placeOf(python, names[python]!, others);
    return "absent" in place ? [] : [{ module, python, path, place }];
  })
);

let asked: Promise<boolean[]> | undefined;

/** Asks once for everything: the type checker takes a second to start. */
async function lookUp(entries: readonly Entry[], module: string, found: boolean) {
  const all = [...promised, ...explained];
  const answers = await (asked ??= areExported(all));
  return entries
    .filter((entry) => entry.module === module && answers[all.indexOf(entry)] === found)
    .map(({ python }) => python);
}

for (const { python: { module, names }, table } of MODULES) {
  Deno.test(`${module}: every name of Python's is exported or explained`, async () => {
    assert.deepEqual(await lookUp(promised, module, false), []);
  });

  Deno.test(`${module}: no explanation is stale`, async () => {
    const strangers = Object.keys(table).filter((python) => !Object.hasOwn(names, python));
    assert.deepEqual(strangers, [], "Python has no such names");
    const there = await lookUp(explained, module, true);
    assert.deepEqual(there, [], "these are exported under the names that the rule gives them");
  });
}

Deno.test("docs/from-python.md is what the tables say", async () => {
  const file = new URL("../../docs/from-python.md", import.meta.url);
  const upToDate = await Deno.readTextFile(file) === await fromPython();
  assert.ok(upToDate, "run `deno task names` and commit what it writes");
});
