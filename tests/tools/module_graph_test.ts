import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { findCircle, loadedBy, type ModuleGraph, moduleGraph } from "./module_graph.ts";

const ENTRIES = Object.entries(config.exports)
  .map(([name, path]) => ({ name, path: path.replace("./", "") }));

/** The most imports that may lead from an entry point to a module. */
const DEEPEST = 8;

const TEXT = ["protocols/text/", "protocols/errors.ts", "protocols/limits.ts"];
const BELOW = ["loop/", "net/", ...TEXT];

/** What may be loaded by whoever imports one module alone. */
const ALONE: Record<string, readonly string[]> = {
  ".": ["mod.ts", "loop/", "net/", "protocols/", "stdlib/"],
  "./loop": ["loop/"],
  "./protocols": ["protocols/"],
  "./net": BELOW,
  "./asyncio": ["stdlib/asyncio.ts", ...BELOW],
  "./ftplib": ["stdlib/ftplib/", "stdlib/_client/", "stdlib/_server/", "protocols/ftp/", ...BELOW],
  "./netrc": ["stdlib/netrc.ts", "stdlib/netrc/", "protocols/text/", "protocols/errors.ts"],
  "./smtplib": [
    "stdlib/smtplib/",
    "stdlib/_client/",
    "stdlib/_sasl/",
    "protocols/smtp/",
    "protocols/sasl/",
    ...BELOW,
  ],
  "./smtpd": [
    "stdlib/smtpd/",
    "stdlib/_server/",
    "stdlib/_sasl/",
    "protocols/smtp/",
    "protocols/sasl/",
    ...BELOW,
  ],
};

const graphs = new Map<string, Promise<ModuleGraph>>();

function graphOf(path: string): Promise<ModuleGraph> {
  return graphs.getOrInsertComputed(path, () => moduleGraph(path));
}

Deno.test("a circle of imports is found, and a diamond is none", () => {
  const none: string[] = [];
  const diamond: ModuleGraph = new Map([
    ["a", { loaded: ["b", "c"], types: none }],
    ["b", { loaded: ["d"], types: none }],
    ["c", { loaded: ["d"], types: none }],
    ["d", { loaded: none, types: none }],
  ]);
  assert.equal(findCircle(diamond), undefined);
  assert.deepEqual([...loadedBy(diamond, "a")], [["a", 0], ["b", 1], ["c", 1], ["d", 2]]);
  const circle: ModuleGraph = new Map([
    ...diamond,
    ["d", { loaded: none, types: ["c"] }],
  ]);
  assert.deepEqual(findCircle(circle), ["d", "c", "d"]);
});

for (const { name, path } of ENTRIES) {
  Deno.test(`${name}: no import is circular`, async () => {
    assert.equal(findCircle(await graphOf(path))?.join(" → "), undefined);
  });

  Deno.test(`${name}: no module is further than ${DEEPEST} imports`, async () => {
    const loaded = loadedBy(await graphOf(path), path);
    const deep = [...loaded].filter(([, wave]) => wave > DEEPEST).map(([module]) => module);
    assert.deepEqual(deep, []);
  });

  Deno.test(`${name}: alone, it loads only what it needs`, async () => {
    const allowed = ALONE[name];
    assert.ok(allowed, `${name} is not in the table of this test`);
    const loaded = [...loadedBy(await graphOf(path), path).keys()];
    const more = loaded.filter((module) => !allowed.some((prefix) => module.startsWith(prefix)));
    assert.deepEqual(more, []);
  });
}
