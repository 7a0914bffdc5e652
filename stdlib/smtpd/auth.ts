/**
 * AUTH, as a server takes it: PLAIN and LOGIN (RFC 4954, RFC 4616).
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import { Base64Error, decodeBase64, encodeBase64 } from "../../protocols/text/base64.ts";
import { LoginServer } from "../../protocols/sasl/login.ts";
import { PlainServer } from "../../protocols/sasl/plain.ts";
import type { Credentials, SaslServer } from "../../protocols/sasl/types.ts";
import { SaslError } from "../../protocols/sasl/types.ts";
import type { AuthCommand } from "../../protocols/smtp/session.ts";
import { ChannelClosedError, type CommandChannel } from "../_server/command_channel.ts";
import { SMTPReplyError } from "./errors.ts";

const SERVERS: Readonly<Record<string, () => SaslServer>> = {
  PLAIN: () => new PlainServer(),
  LOGIN: () => new LoginServer(),
};

/** The mechanisms, in the order in which they are offered. */
export const MECHANISMS: readonly string[] = Object.keys(SERVERS);

/**
 * Asks a client who it is.
 *
 * @param channel The client.
 * @param command What its AUTH said.
 * @returns What it says; nothing is checked yet.
 * @throws {SMTPReplyError} If it says nothing that can be understood, or cancels.
 * @throws {ChannelClosedError} If it goes away.
 */
export async function askCredentials(
  channel: CommandChannel,
  { mechanism, initialResponse }: AuthCommand,
): Promise<Credentials> {
  const make = Object.hasOwn(SERVERS, mechanism) ? SERVERS[mechanism] : undefined;
  if (!make) throw new SMTPReplyError(504, "Mechanism not known", "5.5.4");
  const server = make();
  try {
    for (let response = initialResponse;;) {
      const step = server.step(response === undefined ? undefined : decodeBase64(response));
      if (step.kind === "credentials") return step.credentials;
      channel.reply(334, encodeBase64(step.data));
      response = await answer(channel);
    }
  } catch (error) {
    rethrowIfCancelled(error);
    if (error instanceof SaslError) throw new SMTPReplyError(501, "Malformed login", "5.5.2");
    if (error instanceof Base64Error) throw new SMTPReplyError(501, "That is no base64", "5.5.2");
    throw error;
  }
}

async function answer(channel: CommandChannel): Promise<string> {
  const line = await channel.nextSecret();
  if (line === null) {
    channel.close();
    throw new ChannelClosedError("The client closed in the middle of a login");
  }
  if (line === "*") throw new SMTPReplyError(501, "Login cancelled", "5.7.0");
  return line;
}
