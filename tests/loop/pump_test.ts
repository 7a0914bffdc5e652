import assert from "node:assert/strict";
import { getRunningLoop } from "../../loop/events.ts";
import { run } from "../../loop/runners.ts";

const TURNS = 4;

Deno.test("promises that wake the loop again and again do not starve the network", async () => {
  await run(async () => {
    const loop = getRunningLoop();
    let rounds = 0;
    let isOver = false;
    const spinning = (async () => {
      while (!isOver) {
        await new Promise<void>((resolve) => {
          loop.callSoon(resolve);
        });
        // The loop has nothing left to do, and parks.
        for (let turn = 0; turn < 8; turn++) await null;
        rounds += 1;
      }
    })();
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const buffer = new Uint8Array(1);
    for (let turn = 0; turn < TURNS; turn++) {
      const [near, far] = await Promise.all([
        Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
        listener.accept(),
      ]);
      await near.write(new Uint8Array([turn]));
      await far.read(buffer);
      near.close();
      far.close();
      assert.equal(buffer[0], turn);
    }
    listener.close();
    isOver = true;
    await spinning;
    // Some ten thousand for each turn; where the network is looked at only now and then, millions.
    assert.ok(rounds < TURNS * 1_000_000, `after ${rounds} rounds`);
  });
});
