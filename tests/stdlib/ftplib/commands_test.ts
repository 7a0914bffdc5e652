import assert from "node:assert/strict";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import {
  ErrorPerm,
  ErrorProto,
  ErrorReply,
  ErrorTemp,
  FTPError,
  SessionClosedError,
} from "../../../stdlib/ftplib/errors.ts";
import { scripted } from "../../peers/scripted.ts";
import { rejection } from "../../rejection.ts";
import { inTestTime, withServer } from "./_session.ts";

Deno.test("sendcmd: the first digit decides the class of the error (test_exceptions)", async () => {
  await withServer(
    `
    C: ECHO 400
    S: 400 no
    C: ECHO 499
    S: 499 no
    C: ECHO 500
    S: 500 no
    C: ECHO 599
    S: 599 no
    C: ECHO 300
    S: 300 more
    C: ECHO 300
    S: 300 more
  `,
    async (ftp) => {
      for (
        const [code, type] of [[400, ErrorTemp], [499, ErrorTemp], [500, ErrorPerm], [
          599,
          ErrorPerm,
        ]] as const
      ) {
        const error = await rejection(ftp.sendcmd(`ECHO ${code}`), type);
        assert.equal(error.code, code);
        assert.ok(error instanceof FTPError && error.name === type.name);
      }
      assert.equal((await ftp.sendcmd("ECHO 300")).code, 300);
      await rejection(ftp.voidcmd("ECHO 300"), ErrorReply);
    },
  );
});

Deno.test("a reply that is none ends the session, and every later call says so", async () => {
  for (const line of ["999 what", "hello", "25", "2500 x"]) {
    await withServer(`C: NOOP\nS: ${line}\nC! eof`, async (ftp) => {
      const error = await rejection(ftp.noop(), ErrorProto);
      assert.match(error.message, /"NOOP"/);
      const later = await rejection(ftp.pwd(), SessionClosedError);
      assert.match(later.message, /"PWD".*"NOOP"/);
      assert.ok(ftp.closed);
    });
  }
});

Deno.test("replies of several lines: free text, digits, and only the same code ends them", async () => {
  await withServer(
    `
    C: STAT
    S: 211-Status
    S: 250 not the end
    S: 211-nor this
    S:  211 nor this
    S: 211 End
  `,
    async (ftp) => {
      assert.deepEqual((await ftp.sendcmd("STAT")).lines, [
        "Status",
        "250 not the end",
        "nor this",
        " 211 nor this",
        "End",
      ]);
    },
  );
});

Deno.test("a reply line that is too long, and a reply that never ends, are cut off", async () => {
  await withServer(`C: NOOP\nS: 200 ${"x".repeat(9000)}\nC! eof`, async (ftp) => {
    assert.match((await rejection(ftp.noop(), ErrorProto)).message, /8192 bytes/);
  });
  await withServer(`C: NOOP\n${"S: 200-and\n".repeat(1001)}C! eof`, async (ftp) => {
    assert.match((await rejection(ftp.noop(), ErrorProto)).message, /1000 lines/);
  });
  await inTestTime(async () => {
    await using peer = scripted(`S: 220-${"x".repeat(9000)}\nC! eof`);
    const error = await rejection(FTP.connect("server", { dial: peer.dial }), ErrorProto);
    assert.match(error.message, /8192 bytes/);
  });
});

Deno.test("directories: cwd, pwd, mkd, rmd, and what servers answer to them", async () => {
  await withServer(
    String.raw`
    C: CWD pub
    S: 250 ok
    C: CWD .
    S: 250 ok
    C: CDUP
    S: 200 ok
    C: CDUP
    S: 500 what?
    C: CWD ..
    S: 250 ok
    C: CDUP
    S: 550 no
    C: PWD
    S: 257 "/a ""b"" c" is current
    C: PWD
    S: 250 somewhere
    C: MKD new
    S: 257 "/new" created
    C: MKD other
    S: 250 created
    C: RMD new
    S: 250 gone
  `,
    async (ftp) => {
      await ftp.cwd("pub");
      await ftp.cwd("");
      await ftp.cwd("..");
      await ftp.cwd("..");
      await rejection(ftp.cwd(".."), ErrorPerm);
      assert.equal(await ftp.pwd(), '/a "b" c');
      assert.equal(await ftp.pwd(), "");
      assert.equal(await ftp.mkd("new"), "/new");
      assert.equal(await ftp.mkd("other"), "");
      await ftp.rmd("new");
    },
  );
});

Deno.test("files: delete, rename and size want exactly their replies", async () => {
  await withServer(
    `
    C: DELE a
    S: 250 gone
    C: DELE b
    S: 200 gone
    C: DELE c
    S: 299 what
    C: RNFR a
    S: 350 to?
    C: RNTO b
    S: 250 ok
    C: RNFR c
    S: 200 what
    C: TYPE I
    S: 200 ok
    C: SIZE a
    S: 213 12
    C: SIZE b
    S: 213 9007199254740993
    C: SIZE c
    S: 250 1000
    C: SIZE d
    S: 550 no
  `,
    async (ftp) => {
      await ftp.delete("a");
      await ftp.delete("b");
      await rejection(ftp.delete("c"), ErrorReply);
      await ftp.rename("a", "b");
      await rejection(ftp.rename("c", "d"), ErrorReply);
      assert.equal(await ftp.size("a"), 12);
      await rejection(ftp.size("b"), ErrorProto);
      await rejection(ftp.size("c"), ErrorReply);
      const error = await rejection(ftp.size("d"), ErrorPerm);
      assert.match(error.message, /^SIZE d failed: 550 "no": no such file/);
    },
  );
});

Deno.test("feat tells the features, and none where the server does not know the question", async () => {
  await withServer(
    `
    C: FEAT
    S: 211-Features:
    S:  MLST type*;size*;
    S:  REST STREAM
    S:  UTF8
    S: 211 End
    C: FEAT
    S: 502 what?
  `,
    async (ftp) => {
      assert.deepEqual([...await ftp.feat()], [
        ["MLST", "type*;size*;"],
        ["REST", "STREAM"],
        ["UTF8", ""],
      ]);
      assert.equal((await ftp.feat()).size, 0);
    },
  );
});
