import { isAtLeast } from "../../net/runtime.ts";
import { everyFault } from "../peers/rig.ts";
import { NET_DIALOGUES, NET_TLS_DIALOGUES } from "./net_dialogues.ts";

for (const [index, dialogue] of NET_DIALOGUES.entries()) {
  Deno.test(`net, ${dialogue.name}: a sample of the faults`, async () => {
    await everyFault(dialogue, { sample: 200, seed: index + 1 });
  });
}

Deno.test("net over sockets: the same, a sample of each dialogue", async () => {
  await Promise.all(NET_DIALOGUES.map(async (dialogue, index) => {
    await everyFault(dialogue, { over: "sockets", sample: 20, seed: index + 1 });
  }));
});

const able = isAtLeast("2.9.1");
Deno.test({
  name: able ? "net under TLS: a sample" : "net under TLS: a sample (skipped: needs Deno 2.9.1)",
  ignore: !able,
  async fn() {
    for (const [index, dialogue] of NET_TLS_DIALOGUES.entries()) {
      await everyFault(dialogue, { over: "sockets", sample: 30, seed: index + 1 });
    }
  },
});
