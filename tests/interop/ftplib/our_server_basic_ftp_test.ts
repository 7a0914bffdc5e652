/**
 * Our FTP server with npm's basic-ftp, whose data connections resume the session of the control
 * connection on Node.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Readable, Writable } from "node:stream";
import { Client } from "npm:basic-ftp@6.2.3";
import { certificates } from "../../peers/certs.ts";
import { MODES, startOurServer } from "./our_server.ts";

for (const mode of MODES) {
  Deno.test(`basic-ftp does all it can on our server, ${mode}`, async () => {
    await using ours = await startOurServer(mode);
    const { server, folder } = ours;
    const { ca } = await certificates();
    const client = new Client(20_000);
    try {
      await client.access({
        host: "localhost",
        port: server.port,
        user: "tulip",
        password: "secret",
        secure: mode === "plain" ? false : mode === "implicit" ? "implicit" : true,
        secureOptions: { ca, servername: "localhost" },
      });
      assert.ok((await client.features()).has("MLST"));
      assert.equal(await client.pwd(), "/");
      await client.cd("pub");
      const entries = await client.list();
      assert.deepEqual(entries.map(({ name, size }) => [name, size]).sort(), [
        ["a.txt", 11],
        ["big.bin", 1_000_003],
        ["empty", 0],
        ["sub", 0],
        ["ž š.bin", 3],
      ]);
      assert.equal(entries.find(({ name }) => name === "sub")?.isDirectory, true);
      assert.equal(await client.size("a.txt"), 11);
      assert.ok((await client.lastMod("a.txt")).getTime() > 0);

      const chunks: Uint8Array[] = [];
      const sink = new Writable({
        write: (chunk, _encoding, done) => {
          chunks.push(new Uint8Array(chunk));
          done();
        },
      });
      await client.downloadTo(sink, "big.bin");
      assert.equal(chunks.reduce((sum, chunk) => sum + chunk.length, 0), 1_000_003);
      await client.uploadFrom(Readable.from([new TextEncoder().encode("up")]), "up.txt");
      assert.equal(server.files.text("pub/up.txt"), "up");
      await client.appendFrom(Readable.from([new TextEncoder().encode("more")]), "up.txt");
      assert.equal(server.files.text("pub/up.txt"), "upmore");
      await client.rename("up.txt", "moved.txt");
      await client.remove("moved.txt");

      await Deno.mkdir(`${folder}/tree/deep`, { recursive: true });
      await Deno.writeTextFile(`${folder}/tree/one`, "1");
      await Deno.writeTextFile(`${folder}/tree/deep/two`, "22");
      await client.uploadFromDir(`${folder}/tree`, "/made/here");
      await client.downloadToDir(`${folder}/back`, "/made/here");
      assert.equal(await Deno.readTextFile(`${folder}/back/deep/two`), "22");
      await client.ensureDir("/made/there");
      await client.removeDir("/made");
      assert.ok(!server.files.paths().some((path) => path.startsWith("/made")));
    } finally {
      client.close();
    }
    assert.deepEqual(ours.errors, []);
  });
}
