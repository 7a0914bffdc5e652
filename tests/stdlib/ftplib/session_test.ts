import assert from "node:assert/strict";
import { inspect } from "node:util";
import type { WaitOptions } from "../../../loop/wait.ts";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { ErrorPerm, SessionClosedError } from "../../../stdlib/ftplib/errors.ts";
import { scripted } from "../../peers/scripted.ts";
import { rejection } from "../../rejection.ts";
import { inTestTime } from "./_session.ts";

class Reopening extends FTP {
  reopen(options: WaitOptions = {}): Promise<void> {
    return this._reopen(options);
  }
}

const LOGIN = `
  S: 220 ready
  C: USER me
  S: 331 password?
  C: PASS secret
  S: 332 account?
  C: ACCT money
  S: 230 in
`;

const WAY = `
  C: CWD /pub
  S: 250 ok
  C: CWD sub
  S: 250 ok
  C: CDUP
  S: 250 ok
`;

async function loggedIn(ftp: Reopening): Promise<Reopening> {
  await ftp.connect("server");
  await ftp.login("me", "secret", "money");
  return ftp;
}

Deno.test("clone opens a second session, logged in as the first and in its directory", async () => {
  await inTestTime(async () => {
    await using peer = scripted([
      `${LOGIN}
      C: CWD elsewhere
      S: 250 ok
      C: CWD none
      S: 550 no
      ${WAY}
      C: NOOP
      S: 200 first`,
      `${LOGIN}${WAY}
      C: NOOP
      S: 200 second`,
    ]);
    await using ftp = await loggedIn(new Reopening({ dial: peer.dial }));
    await ftp.cwd("elsewhere");
    await rejection(ftp.cwd("none"), ErrorPerm);
    await ftp.cwd("/pub");
    await ftp.sendcmd("CWD sub");
    await ftp.cwd("..");
    await using other = await ftp.clone();
    assert.ok(other instanceof Reopening);
    assert.deepEqual((await other.noop()).lines, ["second"]);
    assert.deepEqual((await ftp.noop()).lines, ["first"]);
  });
});

Deno.test("a lost session is opened again, and one more time", async () => {
  await inTestTime(async () => {
    await using peer = scripted([
      `${LOGIN}${WAY}\nC: NOOP\nS! close`,
      `S: 220 ready\nC: USER me\nS: 421 not now\nS! close`,
      `${LOGIN}${WAY}\nC: NOOP\nS: 200 again`,
    ]);
    await using ftp = await loggedIn(new Reopening({ dial: peer.dial }));
    await ftp.cwd("/pub");
    await ftp.cwd("sub");
    await ftp.cwd("..");
    await rejection(ftp.noop(), SessionClosedError);
    await assert.rejects(ftp.reopen(), { code: 421 });
    assert.ok(ftp.closed);
    await ftp.reopen();
    assert.deepEqual((await ftp.noop()).lines, ["again"]);
  });
});

Deno.test("nothing is opened again that was never open, or was closed on our side", async () => {
  await inTestTime(async () => {
    await rejection(new Reopening().reopen(), SessionClosedError);
    await rejection(new Reopening().clone(), SessionClosedError);
    for (const leave of ["close", "quit"] as const) {
      await using peer = scripted(`${LOGIN}${leave === "quit" ? "C: QUIT\nS: 221 bye" : ""}`);
      const ftp = await loggedIn(new Reopening({ dial: peer.dial }));
      await ftp[leave]();
      for (const open of [ftp.reopen(), ftp.clone()]) {
        assert.equal((await rejection(open, SessionClosedError)).origin, "usage");
      }
    }
  });
});

Deno.test("whoever closes a client while its session is opened again has closed it", async () => {
  await inTestTime(async () => {
    await using peer = scripted([
      `${LOGIN}\nC: NOOP\nS! close`,
      "S: 220 ready\nC: USER me\nC! eof",
    ]);
    const ftp = await loggedIn(new Reopening({ dial: peer.dial }));
    await rejection(ftp.noop(), SessionClosedError);
    const opening = rejection(ftp.reopen(), SessionClosedError);
    while (!peer.received.endsWith("USER me\r\n")) await Promise.resolve();
    ftp.close();
    await opening;
    assert.ok(ftp.closed);
  });
});

Deno.test("a login that failed is not repeated, and none is shown", async () => {
  await inTestTime(async () => {
    await using peer = scripted([
      "S: 220 ready\nC: USER me\nS: 530 no\nC: NOOP\nS! close",
      "S: 220 ready\nC: NOOP\nS: 200 ok",
    ]);
    await using ftp = new Reopening({ dial: peer.dial });
    const error = await rejection(loggedIn(ftp), ErrorPerm);
    await rejection(ftp.noop(), SessionClosedError);
    await ftp.reopen();
    await ftp.noop();
    assert.doesNotMatch(inspect([ftp, error], { depth: 20, showHidden: true }), /secret|money/);
  });
});
