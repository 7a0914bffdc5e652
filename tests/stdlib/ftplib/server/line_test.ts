import assert from "node:assert/strict";
import { FTPReplyError } from "../../../../stdlib/ftplib/server/errors.ts";
import { type LineSettings, readCommand, readPath } from "../../../../stdlib/ftplib/server/line.ts";
import { session } from "./peer.ts";

const UTF8: LineSettings = { encoding: "utf-8", maxCommandLength: 4096 };
const LATIN1: LineSettings = { encoding: "latin-1", maxCommandLength: 4096 };

function refuses(code: number): (error: unknown) => boolean {
  return (error) => error instanceof FTPReplyError && error.code === code;
}

Deno.test("readCommand keeps the spaces of an argument, and decodes it", () => {
  assert.deepEqual(readCommand("stor  a ", UTF8), { verb: "STOR", argument: " a " });
  assert.deepEqual(readCommand("CWD k\xc5\xaf\xc5\x88", UTF8), { verb: "CWD", argument: "kůň" });
  assert.deepEqual(readCommand("CWD caf\xe9", LATIN1), { verb: "CWD", argument: "café" });
  assert.deepEqual(readCommand("\xff\xf4\xff\xf2ABOR", UTF8), { verb: "ABOR", argument: "" });
});

Deno.test("readCommand tells a bad command from a bad argument (RFC 959 §4.2.2)", () => {
  for (const line of ["", " NOOP", "12", "RETR\0", "CW\xc4 a", "\x16\x03\x01"]) {
    assert.throws(() => readCommand(line, UTF8), refuses(500), JSON.stringify(line));
  }
  // The last is "/" in an overlong form (RFC 3629 §10).
  for (const argument of ["a\0b", "a\rb", "a\nDELE b", "caf\xe9", "..\xc0\xaf"]) {
    assert.throws(() => readCommand(`RETR ${argument}`, UTF8), refuses(501), argument);
  }
  assert.throws(() => readCommand("RETR a\0b", LATIN1), refuses(501));
});

Deno.test("readCommand takes whatever line the connection lets through", () => {
  const long = `CWD ${"x".repeat(9996)}`;
  assert.equal(readCommand(long, { ...UTF8, maxCommandLength: 10_000 }).argument.length, 9996);
});

Deno.test("readPath refuses what no file can be called", () => {
  for (const path of ["a\tb", "\x1b[2J", "a\x7f", "a/".repeat(2049)]) {
    assert.throws(() => readPath("/", path, UTF8), refuses(553), JSON.stringify(path));
  }
  const path = `/${"x".repeat(4095)}`;
  assert.equal(readPath("/", path, { ...UTF8, maxCommandLength: 10 }), path);
  assert.throws(() => readPath("/", `${path}x`, UTF8), refuses(553));
  assert.equal(readPath("/", `${path}x`, { ...UTF8, maxCommandLength: 4097 }), `${path}x`);
});

Deno.test("FTPServer takes a dot in a path for the directory before it, and no name for `..`", () =>
  session({ files: { "dir/sub/c": "c" } }, async (ftp) => {
    for (const [path, expected] of [["dir/sub/./..", "/dir"], ["sub//../.", "/dir"]] as const) {
      assert.match(await ftp.ask(`CWD ${path}`) ?? "", /^250 /);
      assert.ok((await ftp.ask("PWD"))?.startsWith(`257 "${expected}" `), path);
    }
    assert.equal(await ftp.ask("CWD a\tb"), "553 File name not allowed");
    assert.equal(await ftp.ask("CWD a\0b"), "501 CR, LF and NUL are not allowed");
  }));
