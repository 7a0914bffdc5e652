import assert from "node:assert/strict";
import { MemoryFileSystem } from "../../../../stdlib/ftplib/server/filesystem_memory.ts";
import { session } from "./peer.ts";

// The check value of CRC-32, and what `md5sum` and `sha…sum` say of the same nine digits.
const DIGITS = "123456789";
const SUMS = {
  CRC32: "cbf43926",
  MD5: "25f9e794323b453885f5181f1b624d0b",
  "SHA-1": "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
  "SHA-256": "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
  "SHA-512": "d9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274a" +
    "d27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85",
};

Deno.test("FTPServer counts checksums by HASH (draft-bryan-ftpext-hash)", () =>
  session({ files: { "a b": DIGITS, empty: "" } }, async (ftp) => {
    assert.match(await ftp.ask("FEAT") ?? "", / HASH SHA-512;SHA-256\*;SHA-1;MD5;CRC32\n/);
    assert.equal(await ftp.ask("OPTS HASH"), "200 SHA-256");
    assert.equal(await ftp.ask("HASH a b"), `213 SHA-256 0-8 ${SUMS["SHA-256"]} a b`);
    for (const [name, sum] of Object.entries(SUMS)) {
      assert.equal(await ftp.ask(`OPTS HASH ${name}`), `200 ${name}`);
      assert.equal(await ftp.ask("HASH a b"), `213 ${name} 0-8 ${sum} a b`);
    }
    assert.match(await ftp.ask("FEAT") ?? "", / HASH SHA-512\*;SHA-256;SHA-1;MD5;CRC32\n/);
    assert.match(await ftp.ask("OPTS HASH ROT13") ?? "", /^501 /);
    await ftp.ask("OPTS HASH MD5");
    assert.equal(await ftp.ask("HASH empty"), "213 MD5 0-0 d41d8cd98f00b204e9800998ecf8427e empty");
    assert.match(await ftp.ask("HASH none") ?? "", /^550 /);
    assert.match(await ftp.ask("HASH /") ?? "", /^550 /);
  }));

Deno.test("FTPServer counts and sends a part of a file after RANG (draft-bryan-ftp-range)", () =>
  session({ files: { f: `xx${DIGITS}yy` } }, async (ftp) => {
    await ftp.ask("OPTS HASH CRC32");
    assert.match(await ftp.ask("RANG 2 10") ?? "", /^350 /);
    assert.equal(await ftp.ask("HASH f"), `213 CRC32 2-10 ${SUMS.CRC32} f`);
    assert.match(await ftp.ask("HASH f") ?? "", /^213 CRC32 0-12 /);
    await ftp.ask("RANG 2 10");
    assert.equal((await ftp.fetch("RETR f")).text, DIGITS);
    assert.equal((await ftp.fetch("RETR f")).text.length, 13);
    await ftp.ask("RANG 11 500");
    assert.equal((await ftp.fetch("RETR f")).text, "yy");
    await ftp.ask("RANG 2 10", "RANG 1 0");
    assert.equal((await ftp.fetch("RETR f")).text.length, 13);
    await ftp.ask("RANG 20 30");
    assert.match((await ftp.fetch("RETR f")).replies[0] ?? "", /^554 /);
    for (const wrong of ["RANG", "RANG 5", "RANG 5 4", "RANG -1 4", "RANG a b"]) {
      assert.match(await ftp.ask(wrong) ?? "", /^501 /, wrong);
    }
    assert.match(await ftp.ask("TYPE A", "RANG 2 10") ?? "", /^504 /);
  }));

Deno.test("FTPServer counts checksums by the older commands", () =>
  session({ files: { "a b": DIGITS, "n 1 2": DIGITS } }, async (ftp) => {
    const asked = {
      "XCRC a b": SUMS.CRC32,
      'XCRC "a b"': SUMS.CRC32,
      "XMD5 a b": SUMS.MD5,
      "XSHA a b": SUMS["SHA-1"],
      "XSHA1 a b": SUMS["SHA-1"],
      "XSHA256 a b": SUMS["SHA-256"],
      "XSHA512 a b": SUMS["SHA-512"],
      // A file whose name ends with numbers is that file.
      "XCRC n 1 2": SUMS.CRC32,
      'XMD5 "a b" 0 9': SUMS.MD5,
      "XMD5 a b 0": SUMS.MD5,
      // Of "234".
      'XMD5 "a b" 1 4': "289dff07669d7a23de0ef88d2f7129e7",
    };
    for (const [command, sum] of Object.entries(asked)) {
      assert.equal(await ftp.ask(command), `250 ${sum.toUpperCase()}`, command);
    }
    assert.equal(await ftp.ask("MD5 a b"), `251 a b ${SUMS.MD5.toUpperCase()}`);
    for (const wrong of ['XCRC "a b" 5 4', 'XCRC "a b" 0 10']) {
      assert.match(await ftp.ask(wrong) ?? "", /^501 /, wrong);
    }
    assert.match(await ftp.ask("XCRC none") ?? "", /^550 /);
  }));

Deno.test("FTPServer takes a checksum that its file system knows", async () => {
  class Known extends MemoryFileSystem {
    hash(path: string, algorithm: string, { start, end }: { start: number; end: number }) {
      assert.deepEqual([path, algorithm, start, end], ["/f", "MD5", 0, 3]);
      return Promise.resolve("ABCDEF");
    }
  }
  await session({ filesystem: new Known({ f: "abc" }) }, async (ftp) => {
    assert.equal(await ftp.ask("XMD5 f"), "250 ABCDEF");
  });
});

Deno.test("FTPServer closes a file that it could not count to the end", async () => {
  let open = 0;
  class Shrinking extends MemoryFileSystem {
    override async read(path: string, offset: number) {
      const file = await super.read(path, offset);
      open++;
      return { read: () => Promise.resolve(null), close: () => (open--, file.close()) };
    }
  }
  await session({ filesystem: new Shrinking({ f: "abc" }) }, async (ftp) => {
    assert.match(await ftp.ask("HASH f") ?? "", /^450 /);
    assert.equal(open, 0);
  });
});
