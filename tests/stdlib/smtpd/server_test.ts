import assert from "node:assert/strict";
import { MemoryNetwork } from "../../../net/memory.ts";
import { SMTPServer } from "../../../stdlib/smtpd/server.ts";
import { RawClient } from "../_server/raw_client.ts";
import { deliver, dialogue, session } from "./session.ts";

Deno.test("SMTPServer greets, and says what it can (RFC 5321 §4.1.1.1)", async () => {
  const network = new MemoryNetwork();
  await using server = await SMTPServer.start({
    listen: network.listen,
    serverName: "mx.example.org",
    maxMessageSize: 1000,
  });
  await using client = await RawClient.connect(server, { dial: network.dial });
  assert.equal(await client.reply(), "220 mx.example.org ESMTP Tulip");
  assert.equal(await client.ask("HELO here"), "250 mx.example.org");
  assert.equal(
    await client.ask("EHLO here"),
    "250-mx.example.org\n250-PIPELINING\n250-SIZE 1000\n250-8BITMIME\n250-SMTPUTF8\n" +
      "250-ENHANCEDSTATUSCODES\n250 HELP",
  );
});

Deno.test("SMTPServer collects a message with its envelope", () =>
  session({}, async (client, server) => {
    await dialogue(client, [
      ["EHLO here", /^250-/],
      ["MAIL FROM:<a@example.org> SIZE=20 BODY=8BITMIME", "250 2.1.0 Sender OK"],
      ['RCPT TO:<"b b"@example.org>', "250 2.1.5 Recipient OK"],
      ["RCPT TO:<Postmaster>", "250 2.1.5 Recipient OK"],
      ["DATA", /^354 /],
    ]);
    client.send("Subject: x\r\n\r\n..\r\n.y\r\ncaf\xe9\r\n.\r\n");
    assert.equal(await client.reply(), "250 2.0.0 Message accepted");
    const [envelope] = server.messages;
    assert.equal(envelope?.mailFrom, "a@example.org");
    assert.deepEqual(envelope.mailOptions, { size: 20, body: "8BITMIME" });
    assert.deepEqual(envelope.rcptTos, ['"b b"@example.org', "Postmaster"]);
    assert.equal(envelope.smtpUtf8, false);
    assert.equal(envelope.text, "Subject: x\r\n\r\n.\r\ny\r\ncaf\xe9\r\n");
  }));

Deno.test("SMTPServer takes the null sender, UTF-8 addresses and empty messages", () =>
  session({}, async (client, server) => {
    await client.ask("EHLO here");
    await dialogue(client, [
      ["MAIL FROM:<>", /^250 /],
      ["RCPT TO:<bøb@tülip.test>", "553 5.6.7 Address in UTF-8 needs SMTPUTF8"],
      ["RSET", /^250 /],
      ["MAIL FROM:<> SMTPUTF8", /^250 /],
      ["RCPT TO:<bøb@tülip.test>", /^250 /],
      ["DATA", /^354 /],
      [".", /^250 /],
    ]);
    assert.equal(server.messages[0]?.mailFrom, "");
    assert.deepEqual(server.messages[0]?.rcptTos, ["bøb@tülip.test"]);
    assert.equal(server.messages[0]?.smtpUtf8, true);
    assert.equal(server.messages[0]?.content.length, 0);
  }));

Deno.test("SMTPServer holds commands to their order (RFC 5321 §4.1.4)", () =>
  session({}, async (client) => {
    await dialogue(client, [
      ["MAIL FROM:<a@b.test>", /^503 5\.5\.1 /],
      ["EHLO here", /^250-/],
      ["RCPT TO:<a@b.test>", /^503 /],
      ["DATA", /^503 /],
      ["MAIL FROM:<a@b.test>", /^250 /],
      ["MAIL FROM:<a@b.test>", /^503 /],
      ["DATA", /^503 /],
      ["RCPT TO:<>", /^501 /],
      ["DATA", /^503 /],
      ["RCPT TO:<a@b.test>", /^250 /],
      ["RSET", "250 2.0.0 OK"],
      ["RCPT TO:<a@b.test>", /^503 /],
      ["MAIL FROM:<a@b.test>", /^250 /],
      ["EHLO again", /^250-/],
      ["RCPT TO:<a@b.test>", /^503 /],
    ]);
  }));

Deno.test("SMTPServer answers whatever is asked", () =>
  session({}, async (client) => {
    await dialogue(client, [
      ["EHLO", /^501 /],
      ["EHLO two words", /^501 /],
      ["EHLO here", /^250-/],
      ["NOOP", "250 2.0.0 OK"],
      ["NOOP ignored", "250 2.0.0 OK"],
      ["VRFY someone", /^252 2\.5\.0 /],
      ["VRFY", /^501 /],
      ["HELP", /^214 2\.0\.0 /],
      ["STARTTLS", "502 5.5.1 Command not implemented"],
      ["EXPN list", "502 5.5.1 Command not implemented"],
      ["BDAT 3 LAST", "502 5.5.1 Command not implemented"],
      ["AUTH PLAIN AGEAYg==", "502 5.5.1 There is no AUTH here"],
      ["FROB", /^500 5\.5\.1 /],
      ["toString", /^500 /],
      ["MAIL TO:<a@b.test>", /^501 /],
      ["MAIL FROM:a@b.test", /^501 /],
      ["MAIL FROM:<a b@c.test>", /^501 /],
      ["MAIL FROM:<a@b.test> NOTIFY=NEVER", /^555 /],
      ["MAIL FROM:<a@b.test> SIZE=x", /^501 /],
      ["MAIL FROM:<a@b.test> BODY=BINARYMIME", /^555 /],
      ["mail from: <a@b.test>", /^250 /],
      ["RCPT TO:<a@b.test>", /^250 /],
      ["DATA now", /^501 /],
      ["quit", /^221 2\.0\.0 /],
    ]);
    assert.equal(await client.reply(), null);
  }));

Deno.test("SMTPServer gives HELO no extensions", () =>
  session({}, async (client) => {
    await dialogue(client, [
      ["HELO here", "250 localhost"],
      ["MAIL FROM:<a@b.test> SIZE=5", /^555 /],
      ["MAIL FROM:<a@b.test>", /^250 /],
    ]);
  }));

Deno.test("SMTPServer answers a pipelined batch together, and goes on behind the message", () =>
  session({}, async (client, server) => {
    await client.ask("EHLO here");
    client.send(
      "MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nRCPT TO:<bad\r\nDATA\r\n" +
        "one\r\n.\r\nMAIL FROM:<e@f.test>\r\nNOOP\r\nQUIT\r\n",
    );
    const codes: (string | undefined)[] = [];
    for (let reply; (reply = await client.reply()) !== null;) codes.push(reply.slice(0, 3));
    assert.deepEqual(codes, ["250", "250", "501", "354", "250", "250", "250", "221"]);
    assert.equal(server.messages[0]?.text, "one\r\n");
  }));

Deno.test("SMTPServer takes a message however it is cut", async () => {
  const message = "..dot\r\n.\r\r\n.x\r\n\r\n.\r\nNOOP\r\n";
  for (let cut = 1; cut < message.length; cut++) {
    await session({ bareNewlines: "normalize" }, async (client, server) => {
      await client.ask("EHLO here");
      await dialogue(client, [
        ["MAIL FROM:<a@example.org>", /^250 /],
        ["RCPT TO:<b@example.org>", /^250 /],
        ["DATA", /^354 /],
      ]);
      client.send(message.slice(0, cut));
      await client.connection.writer.flush();
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      client.send(message.slice(cut));
      assert.match(await client.reply() ?? "", /^250 2\.0\.0 Message/, `cut at ${cut}`);
      assert.equal(await client.reply(), "250 2.0.0 OK");
      assert.equal(server.messages[0]?.text, ".dot\r\n\r\n\r\nx\r\n\r\n", `cut at ${cut}`);
    });
  }
});

Deno.test("SMTPServer keeps every piece of a message that comes in many", () =>
  session({}, async (client, server) => {
    await dialogue(client, [
      ["EHLO here", /^250-/],
      ["MAIL FROM:<a@example.org>", /^250 /],
      ["RCPT TO:<b@example.org>", /^250 /],
      ["DATA", /^354 /],
    ]);
    const pieces = Array.from({ length: 20 }, (_, index) => `${String(index).repeat(997)}\r\n`);
    for (const piece of pieces) {
      client.send(piece);
      await client.connection.writer.flush();
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    client.send(".\r\n");
    assert.match(await client.reply() ?? "", /^250 /);
    assert.equal(server.messages[0]?.text, pieces.join(""));
  }));

Deno.test("SMTPServer refuses a message that is too large, when it is announced and when it comes", () =>
  session({ maxMessageSize: 100 }, async (client, server) => {
    await client.ask("EHLO here");
    assert.match(await client.ask("MAIL FROM:<a@b.test> SIZE=101") ?? "", /^552 5\.3\.4 /);
    assert.match(await deliver(client, `${"x".repeat(99)}\r\n.\r\n`) ?? "", /^552 5\.3\.4 /);
    assert.match(await deliver(client, `${"x".repeat(98)}\r\n.\r\n`) ?? "", /^250 /);
    assert.equal(server.messages.length, 1);
  }));

Deno.test("SMTPServer sends away who does not stop sending", () =>
  session({ maxMessageSize: 100 }, async (client, server) => {
    await client.ask("EHLO here");
    await dialogue(client, [
      ["MAIL FROM:<a@example.org>", /^250 /],
      ["RCPT TO:<b@example.org>", /^250 /],
      ["DATA", /^354 /],
    ]);
    const line = `${"x".repeat(998)}\r\n`.repeat(200);
    client.send(line);
    assert.match(await client.reply() ?? "", /^421 4\.3\.4 /);
    assert.equal(await client.reply(), null);
    assert.equal(server.messages.length, 0);
  }));

Deno.test("SMTPServer limits recipients (452, RFC 5321 §4.5.3.1.10)", () =>
  session({ maxRecipients: 2 }, async (client, server) => {
    await dialogue(client, [
      ["EHLO here", /^250-/],
      ["MAIL FROM:<a@b.test>", /^250 /],
      ["RCPT TO:<a@b.test>", /^250 /],
      ["RCPT TO:<b@b.test>", /^250 /],
      ["RCPT TO:<c@b.test>", "452 4.5.3 Too many recipients"],
      ["DATA", /^354 /],
      [".", /^250 /],
    ]);
    assert.deepEqual(server.messages[0]?.rcptTos, ["a@b.test", "b@b.test"]);
  }));

Deno.test("SMTPServer's mailbox has a limit, can be cleared, and can be waited for", () =>
  session({ maxCollected: 700 }, async (client, server) => {
    await client.ask("EHLO here");
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { text } of server) seen.push(text);
    })();
    assert.match(await deliver(client, "one\r\n.\r\n") ?? "", /^250 /);
    assert.match(await deliver(client, "two\r\n.\r\n") ?? "", /^250 /);
    assert.match(await deliver(client, `${"x".repeat(200)}\r\n.\r\n`) ?? "", /^452 4\.2\.2 /);
    const late = server[Symbol.asyncIterator]();
    await late.next();
    server.clear();
    assert.equal(server.messages.length, 0);
    assert.match(await deliver(client, "three\r\n.\r\n") ?? "", /^250 /);
    assert.equal((await late.next()).value?.text, "three\r\n");
    await server.stop();
    await watching;
    assert.deepEqual(seen, ["one\r\n", "two\r\n", "three\r\n"]);
  }));

Deno.test("SMTPServer refuses options that make no sense", () => {
  for (
    const options of [
      { maxMessageSize: 0 },
      { maxRecipients: NaN },
      { maxCollected: -1 },
      { maxLoginFailures: 0 },
      { maxCommandLength: 0 },
      { timeout: 0 },
    ]
  ) {
    assert.throws(() => new SMTPServer(options), RangeError, JSON.stringify(options));
  }
  for (const serverName of ["", "a b", "a\r\nb", "a\0"]) {
    assert.throws(() => new SMTPServer({ serverName }), TypeError, JSON.stringify(serverName));
  }
  assert.throws(() => new SMTPServer().port, TypeError);
});
