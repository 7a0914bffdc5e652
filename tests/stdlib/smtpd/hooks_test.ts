import assert from "node:assert/strict";
import { MemoryNetwork } from "../../../net/memory.ts";
import { SMTPReplyError } from "../../../stdlib/smtpd/errors.ts";
import { SMTPServer } from "../../../stdlib/smtpd/server.ts";
import { RawClient } from "../_server/raw_client.ts";
import { deliver, dialogue, session } from "./session.ts";

Deno.test("SMTPServer runs its hooks, and throwing is replying", async () => {
  const log: string[] = [];
  class Handler {
    // A private field: hooks are called on the handler itself.
    readonly #log = log;
    connect() {
      this.#log.push("connect");
    }
    ehlo(session: { hostName?: string }, name: string) {
      this.#log.push(`ehlo ${name} ${session.hostName}`);
      if (name === "evil") throw new SMTPReplyError(550, "Not you", "5.7.1");
    }
    async mail(_session: unknown, address: string, options: { size?: number }) {
      await Promise.resolve();
      this.#log.push(`mail ${address} ${options.size}`);
      if (address === "") throw new SMTPReplyError(550, ["No bounces", "here"], "5.7.1");
    }
    rcpt(_session: unknown, address: string) {
      this.#log.push(`rcpt ${address}`);
      if (address.startsWith("no")) throw new SMTPReplyError(550, "No such user", "5.1.1");
      if (address.startsWith("bug")) throw new Error("a bug");
    }
    message(session: { client: number }, envelope: { text: string }) {
      this.#log.push(`message ${session.client} ${envelope.text.length}`);
      if (envelope.text.includes("spam")) throw new SMTPReplyError(554, "No spam");
    }
    vrfy(_session: unknown, argument: string) {
      return `<${argument}@example.org>`;
    }
    rset() {
      this.#log.push("rset");
    }
    quit() {
      this.#log.push("quit");
    }
    close() {
      this.#log.push("close");
    }
  }
  const errors: unknown[] = [];
  await session(
    { handler: new Handler(), onError: (error) => errors.push(error) },
    async (c, s) => {
      await dialogue(c, [
        ["EHLO evil", "550 5.7.1 Not you"],
        ["MAIL FROM:<a@b.test>", /^503 /],
        ["EHLO here", /^250-/],
        ["MAIL FROM:<>", "550-5.7.1 No bounces\n550 5.7.1 here"],
        ["RCPT TO:<a@b.test>", /^503 /],
        ["MAIL FROM:<a@b.test> SIZE=7", /^250 /],
        ["RCPT TO:<no@b.test>", "550 5.1.1 No such user"],
        ["RCPT TO:<bug@b.test>", "451 4.3.0 Local error"],
        ["RCPT TO:<yes@b.test>", /^250 /],
        ["VRFY ann", "250 2.5.0 <ann@example.org>"],
        ["DATA", /^354 /],
        ["spam\r\n.", "554 5.0.0 No spam"],
        ["RSET", /^250 /],
      ]);
      assert.match(await deliver(c, "ham\r\n.\r\n") ?? "", /^250 /);
      await c.ask("QUIT");
      assert.equal(await c.reply(), null);
      assert.deepEqual(s.messages, []);
    },
  );
  assert.deepEqual(log, [
    "connect",
    "ehlo evil undefined",
    "ehlo here undefined",
    "mail  undefined",
    "mail a@b.test 7",
    "rcpt no@b.test",
    "rcpt bug@b.test",
    "rcpt yes@b.test",
    "message 1 6",
    "rset",
    "mail a@example.org undefined",
    "rcpt b@example.org",
    "message 1 5",
    "quit",
    "close",
  ]);
  assert.equal(String(errors), "Error: a bug");
});

Deno.test("SMTPServer sends away in its connect hook, with 421 or 554", async () => {
  for (const code of [421, 554]) {
    const network = new MemoryNetwork();
    await using server = await SMTPServer.start({
      listen: network.listen,
      handler: {
        connect(session) {
          throw new SMTPReplyError(code, `Not from ${session.remoteAddress.hostname}`);
        },
      },
    });
    await using client = await RawClient.connect(server, { dial: network.dial });
    assert.match(await client.reply() ?? "", new RegExp(`^${code} .*Not from localhost`));
    assert.equal(await client.reply(), null);
  }
});

Deno.test("SMTPServer streams a message to the data hook", async () => {
  const sizes: number[] = [];
  await session({
    maxMessageSize: 1_000_000,
    handler: {
      async data(_session, envelope, body) {
        assert.equal(envelope.content.length, 0);
        if (envelope.mailFrom === "lazy@example.org") return;
        let size = 0;
        for await (const chunk of body) {
          size += chunk.length;
          chunk.fill(0); // it is the hook's own
        }
        sizes.push(size);
        if (size === 3) throw new SMTPReplyError(550, "Too short");
      },
    },
  }, async (client, server) => {
    await client.ask("EHLO here");
    const large = `${"x".repeat(998)}\r\n`.repeat(500);
    assert.match(await deliver(client, `${large}.\r\n`) ?? "", /^250 /);
    assert.equal(await deliver(client, `x\r\n.\r\n`), "550 5.0.0 Too short");
    assert.match(await deliver(client, `bare\nline\r\n.\r\n`) ?? "", /^554 5\.6\.0 /);
    await dialogue(client, [
      ["MAIL FROM:<lazy@example.org>", /^250 /],
      ["RCPT TO:<b@example.org>", /^250 /],
      ["DATA", /^354 /],
    ]);
    client.send(`${large}.\r\n`);
    assert.match(await client.reply() ?? "", /^250 /);
    assert.match(await client.ask("NOOP") ?? "", /^250 /);
    assert.deepEqual(server.messages, []);
  });
  assert.deepEqual(sizes, [500_000, 3]);
});

Deno.test("SMTPServer hands messages to onMessage, or to a subclass", async () => {
  const seen: string[] = [];
  await session({
    onMessage: (envelope, from) => {
      seen.push(`${from.hostName} ${envelope.text}`);
    },
  }, async (client, server) => {
    await client.ask("EHLO here");
    await deliver(client, "one\r\n.\r\n");
    assert.deepEqual(server.messages, []);
  });
  class Picky extends SMTPServer {
    override processMessage(): void {
      throw new SMTPReplyError(550, "Never");
    }
  }
  const network = new MemoryNetwork();
  await using picky = await Picky.start({ listen: network.listen });
  assert.ok(picky instanceof Picky);
  await using client = await RawClient.greeted(picky, { dial: network.dial });
  await client.ask("EHLO here");
  assert.equal(await deliver(client, "one\r\n.\r\n"), "550 5.0.0 Never");
  assert.deepEqual(seen, ["here one\r\n"]);
});
