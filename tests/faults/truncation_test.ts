import assert from "node:assert/strict";
import { FTP } from "../../stdlib/ftplib/client.ts";
import { FTPError, TruncatedError } from "../../stdlib/ftplib/errors.ts";
import { scripted } from "../peers/scripted.ts";

/** Servers may report a failure twice: before its next command the client makes sure. */
const IN_STEP_AGAIN = "C: NOOP\nS: 200 Ok";

/** The data connection ends after these bytes of nine, in this way; the server then says this. */
function dialogue(bytes: string, ending: "close" | "reset", reply: string): string {
  return `
    S: 220 Hi
    C: TYPE I
    S: 200 I
    C: SIZE f
    S: 213 9
    C: EPSV
    S: 229 Ok (|||{port}|)
    C: RETR f
    S: 150 Now
    D= ${bytes}
    D! ${ending}
    S: ${reply}
    ${reply.startsWith("4") ? IN_STEP_AGAIN : ""}
    C: NOOP
    S: 200 Ok
    C: QUIT
    S: 221 Bye
    S! close
  `;
}

Deno.test("a download whose data connection alone is cut is never taken for whole", async () => {
  const whole = "123456789";
  for (const ending of ["close", "reset"] as const) {
    // The server may notice, or say that all is well: it has written the bytes, after all.
    for (const reply of ["426 Cut", "226 Done", "451 Disk"]) {
      for (let length = 0; length < whole.length; length++) {
        await using peer = scripted(dialogue(whole.slice(0, length), ending, reply));
        const ftp = await FTP.connect("peer", { dial: peer.dial, timeout: 2_000 });
        const what = `${ending} after ${length}, ${reply}`;
        await assert.rejects(async () => await ftp.download("f"), (error) => {
          assert.ok(error instanceof FTPError, what);
          assert.ok(
            error instanceof TruncatedError || error.code === Number(reply.slice(0, 3)),
            what,
          );
          if (error instanceof TruncatedError && ending === "close") {
            assert.deepEqual([error.received, error.expected], [length, 9], what);
          }
          return true;
        });
        await ftp.voidcmd("NOOP");
        await ftp.quit();
        assert.equal(peer.openStreams, 0, what);
      }
    }
  }
});

Deno.test("a download that is whole is a failure still if the server says so", async () => {
  await using peer = scripted(dialogue("123456789", "close", "451 Read error"));
  const ftp = await FTP.connect("peer", { dial: peer.dial, timeout: 2_000 });
  await assert.rejects(async () => await ftp.download("f"), { code: 451 });
  await ftp.voidcmd("NOOP");
  await ftp.quit();
});

Deno.test("a download that brings more than the server announced is refused", async () => {
  await using peer = scripted(dialogue("1234567890", "close", "226 Done"));
  const ftp = await FTP.connect("peer", { dial: peer.dial, timeout: 2_000 });
  const bytes = await ftp.download("f").then((all) => all.length, (error) => error);
  // A file that grew meanwhile is whole; an error is honest as well. A cut to 9 would be neither.
  assert.ok(bytes === 10 || bytes instanceof FTPError, Deno.inspect(bytes));
  await ftp.voidcmd("NOOP");
  await ftp.quit();
});
