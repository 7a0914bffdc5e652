import assert from "node:assert/strict";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { FTPError, SessionBusyError, SessionClosedError } from "../../../stdlib/ftplib/errors.ts";
import { TimeoutError } from "../../../loop/exceptions.ts";
import { FTPServer } from "../../../stdlib/ftplib/server.ts";
import { rejection } from "../../rejection.ts";
import { withServer } from "./_session.ts";

const FEAT = "C: FEAT\nS: 211-Features:\nS:  HASH MD5;SHA-1*\nS:  MLST\nS:  UTF8\nS: 211 End\n";

Deno.test("what our own server tells about files", async () => {
  await using server = await FTPServer.start({ files: { "/pub/two words.txt": "hello" } });
  await using ftp = await FTP.connect(server.hostname, { port: server.port, user: "tulip" });
  const { facts: _, modified, ...entry } = await ftp.stat("pub/two words.txt");
  assert.deepEqual([entry.name, entry.type, entry.size], ["two words.txt", "file", 5]);
  assert.ok(modified instanceof Date);
  assert.equal((await ftp.stat("pub")).type, "directory");
  assert.equal((await ftp.stat("/")).name, "/");
  assert.equal(await ftp.exists("pub/none"), false);
  assert.ok((await ftp.modified("pub/two words.txt")) instanceof Date);
  assert.ok((await ftp.features()).supports("MLST", "size"));
  assert.equal(await ftp.exists("pub"), true);
});

/** Longer than a test clock waits before it lets time pass, and shorter than it waits twice. */
const LATER = "S! turn\n".repeat(14);

/** Every method that asks, as it is called. */
const METHODS: Record<string, (ftp: FTP) => Promise<unknown>> = {
  features: (ftp) => ftp.features(),
  utf8: (ftp) => ftp.utf8(),
  stat: (ftp) => ftp.stat("a"),
  exists: (ftp) => ftp.exists("a"),
  modified: (ftp) => ftp.modified("a"),
  setModified: (ftp) => ftp.setModified("a", new Date(0)),
  checksum: (ftp) => ftp.checksum("a"),
  checksumAlgorithms: (ftp) => ftp.checksumAlgorithms(),
  site: (ftp) => ftp.site("a"),
  chmod: (ftp) => ftp.chmod("a", 0o644),
  host: (ftp) => ftp.host("a"),
  available: (ftp) => ftp.available(),
};

for (const [name, ask] of Object.entries(METHODS)) {
  Deno.test(`${name} rejects, and never throws, without a session and during a transfer`, async () => {
    await rejection(ask(new FTP()), SessionClosedError);
    await withServer(
      `C: TYPE A
      S: 200 ok
      C: EPSV
      S: 229 ok (|||{port}|)
      C: NLST
      S: 150 here it comes
      D: one
      S: 226 done`,
      async (ftp) => {
        for await (const _ of ftp.nlst()) await rejection(ask(ftp), SessionBusyError);
      },
    );
  });

  Deno.test(`${name} is broken off by a timeout, and the session goes on`, async () => {
    // Whatever was asked is answered late, and belongs to nobody.
    await withServer(
      `C: /.*/
      ${LATER}
      S: 500 late
      C: NOOP
      S: 200 ok`,
      async (ftp) => {
        await rejection(ask(ftp), TimeoutError);
        assert.equal((await ftp.noop({ timeout: 60_000 })).code, 200);
      },
      { timeout: 10 },
    );
  });
}

Deno.test("a checksum that takes too long is not taken for the next", async () => {
  await withServer(
    `${FEAT}C: TYPE I
    S: 200 ok
    C: HASH a
    ${LATER}
    S: 213 SHA-1 a9993e364706816aba3e25717850c26c9cd0d89d a
    C: HASH b
    S: 213 SHA-1 84983e441c3bd26ebaae4aa1f95129e5e54670f1 b`,
    async (ftp) => {
      const algorithm = "SHA-1";
      await rejection(ftp.checksum("a", { algorithm, timeout: 10 }), TimeoutError);
      assert.equal(
        (await ftp.checksum("b", { algorithm })).hex,
        "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
      );
    },
  );
});

Deno.test("utf8 asks where the server lists it, and takes no for an answer", async () => {
  await withServer(`${FEAT}C: OPTS UTF8 ON\nS: 200 yes\nC: OPTS UTF8 ON\nS: 504 ?`, async (ftp) => {
    assert.equal(await ftp.utf8(), true);
    assert.equal(await ftp.utf8(), false);
    assert.ok((await ftp.features()).supports("UTF8"));
  });
  await withServer("C: FEAT\nS: 500 ?", async (ftp) => assert.equal(await ftp.utf8(), false));
  await withServer("", async (ftp) => void await rejection(ftp.utf8(), FTPError), {
    encoding: "latin-1",
  });
});
