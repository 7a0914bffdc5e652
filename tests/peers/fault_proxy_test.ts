import assert from "node:assert/strict";
import { openConnection } from "../../net/streams/connect.ts";
import { ConnectionResetError } from "../../net/errors.ts";
import { startServer } from "../../net/servers/server.ts";
import { FaultProxy } from "./fault_proxy.ts";
import { describeFault, everyFaultOf, type Fault, faultLabel, sampleFaults } from "./faults.ts";

/** A server that says this, and then waits for the client to go. */
function says(words: string, options = {}) {
  return startServer(
    async (reader, writer) => {
      writer.write(words);
      await reader.read();
    },
    "127.0.0.1",
    0,
    options,
  );
}

const CUT = (how: "close" | "reset" | "half"): Fault => ({ kind: "cut", of: "server", at: 4, how });

Deno.test("FaultProxy over sockets: each cut shows as what it is", async () => {
  await using server = await says("0123456789");
  for (const how of ["close", "half"] as const) {
    await using proxy = await FaultProxy.overSockets(server.port, CUT(how));
    await using connection = await openConnection("127.0.0.1", proxy.port);
    assert.equal(new TextDecoder().decode(await connection.reader.read()), "0123");
    assert.equal(proxy.run.passed.server, 4);
  }
  await using proxy = await FaultProxy.overSockets(server.port, CUT("reset"));
  await using connection = await openConnection("127.0.0.1", proxy.port);
  await assert.rejects(connection.reader.read(), ConnectionResetError);
});

Deno.test("FaultProxy in memory: bytes come one at a time, and a peer that is deaf takes none", async () => {
  await using slow = FaultProxy.inMemory({ kind: "bytes", of: "server" });
  {
    await using server = await says("01234", { listen: slow.network.listen });
    await using connection = await openConnection("x", server.port, { dial: slow.network.dial });
    const pieces: number[] = [];
    while (pieces.length < 5) pieces.push((await connection.reader.read(10)).length);
    assert.deepEqual(pieces, [1, 1, 1, 1, 1]);
  }

  await using deaf = FaultProxy.inMemory({ kind: "deaf", of: "client", at: 3 });
  await using server = await says("", { listen: deaf.network.listen });
  await using connection = await openConnection("x", server.port, { dial: deaf.network.dial });
  connection.writer.write(new Uint8Array(1_000_000));
  await assert.rejects(connection.writer.flush({ timeout: 50 }), { name: "TimeoutError" });
  connection.close();
});

Deno.test("faults: all are listed, described, and chosen by a seed", () => {
  const all = everyFaultOf({ client: 3, server: 4 }, { timeout: 100, single: true });
  const words = all.map(describeFault);
  assert.equal(new Set(words).size, words.length, "two faults are called the same");
  assert.ok(words.includes("reset after 2 of the client's bytes, on that connection only"));
  assert.ok(words.includes("the server's bytes divided after 3"));

  const labels = new Set(all.map(faultLabel));
  const some = sampleFaults(all, 40, 7);
  assert.equal(some.length, 40);
  assert.deepEqual(new Set(some.map(faultLabel)), labels);
  assert.deepEqual(sampleFaults(all, 40, 7), some);
  assert.notDeepEqual(sampleFaults(all, 40, 8), some);
});
