import assert from "node:assert/strict";
import type { HashAlgorithm } from "../../../protocols/ftp/checksums.ts";
import { ErrorPerm, ErrorProto } from "../../../stdlib/ftplib/errors.ts";
import { UnsupportedError } from "../../../stdlib/ftplib/unsupported_error.ts";
import { rejection } from "../../rejection.ts";
import { withServer } from "./_session.ts";

const MD5 = "b359479cfda703b7fd473c7e09f39049";
const SHA1 = "a9993e364706816aba3e25717850c26c9cd0d89d";
const SHA256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const IMAGE = "C: TYPE I\nS: 200 ok\n";
const feat = (...lines: string[]) =>
  `C: FEAT\nS: 211-Features:\n${lines.map((line) => `S:  ${line}\n`).join("")}S: 211 End\n`;

Deno.test("checksum asks by HASH, and chooses the algorithm where it is another", async () => {
  await withServer(
    `${feat("HASH SHA-256;SHA-1*;MD5")}${IMAGE}
    C: OPTS HASH SHA-256
    S: 200 SHA-256
    C: HASH a b
    S: 213 SHA-256 0-3 ${SHA256} a b
    C: HASH a b
    S: 213 SHA-256 0-3 ${SHA256} a b
    C: OPTS HASH MD5
    S: 200 MD5
    C: HASH c
    S: 213 MD5 ${MD5}
    C: OPTS HASH SHA-1
    S: 504 no
    C: FEAT
    S: 211-Features:
    S:  HASH SHA-256;SHA-1*
    S: 211 End
    C: HASH d
    S: 213 SHA-1 0-2 ${SHA1} d`,
    async (ftp) => {
      assert.deepEqual(await ftp.checksum("a b"), { algorithm: "SHA-256", hex: SHA256 });
      await ftp.checksum("a b");
      await ftp.checksum("c", { algorithm: "MD5" });
      await rejection(ftp.checksum("d", { algorithm: "SHA-1" }), ErrorPerm);
      // What the server has chosen is asked for after a refusal.
      assert.equal((await ftp.checksum("d", { algorithm: "SHA-1" })).hex, SHA1);
    },
  );
  await withServer(
    `${feat("HASH SHA-256;SHA-1*;MD5")}${IMAGE}C: HASH a\nS: 213 SHA-1 ${SHA1.toUpperCase()}`,
    async (ftp) => {
      assert.deepEqual(await ftp.checksum("a", { algorithm: "SHA-1" }), {
        algorithm: "SHA-1",
        hex: SHA1,
      });
    },
  );
});

Deno.test("checksum asks by the older commands, with their own ranges", async () => {
  await withServer(
    `${feat("XCRC filename;start;end", "XMD5", "SIZE")}${IMAGE}
    C: XMD5 "a b"
    S: 250-Computing
    S: 250 ${MD5}
    C: XCRC a 10 15
    S: 250 39BF
    C: SIZE a
    S: 213 40
    C: XCRC a 10 40
    S: 250 DEADBEEF
    C: XCRC a
    S: 550 No such file`,
    async (ftp) => {
      const crc = { algorithm: "CRC32" as const };
      assert.equal((await ftp.checksum("a b")).hex, MD5);
      assert.equal((await ftp.checksum("a", { ...crc, offset: 10, length: 5 })).hex, "000039bf");
      assert.equal((await ftp.checksum("a", { ...crc, offset: 10 })).hex, "deadbeef");
      await rejection(ftp.checksum("a", crc), ErrorPerm);
    },
  );
});

Deno.test("two checksums asked for at once are each of their own kind", async () => {
  await withServer(
    `${feat("HASH SHA-1*;MD5")}${IMAGE}
    C: OPTS HASH MD5
    S: 200 MD5
    C: HASH a
    S: 213 MD5 0-3 ${MD5} a
    C: OPTS HASH SHA-1
    S: 200 SHA-1
    C: HASH a
    S: 213 SHA-1 0-3 ${SHA1} a`,
    async (ftp) => {
      const asked = (["MD5", "SHA-1"] as const).map((algorithm) =>
        ftp.checksum("a", { algorithm })
      );
      assert.deepEqual((await Promise.all(asked)).map(({ hex }) => hex), [MD5, SHA1]);
    },
  );
});

Deno.test("checksum of the whole is not that of a part", async () => {
  await withServer(
    `${feat("HASH MD5*")}${IMAGE}
    C: HASH a
    S: 213 MD5 5-39 ${MD5} a
    C: HASH a
    S: 213 ${MD5}
    C: HASH a
    S: 213 SHA-1 ${SHA1} a`,
    async (ftp) => {
      for (let count = 0; count < 3; count++) await rejection(ftp.checksum("a"), ErrorProto);
    },
  );
});

Deno.test("checksum sends nothing that the server does not offer", async () => {
  await withServer(
    `${
      feat("HASH SHA-1*", "XCRC", "MD5", "SIZE")
    }${IMAGE}C: SIZE a\nS: 550 no\nC: SIZE a\nS: 213 10`,
    async (ftp) => {
      const error = await rejection(
        ftp.checksum("a", { algorithm: "SHA-512" }),
        UnsupportedError,
      );
      assert.equal(error.feature, "SHA-512");
      assert.match(error.message, /it offers SHA-1, MD5, CRC32$/);
      // HASH and MD5 are asked for whole files only.
      for (const algorithm of ["SHA-1", "MD5"] as const) {
        await rejection(ftp.checksum("a", { algorithm, offset: 1 }), UnsupportedError);
      }
      await rejection(ftp.checksum("a", { algorithm: "CRC32", offset: 1 }), UnsupportedError);
      const beyond = ftp.checksum("a", { algorithm: "CRC32", offset: 10 });
      assert.match((await rejection(beyond, RangeError)).message, /has 10 bytes/);
      assert.deepEqual(await ftp.checksumAlgorithms(), ["SHA-1", "MD5", "CRC32"]);
    },
  );
  await withServer(feat("SIZE"), async (ftp) => {
    assert.match(
      (await rejection(ftp.checksum("a"), UnsupportedError)).message,
      /counts none: download/,
    );
    assert.deepEqual(await ftp.checksumAlgorithms(), []);
    for (const offset of [-1, NaN, 0.5]) await rejection(ftp.checksum("a", { offset }), RangeError);
    for (const length of [0, -1, NaN]) await rejection(ftp.checksum("a", { length }), RangeError);
    for (const path of ["", "a\r\nb"]) await rejection(ftp.checksum(path), TypeError);
    await rejection(
      ftp.checksum("a", { algorithm: "toString" as string as HashAlgorithm }),
      UnsupportedError,
    );
  });
});
