import assert from "node:assert/strict";
import type { SMTP } from "../../../stdlib/smtplib/client.ts";
import {
  SMTPDataError,
  SMTPException,
  SMTPNotSupportedError,
  SMTPRecipientsRefused,
  SMTPSenderRefused,
  SMTPServerDisconnected,
} from "../../../stdlib/smtplib/errors.ts";
import { rejection } from "../../rejection.ts";
import { ehlo, withServer } from "./_session.ts";

const FROM = "ann@example.org";
const TO = ["bob@example.org", "cy@example.org"];

const ENVELOPE = `
  C: MAIL FROM:<ann@example.org>
  C: RCPT TO:<bob@example.org>
  C: RCPT TO:<cy@example.org>
  C: DATA`;

Deno.test("sendmail tells who was accepted, who was refused, and the last reply", async () => {
  await withServer(
    `${ehlo("PIPELINING")}${ENVELOPE}
    S: 250 2.1.0 Ok
    S: 550 5.1.1 No such user
    S: 251 2.1.5 Will forward
    S: 354 Go
    C: Subject: x
    C:
    C: y
    C: .
    S: 250 2.0.0 Ok: queued as 1A2B`,
    async (smtp) => {
      assert.deepEqual(await smtp.sendmail(FROM, TO, "Subject: x\n\ny"), {
        accepted: [{
          recipient: "cy@example.org",
          code: 251,
          enhancedCode: "2.1.5",
          text: "Will forward",
          lines: ["2.1.5 Will forward"],
        }],
        refused: [{
          recipient: "bob@example.org",
          code: 550,
          enhancedCode: "5.1.1",
          text: "No such user",
          lines: ["5.1.1 No such user"],
        }],
        reply: {
          code: 250,
          enhancedCode: "2.0.0",
          text: "Ok: queued as 1A2B",
          lines: ["2.0.0 Ok: queued as 1A2B"],
        },
      });
    },
  );
});

Deno.test("without PIPELINING, or with the option off, each command waits for its reply", async () => {
  // The second mail shows it: DATA is never said after the refusal.
  const dialogue = `
    C: MAIL FROM:<ann@example.org>
    S: 250 ok
    C: RCPT TO:<bob@example.org>
    S: 250 ok
    C: RCPT TO:<cy@example.org>
    S: 250 ok
    C: DATA
    S: 354 go
    C: x
    C: .
    S: 250 ok
    C: MAIL FROM:<ann@example.org>
    S: 250 ok
    C: RCPT TO:<bob@example.org>
    S: 550 no
    C: RSET
    S: 250 ok`;
  const mails = async (smtp: SMTP) => {
    assert.equal((await smtp.sendmail(FROM, TO, "x")).accepted.length, 2);
    await rejection(smtp.sendmail(FROM, "bob@example.org", "x"), SMTPRecipientsRefused);
  };
  await withServer(ehlo("HELP") + dialogue, mails);
  await withServer(ehlo("PIPELINING") + dialogue, mails, { pipelining: false });
});

Deno.test("one recipient may be a string; several mails go over one connection", async () => {
  const mail = `
    C: MAIL FROM:<>
    C: RCPT TO:<bob@example.org>
    C: DATA
    S: 250 ok
    S: 250 ok
    S: 354 go
    C: x
    C: .
    S: 250 ok`;
  await withServer(`${ehlo("PIPELINING")}${mail}${mail}`, async (smtp) => {
    await smtp.sendmail("", "bob@example.org", "x");
    await smtp.sendmail("<>", "Bob <bob@example.org>", "x\r\n");
  });
});

Deno.test("every recipient refused: SMTPRecipientsRefused, and the session goes on", async () => {
  const refusals = `
    S: 250 ok
    S: 550 5.1.1 no bob
    S: 450 4.2.1 cy is busy`;
  const after = `
    C: RSET
    S: 250 ok
    C: NOOP
    S: 250 ok`;
  const check = async (script: string) =>
    await withServer(script, async (smtp) => {
      const error = await rejection(smtp.sendmail(FROM, TO, "x"), SMTPRecipientsRefused);
      assert.deepEqual(
        error.recipients.map(({ recipient, code, enhancedCode, text }) => //
        [recipient, code, enhancedCode, text]),
        [
          ["bob@example.org", 550, "5.1.1", "no bob"],
          ["cy@example.org", 450, "4.2.1", "cy is busy"],
        ],
      );
      assert.match(error.message, /bob@example\.org: 550 5\.1\.1 "no bob"; cy@example\.org: 450/);
      assert.equal((await smtp.noop()).code, 250);
    });
  await check(`${ehlo("PIPELINING")}${ENVELOPE}${refusals}\nS: 554 no valid recipients${after}`);
  // A server may say 354 all the same; it is then given an empty message (RFC 2920 §3.1).
  await check(
    `${ehlo("PIPELINING")}${ENVELOPE}${refusals}\nS: 354 go\nC: .\nS: 554 no recipients${after}`,
  );
  await check(
    `${ehlo("HELP")}
    C: MAIL FROM:<ann@example.org>
    S: 250 ok
    C: RCPT TO:<bob@example.org>
    S: 550 5.1.1 no bob
    C: RCPT TO:<cy@example.org>
    S: 450 4.2.1 cy is busy${after}`,
  );
});

Deno.test("sender refused: SMTPSenderRefused, and the session goes on", async () => {
  const after = `
    C: RSET
    S: 250 ok
    C: NOOP
    S: 250 ok`;
  const check = async (script: string) =>
    await withServer(script, async (smtp) => {
      const error = await rejection(smtp.sendmail(FROM, TO, "x"), SMTPSenderRefused);
      assert.deepEqual([error.code, error.enhancedCode, error.text], [
        530,
        "5.7.0",
        "Log in first",
      ]);
      assert.equal(error.sender, FROM);
      assert.equal(error.command, "MAIL FROM:<ann@example.org>");
      assert.match(
        error.message,
        /takes no mail from <ann@example\.org>: 530 .* Log in first: login/,
      );
      await smtp.noop();
    });
  const refused = "S: 530 5.7.0 Log in first";
  await check(
    `${ehlo("PIPELINING")}${ENVELOPE}\n${refused}\nS: 503 no\nS: 503 no\nS: 503 no${after}`,
  );
  await check(
    `${
      ehlo("PIPELINING")
    }${ENVELOPE}\n${refused}\nS: 250 no\nS: 250 no\nS: 354 go\nC: .\nS: 554 no${after}`,
  );
  await check(`${ehlo("HELP")}C: MAIL FROM:<ann@example.org>\n${refused}${after}`);
});

Deno.test("message refused, before or after it was sent: SMTPDataError, and the session goes on", async () => {
  const check = async (rest: string, command: string) =>
    await withServer(
      `${ehlo("PIPELINING")}${ENVELOPE}
      S: 250 ok
      S: 250 ok
      S: 250 ok
      ${rest}
      S: 552 5.3.4 Too big
      C: RSET
      S: 250 ok
      C: NOOP
      S: 250 ok`,
      async (smtp) => {
        const error = await rejection(smtp.sendmail(FROM, TO, "x"), SMTPDataError);
        assert.deepEqual([error.code, error.enhancedCode, error.command], [552, "5.3.4", command]);
        assert.match(
          error.message,
          /refuses the message: 552 5\.3\.4 "Too big"\. The message is larger/,
        );
        await smtp.noop();
      },
    );
  await check("", "DATA");
  await check("S: 354 go\nC: x\nC: .", "the message");
});

Deno.test("RSET that fails does not hide the refusal; the next call shows it", async () => {
  await withServer(
    `${ehlo("HELP")}
    C: MAIL FROM:<ann@example.org>
    S: 550 no
    C: RSET
    S! close`,
    async (smtp) => {
      await rejection(smtp.sendmail(FROM, TO, "x"), SMTPSenderRefused);
      await rejection(smtp.noop(), SMTPServerDisconnected);
    },
  );
});

Deno.test("a server that leaves after a refusal has said why", async () => {
  for (
    const [script, type] of [
      ["S: 550 not you\nS! close", SMTPSenderRefused],
      ["S: 550 not you\nS: 503 no\nS! close", SMTPSenderRefused],
      ["S: 250 ok\nS: 550 no bob\nS! close", SMTPRecipientsRefused],
      ["S: 250 ok\nS: 550 no bob\nS: 550 no cy\nS! reset", SMTPRecipientsRefused],
      ["S: 250 ok\nS: 550 no bob\nS: 550 no cy\nS: 354 go\nC: .\nS! close", SMTPRecipientsRefused],
      ["S: 250 ok\nS: 550 no bob\nS: 250 ok\nS! close", SMTPServerDisconnected],
      ["S! close", SMTPServerDisconnected],
    ] as const
  ) {
    await withServer(`${ehlo("PIPELINING")}${ENVELOPE}\n${script}`, async (smtp) => {
      await rejection<SMTPException>(smtp.sendmail(FROM, TO, "x"), type);
      assert.equal(smtp.connected, false);
    });
  }
});

Deno.test("many refused recipients are all in the error, and five of them in its message", async () => {
  const to = Array.from({ length: 7 }, (_, index) => `r${index}@example.org`);
  await withServer(
    `${ehlo("PIPELINING")}C: MAIL FROM:<ann@example.org>
    ${to.map((each) => `C: RCPT TO:<${each}>\n`).join("")}C: DATA
    S: 250 ok
    ${"S: 550 no\n".repeat(7)}S: 554 no
    C: RSET
    S: 250 ok`,
    async (smtp) => {
      const error = await rejection(smtp.sendmail(FROM, to, "x"), SMTPRecipientsRefused);
      assert.equal(error.recipients.length, 7);
      assert.match(error.message, /r4@example\.org: 550 "no"; and 2 more\)$/);
    },
  );
});

const OK = "S: 250 ok\n";
const LAST_WORD = "S: 421 4.3.2 going down\nC! eof\n";
Deno.test("421 in any place ends the session, with the error of that place", async () => {
  for (
    const [script, type] of [
      [`${ENVELOPE}\n${LAST_WORD}`, SMTPSenderRefused],
      [`${ENVELOPE}\n${OK}${LAST_WORD}`, SMTPRecipientsRefused],
      [`${ENVELOPE}\n${OK}${OK}${LAST_WORD}`, SMTPRecipientsRefused],
      [`${ENVELOPE}\n${OK}S: 550 no\n${LAST_WORD}`, SMTPRecipientsRefused],
      [`${ENVELOPE}\n${OK}${OK}${OK}${LAST_WORD}`, SMTPDataError],
      [`${ENVELOPE}\n${OK}S: 550 no\nS: 550 no\n${LAST_WORD}`, SMTPRecipientsRefused],
      [`${ENVELOPE}\n${OK}${OK}${OK}S: 354 go\nC: x\nC: .\n${LAST_WORD}`, SMTPDataError],
    ] as const
  ) {
    await withServer(ehlo("PIPELINING") + script, async (smtp) => {
      await rejection<SMTPException>(smtp.sendmail(FROM, TO, "x"), type);
      assert.equal(smtp.connected, false);
      const error = await rejection(smtp.noop(), SMTPServerDisconnected);
      assert.match(error.message, /ended the session: 421/);
    });
  }
});

Deno.test("421 without PIPELINING: nothing more is said", async () => {
  const steps = ["MAIL FROM:<ann@example.org>", "RCPT TO:<bob@example.org>", "DATA"];
  const types = [SMTPSenderRefused, SMTPRecipientsRefused, SMTPDataError];
  for (const [index, type] of types.entries()) {
    const before = steps.slice(0, index).map((step) => `C: ${step}\n${OK}`).join("");
    const script = `${ehlo("HELP")}${before}C: ${steps[index]}\n${LAST_WORD}`;
    await withServer(script, async (smtp) => {
      await rejection<SMTPException>(smtp.sendmail(FROM, ["bob@example.org"], "x"), type);
      assert.equal(smtp.connected, false);
    });
  }
});

Deno.test("SIZE is announced where it is known: CRLF counted, stuffed dots not (RFC 1870)", async () => {
  const sizes: [message: string | Uint8Array, size: number][] = [
    ["", 0],
    ["x", 3],
    ["x\n", 3],
    ["x\r\n", 3],
    ["x\r", 3],
    [".x\r\n..\r\n", 8],
    ["a\nb\rc\r\nd", 12],
    ["\n\r", 4],
    ["ä", 4],
    [new TextEncoder().encode("x\r\n".repeat(50_000)), 150_000],
    [new TextEncoder().encode(".\n".repeat(50_000)), 150_000],
  ];
  for (const [message, size] of sizes) {
    await withServer(
      `${ehlo("SIZE 999999", "8BITMIME")}
      C: /MAIL FROM:<ann@example\\.org> SIZE=${size}( BODY=8BITMIME)?/
      S: 552 enough was seen
      C: RSET
      S: 250 ok`,
      async (smtp) => {
        await rejection(smtp.sendmail(FROM, TO, message), SMTPSenderRefused);
      },
    );
  }
});

Deno.test("SIZE of a stream is announced where the caller knows it", async () => {
  await withServer(
    `${ehlo("SIZE")}
    C: MAIL FROM:<ann@example.org> SIZE=77
    S: 552 no
    C: RSET
    S: 250 ok`,
    async (smtp) => {
      const stream = new Blob(["x"]).stream();
      await rejection(smtp.sendmail(FROM, TO, stream, { size: 77 }), SMTPSenderRefused);
    },
  );
});

Deno.test("8BITMIME is said where it is needed, and needed where it is not offered", async () => {
  const refused = "S: 550 enough was seen\nC: RSET\nS: 250 ok";
  const cases: [features: string, message: string | Uint8Array, mail: string][] = [
    ["8BITMIME", "plain", "MAIL FROM:<ann@example.org>"],
    ["8BITMIME", "grüße", "MAIL FROM:<ann@example.org> BODY=8BITMIME"],
    ["8BITMIME", new Uint8Array([0x7f, 0x80]), "MAIL FROM:<ann@example.org> BODY=8BITMIME"],
    ["HELP", new Uint8Array([0x7f]), "MAIL FROM:<ann@example.org>"],
  ];
  for (const [features, message, mail] of cases) {
    await withServer(`${ehlo(features)}C: ${mail}\n${refused}`, async (smtp) => {
      await rejection(smtp.sendmail(FROM, TO, message), SMTPSenderRefused);
    });
  }
  await withServer(`${ehlo("HELP")}C: NOOP\nS: 250 ok`, async (smtp) => {
    const error = await rejection(smtp.sendmail(FROM, TO, "grüße"), SMTPNotSupportedError);
    assert.match(error.message, /8BITMIME.*quoted-printable or base64/);
    await smtp.noop();
  });
});

Deno.test("8-bit bytes are found wherever they stand in memory", async () => {
  for (let start = 0; start < 5; start++) {
    for (let at = 0; at < 13; at++) {
      const message = new Uint8Array(new ArrayBuffer(32), start, 13).fill(65);
      message[at] = 0x80;
      await withServer(ehlo("HELP"), async (smtp) => {
        await rejection(smtp.sendmail(FROM, TO, message), SMTPNotSupportedError);
      });
    }
  }
});

Deno.test("SMTPUTF8 is said where an address needs it, and needed where it is not offered", async () => {
  const utf8 = "bøb@tülip.test";
  const done = "S: 550 enough was seen\nC: RSET\nS: 250 ok";
  await withServer(
    `${ehlo("SMTPUTF8", "8BITMIME")}C: MAIL FROM:<ann@example.org> SMTPUTF8\n${done}`,
    async (smtp) => {
      await rejection(smtp.sendmail(FROM, utf8, "x"), SMTPSenderRefused);
    },
  );
  await withServer(
    `${ehlo("SMTPUTF8", "8BITMIME")}C: MAIL FROM:<bøb@tülip.test> SMTPUTF8\n${done}`,
    async (smtp) => {
      await rejection(smtp.sendmail(utf8, TO, "x"), SMTPSenderRefused);
    },
  );
  await withServer(`${ehlo("8BITMIME")}C: NOOP\nS: 250 ok`, async (smtp) => {
    const error = await rejection(smtp.sendmail(FROM, utf8, "x"), SMTPNotSupportedError);
    assert.match(error.message, /<bøb@tülip\.test> is not ASCII, and mail\.example:25 does not/);
    await rejection(smtp.sendmail(utf8, TO, "x"), SMTPNotSupportedError);
    await rejection(smtp.sendmail(FROM, "boø", "x"), SMTPNotSupportedError);
    await smtp.noop();
  });
});

Deno.test("a domain that is not ASCII is sent as A-labels to a server without SMTPUTF8", async () => {
  await withServer(
    `${ehlo("HELP")}
    C: MAIL FROM:<ann@xn--bcher-kva.example>
    S: 550 enough was seen
    C: RSET
    S: 250 ok`,
    async (smtp) => {
      await rejection(smtp.sendmail("ann@bücher.example", TO, "x"), SMTPSenderRefused);
    },
  );
});

Deno.test("parameters of the caller's go along; one that is ours already is not said twice", async () => {
  await withServer(
    `${ehlo("SIZE", "8BITMIME", "DSN")}
    C: MAIL FROM:<ann@example.org> RET=HDRS SIZE=5
    S: 250 ok
    C: RCPT TO:<bob@example.org> NOTIFY=NEVER
    S: 550 no
    C: RSET
    S: 250 ok`,
    async (smtp) => {
      const options = { mailOptions: ["RET=HDRS", "SIZE=5"], rcptOptions: ["NOTIFY=NEVER"] };
      await rejection(smtp.sendmail(FROM, "bob@example.org", "x", options), SMTPRecipientsRefused);
    },
  );
});

Deno.test("parameters that the server does not offer are told before anything is sent", async () => {
  await withServer(ehlo("HELP"), async (smtp) => {
    for (const word of ["SMTPUTF8", "smtputf8", "BODY=8BITMIME", "BODY=BINARYMIME", "REQUIRETLS"]) {
      await rejection(smtp.sendmail(FROM, TO, "x", { mailOptions: [word] }), SMTPNotSupportedError);
    }
  });
  const plain = "C: EHLO me.example\nS: 500 what\nC: HELO me.example\nS: 250 hi";
  await withServer(plain, async (smtp) => {
    const error = await rejection(
      smtp.sendmail(FROM, TO, "x", { rcptOptions: ["NOTIFY=NEVER"] }),
      SMTPNotSupportedError,
    );
    assert.match(error.message, /plain SMTP, without parameters: cannot say NOTIFY=NEVER/);
  });
});

Deno.test("who sends to nobody, or nothing, is told before a byte is sent", async () => {
  await withServer("", async (smtp, peer) => {
    await rejection(smtp.sendmail(FROM, [], "x"), TypeError);
    await rejection(smtp.sendmail(FROM, [""], "x"), TypeError);
    await rejection(smtp.sendmail(FROM, ["<>"], "x"), TypeError);
    await rejection(smtp.sendmail(FROM, TO, undefined as unknown as string), TypeError);
    await rejection(smtp.sendmail(FROM, TO, 5 as unknown as string), TypeError);
    await rejection(smtp.sendmail(FROM, TO, "x", { size: -1 }), RangeError);
    await rejection(smtp.sendmail(FROM, TO, "x", { timeout: 0 }), RangeError);
    await rejection(smtp.sendmail(FROM, TO, "x", { mailOptions: ["A B"] }), TypeError);
    assert.equal(peer.received, "");
  });
});

Deno.test("mails of several tasks go one after the other", async () => {
  const mail = (name: string) => `
    C: MAIL FROM:<${name}@example.org>
    C: RCPT TO:<bob@example.org>
    C: DATA
    S: 250 ok
    S: 250 ok
    S: 354 go
    C: ${name}
    C: .
    S: 250 ${name}`;
  await withServer(`${ehlo("PIPELINING")}${mail("a")}${mail("b")}${mail("c")}`, async (smtp) => {
    const results = await Promise.all(
      ["a", "b", "c"].map((name) => smtp.sendmail(`${name}@example.org`, "bob@example.org", name)),
    );
    assert.deepEqual(results.map(({ reply }) => reply.text), ["a", "b", "c"]);
  });
});

Deno.test("a server that closes in the middle of the message is heard to the end", async () => {
  await withServer(
    `${ehlo("PIPELINING")}
    C: MAIL FROM:<ann@example.org>
    C: RCPT TO:<bob@example.org>
    C: DATA
    S: 250 ok
    S: 250 ok
    S: 354 go
    C: /x+/
    S: 552 5.3.4 enough of that
    S! close`,
    async (smtp) => {
      const endless = new ReadableStream({
        pull: (controller) =>
          controller.enqueue(new TextEncoder().encode("xxxxxxx\r\n".repeat(2000))),
      });
      const error = await rejection(
        smtp.sendmail(FROM, "bob@example.org", endless, { timeout: 1000 }),
        SMTPException,
      );
      assert.ok(error instanceof SMTPDataError, error.message);
      assert.equal(error.text, "enough of that");
    },
  );
});
