import assert from "node:assert/strict";
import { getEventLoop } from "../../../loop/events.ts";
import { gather } from "../../../loop/gather.ts";
import { sleep } from "../../../loop/sleep.ts";
import { ConnectionRefusedError } from "../../../net/errors.ts";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import {
  allErrors,
  ErrorPerm,
  ErrorProto,
  ErrorReply,
  ErrorTemp,
  SessionClosedError,
} from "../../../stdlib/ftplib/errors.ts";
import { scripted } from "../../peers/scripted.ts";
import { rejection } from "../../rejection.ts";
import { inTestTime, withServer } from "./_session.ts";

Deno.test("FTP.connect reads the greeting, of several lines too, and after a 120 the one that follows", async () => {
  await inTestTime(async () => {
    await using peer = scripted(`
      S: 120 in a minute
      S: 220-Welcome
      S:  230 to the server
      S: 220 ready
    `);
    await using ftp = await FTP.connect("server", { dial: peer.dial });
    assert.deepEqual(ftp.getwelcome(), {
      code: 220,
      lines: ["Welcome", " 230 to the server", "ready"],
    });
  });
});

Deno.test("FTP.connect: a server that is full, one that is none, and one that speaks TLS", async () => {
  for (
    const [greeting, type, message] of [
      ["S: 421 Too many users", ErrorTemp, /connection failed: 421 "Too many users".*again later/],
      ["S: 500 No", ErrorPerm, /connection failed: 500 "No"/],
      ["S: SSH-2.0-OpenSSH_9.2", ErrorProto, /SSH server/],
      ["S= \\x15\\x03\\x03\\0\\x02\\r\\n", ErrorProto, /speaks TLS, and this connection does not/],
      ["S! close", SessionClosedError, /the server closed the connection instead of answering/],
      ["S: 120 in a minute\n".repeat(40), ErrorReply, /unexpected reply 120/],
    ] as const
  ) {
    await inTestTime(async () => {
      await using peer = scripted(greeting);
      const error = await rejection(FTP.connect("server", { dial: peer.dial }), type);
      assert.match(error.message, message);
      assert.ok(allErrors.some((each) => error instanceof each));
    });
  }
});

Deno.test("FTP.connect says who refuses the connection", async () => {
  const error = await rejection(FTP.connect("127.0.0.1", { port: 1 }), ConnectionRefusedError);
  assert.ok(allErrors.some((each) => error instanceof each));
});

Deno.test("FTP.connect logs in where a user is given, and closes where that fails", async () => {
  await inTestTime(async () => {
    await using peer = scripted([
      `
        S: 220 ready
        C: USER tulip
        S: 331 password?
        C: PASS secret
        S: 230 in
      `,
      `
        S: 220 ready
        C: USER tulip
        S: 331 password?
        C: PASS wrong
        S: 530 Login incorrect.
        C! eof
      `,
    ]);
    const options = { dial: peer.dial, user: "tulip" };
    const ftp = await FTP.connect("server", { ...options, password: "secret" });
    await ftp.quit();
    const error = await rejection(
      FTP.connect("server", { ...options, password: "wrong" }),
      ErrorPerm,
    );
    assert.equal(error.code, 530);
    assert.equal(error.text, "Login incorrect.");
    assert.equal(error.command, "PASS ***");
    assert.equal(error.origin, "peer");
    assert.match(
      error.message,
      /^PASS \*\*\* failed: 530 "Login incorrect\.": check user and pass/,
    );
    assert.doesNotMatch(Deno.inspect(error), /wrong/);
  });
});

Deno.test("login: anonymous by default, as Python sends it", async () => {
  for (
    const [args, password] of [
      [[], "anonymous@"],
      [["anonymous", "-"], "-anonymous@"],
      [["", ""], "anonymous@"],
      [["anonymous", "me@example.org"], "me@example.org"],
    ] as const
  ) {
    await withServer(
      `
      C: USER anonymous
      S: 331 e-mail?
      C: PASS ${password}
      S: 230 in
    `,
      (ftp) => ftp.login(...args),
    );
  }
});

Deno.test("login: a user alone, and an account, are enough where the server says so", async () => {
  await withServer("C: USER guest\nS: 230 in", async (ftp) => {
    assert.equal((await ftp.login("guest")).code, 230);
  });
  await withServer(
    "C: USER a\nS: 331 password?\nC: PASS b\nS: 332 account?\nC: ACCT c\nS: 230 in",
    (ftp) => ftp.login("a", "b", "c"),
  );
  await withServer(
    "C: USER a\nS: 332 account?\nC: ACCT c\nS: 230 in",
    (ftp) => ftp.login("a", "", "c"),
  );
  await withServer("C: USER a\nS: 331 password?\nC: PASS b\nS: 332 account?", async (ftp) => {
    const error = await rejection(ftp.login("a", "b"), ErrorReply);
    assert.match(error.message, /332.*give `acct`/);
  });
});

Deno.test("calls made at once are served one after the other, in order", async () => {
  await withServer(
    `
    C: NOOP
    S: 200 first
    C: PWD
    S: 257 "/second"
    C: NOOP
    S: 200 third
  `,
    async (ftp) => {
      const [first, second, third] = await gather(
        () => ftp.noop(),
        () => ftp.pwd(),
        () => ftp.noop(),
      );
      assert.deepEqual([first.lines, second, third.lines], [["first"], "/second", ["third"]]);
    },
  );
});

Deno.test("names travel in the encoding of the session, both ways", async () => {
  for (const [encoding, wire] of [["utf-8", "caf\\xc3\\xa9"], ["latin-1", "caf\\xe9"]] as const) {
    await withServer(
      `
      C: /MKD .*/
      S= 257 "/${wire}"\\r\\n
    `,
      async (ftp, peer) => {
        assert.equal(await ftp.mkd("café"), "/café");
        const sent = peer.received.replace(
          /[^\0-\x7f]/g,
          (c) => `\\x${c.charCodeAt(0).toString(16)}`,
        );
        assert.equal(sent, `MKD ${wire}\r\n`);
      },
      { encoding },
    );
  }
});

Deno.test("debug sees both directions, and no password", async () => {
  const seen: string[] = [];
  await withServer(
    "C: USER u\nS: 331 pw\nC: PASS geheim\nS: 230 ok",
    (ftp) => ftp.login("u", "geheim"),
    {
      debug: ({ direction, text }) => seen.push(`${direction} ${text}`),
    },
  );
  assert.deepEqual(seen.slice(0, 5), [
    "receive 220 ready",
    "send USER u",
    "receive 331 pw",
    "send PASS ***",
    "receive 230 ok",
  ]);
});

Deno.test("quit says goodbye and closes; close is immediate, and may be called again", async () => {
  await withServer("C: QUIT\nS: 221 bye\nC! eof", async (ftp) => {
    assert.equal((await ftp.quit()).code, 221);
    assert.ok(ftp.closed);
    ftp.close();
    const error = await rejection(ftp.noop(), SessionClosedError);
    assert.match(error.message, /closed on our side/);
  });
  await withServer("C! eof", async (ftp) => {
    ftp.close();
    ftp.close();
    await rejection(ftp.noop(), SessionClosedError);
  });
});

Deno.test("await using says goodbye, and does not wait long for an answer", async () => {
  await withServer("C: QUIT\nS! silence", async () => {});
  await withServer("C: QUIT\nS: 500 no\nC! eof", async () => {});
  for (const [timeout, most] of [[50, 50], [30_000, 2_000]] as const) {
    await inTestTime(async () => {
      await using peer = scripted("S: 220 ready\nC: QUIT\nS! silence");
      const ftp = await FTP.connect("server", { dial: peer.dial, timeout });
      const before = getEventLoop().time();
      await ftp[Symbol.asyncDispose]();
      assert.equal(Math.round(getEventLoop().time() - before), most);
    });
  }
});

Deno.test("421 between two commands is told as what it is", async () => {
  await withServer("C: NOOP\nS: 421 Timeout.\nC! eof", async (ftp) => {
    const error = await rejection(ftp.noop(), ErrorTemp);
    assert.match(error.message, /NOOP failed: 421 "Timeout\.".*left idle/);
    await rejection(ftp.noop(), SessionClosedError);
  });
});

Deno.test("before connect there is no session, and connect again replaces the one there is", async () => {
  const ftp = new FTP();
  await rejection(ftp.pwd(), SessionClosedError);
  assert.throws(() => ftp.getwelcome(), SessionClosedError);
  assert.throws(() => ftp.download("a"), SessionClosedError);
  await ftp[Symbol.asyncDispose]();
  await inTestTime(async () => {
    await using peer = scripted(["S: 220 one\nC! eof", "S: 220 two"]);
    await using twice = new FTP({ dial: peer.dial });
    await twice.connect("server");
    await twice.connect("server");
    assert.deepEqual(twice.getwelcome().lines, ["two"]);
  });
});

Deno.test("FTP.close ends the connecting that is going on, and so does another connect", async () => {
  const cases: [string[], (ftp: FTP) => unknown, boolean][] = [
    [["C! eof"], (ftp) => ftp.close(), true],
    [["C! eof"], (ftp) => ftp[Symbol.asyncDispose](), true],
    [["C! eof", "S: 220 two"], (ftp) => ftp.connect("server"), false],
  ];
  for (const [scripts, breakOff, closed] of cases) {
    await inTestTime(async () => {
      await using peer = scripted(scripts);
      await using ftp = new FTP({ dial: peer.dial });
      const connecting = rejection(ftp.connect("server"), SessionClosedError);
      await sleep(1);
      await breakOff(ftp);
      const error = await connecting;
      assert.match(error.message, /closed on our side while it was being opened/);
      assert.equal(error.origin, "usage");
      assert.equal(ftp.closed, closed);
    });
  }
});

Deno.test("a debug callback that fails ends the session: replies must not go to the wrong command", async () => {
  for (const [direction, script] of [["send", ""], ["receive", "C: NOOP\nS: 200 ok"]]) {
    let armed = false;
    const debug = (line: { direction: string }) => {
      if (armed && line.direction === direction) throw new Error("a bug in the callback");
    };
    await withServer(`${script}\nC! eof`, async (ftp) => {
      armed = true;
      await assert.rejects(ftp.noop(), /a bug in the callback/);
      armed = false;
      const error = await rejection(ftp.pwd(), SessionClosedError);
      assert.match(error.message, /debug callback failed/);
    }, { debug });
  }
});

Deno.test("a timeout that makes no sense is refused before a command is sent", async () => {
  await withServer("", async (ftp) => {
    for (const timeout of [0, -1, NaN]) {
      await rejection(ftp.delete("f", { timeout }), RangeError);
      await rejection(ftp.download("f", { timeout }), RangeError);
      await rejection(ftp.upload("f", "", { timeout }), RangeError);
    }
  });
});

Deno.test("options that make no sense are refused before anything is dialled", async () => {
  for (const timeout of [0, -1, NaN]) {
    assert.throws(() => new FTP({ timeout }), RangeError);
    assert.throws(() => new FTP({ connectTimeout: timeout }), RangeError);
    assert.throws(() => new FTP({ maxLineLength: timeout }), RangeError);
    await rejection(FTP.connect("server", { timeout }), RangeError);
  }
});
