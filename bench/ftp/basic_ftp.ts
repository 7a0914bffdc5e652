/**
 * npm's basic-ftp on the same work: null, file or many.
 *
 * @module
 */

import { Client } from "npm:basic-ftp@6.2.3";
import { Writable } from "node:stream";
import { report } from "../entrant.ts";

const [mode, host, port, path, target] = Deno.args as [string, string, string, string, string];

const client = new Client();
await client.access({ host, port: Number(port), user: "tulip", password: "secret" });
await report(async () => {
  if (mode === "null") {
    await client.downloadTo(
      new Writable({ write: (_chunk, _encoding, done): void => done() }),
      path,
    );
  } else if (mode === "file") {
    await client.downloadTo(target, path);
  } else {
    for (const { name } of await client.list(path)) {
      await client.downloadTo(`${target}/${name}`, `${path}/${name}`);
    }
  }
});
client.close();
