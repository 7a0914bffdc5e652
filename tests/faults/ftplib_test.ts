import { everyCut } from "../peers/cuts.ts";
import { assertBothEnds } from "./both_ends.ts";
import { FTP_DIALOGUES } from "./ftp_dialogues.ts";

for (const dialogue of FTP_DIALOGUES) {
  Deno.test(`ftplib, ${dialogue.name}: a server that stops at any byte, or sends in any pieces`, async () => {
    assertBothEnds(await everyCut(dialogue));
  });
}

Deno.test("ftplib over sockets: the same, a sample of each dialogue", async () => {
  for (const [index, dialogue] of FTP_DIALOGUES.entries()) {
    assertBothEnds(await everyCut(dialogue, { over: "sockets", sample: 15, seed: index + 1 }));
  }
});
