import assert from "node:assert/strict";
import { CancelledError, TimeoutError } from "../../../loop/exceptions.ts";
import { createTask } from "../../../loop/tasks.ts";
import type { ByteStream } from "../../../net/byte_stream.ts";
import { SMTP } from "../../../stdlib/smtplib/client.ts";
import {
  SMTPDataError,
  SMTPException,
  SMTPNotSupportedError,
  SMTPRecipientsRefused,
  SMTPSenderRefused,
  SMTPServerDisconnected,
} from "../../../stdlib/smtplib/errors.ts";
import type { MessageSource, SMTPOptions } from "../../../stdlib/smtplib/types.ts";
import { scripted } from "../../peers/scripted.ts";
import { rejection } from "../../rejection.ts";
import { inTestTime } from "./_session.ts";

const HELLO = "C: EHLO me.example\nS: 250-mail.example\nS: 250 PIPELINING\n";

/** What the client says to begin the mail of this name. */
function begin(name: string): string {
  return `C: MAIL FROM:<${name}@a.test>\nC: RCPT TO:<${name}@b.test>\nC: DATA\n`;
}

/** What the server says to it, and what the client then sends. */
function message(name: string): string {
  return `S: 250 ok\nS: 250 ok\nS: 354 go\nC: ${name}\nC: .\n`;
}

/** Records what each write holds. */
function recording(stream: ByteStream, writes: string[]): ByteStream {
  return new Proxy(stream, {
    get(target, name) {
      if (name !== "write") {
        const value = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      }
      return (data: Uint8Array) => {
        writes.push(new TextDecoder().decode(data));
        return target.write(data);
      };
    },
  });
}

/** Plays a script with a client that is connected, and calls `when` with every line of the two. */
async function withLine(
  script: string,
  body: (smtp: SMTP, writes: string[]) => Promise<void>,
  options: SMTPOptions & { when?: Record<string, () => void> } = {},
): Promise<void> {
  await inTestTime(async () => {
    await using peer = scripted(`S: 220 ready\n${script}`);
    const writes: string[] = [];
    await using smtp = await SMTP.connect("mail.example", {
      localHostname: "me.example",
      debug: ({ text }) => options.when?.[text]?.(),
      ...options,
      dial: async (...given) => recording(await peer.dial(...given), writes),
    });
    await body(smtp, writes);
  });
}

function send(
  smtp: SMTP,
  name: string,
  options: { signal?: AbortSignal; timeout?: number; message?: MessageSource } = {},
): Promise<string> {
  return smtp.sendmail(`${name}@a.test`, `${name}@b.test`, options.message ?? name, options)
    .then(({ reply }) => reply.text);
}

Deno.test("the envelope of the next mail leaves in one write with the message before it", async () => {
  await withLine(
    HELLO + begin("a") + message("a") + begin("b") + "S: 250 took a\n" + message("b") +
      begin("c") + "S: 250 took b\n" + message("c") + "S: 250 took c\n",
    async (smtp, writes) => {
      const texts = await Promise.all([send(smtp, "a"), send(smtp, "b"), send(smtp, "c")]);
      assert.deepEqual(texts, ["took a", "took b", "took c"]);
      assert.deepEqual(writes.slice(1), [
        "MAIL FROM:<a@a.test>\r\nRCPT TO:<a@b.test>\r\nDATA\r\n",
        "a\r\n.\r\nMAIL FROM:<b@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\n",
        "b\r\n.\r\nMAIL FROM:<c@a.test>\r\nRCPT TO:<c@b.test>\r\nDATA\r\n",
        "c\r\n.\r\n",
      ]);
    },
  );
});

Deno.test("a message that comes in pieces has the next envelope behind its dot too", async () => {
  await withLine(
    HELLO + begin("a") + message("a") + begin("b") + "S: 250 took a\n" + message("b") +
      begin("c") + "S: 250 took b\n" + message("c") + "S: 250 took c\n",
    async (smtp, writes) => {
      const stream = (text: string) => new Blob([text]).stream();
      const texts = await Promise.all(
        ["a", "b", "c"].map((name) => send(smtp, name, { message: stream(name) })),
      );
      assert.deepEqual(texts, ["took a", "took b", "took c"]);
      assert.ok(writes.includes("\r\n.\r\nMAIL FROM:<b@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\n"));
    },
  );
});

Deno.test("the same for a message too large to be copied on its way: two writes could cost 40 ms", async () => {
  const large = (name: string) => `${name}${"x".repeat(997)}\r\n`.repeat(20);
  const lines = (name: string) => `C: ${name}${"x".repeat(997)}\n`.repeat(20);
  await withLine(
    `${HELLO}${begin("a")}S: 250 ok\nS: 250 ok\nS: 354 go\n${lines("a")}C: .\n${begin("b")}` +
      `S: 250 took a\n${message("b")}S: 250 took b\n`,
    async (smtp, writes) => {
      await Promise.all([send(smtp, "a", { message: large("a") }), send(smtp, "b")]);
      assert.equal(
        writes[2],
        `${large("a")}.\r\nMAIL FROM:<b@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\n`,
      );
    },
  );
});

Deno.test("data() has the next envelope behind its message as well", async () => {
  await withLine(
    `${HELLO}C: MAIL FROM:<h@a.test>\nS: 250 ok\nC: RCPT TO:<h@b.test>\nS: 250 ok\nC: DATA
    S: 354 go\nC: h\nC: .\n${begin("b")}S: 250 took h\n${message("b")}S: 250 took b\n`,
    async (smtp) => {
      await smtp.ehlo();
      await smtp.mail("h@a.test");
      await smtp.rcpt("h@b.test");
      const [byHand, next] = await Promise.all([smtp.data("h"), send(smtp, "b")]);
      assert.deepEqual([byHand.text, next], ["took h", "took b"]);
    },
  );
});

Deno.test("nothing goes ahead where nobody waits, the option is off, or the server does not offer it", async () => {
  const alone = (name: string) => `${begin(name)}${message(name)}S: 250 took ${name}\n`;
  await withLine(HELLO + alone("a") + alone("b"), async (smtp) => {
    await send(smtp, "a");
    await send(smtp, "b");
  });
  const step = (name: string) =>
    `C: MAIL FROM:<${name}@a.test>\nS: 250 ok\nC: RCPT TO:<${name}@b.test>\nS: 250 ok\nC: DATA
    S: 354 go\nC: ${name}\nC: .\nS: 250 took ${name}\n`;
  const both = async (smtp: SMTP) => {
    assert.deepEqual(await Promise.all([send(smtp, "a"), send(smtp, "b")]), ["took a", "took b"]);
  };
  await withLine(HELLO + step("a") + step("b"), both, { pipelining: false });
  await withLine(`C: EHLO me.example\nS: 250 mail.example\n${step("a")}${step("b")}`, both);
});

Deno.test("what stands between two mails keeps its place", async () => {
  await withLine(
    `${HELLO}${begin("a")}${message("a")}S: 250 took a\nC: NOOP\nS: 250 noop\n` +
      `${begin("b")}${message("b")}${begin("c")}S: 250 took b\n${message("c")}S: 250 took c\n` +
      "C: QUIT\nS: 221 bye",
    async (smtp) => {
      const a = send(smtp, "a");
      const noop = smtp.noop();
      const b = send(smtp, "b");
      const c = send(smtp, "c");
      const quit = smtp.quit();
      const late = rejection(send(smtp, "d"), SMTPServerDisconnected);
      assert.deepEqual(await Promise.all([a, b, c]), ["took a", "took b", "took c"]);
      assert.equal((await noop).text, "noop");
      assert.equal((await quit).code, 221);
      await late;
    },
  );
});

Deno.test("a mail that the server cannot take is told at its turn, and nothing goes ahead", async () => {
  await withLine(
    `${HELLO}${begin("a")}${message("a")}S: 250 took a\n${begin("c")}${
      message("c")
    }S: 250 took c\n`,
    async (smtp) => {
      const order: string[] = [];
      const a = send(smtp, "a").then((text) => order.push(text));
      const b = rejection(send(smtp, "b", { message: "ä" }), SMTPNotSupportedError)
        .then(() => order.push("refused b"));
      const c = send(smtp, "c").then((text) => order.push(text));
      await Promise.all([a, b, c]);
      assert.deepEqual(order, ["took a", "refused b", "took c"]);
    },
  );
});

Deno.test("a message that is refused does not stop the mail whose envelope followed it", async () => {
  await withLine(
    `${HELLO}${begin("a")}${message("a")}${begin("b")}S: 554 5.7.1 spam\n${message("b")}` +
      `${begin("c")}S: 250 took b\n${message("c")}S: 554 spam\nC: RSET\nS: 250 ok\n`,
    async (smtp) => {
      const a = rejection(send(smtp, "a"), SMTPDataError);
      const b = send(smtp, "b");
      const c = rejection(send(smtp, "c"), SMTPDataError);
      assert.equal((await a).enhancedCode, "5.7.1");
      assert.equal(await b, "took b");
      // Nobody is behind the last: it says RSET, as it does alone.
      await c;
      assert.equal(smtp.connected, true);
    },
  );
});

Deno.test("a sender or recipients refused ahead of their turn are that mail's own affair", async () => {
  for (
    const [replies, type] of [
      ["S: 550 no a\nS: 503 no\nS: 503 no\n", SMTPSenderRefused],
      ["S: 550 no a\nS: 250 ok\nS: 354 go\nC: .\nS: 554 empty\n", SMTPSenderRefused],
      ["S: 250 ok\nS: 550 no b\nS: 554 nobody\n", SMTPRecipientsRefused],
      ["S: 250 ok\nS: 550 no b\nS: 354 go\nC: .\nS: 554 empty\n", SMTPRecipientsRefused],
      ["S: 250 ok\nS: 250 ok\nS: 451 not now\n", SMTPDataError],
    ] as const
  ) {
    await withLine(
      `${HELLO}${begin("a")}${message("a")}${begin("b")}S: 250 took a\n${replies}` +
        `C: RSET\nS: 250 ok\n${begin("c")}${message("c")}S: 250 took c\n`,
      async (smtp) => {
        const a = send(smtp, "a");
        // deno-lint-ignore no-explicit-any
        const b = rejection(send(smtp, "b"), type as any);
        const c = send(smtp, "c");
        assert.equal(await a, "took a");
        await b;
        assert.equal(await c, "took c");
      },
    );
  }
});

/** Sends a, b and c at once; b gives up at the moment of this line of the dialogue. */
async function givingUpAt(moment: string, how: "cancel" | "signal"): Promise<void> {
  let giveUp = () => {};
  const script = `${HELLO}${begin("a")}${message("a")}${begin("b")}S: 250 took a\nC! eof`;
  await withLine(script, async (smtp) => {
    const controller = new AbortController();
    const reason = new Error("no longer wanted");
    const a = createTask(() => send(smtp, "a"));
    const b = createTask(() => send(smtp, "b", { signal: controller.signal }));
    const c = createTask(() => send(smtp, "c"));
    giveUp = how === "cancel" ? () => b.cancel() : () => controller.abort(reason);
    const ends = Promise.all([
      a,
      how === "cancel"
        ? rejection(b, CancelledError)
        : rejection(b, Error).then((error) => assert.equal(error, reason)),
      rejection(c, SMTPServerDisconnected),
    ]);
    const [text, , closed] = await ends;
    assert.equal(text, "took a");
    assert.match(closed.message, /the connection .* is closed \(/);
    assert.match(closed.message, /"MAIL FROM:<b@a\.test>"?.* (given up|broken off)/);
    assert.equal(closed.origin, "usage");
    assert.ok(how === "cancel" ? closed.cause instanceof CancelledError : closed.cause === reason);
    const later = await rejection(smtp.noop(), SMTPServerDisconnected);
    assert.match(later.message, /Cannot send "NOOP": .*MAIL FROM:<b@a\.test>/);
    assert.equal(smtp.connected, false);
  }, { when: { [moment]: () => giveUp() } });
}

for (const how of ["cancel", "signal"] as const) {
  Deno.test(`a mail given up after its envelope went ahead, by ${how}: the one before gets its reply, the next is told`, async () => {
    // While its envelope goes out, behind it, and while the reply to the mail before is read.
    await givingUpAt("MAIL FROM:<b@a.test>", how);
    await givingUpAt("RCPT TO:<b@b.test>", how);
    await givingUpAt("250 took a", how);
  });
}

Deno.test("a mail given up before its envelope went ahead harms nobody", async () => {
  let giveUp = () => {};
  const script = `${HELLO}${begin("a")}${message("a")}${begin("c")}S: 250 took a\n` +
    `${message("c")}S: 250 took c\n`;
  for (const how of ["cancel", "signal"] as const) {
    await withLine(script, async (smtp) => {
      const controller = new AbortController();
      const a = createTask(() => send(smtp, "a"));
      const b = createTask(() => send(smtp, "b", { signal: controller.signal }));
      const c = createTask(() => send(smtp, "c"));
      giveUp = how === "cancel" ? () => b.cancel() : () => controller.abort(new Error("stop"));
      await rejection(b, Error);
      assert.deepEqual([await a, await c], ["took a", "took c"]);
    }, { when: { "354 go": () => giveUp() } });
  }
});

Deno.test("a mail given up just when its turn comes ends the connection, and the next is told", async () => {
  // From where the reply to the mail before is read to where its own are waited for.
  for (let hops = 0; hops < 40; hops++) {
    let giveUp = () => {};
    const script = `${HELLO}${begin("a")}${message("a")}${begin("b")}S: 250 took a\nC! eof`;
    await withLine(script, async (smtp) => {
      const a = createTask(() => send(smtp, "a"));
      const b = createTask(() => send(smtp, "b"));
      const c = createTask(() => send(smtp, "c"));
      giveUp = async () => {
        for (let hop = 0; hop < hops; hop++) await undefined;
        b.cancel();
      };
      const closed = rejection(c, SMTPServerDisconnected);
      await rejection(b, CancelledError);
      assert.equal(await a, "took a");
      const error = await closed;
      assert.match(error.message, /MAIL FROM:<b@a\.test>.* (given up|broken off)/);
      assert.ok(error.cause instanceof CancelledError);
    }, { when: { "250 took a": () => giveUp() } });
  }
});

Deno.test("the mail whose turn it is breaks off: those in line are told why", async () => {
  const script = `${HELLO}${begin("a")}${message("a")}${begin("b")}S! silence`;
  const check = async (
    beginMail: (smtp: SMTP) => PromiseLike<unknown>,
    type: new () => Error,
    reason: RegExp,
    when?: () => void,
  ) => {
    await withLine(script, async (smtp) => {
      const a = rejection(beginMail(smtp), type);
      const b = rejection(createTask(() => send(smtp, "b")), SMTPServerDisconnected);
      const c = rejection(createTask(() => send(smtp, "c")), SMTPServerDisconnected);
      await a;
      for (const error of [await b, await c]) assert.match(error.message, reason);
    }, { when: when && { "MAIL FROM:<b@a.test>": when } });
  };
  const waiting = /is closed \(the wait for the answer to the message was broken off\)/;
  let cancel = () => {};
  await check(
    (smtp) => {
      const task = createTask(() => send(smtp, "a"));
      cancel = () => void task.cancel();
      return task;
    },
    CancelledError,
    waiting,
    () => cancel(),
  );
  await check((smtp) => createTask(() => send(smtp, "a", { timeout: 50 })), TimeoutError, waiting);
});

Deno.test("a server that ends the session in any place: everybody is told", async () => {
  const all = ["S: 250 took a", "S: 250 ok", "S: 250 ok", "S: 354 go"];
  for (const end of ["S: 421 4.3.2 shutting down\nS! close", "S! close", "S! reset"]) {
    for (let place = 0; place < all.length; place++) {
      const script = `${HELLO}${begin("a")}${message("a")}${begin("b")}` +
        `${all.slice(0, place).join("\n")}\n${end}`;
      await withLine(script, async (smtp) => {
        const a = send(smtp, "a").catch((error) => error);
        const b = rejection(send(smtp, "b"), SMTPException);
        const c = rejection(send(smtp, "c"), SMTPServerDisconnected);
        if (place > 0) assert.equal(await a, "took a");
        else assert.ok(await a instanceof SMTPException, String(await a));
        await b;
        assert.match((await c).message, end.includes("421") ? /421 .*shutting/ : /closed the conn/);
        assert.equal(smtp.connected, false);
      });
    }
  }
});

Deno.test("close() and leaving the scope while an envelope is ahead: everybody ends", async () => {
  let act = (_smtp: SMTP): unknown => undefined;
  for (
    const leave of [
      (smtp: SMTP) => smtp.close(),
      (smtp: SMTP) => smtp[Symbol.asyncDispose](),
    ]
  ) {
    act = leave;
    let client: SMTP;
    await withLine(
      `${HELLO}${begin("a")}${message("a")}${begin("b")}S! silence`,
      async (smtp) => {
        client = smtp;
        const calls = ["a", "b", "c"].map((name) =>
          rejection(send(smtp, name), SMTPServerDisconnected)
        );
        for (const error of await Promise.all(calls)) assert.match(error.message, /on our side/);
      },
      { when: { "RCPT TO:<b@b.test>": () => queueMicrotask(() => act(client)) } },
    );
  }
});
