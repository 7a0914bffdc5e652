import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { CancelledError } from "../../../loop/exceptions.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { SMTP } from "../../../stdlib/smtplib/client.ts";
import { SMTPNotSupportedError, SMTPServerDisconnected } from "../../../stdlib/smtplib/errors.ts";
import type { MessageSource } from "../../../stdlib/smtplib/types.ts";
import { scripted } from "../../peers/scripted.ts";
import { rejection } from "../../rejection.ts";
import { ehlo, inTestTime, withServer } from "./_session.ts";

const encoder = new TextEncoder();

/** What a server sees between DATA and its last word, as latin-1. */
async function sent(message: MessageSource, ...features: string[]): Promise<string> {
  return await withServer(
    `${ehlo(...features)}
    C: /MAIL.*/
    S: 250 ok
    C: /RCPT.*/
    S: 250 ok
    C: DATA
    S: 354 go
    C* .
    S: 250 ok`,
    async (smtp, peer) => {
      await smtp.sendmail("ann@example.org", "bob@example.org", message);
      return peer.received.split("DATA\r\n")[1] ?? "";
    },
  );
}

Deno.test("a message is sent with CRLF, dots stuffed, its last line ended", async () => {
  for (
    const [message, expected] of [
      ["", ".\r\n"],
      ["x", "x\r\n.\r\n"],
      ["x\n", "x\r\n.\r\n"],
      ["x\r\n", "x\r\n.\r\n"],
      ["a\nb\rc\r\n", "a\r\nb\r\nc\r\n.\r\n"],
      [".", "..\r\n.\r\n"],
      ["..\n.x\nx.\n", "...\r\n..x\r\nx.\r\n.\r\n"],
      [
        "a\r\n.\r\nMAIL FROM:<eve@example.org>\r\n",
        "a\r\n..\r\nMAIL FROM:<eve@example.org>\r\n.\r\n",
      ],
    ] as const
  ) {
    assert.equal(await sent(message), expected, JSON.stringify(message));
    assert.equal(await sent(encoder.encode(message)), expected);
    assert.equal(await sent(streamOf(message)), expected);
    assert.equal(await sent(iterableOf(message)), expected);
  }
});

Deno.test("no look-alike of the end gets through: LF.LF, CR.CR and their kin (CVE-2023-51764)", async () => {
  const ends = ["\n", "\r", "\r\n", "\r\r\n", "\n\r", "\0\n"];
  for (const before of ends) {
    for (const after of ends) {
      const out = await sent(`x${before}.${after}MAIL FROM:<eve@example.org>\r\n`);
      assert.equal(out.indexOf("\r\n.\r\n"), out.length - 5, JSON.stringify(out));
      assert.doesNotMatch(out, /(?<!\r)\n|\r(?!\n)/);
      assert.doesNotMatch(out, /(?:^|\n)\.(?!\.|\r\n$)/);
    }
  }
});

Deno.test("however a message is cut into pieces, the same goes out, and one end only", async () => {
  const pieces = fc.array(
    fc.array(fc.constantFrom("\r", "\n", ".", "x", "\r\n", "\r\n.\r\n")).map((parts) =>
      parts.join("")
    ),
    { maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(pieces, async (parts) => {
      const whole = await sent(parts.join(""));
      assert.equal(await sent(iterableOf(...parts)), whole);
      assert.equal(whole.indexOf(".\r\n") === 0 ? 3 : whole.indexOf("\r\n.\r\n") + 5, whole.length);
    }),
    { numRuns: 60 },
  );
});

Deno.test("a large message of bytes goes out in pieces, all of it", async () => {
  const line = ".0123456789abcdef\n";
  const count = 20_000;
  const out = await sent(encoder.encode(line.repeat(count)));
  assert.equal(out.length, (line.length + 2) * count + 3);
  assert.equal(out, `.${line.slice(0, -1)}\r\n`.repeat(count) + ".\r\n");
});

Deno.test("the pieces of a stream may use the same memory again and again", async () => {
  async function* reuse() {
    const buffer = new Uint8Array(20_000);
    for (const letter of "abc") {
      buffer.fill(letter.charCodeAt(0));
      buffer[19_999] = 10;
      yield buffer;
      await Promise.resolve();
    }
  }
  const out = await sent(reuse());
  assert.equal(out, ["a", "b", "c"].map((x) => x.repeat(19_999) + "\r\n").join("") + ".\r\n");
});

Deno.test("8-bit bytes in a stream go to a server with 8BITMIME", async () => {
  assert.equal(await sent(streamOf("grüße"), "8BITMIME"), "gr\xc3\xbc\xc3\x9fe\r\n.\r\n");
});

const TO_THE_BODY = `
  C: /MAIL.*/
  S: 250 ok
  C: /RCPT.*/
  S: 250 ok
  C: DATA
  S: 354 go`;

Deno.test("8-bit bytes that turn up in a stream end the connection where there is no 8BITMIME", async () => {
  await withServer(`${ehlo("HELP")}${TO_THE_BODY}\nC: plain\nC! eof`, async (smtp) => {
    const message = iterableOf("plain\r\n", "grüße");
    await rejection(
      smtp.sendmail("ann@example.org", "bob@example.org", message),
      SMTPNotSupportedError,
    );
    // Half a message must not be ended by a dot.
    assert.equal(smtp.connected, false);
  });
});

Deno.test("a source that fails ends the connection, not the message", async () => {
  async function* broken() {
    yield encoder.encode("half\r\n");
    await Promise.resolve();
    throw new Error("the disk is gone");
  }
  await withServer(`${ehlo("HELP")}${TO_THE_BODY}\nC: half\nC! eof`, async (smtp) => {
    await assert.rejects(
      smtp.sendmail("ann@example.org", "bob@example.org", broken()),
      /the disk is gone/,
    );
    const error = await rejection(smtp.noop(), SMTPServerDisconnected);
    assert.match(error.message, /the exchange the message was broken off/);
    assert.match((error.cause as Error).message, /the disk is gone/);
  });
});

Deno.test("neither a mail whose source hangs nor one behind it is taken over to the next connection", async () => {
  const { promise: hanging, resolve: goOn } = Promise.withResolvers<void>();
  async function* source() {
    yield encoder.encode("half\r\n");
    await hanging;
    yield encoder.encode("the rest\r\n");
  }
  await inTestTime(async () => {
    const ready = `S: 220 ready\n${ehlo("HELP")}`;
    await using peer = scripted([
      `${ready}${TO_THE_BODY}\nC: half\nC! eof`,
      `${ready}C: NOOP\nS: 250 still here`,
    ]);
    await using smtp = new SMTP({ localHostname: "me.example", dial: peer.dial });
    await smtp.connect("mail.example");
    const old = smtp.sendmail("ann@example.org", "bob@example.org", source());
    const inLine = smtp.sendmail("ann@example.org", "carol@example.org", "in line");
    for (const mail of [old, inLine]) mail.catch(() => {});
    await sleep(10);
    smtp.close();
    await smtp.connect("mail.example");
    await smtp.ehlo();
    const noop = smtp.noop();
    goOn();
    await rejection(old, SMTPServerDisconnected);
    assert.equal((await rejection(inLine, SMTPServerDisconnected)).origin, "usage");
    assert.equal((await noop).text, "still here");
  });
});

Deno.test("pieces that are no bytes end the connection, not the message", async () => {
  await withServer(`${ehlo("HELP")}${TO_THE_BODY}\nC! eof`, async (smtp) => {
    const message = iterableOf() as AsyncIterable<Uint8Array>;
    const wrong = (async function* () {
      yield* message;
      yield "text" as unknown as Uint8Array;
    })();
    await rejection(smtp.sendmail("ann@example.org", "bob@example.org", wrong), TypeError);
    assert.equal(smtp.connected, false);
  });
});

Deno.test("a stream that is not sent is cancelled, and told why", async () => {
  const told: unknown[] = [];
  const stream = new ReadableStream<Uint8Array>({ cancel: (reason) => void told.push(reason) });
  await withServer(
    `${ehlo("HELP")}C: /MAIL.*/\nS: 550 no\nC: RSET\nS: 250 ok`,
    async (smtp) => {
      const sending = smtp.sendmail("ann@example.org", "bob@example.org", stream);
      const error = await rejection(sending, Error);
      assert.deepEqual(told, [error]);
      assert.equal(stream.locked, false, "whoever made it may look at it again");
    },
  );
});

Deno.test("an iterator that is not sent is returned to its finally", async () => {
  let ended = false;
  async function* source() {
    try {
      yield encoder.encode("x\r\n");
      await new Promise(() => {});
    } finally {
      ended = true;
    }
  }
  const iterable = source();
  await iterable.next(); // it has begun
  await withServer(`${ehlo("HELP")}C: /MAIL.*/\nS: 550 no\nC: RSET\nS: 250 ok`, async (smtp) => {
    await rejection(smtp.sendmail("ann@example.org", "bob@example.org", iterable), Error);
  });
  assert.ok(ended);
});

Deno.test("a stream that somebody reads already is refused before a byte is sent", async () => {
  const stream = new Blob(["x"]).stream();
  const reader = stream.getReader();
  await withServer("", async (smtp, peer) => {
    await rejection(smtp.sendmail("ann@example.org", "bob@example.org", stream), TypeError);
    assert.equal(peer.received, "");
  });
  await reader.cancel();
});

Deno.test("a source that never gives anything can be waited for no longer", async () => {
  const never = new Promise<never>(() => {});
  const sources = [
    () => new ReadableStream<Uint8Array>({}),
    () => ({ [Symbol.asyncIterator]: () => ({ next: () => never }) }),
  ];
  for (const source of sources) {
    await withServer(`${ehlo("HELP")}${TO_THE_BODY}\nC! eof`, async (smtp) => {
      const task = createTask(() => smtp.sendmail("ann@example.org", "bob@example.org", source()));
      await sleep(10);
      task.cancel();
      await assert.rejects(async () => await task, CancelledError);
      assert.equal(smtp.connected, false);
    });
  }
});

Deno.test("data() sends the message of a mail that was begun by hand", async () => {
  await withServer(
    `
    C: MAIL FROM:<ann@example.org>
    S: 250 ok
    C: RCPT TO:<bob@example.org>
    S: 250 ok
    C: DATA
    S: 354 go
    C: ..
    C: .
    S: 451 not now
    C: DATA
    S: 503 what
    C: NOOP
    S: 250 ok`,
    async (smtp) => {
      await smtp.mail("ann@example.org");
      await smtp.rcpt("bob@example.org");
      assert.equal((await smtp.data(".")).code, 451);
      await assert.rejects(smtp.data("x"), { name: "SMTPDataError", code: 503 });
      await smtp.noop();
    },
  );
});

function streamOf(text: string): ReadableStream<Uint8Array> {
  return new Blob([text]).stream();
}

async function* iterableOf(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    await Promise.resolve();
    yield encoder.encode(part);
  }
}
