import { everyFault } from "../peers/rig.ts";
import { assertBothEnds } from "./both_ends.ts";
import { SMTP_DIALOGUES } from "./smtp_dialogues.ts";

for (const dialogue of SMTP_DIALOGUES) {
  Deno.test(`smtplib, ${dialogue.name}: every fault`, async () => {
    const tally = await everyFault(dialogue);
    if (dialogue.kinds === undefined) assertBothEnds(tally);
  });
}

Deno.test("smtplib over sockets: the same, a sample of each dialogue", async () => {
  for (const [index, dialogue] of SMTP_DIALOGUES.entries()) {
    if (dialogue.kinds !== undefined) continue;
    assertBothEnds(await everyFault(dialogue, { over: "sockets", sample: 15, seed: index + 1 }));
  }
});
