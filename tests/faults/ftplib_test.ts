import { everyFault } from "../peers/rig.ts";
import { assertBothEnds } from "./both_ends.ts";
import { FTP_DIALOGUES } from "./ftp_dialogues.ts";

for (const dialogue of FTP_DIALOGUES) {
  Deno.test(`ftplib, ${dialogue.name}: every fault`, async () => {
    const tally = await everyFault(dialogue);
    if (dialogue.kinds === undefined) assertBothEnds(tally);
  });
}

Deno.test("ftplib over sockets: the same, a sample of each dialogue", async () => {
  for (const [index, dialogue] of FTP_DIALOGUES.entries()) {
    if (dialogue.kinds !== undefined) continue;
    assertBothEnds(await everyFault(dialogue, { over: "sockets", sample: 15, seed: index + 1 }));
  }
});
