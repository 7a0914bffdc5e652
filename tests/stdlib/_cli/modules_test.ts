import assert from "node:assert/strict";
import { findCircle, loadedBy, moduleGraph } from "../../tools/module_graph.ts";

Deno.test("the command line loads only its own rooms, and FTP when it is needed", async () => {
  const graph = await moduleGraph("stdlib/ftplib/cli.ts");
  const own = new Map([...graph].filter(([path]) => /^stdlib\/(?:_cli|ftplib\/cli)/.test(path)));
  assert.equal(findCircle(own)?.join(" → "), undefined);
  const loaded = [...loadedBy(graph, "stdlib/ftplib/cli.ts")];
  assert.deepEqual(loaded.filter(([, wave]) => wave > 8), []);
  const rooms = ["stdlib/ftplib/", "stdlib/_", "stdlib/netrc", "protocols/", "net/", "loop/"];
  const others = loaded.filter(([path]) => !rooms.some((room) => path.startsWith(room)));
  assert.deepEqual(others, []);
});
