import assert from "node:assert/strict";
import { TimeoutError } from "../../../loop/exceptions.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { ConnectionRefusedError } from "../../../net/errors.ts";
import { memoryPair } from "../../../net/memory.ts";
import { SMTP, SMTP_PORT, SMTP_SSL, SMTP_SSL_PORT } from "../../../stdlib/smtplib/client.ts";
import {
  SMTPConnectError,
  SMTPException,
  SMTPHeloError,
  SMTPServerDisconnected,
} from "../../../stdlib/smtplib/errors.ts";
import { scripted } from "../../peers/scripted.ts";
import { rejection } from "../../rejection.ts";
import { ehlo, inTestTime, withServer } from "./_session.ts";

Deno.test("connect gives the greeting, and may be called again after quit", async () => {
  await inTestTime(async () => {
    await using peer = scripted([
      "S: 220-one\nS: 220 two\nC: QUIT\nS: 221 2.0.0 bye",
      "S: 220 again",
    ]);
    await using smtp = new SMTP({ dial: peer.dial });
    assert.equal(smtp.connected, false);
    const greeting = await smtp.connect("mail.example");
    assert.equal(greeting.code, 220);
    assert.equal(greeting.text, "one\ntwo");
    assert.equal((await rejection(smtp.connect("mail.example"), SMTPException)).origin, "usage");
    const bye = await smtp.quit();
    assert.deepEqual([bye.code, bye.enhancedCode, bye.text], [221, "2.0.0", "bye"]);
    assert.equal(smtp.connected, false);
    assert.equal((await smtp.connect("mail.example")).text, "again");
  });
});

Deno.test("ports: 25, 465 for SMTP_SSL, one that is given, or one behind the host", async () => {
  assert.equal(SMTP_PORT, 25);
  assert.equal(SMTP_SSL_PORT, 465);
  const targets: string[] = [];
  const refuse = ({ hostname, port }: { hostname: string; port: number }) => {
    targets.push(`${hostname} ${port}`);
    return Promise.reject(new ConnectionRefusedError("no"));
  };
  for (
    const [Client, host, port] of [
      [SMTP, "a.example", undefined],
      [SMTP_SSL, "a.example", undefined],
      [SMTP, "a.example", 587],
      [SMTP, "a.example:2525", undefined],
      [SMTP_SSL, "[::1]:2465", undefined],
      [SMTP, "::1", undefined],
      [SMTP, "[::1]", undefined],
    ] as const
  ) {
    await rejection(new Client({ dial: refuse }).connect(host, port), ConnectionRefusedError);
  }
  await rejection(SMTP.connect("b.example", { port: 2, dial: refuse }), ConnectionRefusedError);
  assert.deepEqual(targets, [
    "a.example 25",
    "a.example 465",
    "a.example 587",
    "a.example 2525",
    "::1 2465",
    "::1 25",
    "::1 25",
    "b.example 2",
  ]);
});

Deno.test("a greeting other than 220 is SMTPConnectError, and closes", async () => {
  await inTestTime(async () => {
    await using peer = scripted("S: 554 5.7.1 listed at a blocklist\nC! eof");
    const smtp = new SMTP({ dial: peer.dial });
    const error = await rejection(smtp.connect("mail.example"), SMTPConnectError);
    assert.equal(error.code, 554);
    assert.equal(error.smtpCode, 554);
    assert.equal(error.enhancedCode, "5.7.1");
    assert.equal(error.text, "listed at a blocklist");
    assert.equal(error.smtpError, error.text);
    assert.equal(error.origin, "peer");
    assert.match(error.message, /^mail\.example:25 does not want to talk: 554 5\.7\.1 "listed/);
    assert.match(error.message, /send through your provider's server/);
    assert.equal(smtp.connected, false);
  });
});

Deno.test("a refused port of mail says that such ports are blocked", async () => {
  const dial = () => Promise.reject(new ConnectionRefusedError("Cannot connect"));
  const blocked = await rejection(SMTP.connect("a.example", { dial }), ConnectionRefusedError);
  assert.match(blocked.message, /^Cannot connect\. Many networks and hosts block port 25/);
  const other = await rejection(
    SMTP.connect("a.example", { dial, port: 2525 }),
    ConnectionRefusedError,
  );
  assert.equal(other.message, "Cannot connect");
});

Deno.test("silence on port 465 without TLS says to use SMTP_SSL", async () => {
  await inTestTime(async (clock) => {
    await using peer = scripted("S! silence");
    const error = await rejection(
      SMTP.connect("mail.example", { port: 465, dial: peer.dial, timeout: 400 }),
      TimeoutError,
    );
    assert.equal(clock.now(), 400);
    assert.match(error.message, /silent for 400 ms .* the connection\. Port 465 expects TLS/);
  });
});

Deno.test("a plain port that greets in TLS is told", async () => {
  await inTestTime(async () => {
    await using peer = scripted(String.raw`S= \x15\x03\x03\x00\x02\x02\x28`);
    const smtp = SMTP.connect("mail.example", { port: 465, dial: peer.dial });
    assert.match((await rejection(smtp, SMTPException)).message, /speaks TLS/);
  });
});

Deno.test("before connect, every call says to call connect()", async () => {
  const smtp = new SMTP();
  for (
    const call of [
      () => smtp.noop(),
      () => smtp.ehlo(),
      () => smtp.mail("a@b.test"),
      () => smtp.sendmail("a@b.test", "c@d.test", "x"),
      () => smtp.starttls(),
      () => smtp.login("u", "p"),
      () => smtp.quit(),
      () => smtp.getreply(),
    ]
  ) {
    const error = await rejection(call(), SMTPServerDisconnected);
    assert.match(error.message, /call connect\(\) first/);
    assert.equal(error.origin, "usage");
  }
  assert.equal(smtp.ehloResp, undefined);
  assert.equal(smtp.doesEsmtp, false);
  assert.equal(smtp.esmtpFeatures.size, 0);
  smtp.close();
  await smtp[Symbol.asyncDispose]();
});

Deno.test("the name to greet with: the option, the argument, or the local address", async () => {
  await withServer("C: EHLO me.example\nS: 250 ok", (smtp) => smtp.ehlo());
  await withServer("C: EHLO other.example\nS: 250 ok", (smtp) => smtp.ehlo("other.example"));
  await withServer("C: HELO [192.0.2.7]\nS: 250 ok", (smtp) => smtp.helo("[192.0.2.7]"));
  for (
    const [hostname, literal] of [
      ["192.0.2.9", "[192.0.2.9]"],
      ["2001:db8::1", "[IPv6:2001:db8::1]"],
      ["fe80::1%eth0", "[IPv6:fe80::1]"],
      ["::ffff:192.0.2.9", "[192.0.2.9]"],
      ["memory", "[127.0.0.1]"],
    ] as const
  ) {
    const smtp = new SMTP({
      dial: () => {
        const address = { hostname, port: 1, transport: "memory" as const };
        const [near, far] = memoryPair({ addresses: [address, address] });
        void far.write(new TextEncoder().encode("220 hi\r\n"));
        const written = new Uint8Array(100);
        void far.read(written).then((count) => {
          const line = new TextDecoder().decode(written.subarray(0, count ?? 0));
          void far.write(new TextEncoder().encode(`250 ${line}`));
        });
        return Promise.resolve(near);
      },
    });
    await smtp.connect("mail.example");
    assert.equal((await smtp.ehlo()).text, `EHLO ${literal}`);
    smtp.close();
  }
});

Deno.test("a name that is none is refused at once", async () => {
  for (const name of ["", "two words", "a\r\nRSET", "a\0", "[not an ip]", "ü.example"]) {
    assert.throws(() => new SMTP({ localHostname: name }), TypeError, JSON.stringify(name));
    await withServer("", async (smtp, peer) => {
      await rejection(smtp.ehlo(name), TypeError);
      await rejection(smtp.helo(name), TypeError);
      assert.equal(peer.received, "");
    });
  }
});

Deno.test("ehlo learns the extensions, in lower case, old AUTH= lines merged", async () => {
  await withServer(
    ehlo("SIZE 1000", "8bitMime", "AUTH PLAIN", "AUTH=LOGIN PLAIN", "X-STRANGE  a b "),
    async (smtp) => {
      assert.equal(smtp.doesEsmtp, false);
      await smtp.ehlo();
      assert.ok(smtp.doesEsmtp);
      assert.ok(smtp.hasExtn("Size"));
      assert.ok(!smtp.hasExtn("starttls"));
      assert.deepEqual([...smtp.esmtpFeatures], [
        ["size", "1000"],
        ["8bitmime", ""],
        ["auth", "PLAIN LOGIN"],
        ["x-strange", "a b"],
      ]);
      assert.match(smtp.ehloResp ?? "", /^mail\.example\nSIZE 1000\n/);
      assert.equal(smtp.heloResp, undefined);
    },
  );
});

Deno.test("an EHLO that is refused leaves nothing of the one before", async () => {
  await withServer(`${ehlo("SIZE")}C: EHLO me.example\nS: 550 no more`, async (smtp) => {
    await smtp.ehlo();
    await smtp.ehlo();
    assert.equal(smtp.doesEsmtp, false);
    assert.ok(!smtp.hasExtn("size"));
  });
});

Deno.test("ehloOrHeloIfNeeded greets once, and falls back to HELO", async () => {
  await withServer(
    `
    C: EHLO me.example
    S: 502 what
    C: HELO me.example
    S: 250 hi
    C: NOOP
    S: 250 ok`,
    async (smtp) => {
      await smtp.ehloOrHeloIfNeeded();
      await smtp.ehloOrHeloIfNeeded();
      assert.equal(smtp.heloResp, "hi");
      assert.equal(smtp.doesEsmtp, false);
      await smtp.noop();
    },
  );
});

Deno.test("neither EHLO nor HELO accepted is SMTPHeloError; the next call tries again", async () => {
  await withServer(
    `
    C: EHLO me.example
    S: 502 what
    C: HELO me.example
    S: 550 no
    C: EHLO me.example
    S: 250 fine after all`,
    async (smtp) => {
      const error = await rejection(smtp.ehloOrHeloIfNeeded(), SMTPHeloError);
      assert.deepEqual([error.code, error.text, error.command], [550, "no", "HELO"]);
      await smtp.ehloOrHeloIfNeeded();
    },
  );
});

Deno.test("an EHLO by hand that was refused does not count as a greeting", async () => {
  await withServer(
    `
    C: EHLO me.example
    S: 502 what
    C: EHLO me.example
    S: 502 what
    C: HELO me.example
    S: 250 hi`,
    async (smtp) => {
      assert.equal((await smtp.ehlo()).code, 502);
      assert.equal(smtp.doesEsmtp, false);
      await smtp.ehloOrHeloIfNeeded();
    },
  );
});

Deno.test("421 to EHLO closes, and HELO is not tried", async () => {
  await withServer(
    `
    C: EHLO me.example
    S: 421 busy
    C! eof`,
    async (smtp) => {
      assert.equal((await rejection(smtp.ehloOrHeloIfNeeded(), SMTPHeloError)).code, 421);
      assert.equal(smtp.connected, false);
      assert.match((await rejection(smtp.noop(), SMTPServerDisconnected)).message, /421 "busy"/);
    },
  );
});

Deno.test("user and password belong together", async () => {
  const dial = () => assert.fail("dialled");
  await rejection(SMTP.connect("a.example", { user: "u", dial }), TypeError);
  await rejection(SMTP.connect("a.example", { password: "p", dial }), TypeError);
});

Deno.test("leaving the scope says QUIT, and does not mind a server that leaves first", async () => {
  await withServer("C: QUIT\nS: 221 bye", () => Promise.resolve());
  await withServer("C: QUIT\nS! close", () => Promise.resolve());
  await withServer("C: QUIT\nS: 500 stay\nC! eof", () => Promise.resolve());
  await withServer("C: QUIT\nS! silence", () => Promise.resolve());
});

Deno.test("close() in the middle of a call ends it", async () => {
  await withServer("C: NOOP\nS! silence", async (smtp) => {
    const call = createTask(() => rejection(smtp.noop(), SMTPServerDisconnected));
    await sleep(1);
    smtp.close();
    assert.match((await call).message, /closed on our side/);
  });
});

Deno.test("close() while it connects ends that too, and the client can connect again", async () => {
  await inTestTime(async () => {
    const never = () => new Promise<never>(() => {});
    const smtp = new SMTP({ dial: never });
    const task = createTask(() => smtp.connect("mail.example"));
    await sleep(1);
    assert.match((await rejection(smtp.connect("mail.example"), SMTPException)).message, /already/);
    smtp.close();
    assert.match((await rejection(task, SMTPServerDisconnected)).message, /closed on our side/);

    await using peer = scripted("S! silence");
    const other = new SMTP({ dial: peer.dial });
    const greeting = createTask(() => other.connect("mail.example"));
    await sleep(1);
    other.close();
    await rejection(greeting, SMTPServerDisconnected);
    assert.equal(other.connected, false);
  });
});

Deno.test("leaving the scope waits for a silent server no longer than the client's timeout", async () => {
  await withServer("C: QUIT\nS! silence", async (smtp, _peer, clock) => {
    const start = clock.now();
    await smtp[Symbol.asyncDispose]();
    assert.equal(clock.now() - start, 300);
  }, { timeout: 300 });
  await withServer("C: QUIT\nS! silence", async (smtp, _peer, clock) => {
    const start = clock.now();
    await smtp[Symbol.asyncDispose]();
    assert.equal(clock.now() - start, 5000);
  });
});

Deno.test("leaving the scope while another task uses the connection does not wait for it", async () => {
  await withServer("C: NOOP\nS! silence", async (smtp, _peer, clock) => {
    const task = createTask(() => rejection(smtp.noop(), SMTPServerDisconnected));
    await sleep(1);
    await smtp[Symbol.asyncDispose]();
    await task;
    assert.equal(clock.now(), 1);
  });
});
