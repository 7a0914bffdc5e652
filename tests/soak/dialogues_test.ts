import assert from "node:assert/strict";
import { FTP_DIALOGUES } from "../faults/ftp_dialogues.ts";
import { SMTP_DIALOGUES } from "../faults/smtp_dialogues.ts";
import { assertBothEnds } from "../faults/both_ends.ts";
import type { Fault } from "../peers/faults.ts";
import { everyFault } from "../peers/rig.ts";

const DIALOGUES = [
  ...FTP_DIALOGUES.map((dialogue) => ({ module: "ftplib", dialogue })),
  ...SMTP_DIALOGUES.map((dialogue) => ({ module: "smtplib", dialogue })),
];

/** Seeds that have found something once: always played. */
const KEPT_SEEDS = [1, 2, 3];

/** How long each dialogue is played with new seeds, in milliseconds. */
const BUDGET = 3_000;

for (const { module, dialogue } of DIALOGUES) {
  Deno.test(`${module} over sockets, ${dialogue.name}: every fault`, async () => {
    assertBothEnds(await everyFault(dialogue, { over: "sockets" }));
  });

  Deno.test(`${module}, ${dialogue.name}: a server that talks nonsense`, async () => {
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

function spoilt(seed: number): Fault {
  return { kind: "spoilt", of: "server", seed };
}
