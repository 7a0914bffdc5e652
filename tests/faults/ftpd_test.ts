import { everyFault } from "../peers/rig.ts";
import { assertBothEnds } from "./both_ends.ts";
import { FTPD_DIALOGUES } from "./ftpd_dialogues.ts";

for (const dialogue of FTPD_DIALOGUES) {
  Deno.test(`ftplib.FTPServer, ${dialogue.name}: every fault`, async () => {
    const tally = await everyFault(dialogue);
    if (dialogue.kinds === undefined) assertBothEnds(tally);
  });
}

Deno.test("ftplib.FTPServer over sockets: the same, a sample of each dialogue", async () => {
  const all = FTPD_DIALOGUES.filter(({ kinds }) => kinds === undefined);
  await Promise.all(all.map(async (dialogue, index) => {
    assertBothEnds(await everyFault(dialogue, { over: "sockets", sample: 15, seed: index + 1 }));
  }));
});
