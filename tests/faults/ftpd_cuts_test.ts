import assert from "node:assert/strict";
import { sleep } from "../../loop/sleep.ts";
import { MemoryNetwork } from "../../net/memory.ts";
import { isAtLeast } from "../../net/runtime.ts";
import type { FTPServerEvent } from "../../stdlib/ftplib/server/events.ts";
import { FTPServer } from "../../stdlib/ftplib/server.ts";
import { certificates } from "../peers/certs.ts";
import { Random } from "../peers/random.ts";
import { type Counts, type Stop, StoppingClient, type Way } from "./ftpd_cuts.ts";
import { CountedFiles } from "./ftpd_dialogues.ts";

const CONTENT = Uint8Array.from({ length: 3_000 }, (_, at) => at % 251);

const WAYS: readonly Way[] = [
  { tls: "none", data: "active" },
  { tls: "explicit", data: "passive" },
  { tls: "explicit", data: "active" },
  { tls: "implicit", data: "passive" },
];

/** A server, and what has happened on it. */
async function serve({ tls }: Way, network: MemoryNetwork) {
  const { good: { cert, key } } = await certificates();
  const filesystem = new CountedFiles();
  const events: FTPServerEvent[] = [];
  const errors: unknown[] = [];
  const server = await FTPServer.start({
    ...network,
    filesystem,
    timeout: 1_000,
    dataTimeout: 1_000,
    handshakeTimeout: 1_000,
    ...(tls !== "none" && { tls: { cert, key } }),
    implicit: tls === "implicit",
    onEvent: (event) => events.push(event),
    onError: (error) => errors.push(error),
  });
  return { server, filesystem, events, errors };
}

/** So many places in each direction of each connection; the first bytes and the last among them. */
function places(counts: Counts, each: number, random: Random): Omit<Stop, "how">[] {
  return counts.flatMap((count, connection) =>
    (["client", "server"] as const).flatMap((of) => {
      const total = count[of];
      const picked = [0, 1, total - 1, ...Array.from({ length: each }, () => random.below(total))];
      const inside = new Set(picked.filter((at) => at >= 0 && at < total));
      return [...inside].map((bytes) => ({ connection, of, bytes }));
    })
  );
}

for (const way of WAYS) {
  const name = way.tls === "none" ? `plain, ${way.data}` : `${way.tls} TLS, ${way.data}`;
  const able = way.tls === "none" || isAtLeast("2.9.1");
  Deno.test({
    name: `FTPServer holds out where a client stops anywhere: ${name}` +
      (able ? "" : " (skipped: needs Deno 2.9.1)"),
    ignore: !able,
    fn: () => stopsAnywhere(way),
  });
}

async function stopsAnywhere(way: Way): Promise<void> {
  const network = new MemoryNetwork();
  const { server, filesystem, events, errors } = await serve(way, network);
  await using _server = server;
  const whole = new StoppingClient(network, server.port, { way });
  assert.deepEqual(await whole.play(CONTENT), CONTENT);

  const random = new Random(7);
  const hows = ["reset", "end", "silence"] as const;
  for (const place of places(whole.counts, 6, random)) {
    for (const how of hows) {
      // Each silence takes its time: the server has to end it.
      if (how === "silence" && random.below(25) > 0) continue;
      const what = JSON.stringify({ ...place, how });
      await filesystem.remove("/new").catch(() => {});
      events.length = 0;
      const client = new StoppingClient(network, server.port, { way, stop: { ...place, how } });
      const playing = client.play(CONTENT).catch(() => {});
      const isLeft = () =>
        server.connections === 0 && events.some(({ type }) => type === "disconnect");
      for (let tries = 0; !isLeft() && tries < 2_000; tries++) await sleep(5);
      assert.ok(isLeft(), `${what}: the server still has its client`);
      client.leave();
      await playing;
      assert.equal(filesystem.open, 0, what);
      checkStored(events, filesystem.get("new"), way, what);
    }
  }
  assert.deepEqual(errors, []);
  const again = new StoppingClient(network, server.port, { way });
  assert.deepEqual(await again.play(CONTENT), CONTENT);
}

/** What is told to be whole is whole: but the clean end of a connection in the clear is the end of a file. */
function checkStored(
  events: readonly FTPServerEvent[],
  stored: Uint8Array | undefined,
  { tls }: Way,
  what: string,
): void {
  for (const event of events) {
    if (event.type !== "store") continue;
    if (tls === "none") assert.equal(stored?.length, event.bytes, what);
    else assert.deepEqual(stored, CONTENT, what);
  }
}
