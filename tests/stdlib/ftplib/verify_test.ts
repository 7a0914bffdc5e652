import assert from "node:assert/strict";
import { MemoryNetwork } from "../../../net/memory.ts";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { VerifyError } from "../../../stdlib/ftplib/errors.ts";
import { FTPServer } from "../../../stdlib/ftplib/server.ts";
import { UnsupportedError } from "../../../stdlib/ftplib/unsupported_error.ts";
import { rejection } from "../../rejection.ts";
import { Folder } from "./_folder.ts";
import { bytes } from "./_session.ts";

/** Larger than what is fetched anew rather than noted. */
const DATA = Uint8Array.from({ length: 300_001 }, (_, index) => (index * 31 + (index >> 7)) % 251);
const OLD = new Date("2020-01-01T00:00:00Z");

interface Place {
  readonly ftp: FTP;
  readonly server: FTPServer;
  readonly folder: Folder;
  readonly sent: string[];
}

async function inPlace(body: (place: Place) => Promise<void>): Promise<void> {
  await using folder = await Folder.make();
  const network = new MemoryNetwork();
  await using server = await FTPServer.start({
    users: { ada: { password: "secret" } },
    listen: network.listen,
  });
  server.files.set("/f", DATA, OLD);
  const sent: string[] = [];
  await using ftp = await FTP.connect(server.hostname, {
    port: server.port,
    user: "ada",
    password: "secret",
    dial: network.dial,
    debug: ({ direction, text }) => {
      if (direction === "send") sent.push(text);
    },
  });
  await body({ ftp, server, folder, sent });
}

/** A server that counts no checksums. */
const NONE = { replies: { FEAT: { replace: "211 none" } } };

Deno.test("verify by checksum: a byte that was changed on its way down is found", async () => {
  await inPlace(async ({ ftp, server, folder }) => {
    const options = { verify: "checksum" } as const;
    await ftp.downloadTo("/f", folder.at("f"), options);
    server.misbehave({ data: { RETR: { flip: 1_000, times: 1 } } });
    const error = await rejection(ftp.downloadTo("/f", folder.at("g"), options), VerifyError);
    assert.match(error.message, /has the checksum [0-9a-f]+ instead of [0-9a-f]+/);
    assert.notEqual(error.expected, error.actual);
    assert.deepEqual(await folder.names(), ["f"]);

    server.misbehave({ data: { RETR: { flip: 1_000, times: 1 } } });
    await ftp.downloadTo("/f", folder.at("g"), { ...options, retries: 1 });
    assert.deepEqual(await Deno.readFile(folder.at("g")), DATA);
  });
});

Deno.test("verify by checksum: and one on its way up", async () => {
  await inPlace(async ({ ftp, server, folder }) => {
    await Deno.writeFile(folder.at("f"), DATA);
    const options = { verify: "checksum" } as const;
    await ftp.uploadFrom(folder.at("f"), "/g", options);
    await ftp.upload("/h", DATA, options);
    await ftp.upload("/h", DATA.subarray(1_000), { ...options, offset: 1_000 });
    await ftp.uploadFrom(folder.at("f"), "/h", { ...options, offset: 1_000 });
    assert.deepEqual(server.files.get("/h"), DATA);

    server.misbehave({ data: { STOR: { flip: 1_000, times: 1 } } });
    await rejection(
      ftp.uploadFrom(folder.at("f"), "/g", { ...options, atomic: true }),
      VerifyError,
    );
    assert.deepEqual(server.files.paths().sort(), ["/f", "/g", "/h"]);
    server.misbehave({ data: { STOR: { flip: 1_000, times: 1 } } });
    await ftp.upload("/g", DATA, { ...options, retries: 1 });
    assert.deepEqual(server.files.get("/g"), DATA);
  });
});

Deno.test("verify by checksum is refused where there is none, before a byte of the file is sent", async () => {
  await inPlace(async ({ ftp, server, folder, sent }) => {
    server.misbehave(NONE);
    const verify = "checksum";
    await rejection(ftp.downloadTo("/f", folder.at("f"), { verify }), UnsupportedError);
    await rejection(ftp.upload("/g", DATA, { verify }), UnsupportedError);
    async function* source() {
      yield await Promise.resolve(bytes("x"));
    }
    await rejection(ftp.upload("/g", source(), { verify }), TypeError);
    assert.ok(!sent.some((command) => /^(?:RETR|STOR)/.test(command)), sent.join());
    assert.deepEqual(await folder.names(), []);
  });
});

Deno.test("resume by checksum goes on behind what is the beginning, and only behind that", async () => {
  for (
    const [length, spoilt, counts, begins] of [
      [100_000, false, true, 100_000],
      [100_000, true, true, 0],
      [100_000, false, false, 0],
      [DATA.length, false, true, DATA.length],
    ] as const
  ) {
    await inPlace(async ({ ftp, server, folder }) => {
      const part = DATA.slice(0, length);
      if (spoilt) part[50_000]! ^= 1;
      if (!counts) server.misbehave(NONE);
      await Deno.writeFile(folder.at("f.part"), part);
      const down = await ftp.downloadTo("/f", folder.at("f"), { resume: "checksum" });
      assert.equal(down.offset, begins);
      assert.deepEqual(await Deno.readFile(folder.at("f")), DATA);

      server.files.set("/g", part);
      const up = await ftp.uploadFrom(folder.at("f"), "/g", { resume: "checksum" });
      assert.equal(up.transferred, DATA.length - begins);
      assert.deepEqual(server.files.get("/g"), DATA);
    });
  }
});

Deno.test("resume goes on with an upload that another call left", async () => {
  await inPlace(async ({ ftp, server, folder }) => {
    await Deno.writeFile(folder.at("f"), DATA);
    await Deno.utime(folder.at("f"), OLD, OLD);
    const cases = [
      // What the server has, since when, and what is sent then.
      [DATA.subarray(0, 100_000), new Date(), 200_001],
      [DATA, new Date(), 0],
      // Older than the local file, or more than that has.
      [DATA.subarray(0, 100_000), new Date("2019-12-31T23:59:58Z"), 300_001],
      [new Uint8Array(300_002), new Date(), 300_001],
    ] as const;
    for (const [left, since, transferred] of cases) {
      server.files.set("/g", left, since);
      const up = await ftp.uploadFrom(folder.at("f"), "/g", { resume: true });
      assert.equal(up.transferred, transferred);
      assert.deepEqual(server.files.get("/g"), DATA);
    }
  });
});

Deno.test("resume of an atomic upload goes on with the file that was not renamed yet", async () => {
  await inPlace(async ({ ftp, server, folder }) => {
    await Deno.writeFile(folder.at("f"), DATA);
    server.files.set("/g", "what was there before");
    server.misbehave({ data: { STOR: { truncateAfter: 100_000, times: 1 } } });
    const options = { resume: true, atomic: true, preserveModified: true };
    await rejection(ftp.uploadFrom(folder.at("f"), "/g", options), Error);
    assert.equal(server.files.text("/g"), "what was there before");
    assert.equal(server.files.paths().length, 3);
    const { transferred } = await ftp.uploadFrom(folder.at("f"), "/g", options);
    assert.equal(transferred, 200_001);
    assert.deepEqual(server.files.get("/g"), DATA);
    assert.deepEqual(server.files.paths().sort(), ["/f", "/g"]);

    // Of a file that was changed, nothing of the old one is left in the new one.
    server.misbehave({ data: { STOR: { truncateAfter: 100_000, times: 1 } } });
    await Deno.utime(folder.at("f"), OLD, OLD);
    await rejection(ftp.uploadFrom(folder.at("f"), "/g", options), Error);
    await Deno.writeFile(folder.at("f"), DATA.toReversed());
    await ftp.uploadFrom(folder.at("f"), "/g", options);
    assert.deepEqual(server.files.get("/g"), DATA.toReversed());
  });
});

Deno.test("preserveModified gives the file on the server the time of the local one", async () => {
  await inPlace(async ({ ftp, server, folder }) => {
    await folder.write("f", "text", OLD);
    await ftp.uploadFrom(folder.at("f"), "/g", { preserveModified: true });
    assert.equal((await ftp.modified("/g")).getTime(), OLD.getTime());
    server.misbehave({ replies: { MFMT: { replace: "550 no" }, SITE: { replace: "502 what?" } } });
    await ftp.uploadFrom(folder.at("f"), "/h", { preserveModified: true });
    assert.equal(server.files.text("/h"), "text");
  });
});
