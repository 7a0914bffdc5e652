import assert from "node:assert/strict";
import { ALL_DIALOGUES } from "../faults/all_dialogues.ts";
import { assertBothEnds } from "../faults/both_ends.ts";
import type { Fault } from "../peers/faults.ts";
import { everyFault } from "../peers/rig.ts";
import { withFailedSeeds } from "./seeds.ts";

/** Seeds that have found something once: always played. */
const KEPT_SEEDS = withFailedSeeds([1, 2, 3]);

/** How long each dialogue is played with new seeds, in milliseconds. */
const BUDGET = 1_000;

for (const { party, dialogue } of ALL_DIALOGUES) {
  const name = `${party}, ${dialogue.name}`;

  if (dialogue.over === undefined) {
    Deno.test(`${name}: every fault in memory`, async () => {
      await everyFault(dialogue, { thorough: dialogue.script !== undefined });
    });
  } else {
    // Of the bytes of a handshake one is much like another.
    Deno.test(`${name}: many faults over sockets`, async () => {
      assertBothEnds(await everyFault(dialogue, { over: "sockets", sample: 1_500 }));
    });
    continue;
  }

  // What is only about time has no part that is played over sockets.
  if (dialogue.kinds?.includes("cut") ?? true) {
    Deno.test(`${name}: every fault over sockets`, async () => {
      assertBothEnds(await everyFault(dialogue, { over: "sockets" }));
    });
  }

  if (dialogue.script === undefined || dialogue.kinds !== undefined) continue;
  Deno.test(`${name}: a peer that talks nonsense`, async () => {
    const of = dialogue.client === undefined ? "client" : "server";
    const spoilt = (seed: number): Fault => ({ kind: "spoilt", of, seed });
    const end = performance.now() + BUDGET;
    await everyFault(dialogue, { faults: () => KEPT_SEEDS.map(spoilt) });
    let seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
    let failed = 0;
    while (performance.now() < end) {
      const faults = () => [seed++, seed++, seed++, seed++].map(spoilt);
      const tally = await everyFault(dialogue, { faults });
      failed += tally.runs() - tally.results;
    }
    assert.ok(failed > 0, "nothing that was spoilt did any harm");
  });
}
