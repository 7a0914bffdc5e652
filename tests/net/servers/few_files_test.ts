import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { openConnection } from "../../../net/streams/connect.ts";
import type { Connection } from "../../../net/streams/connection.ts";

const PROGRAM = fileURLToPath(import.meta.resolve("./few_files_server.ts"));
const CLIENTS = 100;

Deno.test({
  name: "a server that may open no more files goes on when it can",
  ignore: Deno.build.os === "windows",
  async fn() {
    const command = `ulimit -n 64 && exec "$0" run --allow-net --no-check "$1"`;
    const child = new Deno.Command("sh", {
      args: ["-c", command, Deno.execPath(), PROGRAM],
      env: { DENO_NO_UPDATE_CHECK: "1" },
      stdout: "piped",
    }).spawn();
    const told = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const clients: Connection[] = [];
    try {
      const port = Number((await told.read()).value);
      for (let count = 0; count < CLIENTS; count++) {
        clients.push(await openConnection("127.0.0.1", port, { timeout: 10_000 }));
      }
      // Those that are not accepted wait with the system, and hear nothing yet.
      assert.equal((await told.read()).value, "Cannot accept a connection: EMFILE\n");
      const answers = clients.map(async (client, index) => {
        client.writer.write(`${index}\n`);
        const line = await client.reader.nextLine();
        // Its end is room for another.
        client.close();
        return line;
      });
      assert.deepEqual(await Promise.all(answers), Array.from(clients.keys(), String));
    } finally {
      for (const client of clients) client.close();
      child.kill();
      await child.status;
      await told.cancel();
    }
  },
});
