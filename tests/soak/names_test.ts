import assert from "node:assert/strict";
import { resolve } from "../../net/names/resolve.ts";
import { startDns, type Zone } from "../peers/dns.ts";

Deno.test("a name server that answers late is waited for, as long as the caller says", async () => {
  const zone: Zone = { "late.test": "silence" };
  await using dns = await startDns(zone);
  const nameServer = { hostname: "127.0.0.1", port: dns.port };
  // Deno itself gives up after two seconds.
  const timer = setTimeout(() => zone["late.test"] = { A: [[192, 0, 2, 1]] }, 3_000);
  assert.deepEqual(await resolve("late.test", "A", { nameServer }), ["192.0.2.1"]);
  clearTimeout(timer);
  assert.ok(dns.asked.length > 2, dns.asked.join());
});
