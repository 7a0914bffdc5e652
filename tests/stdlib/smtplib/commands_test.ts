import assert from "node:assert/strict";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import {
  SMTPException,
  SMTPNotSupportedError,
  SMTPServerDisconnected,
} from "../../../stdlib/smtplib/errors.ts";
import type { DebugLine } from "../../../stdlib/smtplib/mod.ts";
import { rejection } from "../../rejection.ts";
import { ehlo, withServer } from "./_session.ts";

Deno.test("each command gives its reply, whatever the code", async () => {
  await withServer(
    `
    C: NOOP
    S: 250 2.0.0 ok
    C: RSET
    S: 500 never heard of it
    C: HELP
    S: 214-one
    S: 214 two
    C: HELP DATA
    S: 214 send lines
    C: VRFY bob@example.org
    S: 252 2.0.0 who knows
    C: VRFY bob
    S: 550 nobody
    C: EXPN staff
    S: 250-<ann@example.org>
    S: 250 <bob@example.org>
    C: MAIL FROM:<> SIZE=5
    S: 250 ok
    C: RCPT TO:<bob@example.org> NOTIFY=NEVER
    S: 550 no
    C: XFOO bar baz
    S: 299 fine`,
    async (smtp) => {
      const noop = await smtp.noop();
      assert.deepEqual(noop, { code: 250, enhancedCode: "2.0.0", text: "ok", lines: ["2.0.0 ok"] });
      assert.equal((await smtp.rset()).code, 500);
      assert.equal((await smtp.help()).text, "one\ntwo");
      assert.equal((await smtp.help("DATA")).text, "send lines");
      assert.equal((await smtp.verify("Bob <bob@example.org>")).code, 252);
      assert.equal((await smtp.vrfy("bob")).code, 550);
      assert.deepEqual((await smtp.expn("staff")).lines, [
        "<ann@example.org>",
        "<bob@example.org>",
      ]);
      // Without EHLO no parameter can be said.
      await rejection(smtp.mail("", ["SIZE=5"]), SMTPNotSupportedError);
      assert.equal((await smtp.docmd("MAIL", "FROM:<> SIZE=5")).code, 250);
      await rejection(smtp.rcpt("bob@example.org", ["NOTIFY=NEVER"]), SMTPNotSupportedError);
      assert.equal((await smtp.docmd("RCPT", "TO:<bob@example.org> NOTIFY=NEVER")).code, 550);
      assert.equal((await smtp.docmd("XFOO", "bar baz")).code, 299);
    },
  );
});

Deno.test("spaces around the words of a reply are none of it", async () => {
  await withServer("C: NOOP\nS= 250-  one \\t\\r\\n250 5.0.0  two\\r\\n", async (smtp) => {
    const { text, lines, enhancedCode } = await smtp.noop();
    assert.deepEqual(lines, ["one", "5.0.0  two"]);
    assert.equal(text, "one\n5.0.0  two");
    assert.equal(enhancedCode, undefined); // of another class than the code
  });
});

Deno.test("mail and rcpt say parameters after EHLO", async () => {
  await withServer(
    `${ehlo("SIZE", "SMTPUTF8", "DSN")}
    C: MAIL FROM:<bøb@example.org> SIZE=5 SMTPUTF8
    S: 250 ok
    C: RCPT TO:<ann@example.org> NOTIFY=NEVER
    S: 250 ok
    C: VRFY bøb@example.org SMTPUTF8
    S: 252 who knows`,
    async (smtp) => {
      await smtp.ehlo();
      await smtp.mail("bøb@example.org", ["SIZE=5"]);
      await smtp.rcpt("ann@example.org", ["NOTIFY=NEVER"]);
      await smtp.vrfy("bøb@example.org");
    },
  );
  await withServer("", async (smtp) => {
    await rejection(smtp.vrfy("bøb@example.org"), SMTPNotSupportedError);
    await rejection(smtp.vrfy(""), TypeError);
    await rejection(smtp.expn("<>"), TypeError);
  });
});

Deno.test("putcmd sends, getreply reads; nothing comes between them", async () => {
  await withServer(
    `
    C: NOOP
    C: HELP me
    S: 250 first
    S: 214 second
    C: NOOP
    S: 250 third`,
    async (smtp) => {
      smtp.putcmd("NOOP");
      smtp.putcmd("HELP", "me");
      const error = await rejection(smtp.noop(), SMTPException);
      assert.equal(error.origin, "usage");
      assert.match(error.message, /getreply\(\) did not read/);
      assert.equal((await smtp.getreply()).text, "first");
      assert.equal((await smtp.getreply()).text, "second");
      assert.equal((await smtp.noop()).text, "third");
      assert.equal((await rejection(smtp.getreply(), SMTPException)).origin, "usage");
    },
  );
});

Deno.test("putcmd waits for nobody: while another call has the connection, it refuses", async () => {
  await withServer("C: NOOP\nS! turn\nS: 250 ok", async (smtp) => {
    const task = createTask(() => smtp.noop());
    await sleep(0);
    assert.throws(() => smtp.putcmd("HELP"), SMTPException);
    assert.equal((await task).code, 250);
  });
});

Deno.test("no argument becomes a command: TypeError, and not a byte is sent", async () => {
  const controls = ["\r", "\n", "\r\n", "\0", "\t", "\x07", "\x1b", "\x7f"];
  await withServer(
    ehlo("SIZE", "SMTPUTF8", "8BITMIME", "DSN", "AUTH PLAIN"),
    async (smtp, peer) => {
      await smtp.ehlo();
      const before = peer.received;
      for (const control of controls) {
        const bad = `x${control}RSET`;
        const address = `a${control}b@example.org`;
        const message = "Subject: x\r\n\r\n";
        for (
          const call of [
            () => smtp.ehlo(bad),
            () => smtp.helo(bad),
            () => smtp.help(bad),
            () => smtp.verify(address),
            () => smtp.vrfy(bad),
            () => smtp.expn(bad),
            () => smtp.mail(address),
            () => smtp.mail("ann@example.org", [`SIZE=1${control}`]),
            () => smtp.mail("ann@example.org", [`X=${bad}`]),
            () => smtp.rcpt(address),
            () => smtp.rcpt("bob@example.org", [bad]),
            () => smtp.docmd(bad),
            () => smtp.docmd("NOOP", bad),
            () => smtp.auth(bad, () => null),
            () => smtp.sendmail(address, "bob@example.org", message),
            () => smtp.sendmail("ann@example.org", address, message),
            () => smtp.sendmail("ann@example.org", ["bob@example.org", address], message),
            () => smtp.sendmail("a@b.test", "c@d.test", message, { mailOptions: [`ENVID=${bad}`] }),
            () => smtp.sendmail("a@b.test", "c@d.test", message, { rcptOptions: [`ORCPT=${bad}`] }),
          ]
        ) {
          await rejection(call(), TypeError);
        }
        assert.throws(() => smtp.putcmd(bad), TypeError);
        assert.throws(() => smtp.putcmd("NOOP", bad), TypeError);
      }
      assert.equal(peer.received, before);
    },
  );
});

Deno.test("addresses that would be something else are refused, never cut down", async () => {
  await withServer("", async (smtp, peer) => {
    for (
      const address of [
        "ann@example.org>\r\nRCPT TO:<eve@example.org",
        "ann@example.org> SIZE=1",
        "<ann@example.org> <eve@example.org>",
        "ann@example.org, eve@example.org",
        '"ann\r\nRSET"@example.org',
        "ann@example.org\r\nDATA",
        "ann@exa mple.org",
        "alice@example.org)bob@example.org",
        "test@a.example(x)evil.example",
        "team: ann@example.org;",
        "<@relay.example:ann@example.org>",
        "@",
        "ann@",
        "ann@@example.org",
      ]
    ) {
      await rejection(smtp.rcpt(address), TypeError);
      await rejection(smtp.sendmail(address, "bob@example.org", "x"), TypeError);
      await rejection(smtp.sendmail("bob@example.org", address, "x"), TypeError);
    }
    assert.equal(peer.received, "");
  });
});

Deno.test("debug shows the dialogue, but no password and no message", async () => {
  const seen: DebugLine[] = [];
  const script = `${ehlo("AUTH PLAIN LOGIN", "PIPELINING")}
    C: AUTH PLAIN AHRpbQBzZWNyZXQ=
    S: 535 no
    C: AUTH LOGIN
    S: 334 VXNlcm5hbWU6
    C: dGlt
    S: 334 UGFzc3dvcmQ6
    C: c2VjcmV0
    S: 235 in
    C: MAIL FROM:<a@b.test>
    C: RCPT TO:<c@d.test>
    C: DATA
    S: 250 ok
    S: 250 ok
    S: 354 go
    C: private
    C: .
    S: 250 ok
    C: NOOP
    S: 250 unseen`;
  await withServer(script, async (smtp) => {
    await smtp.login("tim", "secret");
    await smtp.sendmail("a@b.test", "c@d.test", "private");
    smtp.setDebuglevel(undefined);
    await smtp.noop();
    smtp.setDebuglevel((line) => seen.push(line));
  }, { allowInsecureAuth: true, debug: (line) => seen.push(line) });
  const lines = seen.map(({ direction, text }) => `${direction === "send" ? "C" : "S"}: ${text}`);
  assert.deepEqual(lines, [
    "S: 220 ready",
    "C: EHLO me.example",
    "S: 250-mail.example",
    "S: 250-AUTH PLAIN LOGIN",
    "S: 250 PIPELINING",
    "C: AUTH PLAIN ***",
    "S: 535 no",
    "C: AUTH LOGIN",
    "S: 334 VXNlcm5hbWU6",
    "C: ***",
    "S: 334 UGFzc3dvcmQ6",
    "C: ***",
    "S: 235 in",
    "C: MAIL FROM:<a@b.test>",
    "C: RCPT TO:<c@d.test>",
    "C: DATA",
    "S: 250 ok",
    "S: 250 ok",
    "S: 354 go",
    "S: 250 ok",
    "C: QUIT",
    "S: 221 Bye",
  ]);
});

Deno.test("QUIT closes, whatever the server says to it", async () => {
  await withServer("C: QUIT\nS: 500 stay\nC! eof", async (smtp) => {
    assert.equal((await smtp.quit()).code, 500);
    assert.equal(smtp.connected, false);
    const error = await rejection(smtp.quit(), SMTPServerDisconnected);
    assert.match(error.message, /closed on our side/);
  });
});

Deno.test("after quit nothing is known of the server any more", async () => {
  await withServer(`${ehlo("SIZE 5")}C: QUIT\nS: 221 bye`, async (smtp) => {
    await smtp.ehlo();
    await smtp.quit();
    assert.equal(smtp.ehloResp, undefined);
    assert.equal(smtp.doesEsmtp, false);
    assert.equal(smtp.hasExtn("size"), false);
  });
});
