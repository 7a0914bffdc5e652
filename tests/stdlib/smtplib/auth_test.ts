import assert from "node:assert/strict";
import { CancelledError } from "../../../loop/exceptions.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import {
  SMTPAuthenticationError,
  SMTPException,
  SMTPNotSupportedError,
  SMTPServerDisconnected,
} from "../../../stdlib/smtplib/errors.ts";
import type { SMTPConnectOptions } from "../../../stdlib/smtplib/types.ts";
import { rejection } from "../../rejection.ts";
import { ehlo, withServer } from "./_session.ts";

const CLEAR: SMTPConnectOptions = { allowInsecureAuth: true };

// RFC 4616 §4: tim, tanstaaftanstaaf.
const PLAIN = "AHRpbQB0YW5zdGFhZnRhbnN0YWFm";

Deno.test("login by PLAIN takes one round trip", async () => {
  await withServer(
    `${ehlo("AUTH LOGIN PLAIN")}
    C: AUTH PLAIN ${PLAIN}
    S: 235 2.7.0 in`,
    async (smtp) => {
      const reply = await smtp.login("tim", "tanstaaftanstaaf");
      assert.deepEqual([reply.code, reply.enhancedCode], [235, "2.7.0"]);
    },
    CLEAR,
  );
});

Deno.test("login by PLAIN waits to be asked where initial responses are not wanted", async () => {
  await withServer(
    `${ehlo("AUTH PLAIN")}
    C: AUTH PLAIN
    S: 334
    C: ${PLAIN}
    S: 235 in`,
    (smtp) => smtp.login("tim", "tanstaaftanstaaf", { initialResponseOk: false }),
    CLEAR,
  );
});

Deno.test("login by PLAIN waits to be asked where the line would be too long (RFC 4954 §4)", async () => {
  const password = "p".repeat(400);
  await withServer(
    `${ehlo("AUTH PLAIN")}
    C: AUTH PLAIN
    S: 334
    C: ${btoa(`\0tim\0${password}`)}
    S: 235 in`,
    (smtp) => smtp.login("tim", password),
    CLEAR,
  );
});

Deno.test("login by LOGIN answers the prompts in order, whatever they say", async () => {
  for (const [first, second] of [["VXNlcm5hbWU6", "UGFzc3dvcmQ6"], ["", ""]]) {
    await withServer(
      `${ehlo("AUTH LOGIN CRAM-MD5")}
      C: AUTH LOGIN
      S: 334 ${first}
      C: dGlt
      S: 334 ${second}
      C: dGFuc3RhYWZ0YW5zdGFhZg==
      S: 235 in`,
      (smtp) => smtp.login("tim", "tanstaaftanstaaf"),
      CLEAR,
    );
  }
});

Deno.test("user and password go as UTF-8", async () => {
  await withServer(
    `${ehlo("AUTH PLAIN")}
    C: AUTH PLAIN AMO8bsOvAHDDpHNzd8O2cmTFoQ==
    S: 235 in`,
    (smtp) => smtp.login("ünï", "pässwördš"),
    CLEAR,
  );
});

Deno.test("a mechanism that is refused is followed by the next; the last refusal is told", async () => {
  await withServer(
    `${ehlo("AUTH PLAIN LOGIN")}
    C: AUTH PLAIN ${PLAIN}
    S: 535 5.7.8 not like this
    C: AUTH LOGIN
    S: 334 VXNlcm5hbWU6
    C: dGlt
    S: 334 UGFzc3dvcmQ6
    C: dGFuc3RhYWZ0YW5zdGFhZg==
    S: 535 5.7.8 wrong password
    C: NOOP
    S: 250 ok`,
    async (smtp) => {
      const error = await rejection(
        smtp.login("tim", "tanstaaftanstaaf"),
        SMTPAuthenticationError,
      );
      assert.deepEqual([error.code, error.enhancedCode, error.text], [
        535,
        "5.7.8",
        "wrong password",
      ]);
      assert.equal(error.command, "AUTH LOGIN");
      assert.match(error.message, /does not let you in by AUTH LOGIN: 535 .*app password/);
      assert.doesNotMatch(error.message, /tanstaaf|dGFuc3/);
      await smtp.noop();
    },
    CLEAR,
  );
});

Deno.test("503, authenticated already, is a success as in Python", async () => {
  await withServer(
    `${ehlo("AUTH PLAIN")}C: AUTH PLAIN ${PLAIN}\nS: 503 already in`,
    async (smtp) => assert.equal((await smtp.login("tim", "tanstaaftanstaaf")).code, 503),
    CLEAR,
  );
});

Deno.test("421 to AUTH ends the session, and no other mechanism is tried", async () => {
  await withServer(
    `${ehlo("AUTH PLAIN LOGIN")}C: AUTH PLAIN ${PLAIN}\nS: 421 too many\nC! eof`,
    async (smtp) => {
      const login = smtp.login("tim", "tanstaaftanstaaf");
      assert.equal((await rejection(login, SMTPAuthenticationError)).code, 421);
      await rejection(smtp.noop(), SMTPServerDisconnected);
    },
    CLEAR,
  );
});

Deno.test("no password goes over a connection in the clear", async () => {
  await withServer(`${ehlo("AUTH PLAIN LOGIN")}C: NOOP\nS: 250 ok`, async (smtp, peer) => {
    const error = await rejection(smtp.login("tim", "secret"), SMTPException);
    assert.equal(error.origin, "usage");
    assert.match(
      error.message,
      /not encrypted\. Call starttls\(\) first, .*allowInsecureAuth: true/,
    );
    assert.doesNotMatch(peer.received, /AUTH/);
    await smtp.noop();
  });
});

Deno.test("a server without AUTH, or without a mechanism of ours, is told", async () => {
  await withServer(ehlo("HELP"), async (smtp) => {
    const error = await rejection(smtp.login("tim", "secret"), SMTPNotSupportedError);
    assert.match(error.message, /offers no AUTH\. Most servers offer it only under TLS/);
  });
  await withServer(ehlo("AUTH CRAM-MD5 GSSAPI"), async (smtp) => {
    const error = await rejection(smtp.login("tim", "secret"), SMTPException);
    assert.match(error.message, /it has "CRAM-MD5 GSSAPI", and needed is PLAIN or LOGIN/);
  }, CLEAR);
});

Deno.test("user and password that cannot be sent are refused before AUTH", async () => {
  await withServer(ehlo("AUTH PLAIN"), async (smtp, peer) => {
    for (
      const [user, password] of [["", "p"], ["u", ""], ["u\0", "p"], ["u", "p\0q"], ["u", "\ud800"]]
    ) {
      await rejection(smtp.login(user!, password!), TypeError);
    }
    assert.doesNotMatch(peer.received, /AUTH/);
  }, CLEAR);
});

Deno.test("a server that never stops asking is left, at the first question too many", async () => {
  await withServer(
    `${ehlo("AUTH PLAIN LOGIN")}C: AUTH PLAIN ${PLAIN}\nS: 334 aGE=\nC! eof`,
    async (smtp) => {
      const error = await rejection(smtp.login("tim", "tanstaaftanstaaf"), SMTPException);
      assert.match(error.message, /does not keep to AUTH: .*asks again/);
      await rejection(smtp.noop(), SMTPServerDisconnected);
    },
    CLEAR,
  );
  const ask = "S: 334 aGE=\n";
  await withServer(
    `C: AUTH X-PATIENT\n${`${ask}C: b2g=\n`.repeat(5)}${ask}C! eof`,
    async (smtp) => {
      const auth = smtp.auth("x-patient", (challenge) => challenge && "oh");
      const error = await rejection(auth, SMTPException);
      assert.match(error.message, /gave up after 5 challenges/);
      assert.equal(error.origin, "peer");
      assert.equal(smtp.connected, false);
    },
  );
});

Deno.test("a challenge that is no base64 ends the connection", async () => {
  await withServer(
    `${ehlo("AUTH LOGIN")}C: AUTH LOGIN\nS: 334 Username:\nC! eof`,
    async (smtp) => {
      const error = await rejection(smtp.login("tim", "secret"), SMTPException);
      assert.match(error.message, /Expected base64/);
      assert.equal(smtp.connected, false);
    },
    CLEAR,
  );
});

Deno.test("auth: a mechanism of one's own gets the challenges, decoded", async () => {
  await withServer(
    `
    C: AUTH X-ECHO aGVsbG8=
    S: 334 w7w=
    C: w7w=
    S: 235 in`,
    async (smtp) => {
      const seen: (string | null)[] = [];
      const reply = await smtp.auth("X-echo", async (challenge) => {
        await sleep(1);
        seen.push(challenge && new TextDecoder().decode(challenge));
        return challenge ?? "hello";
      });
      assert.equal(reply.code, 235);
      assert.deepEqual(seen, [null, "ü"]);
    },
  );
});

Deno.test("auth: an empty initial response is told apart from none (RFC 4954 §4)", async () => {
  await withServer("C: AUTH EXTERNAL =\nS: 235 in", (smtp) => smtp.auth("EXTERNAL", () => ""));
});

Deno.test("auth: null gives up, and the session goes on", async () => {
  await withServer(
    `
    C: AUTH XOAUTH2
    S: 334 eyJzdGF0dXMiOiI0MDAifQ==
    C: *
    S: 501 5.7.0 cancelled
    C: NOOP
    S: 250 ok`,
    async (smtp) => {
      const error = await rejection(smtp.auth("XOAUTH2", () => null), SMTPAuthenticationError);
      assert.equal(error.code, 501);
      await smtp.noop();
    },
  );
});

Deno.test("auth: an authobject that throws ends the connection, since an answer is due", async () => {
  await withServer("C: AUTH X-A\nS: 334\nC! eof", async (smtp) => {
    const auth = smtp.auth("X-A", (challenge) => {
      if (challenge === null) return null;
      throw new Error("no token");
    });
    await assert.rejects(auth, /no token/);
    await assert.rejects(smtp.noop(), /AUTH exchange was broken off/);
  });
  await withServer("C: NOOP\nS: 250 ok", async (smtp) => {
    const auth = smtp.auth("X-A", () => {
      throw new Error("no token");
    });
    await assert.rejects(auth, /no token/);
    await smtp.noop(); // nothing was sent yet
  });
});

Deno.test("auth: an authobject that never answers can be cancelled", async () => {
  await withServer("C: AUTH X-A\nS: 334\nC! eof", async (smtp) => {
    const forever = new Promise<string>(() => {});
    const task = createTask(() => smtp.auth("X-A", (challenge) => challenge ? forever : null));
    await sleep(10);
    task.cancel();
    await assert.rejects(async () => await task, CancelledError);
    assert.equal(smtp.connected, false);
  });
});

Deno.test("auth: what is no name of a mechanism is refused before a byte is sent", async () => {
  await withServer("", async (smtp, peer) => {
    for (const name of ["", "PLAIN\r\nQUIT", "two words", "X".repeat(21), "PLÄIN"]) {
      await rejection(smtp.auth(name, () => "x"), TypeError);
    }
    assert.equal(peer.received, "");
  });
});

Deno.test("SMTP.connect logs in where a user is given", async () => {
  await withServer(
    `${ehlo("AUTH PLAIN")}C: AUTH PLAIN ${PLAIN}\nS: 235 in\nC: NOOP\nS: 250 ok`,
    (smtp) => smtp.noop(),
    { ...CLEAR, user: "tim", password: "tanstaaftanstaaf" },
  );
});
