import assert from "node:assert/strict";
import { EventLoop } from "../../../loop/event_loop.ts";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { TestClock } from "../../../loop/test_clock.ts";
import { MemoryNetwork } from "../../../net/memory.ts";
import { SMTPServer } from "../../../stdlib/smtpd/server.ts";
import { RawClient } from "../_server/raw_client.ts";

/** What somebody would hide behind a dot that only some servers take for the end. */
const HIDDEN = "MAIL FROM:<evil@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\nsmuggled\r\n.\r\n";

/** Ends that are none (CVE-2023-51764, -51765, -51766, CVE-2024-27305). */
const FALSE_ENDS = [
  "\n.\n",
  "\n.\r\n",
  "\r\n.\n",
  "\r.\r",
  "\r.\r\n",
  "\r\n.\r",
  "\r\n.\r\r\n",
  "\r\r\n.\r\r\n",
  "\r\n.\0\r\n",
  "\r\n\0.\r\n",
  "\n\n.\r\n",
  "\r\n.\n\r\n",
  "\r\n.\r\0\n",
  "\r\n..\r\n",
  "\r\n. \r\n",
  "\n\r\n\r.\r\n",
];

for (const bareNewlines of ["reject", "normalize"] as const) {
  Deno.test(`SMTPServer ends a message at CRLF.CRLF alone (bareNewlines: ${bareNewlines})`, async () => {
    for (const end of FALSE_ENDS) {
      const network = new MemoryNetwork();
      await using server = await SMTPServer.start({ listen: network.listen, bareNewlines });
      await using client = await RawClient.greeted(server, { dial: network.dial });
      await client.ask("EHLO x", "MAIL FROM:<a@b.test>", "RCPT TO:<c@d.test>", "DATA");
      client.send(`outer${end}${HIDDEN}`);
      const reply = await client.reply() ?? "";
      const bare = /(?<!\r)\n|\r(?!\n)/.test(end);
      assert.match(
        reply,
        bare && bareNewlines === "reject" ? /^554 5\.6\.0 / : /^250 /,
        JSON.stringify(end),
      );
      // One reply and not three: what was hidden was part of the message.
      assert.equal(await client.ask("NOOP"), "250 2.0.0 OK", JSON.stringify(end));
      const messages = server.messages.map((
        { mailFrom, text },
      ) => [mailFrom, text.includes("smuggled")]);
      const expected = bare && bareNewlines === "reject" ? [] : [["a@b.test", true]];
      assert.deepEqual(messages, expected, JSON.stringify(end));
      for (const { text } of server.messages) assert.ok(!/(?<!\r)\n|\r(?!\n)/.test(text));
    }
  });
}

Deno.test("SMTPServer takes no parameters for what they are not", async () => {
  const network = new MemoryNetwork();
  await using server = await SMTPServer.start({ listen: network.listen });
  await using client = await RawClient.greeted(server, { dial: network.dial });
  await client.ask("EHLO x");
  for (
    const command of [
      "MAIL FROM:<a@b.test>x",
      "MAIL FROM:<a@b.test> <c@d.test>",
      "MAIL FROM:<a@b.test\0>",
      "MAIL FROM:<a@b.test> SIZE=1 SIZE=2",
      "MAIL FROM:<a@b.test>\rRCPT TO:<c@d.test>",
      "MAIL FROM:<a@b.test> SIZE=-1",
      "MAIL FROM:<a@b.test> SIZE=1e3",
      "MAIL FROM:<@>",
      "MAIL FROM:<a@b.test",
    ]
  ) {
    assert.match(await client.ask(command) ?? "", /^50[01] |^555 /, JSON.stringify(command));
  }
});

Deno.test("SMTPServer does not wait for ever for a message that drips", async () => {
  const clock = new TestClock();
  await run(async () => {
    const network = new MemoryNetwork();
    await using server = await SMTPServer.start({ listen: network.listen });
    await using client = await RawClient.greeted(server, { dial: network.dial, timeout: Infinity });
    await client.ask("EHLO x", "MAIL FROM:<a@b.test>", "RCPT TO:<c@d.test>", "DATA");
    const ended = client.reply();
    for (let dripped = 0; server.connections > 0 && dripped < 1000; dripped++) {
      client.send("x\r\n");
      await sleep(10_000);
    }
    assert.match(await ended ?? "", /^421 4\.4\.2 /);
    assert.ok(Math.abs(clock.now() - 300_000) <= 20_000, `at ${clock.now()}`);
    assert.deepEqual(server.messages, []);
  }, { loopFactory: () => new EventLoop({ clock }) });
});

Deno.test("SMTPServer waits for a large message as long as it comes", async () => {
  const clock = new TestClock();
  await run(async () => {
    const network = new MemoryNetwork();
    await using server = await SMTPServer.start({ listen: network.listen });
    await using client = await RawClient.greeted(server, { dial: network.dial, timeout: Infinity });
    await client.ask("EHLO x", "MAIL FROM:<a@b.test>", "RCPT TO:<c@d.test>", "DATA");
    const block = `${"x".repeat(1022)}\r\n`.repeat(64);
    for (let sent = 0; sent < 10; sent++) {
      client.send(block);
      await sleep(200_000);
    }
    client.send(".\r\n");
    assert.match(await client.reply() ?? "", /^250 /);
    assert.equal(server.messages[0]?.content.length, 10 * block.length);
  }, { loopFactory: () => new EventLoop({ clock }) });
});
