import assert from "node:assert/strict";
import { ErrorProto } from "../../../stdlib/ftplib/errors.ts";
import { rejection } from "../../rejection.ts";
import { withServer } from "./_session.ts";

/** What the client makes of an answer to PWD. */
async function pwd(answer: string): Promise<string> {
  return await withServer(`C: PWD\nS: ${answer}`, (ftp) => ftp.pwd());
}

Deno.test("attack 12: an answer to PWD without a whole path gives no path (CVE-2017-1000254)", async () => {
  for (const answer of ['257 "abc', '257 "', '257 "a""b']) {
    await rejection(pwd(answer), ErrorProto);
  }
  // Servers that do not name it.
  for (const answer of ["257 ", "257 ok", '257 ""', "200 ok"]) assert.equal(await pwd(answer), "");
});

Deno.test("attack 12: quotes inside the path, doubled or not", async () => {
  assert.equal(await pwd('257 "a""b"'), 'a"b');
  assert.equal(await pwd('257 "/a ""b""" is current'), '/a "b"');
  assert.equal(await pwd('257 """"'), '"');
  assert.equal(await pwd('257 """'), '"');
  assert.equal(await pwd('257 "/pub/d"q" : it is'), '/pub/d"q');
  assert.equal(await pwd('257 "/a" and "/b"'), "/a");
});

Deno.test("attack 12: NUL in a path does not reach the wire again (CVE-2018-1000120)", async () => {
  await withServer('C: PWD\nS= 257 "/a\\0b"\\r\\n', async (ftp) => {
    const path = await ftp.pwd();
    assert.equal(path, "/a\0b");
    await rejection(ftp.cwd(path), TypeError);
    await rejection(ftp.stat(path), TypeError);
    assert.throws(() => ftp.nlst(path), TypeError);
  });
});

Deno.test("attack 12: thousands of quotes are read once", async () => {
  for (
    const path of [
      '"'.repeat(4_000),
      '""'.repeat(3_000) + '"',
      '" '.repeat(3_000),
      'a"'.repeat(3_000),
    ]
  ) {
    await pwd(`257 "${path}`).catch((error) => assert.ok(error instanceof ErrorProto));
  }
});
