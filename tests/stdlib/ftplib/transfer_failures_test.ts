import assert from "node:assert/strict";
import { ErrorPerm, ErrorReply, ErrorTemp, TruncatedError } from "../../../stdlib/ftplib/errors.ts";
import { rejection } from "../../rejection.ts";
import { BEGIN, TEN } from "./_dialogues.ts";
import { text, withServer } from "./_session.ts";

Deno.test("a file that is refused: the server's words, and the session goes on", async () => {
  await withServer(
    `
    C: TYPE I
    S: 200 ok
    C: SIZE f
    S: 550 no
    C: EPSV
    S: 229 ok (|||{port}|)
    C: RETR f
    S: 550 Failed to open file.
    C: NOOP
    S: 200 ok
  `,
    async (ftp) => {
      const error = await rejection(ftp.download("f"), ErrorPerm);
      assert.equal(error.code, 550);
      assert.equal(error.command, "RETR f");
      assert.match(error.message, /"Failed to open file\.": no such file, or no right to read it/);
      await ftp.noop();
    },
  );
});

Deno.test("a short file is never a success, whatever the server says", async () => {
  for (const [ending, code] of [["S: 226 done", 226], ["S: 250 fine", 250]] as const) {
    await withServer(`${BEGIN}\nD= 01234\n${ending}\nC: NOOP\nS: 200 ok`, async (ftp) => {
      const error = await rejection(ftp.download("f"), TruncatedError);
      assert.deepEqual([error.received, error.expected, error.code], [5, 10, code]);
      assert.equal(error.origin, "transport");
      assert.match(error.message, /RETR f: the data connection ended after 5 of 10 bytes/);
      await ftp.noop();
    });
  }
  for (const [code, type] of [[426, ErrorTemp], [451, ErrorTemp], [551, ErrorPerm]] as const) {
    await withServer(
      `${BEGIN}\nD= 01234\nS: ${code} broken\nC: NOOP\nS: 200 sync\nC: PWD\nS: 257 "/"`,
      async (ftp) => {
        const error = await rejection(ftp.download("f"), type);
        assert.equal(error.code, code);
        assert.equal(await ftp.pwd(), "/");
      },
    );
  }
});

Deno.test("a whole file is no success either where the server says that it failed", async () => {
  await withServer(`${BEGIN}\nD= 0123456789\nS: 451 disk error`, async (ftp) => {
    await rejection(ftp.download("f"), ErrorTemp);
  });
});

Deno.test("a data connection that is reset: what the server says about it, or TruncatedError", async () => {
  await withServer(`${BEGIN}\nD= 01234\nD! reset\nS: 226 done`, async (ftp) => {
    const error = await rejection(ftp.download("f"), TruncatedError);
    assert.equal((error.cause as Error).name, "ConnectionResetError");
  });
  await withServer(`${BEGIN}\nD= 01234\nD! reset\nS: 426 cut`, async (ftp) => {
    const error = await rejection(ftp.download("f"), ErrorTemp);
    assert.match(error.message, /RETR f failed: 426 "cut": the data connection was cut/);
    assert.equal((error.cause as Error).name, "ConnectionResetError");
  });
});

Deno.test("after a transfer that failed, a second report of it is not taken for an answer", async () => {
  await withServer(
    `${BEGIN}
    D= 01234
    S: 426 cut
    S: 226 and closed
    C: NOOP
    S: 200 sync
    C: PWD
    S: 257 "/here"
  `,
    async (ftp) => {
      await rejection(ftp.download("f"), ErrorTemp);
      assert.equal(await ftp.pwd(), "/here");
    },
  );
});

Deno.test("a stray 200 before the 150 is passed over, as in Python; a 226 may come alone", async () => {
  await withServer(
    TEN.replace("S: 150", "S: 200 what I do\n  S: 150"),
    async (ftp) => assert.equal(text(await ftp.download("f")), "0123456789"),
  );
  await withServer(
    `
    C: TYPE A
    S: 200 ok
    C: EPSV
    S: 229 ok (|||{port}|)
    C: NLST
    S: 226 nothing there
    D! close
    C: NOOP
    S: 200 sync
    C: PWD
    S: 257 "/"
  `,
    async (ftp) => {
      assert.deepEqual(await ftp.nlst(), []);
      assert.equal(await ftp.pwd(), "/");
    },
  );
});

Deno.test("a reply that begins no transfer is an error", async () => {
  await withServer(TEN.replace(/S: 150[^]*/, "S: 332 account?"), async (ftp) => {
    const error = await rejection(ftp.download("f"), ErrorReply);
    assert.match(error.message, /RETR f: unexpected reply 332 "account\?": .*`acct`/);
  });
});
