import assert from "node:assert/strict";
import { MemoryNetwork } from "../../../net/memory.ts";
import { DebuggingServer } from "../../../stdlib/smtpd/debugging_cli.ts";
import { RawClient } from "../_server/raw_client.ts";

Deno.test("DebuggingServer prints each message as Python's does, its controls escaped", async () => {
  const network = new MemoryNetwork();
  const printed: string[] = [];
  await using server = await DebuggingServer.start({
    listen: network.listen,
    print: (line: string) => printed.push(line),
  });
  await using client = await RawClient.greeted(server, { dial: network.dial });
  await client.ask("EHLO x", "MAIL FROM:<a@b.test> SIZE=9", "RCPT TO:<c@d.test>", "DATA");
  client.send("Subject: \x1b[2Jx\r\n\r\ntab\there\r\n\r\nend\r\n.\r\n");
  assert.match(await client.reply() ?? "", /^250 /);
  assert.deepEqual(printed, [
    "---------- MESSAGE FOLLOWS ----------",
    "mail options: SIZE=9\n",
    "Subject: \\x1b[2Jx",
    "X-Peer: localhost",
    "",
    "tab\there",
    "",
    "end",
    "------------ END MESSAGE ------------",
  ]);
  assert.deepEqual(server.messages, []);
});
