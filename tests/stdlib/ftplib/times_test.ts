import assert from "node:assert/strict";
import { ErrorPerm, ErrorProto, ErrorTemp } from "../../../stdlib/ftplib/errors.ts";
import { UnsupportedError } from "../../../stdlib/ftplib/unsupported_error.ts";
import { rejection } from "../../rejection.ts";
import { withServer } from "./_session.ts";

const WHEN = new Date("2024-02-29T12:34:56.789Z");
const feat = (...lines: string[]) =>
  `C: FEAT\nS: 211-Features:\n${lines.map((line) => `S:  ${line}\n`).join("")}S: 211 End\n`;

Deno.test("modified asks by MDTM, and of directories in another way", async () => {
  await withServer(
    `C: MDTM a b
    S: 213 20240229123456.789
    C: MDTM dir
    S: 550 Not a plain file.
    ${feat("MLST modify*;", "MDTM")}
    C: MLST dir
    S: 250-Listing
    S:  type=dir;modify=20240101000000; dir
    S: 250 End
    C: MDTM silent
    S: 500 ?
    C: MLST silent
    S: 250-Listing
    S:  type=dir; silent
    S: 250 End
    C: MDTM none
    S: 550 no
    C: MLST none
    S: 550 No such file
    C: MDTM busy
    S: 450 busy
    C: MDTM odd
    S: 213 yesterday`,
    async (ftp) => {
      assert.deepEqual(await ftp.modified("a b"), WHEN);
      assert.equal((await ftp.modified("dir")).toISOString(), "2024-01-01T00:00:00.000Z");
      assert.equal((await rejection(ftp.modified("silent"), ErrorPerm)).code, 500);
      assert.equal((await rejection(ftp.modified("none"), ErrorPerm)).command, "MLST none");
      await rejection(ftp.modified("busy"), ErrorTemp);
      await rejection(ftp.modified("odd"), ErrorProto);
      await rejection(ftp.modified("a\r\n"), TypeError);
    },
  );
});

Deno.test("setModified sets by MFMT where the server has it, in whole seconds", async () => {
  await withServer(
    `${feat("MFMT", "MDTM")}
    C: MFMT 20240229123456 a b
    S: 213 Modify=20240229123456; a b
    C: MFMT 20240229123456 none
    S: 550 No such file
    C: MFMT 20240229123456 busy
    S: 450 busy`,
    async (ftp) => {
      assert.equal(await ftp.setModified("a b", WHEN), undefined);
      assert.equal((await rejection(ftp.setModified("none", WHEN), ErrorPerm)).code, 550);
      await rejection(ftp.setModified("busy", WHEN), ErrorTemp);
      await rejection(ftp.setModified("a", new Date(NaN)), RangeError);
      await rejection(ftp.setModified("a\r\n", WHEN), TypeError);
    },
  );
});

Deno.test("setModified: the ways that were before MFMT, those first that are offered", async () => {
  await withServer(
    `${
      feat("MDTM YYYYMMDDHHMMSS[+-TZ];filename")
    }C: MDTM 20240229123456 a\nS: 253 Date/time changed`,
    (ftp) => ftp.setModified("a", WHEN),
  );
  await withServer(
    `${feat("MDTM", "SITE MKDIR;UTIME")}C: SITE UTIME 20240229123456 a\nS: 200 ok`,
    (ftp) => ftp.setModified("a", WHEN),
  );
  // vsftpd does not tell.
  await withServer(
    `${feat("MDTM")}C: MDTM 20240229123456 a\nS: 213 File modification time set.`,
    (ftp) => ftp.setModified("a", WHEN),
  );
  // MFMT was offered, and is not known all the same.
  await withServer(
    `${feat("MFMT")}
    C: MFMT 20240229123456 a
    S: 502 not here
    C: MDTM 20240229123456 a
    S: 550 "20240229123456 a": no such file
    C: SITE UTIME 20240229123456 a
    S: 200 ok`,
    (ftp) => ftp.setModified("a", WHEN),
  );
});

Deno.test("setModified takes no answer to the other MDTM for success", async () => {
  await withServer(
    `${feat("MDTM")}
    C: MDTM 20240229123456 a
    S: 213 20200101000000
    C: SITE UTIME 20240229123456 a
    S: 500 ?`,
    async (ftp) => {
      const error = await rejection(ftp.setModified("a", WHEN), UnsupportedError);
      assert.equal(error.feature, "MFMT");
      assert.equal((error.cause as ErrorPerm).command, "SITE UTIME 20240229123456 a");
    },
  );
});
