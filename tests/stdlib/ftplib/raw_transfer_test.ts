import assert from "node:assert/strict";
import { ErrorPerm, ErrorTemp, FTPError, SessionBusyError } from "../../../stdlib/ftplib/errors.ts";
import { rejection } from "../../rejection.ts";
import { text, withServer } from "./_session.ts";

const RETR = `
  C: EPSV
  S: 229 ok (|||{port}|)
  C: RETR f
  S: 150 Opening BINARY mode data connection for f (5 bytes)
  D= hello
`;

Deno.test("ntransfercmd hands the data connection out, and the size; finish reads the reply (test_makepasv)", async () => {
  await withServer(
    `${RETR}
    S: 226 done
    C: EPSV
    S: 229 ok (|||{port}|)
    C: REST 3
    S: 350 ok
    C: STOR g
    S: 125 go (7 bytes)
    D= \\x00
    S: 226 stored`,
    async (ftp) => {
      const transfer = await ftp.ntransfercmd("RETR f");
      assert.equal(transfer.size, 5);
      assert.equal(text(await transfer.connection.reader.read()), "hello");
      assert.equal((await transfer.finish()).lines[0], "done");
      assert.match((await rejection(transfer.finish(), FTPError)).message, /past this transfer/);

      // Only a 150 tells the size, as Python has it.
      const other = await ftp.ntransfercmd("STOR g", { rest: 3 });
      assert.equal(other.size, undefined);
      assert.equal((await other.connection.reader.read()).length, 1);
      assert.equal((await other.finish()).lines[0], "stored");
    },
  );
});

Deno.test("the session goes on when the caller closes the data connection, whatever the server says to that", async () => {
  for (
    const [close, reply] of [["close", "426 cut"], ["dispose", "226 done"], ["writer", "226 done"]]
  ) {
    await withServer(
      `${RETR}S: ${reply}\nC: NOOP\nS: 200 ok\nC: PWD\nS: 257 "/"`,
      async (ftp) => {
        const transfer = await ftp.ntransfercmd("RETR f");
        await rejection(ftp.pwd(), SessionBusyError);
        if (close === "close") transfer.connection.close();
        else if (close === "writer") transfer.connection.writer.close();
        else await transfer[Symbol.asyncDispose]();
        assert.equal(await ftp.pwd(), "/");
        await rejection(transfer.finish(), FTPError);
      },
    );
  }
});

Deno.test("transfercmd gives the data connection alone", async () => {
  await withServer(`${RETR}S: 226 done\nC: NOOP\nS: 200 ok\nC: PWD\nS: 257 "/"`, async (ftp) => {
    const connection = await ftp.transfercmd("RETR f");
    assert.equal(text(await connection.reader.read()), "hello");
    connection.close();
    assert.equal(await ftp.pwd(), "/");
  });
});

Deno.test("ntransfercmd: what is refused, and what ends badly", async () => {
  await withServer(
    `C: EPSV
    S: 229 ok (|||{port}|)
    C: RETR g
    S: 550 no
    ${RETR}
    S: 451 disk error
    C: NOOP
    S: 200 ok
    C: PWD
    S: 257 "/"`,
    async (ftp) => {
      await rejection(ftp.ntransfercmd("RETR g"), ErrorPerm);
      await rejection(ftp.ntransfercmd("RETR g\r\nDELE f"), TypeError);
      await rejection(ftp.ntransfercmd("RETR g", { rest: -1 }), RangeError);
      const transfer = await ftp.ntransfercmd("RETR f");
      await rejection(transfer.finish(), ErrorTemp);
      assert.equal(await ftp.pwd(), "/");
    },
  );
});

Deno.test("abort and close end a transfer that was handed out", async () => {
  await withServer(`${RETR}D! silence\nS: 426 cut\nC: NOOP\nS: 200 ok`, async (ftp) => {
    const transfer = await ftp.ntransfercmd("RETR f");
    await ftp.abort();
    assert.ok(transfer.connection.closed);
  });
  await withServer(`${RETR}D! silence\nC! eof`, async (ftp) => {
    const transfer = await ftp.ntransfercmd("RETR f");
    await transfer.connection.reader.readexactly(5);
    ftp.close();
    assert.ok(transfer.connection.closed);
  });
});
