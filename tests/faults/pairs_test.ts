import { everyFault } from "../peers/rig.ts";
import { assertBothEnds } from "./both_ends.ts";
import { PAIR_DIALOGUES } from "./pair_dialogues.ts";

for (const [index, dialogue] of PAIR_DIALOGUES.entries()) {
  if (dialogue.over === "sockets") continue;
  Deno.test(`a client and a server, ${dialogue.name}: a sample of the faults`, async () => {
    assertBothEnds(await everyFault(dialogue, { sample: 200, seed: index + 1 }));
  });
}

Deno.test("a client and a server over sockets: the same, a sample of each dialogue", async () => {
  await Promise.all(PAIR_DIALOGUES.map(async (dialogue, index) => {
    assertBothEnds(await everyFault(dialogue, { over: "sockets", sample: 20, seed: index + 1 }));
  }));
});
