import { everyCut } from "../peers/cuts.ts";
import { assertBothEnds } from "./both_ends.ts";
import { SMTP_DIALOGUES } from "./smtp_dialogues.ts";

for (const dialogue of SMTP_DIALOGUES) {
  Deno.test(`smtplib, ${dialogue.name}: a server that stops at any byte, or sends in any pieces`, async () => {
    assertBothEnds(await everyCut(dialogue));
  });
}

Deno.test("smtplib over sockets: the same, a sample of each dialogue", async () => {
  for (const [index, dialogue] of SMTP_DIALOGUES.entries()) {
    assertBothEnds(await everyCut(dialogue, { over: "sockets", sample: 15, seed: index + 1 }));
  }
});
