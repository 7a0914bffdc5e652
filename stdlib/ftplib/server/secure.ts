/**
 * FTP over TLS, as the server has it (RFC 4217, RFC 2228): AUTH, PBSZ, PROT and
 * CCC, and data connections that are encrypted.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../../loop/exceptions.ts";
import { interruptible } from "../../../loop/wait.ts";
import type { ByteStream } from "../../../net/byte_stream.ts";
import { ChannelClosedError } from "../../_server/command_channel.ts";
import type { CommandTable } from "./command_table.ts";
import { FTPReplyError } from "./errors.ts";
import type { FTPSessionState } from "./session.ts";

/** AUTH to PROT. */
export const secureCommands: CommandTable = {
  AUTH: { run: auth, argument: "required", access: "anyone", syntax: "TLS" },
  PBSZ: { run: pbsz, argument: "required", access: "anyone", syntax: "0" },
  PROT: { run: prot, argument: "required", access: "anyone", syntax: "C | P" },
  CCC: { run: ccc, access: "user" },
};

// As a client may spell it (RFC 4217 §17, and drafts before it).
const MECHANISMS = ["TLS", "TLS-C", "TLS-P", "SSL"];

async function auth(session: FTPSessionState, argument: string): Promise<void> {
  const { channel, settings } = session;
  if (!settings.tls) throw new FTPReplyError(502, "There is no TLS here");
  if (session.encrypted) throw new FTPReplyError(503, "The connection is encrypted already");
  const mechanism = argument.toUpperCase();
  if (!MECHANISMS.includes(mechanism)) throw new FTPReplyError(504, "Only AUTH TLS is here");
  if (channel.reader.buffered > 0) {
    // Whoever sits in between could have put it there, to be taken for the client's words.
    throw new FTPReplyError(421, "Commands behind AUTH, before TLS, are not taken");
  }
  session.reset();
  channel.reply(234, "Begin TLS");
  await startTls(session);
  session.protectsData = mechanism === "TLS-P" || mechanism === "SSL";
}

/**
 * Begins TLS on the control connection.
 *
 * @throws {ChannelClosedError} If the handshake fails.
 */
export async function startTls(session: FTPSessionState): Promise<void> {
  const { channel, client, sessions, settings } = session;
  const { tls, handshakeTimeout } = settings;
  if (!tls) return;
  await misbehave(session);
  await channel.startTls({ prepared: tls, sessions, timeout: handshakeTimeout });
  session.encrypted = true;
  const protocol = channel.tlsInfo?.protocol;
  settings.tell({ type: "tls", client, encrypted: true, protocol });
}

function pbsz(session: FTPSessionState): void {
  if (!session.encrypted) throw new FTPReplyError(503, "Send AUTH TLS first");
  session.hasBufferSize = true;
  session.channel.reply(200, "PBSZ=0");
}

function prot(session: FTPSessionState, argument: string): void {
  const { channel, settings } = session;
  if (!session.encrypted) throw new FTPReplyError(503, "Send AUTH TLS first");
  if (!session.hasBufferSize) throw new FTPReplyError(503, "Send PBSZ 0 first");
  switch (argument.toUpperCase()) {
    case "C":
      if (settings.requiresTls.data) {
        throw new FTPReplyError(534, "Data connections are encrypted here: send PROT P");
      }
      session.protectsData = false;
      channel.reply(200, "Data connections are in the clear");
      break;
    case "P":
      session.protectsData = true;
      channel.reply(200, "Data connections are encrypted");
      break;
    case "S":
    case "E":
      throw new FTPReplyError(536, "Only PROT C and PROT P are here");
    default:
      throw new FTPReplyError(504, "Only PROT C and PROT P are here");
  }
}

async function ccc(session: FTPSessionState): Promise<void> {
  const { channel, client, settings } = session;
  if (!session.encrypted) throw new FTPReplyError(533, "The connection is in the clear already");
  if (!settings.clearControl) {
    throw new FTPReplyError(534, "The control connection stays encrypted");
  }
  if (channel.reader.buffered > 0) {
    throw new FTPReplyError(421, "Commands behind CCC, before the end of TLS, are not taken");
  }
  channel.reply(200, "The control connection goes on in the clear");
  await channel.endTls(settings.handshakeTimeout);
  session.encrypted = false;
  settings.tell({ type: "tls", client, encrypted: false });
}

/**
 * Whether a transfer may go on as the client has set it.
 *
 * @throws {FTPReplyError} 521, if it has to be encrypted and is not.
 */
export function requireProtection({ protectsData, settings }: FTPSessionState): void {
  if (settings.requiresTls.data && !protectsData) {
    throw new FTPReplyError(521, "Data connections are encrypted here: send PROT P");
  }
}

/**
 * Begins TLS on a data connection, where the client has asked for it.
 *
 * @param session Whose it is.
 * @param stream The connection; closed if the handshake fails.
 * @returns The connection, encrypted or not.
 * @throws {FTPReplyError} 522, if the handshake fails, or does not go on with the session of the
 *   control connection where it has to.
 */
export async function secureData(
  session: FTPSessionState,
  stream: ByteStream,
): Promise<ByteStream> {
  const { sessions, settings } = session;
  const { tls, requiresReuse, handshakeTimeout } = settings;
  if (!tls || !session.protectsData) return stream;
  const mischief = settings.mischief.tls("data");
  if (mischief?.how === "plaintext") return stream;
  let encrypted: ByteStream;
  try {
    if (mischief?.how === "silent") {
      await interruptible(listen(stream), { timeout: handshakeTimeout });
    }
    if (mischief) stream.close();
    encrypted = await tls.start(stream, { sessions, timeout: handshakeTimeout });
  } catch (error) {
    rethrowIfCancelled(error);
    throw new FTPReplyError(522, "TLS could not be set up on the data connection", {
      cause: error,
    });
  }
  const { sessionReused, sessionBelongs } = encrypted.tlsInfo ?? {};
  if (requiresReuse === false) return encrypted;
  if (requiresReuse === "any" ? sessionReused : sessionBelongs) return encrypted;
  encrypted.close();
  throw new FTPReplyError(522, "The data connection has to resume the TLS session of this one");
}

/** Takes what comes, and says nothing. */
async function listen(stream: ByteStream): Promise<void> {
  for (const buffer = new Uint8Array(4096); await stream.read(buffer) !== null;);
}

async function misbehave({ channel, settings }: FTPSessionState): Promise<void> {
  const mischief = settings.mischief.tls("control");
  if (mischief === undefined) return;
  await channel.flush();
  if (mischief.how === "plaintext") {
    channel.sendEncoded("500 This was to be TLS\r\n");
    await channel.hangUp();
  }
  if (mischief.how === "silent") {
    // Until the client gives up, or the time of a command is over.
    while (await channel.receive() !== null) channel.reader.consume(channel.reader.buffered);
  }
  channel.close();
  throw new ChannelClosedError("TLS was not begun, as the server was told");
}
