import assert from "node:assert/strict";
import { getEventLoop } from "../../../loop/events.ts";
import { TruncatedError } from "../../../stdlib/ftplib/errors.ts";
import { rejection } from "../../rejection.ts";
import { bytes, withServer } from "./_session.ts";

const RETRIEVE = `
  C: TYPE I
  S: 200 ok
  C: SIZE f
  S: 213 10
  C: EPSV
  S: 229 ok (|||{port}|)
  C: RETR f
  S: 150 here
`;

/** What Pure-FTPd says of a transfer whose data connection broke; it says nothing more. */
const ENDED = `
  S: 150 0.005 seconds (measured here), 777.84 Mbytes per second
  C: NOOP
  S: 200 Zzz...
  C: PWD
  S: 257 "/"
`;

Deno.test("a transfer that broke, and that the server ends with a 150, costs no timeout", async () => {
  for (const how of ["close", "reset"]) {
    await withServer(`${RETRIEVE}\nD= 01234\nD! ${how}\n${ENDED}`, async (ftp) => {
      const error = await rejection(ftp.download("f"), TruncatedError);
      assert.equal(error.expected, 10);
      assert.equal(await ftp.pwd(), "/");
      assert.ok(getEventLoop().time() < 30_000);
    });
  }
});

Deno.test("a transfer that is whole has its last reply, however many 150 come before it", async () => {
  await withServer(
    `${RETRIEVE}\nD= 0123456789\nS: 150 0.005 seconds\nS: 226 done\nC: PWD\nS: 257 "/"`,
    async (ftp) => {
      assert.deepEqual(await ftp.download("f"), bytes("0123456789"));
      assert.equal(await ftp.pwd(), "/");
    },
  );
});
