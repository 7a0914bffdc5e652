/**
 * Sessions with an SMTP server in memory, for its tests.
 *
 * @module
 */

import assert from "node:assert/strict";
import { MemoryNetwork } from "../../../net/memory.ts";
import type { SMTPServerOptions } from "../../../stdlib/smtpd/options.ts";
import { SMTPServer } from "../../../stdlib/smtpd/server.ts";
import { RawClient } from "../_server/raw_client.ts";

/** Runs a body with a server and a client that has read the greeting, in memory. */
export async function session(
  options: SMTPServerOptions,
  body: (client: RawClient, server: SMTPServer) => Promise<void>,
): Promise<void> {
  const network = new MemoryNetwork();
  await using server = await SMTPServer.start({ listen: network.listen, ...options });
  await using client = await RawClient.greeted(server, { dial: network.dial });
  await body(client, server);
}

export async function dialogue(
  client: RawClient,
  lines: readonly (readonly [command: string, reply: string | RegExp])[],
): Promise<void> {
  for (const [command, expected] of lines) {
    const reply = await client.ask(command);
    if (typeof expected === "string") assert.equal(reply, expected, command);
    else assert.match(reply ?? "(end)", expected, command);
  }
}

/** Sends a message after EHLO; gives the last reply. */
export async function deliver(
  client: RawClient,
  message: string | Uint8Array,
): Promise<string | null> {
  await dialogue(client, [
    ["MAIL FROM:<a@example.org>", /^250 /],
    ["RCPT TO:<b@example.org>", /^250 /],
    ["DATA", /^354 /],
  ]);
  client.send(message);
  return await client.reply();
}
