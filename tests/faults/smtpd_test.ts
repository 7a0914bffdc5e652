import { everyFault } from "../peers/rig.ts";
import { assertBothEnds } from "./both_ends.ts";
import { SMTPD_DIALOGUES } from "./smtpd_dialogues.ts";

for (const dialogue of SMTPD_DIALOGUES) {
  Deno.test(`smtpd, ${dialogue.name}: every fault`, async () => {
    assertBothEnds(await everyFault(dialogue));
  });
}

Deno.test("smtpd over sockets: the same, a sample of each dialogue", async () => {
  await Promise.all(SMTPD_DIALOGUES.map(async (dialogue, index) => {
    assertBothEnds(await everyFault(dialogue, { over: "sockets", sample: 15, seed: index + 1 }));
  }));
});
