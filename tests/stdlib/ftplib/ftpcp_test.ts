import assert from "node:assert/strict";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { ErrorPerm, FTPError, SessionBusyError } from "../../../stdlib/ftplib/errors.ts";
import { ftpcp, type FtpcpOptions } from "../../../stdlib/ftplib/ftpcp.ts";
import type { FTPOptions } from "../../../stdlib/ftplib/session_options.ts";
import { scripted } from "../../peers/scripted.ts";
import { rejection } from "../../rejection.ts";
import { inTestTime } from "./_session.ts";

async function between(
  source: string,
  target: string,
  body: (source: FTP, target: FTP) => Promise<void>,
  options: FTPOptions = {},
): Promise<void> {
  await inTestTime(async () => {
    await using first = scripted(`S: 220 ready\n${source}`);
    await using second = scripted(`S: 220 ready\n${target}`);
    await using from = await FTP.connect("one", { ...options, dial: first.dial });
    await using to = await FTP.connect("two", { dial: second.dial });
    await body(from, to);
  });
}

const SOURCE = `
  C: TYPE I
  S: 200 ok
  C: EPSV
  S: 500 what?
  C: PASV
  S: 227 ok (203,0,113,9,4,1)
  C: RETR a
`;

const TARGET = `
  C: TYPE I
  S: 200 ok
  C: EPRT |1|127.0.0.1|1025|
  S: 200 ok
`;

Deno.test("ftpcp sends one server to the other: to the host of its session, whatever it says (GHSA-w8c5-q2xf-gf7c)", async () => {
  await between(
    `${SOURCE}S: 150 now\nS: 226 sent`,
    `${TARGET}C: STOR b\nS: 150 now\nS: 226 received`,
    async (source, target) => {
      const result = await ftpcp(source, "a", target, { targetname: "b" });
      assert.equal(result.source.lines[0], "sent");
      assert.equal(result.target.lines[0], "received");
    },
  );
});

Deno.test("ftpcp sends one server where the other says, if that one is trusted", async () => {
  await between(
    `${SOURCE}S: 150 now\nS: 226 sent`,
    `${TARGET.replace("127.0.0.1", "203.0.113.9")}C: STOR a\nS: 150 now\nS: 226 received`,
    async (source, target) => {
      assert.equal((await ftpcp(source, "a", target)).target.code, 226);
    },
    { trustServerPasvAddress: true },
  );
});

Deno.test("ftpcp: a refusal of either side leaves both sessions in step", async () => {
  await between(
    `${SOURCE}S: 550 no such file\nC: PWD\nS: 257 "/1"`,
    `${TARGET}C: STOR a\nS: 150 now\nS: 226 nothing came\nC: NOOP\nS: 200 ok\nC: PWD\nS: 257 "/2"`,
    async (source, target) => {
      await rejection(ftpcp(source, "a", target), ErrorPerm);
      assert.equal(await source.pwd(), "/1");
      assert.equal(await target.pwd(), "/2");
    },
  );
  await between(
    `C: TYPE A\nS: 200 ok\nC: EPSV\nS: 229 ok (|||1025|)`,
    `C: TYPE A\nS: 200 ok\nC: EPRT |1|127.0.0.1|1025|\nS: 501 never\nC: PORT 127,0,0,1,4,1\nS: 501 never`,
    async (source, target) => {
      await rejection(ftpcp(source, "a", target, { type: "A" }), ErrorPerm);
    },
  );
});

Deno.test("ftpcp: what makes no sense is refused before a byte is sent", async () => {
  await between("", "", async (source, target) => {
    assert.match((await rejection(ftpcp(source, "a", source), FTPError)).message, /takes two/);
    for (
      const [name, options] of [["a\r\nb", {}], ["a", { targetname: "b\nc" }], ["", {}]] as const
    ) {
      await rejection(ftpcp(source, name, target, options as FtpcpOptions), TypeError);
    }
  });
});

Deno.test("two copies in opposite directions do not wait for each other for ever", async () => {
  await between(
    `${SOURCE}S: 150 now\nS: 226 sent`,
    `${TARGET}C: STOR a\nS: 150 now\nS: 226 received`,
    async (source, target) => {
      const there = ftpcp(source, "a", target);
      await rejection(ftpcp(target, "b", source), SessionBusyError);
      await there;
    },
  );
});
