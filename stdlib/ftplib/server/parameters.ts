/**
 * The FTP server's commands that set how the next transfer goes (RFC 959
 * §4.1.2, RFC 2428, RFC 3659 §5).
 *
 * @module
 */

import { isIPv4, unmapped } from "../../../protocols/text/ip.ts";
import { format227, format229 } from "../../../protocols/ftp/replies.ts";
import { eprt, port } from "./active.ts";
import type { CommandTable } from "./command_table.ts";
import { PassivePort } from "./data.ts";
import { FTPReplyError } from "./errors.ts";
import type { FTPSessionState } from "./session.ts";

/** TYPE to PORT. */
export const parameterCommands: CommandTable = {
  TYPE: { run: type, argument: "required", syntax: "A | I" },
  MODE: { run: only("S", "stream mode"), argument: "required", syntax: "S" },
  STRU: { run: only("F", "file structure"), argument: "required", syntax: "F" },
  REST: { run: rest, argument: "required", syntax: "bytes" },
  PASV: { run: pasv },
  EPSV: { run: epsv, argument: "optional", syntax: "[1 | 2 | ALL]" },
  PORT: { run: port, argument: "required", syntax: "h1,h2,h3,h4,p1,p2" },
  EPRT: { run: eprt, argument: "required", syntax: "|family|host|port|" },
};

function type(session: FTPSessionState, argument: string): void {
  switch (argument.toUpperCase()) {
    case "A":
    case "A N":
      session.type = "A";
      break;
    case "I":
    case "L 8":
      session.type = "I";
      break;
    default:
      throw new FTPReplyError(504, "Only TYPE A and TYPE I are here");
  }
  session.channel.reply(200, session.type === "A" ? "Type is ASCII" : "Type is binary");
}

function only(letter: string, name: string): (session: FTPSessionState, argument: string) => void {
  return ({ channel }, argument) => {
    if (argument.toUpperCase() !== letter) throw new FTPReplyError(504, `Only ${name} is here`);
    channel.reply(200, `OK, ${name}`);
  };
}

function rest(session: FTPSessionState, argument: string): void {
  const offset = /^\d{1,15}$/.test(argument) ? Number(argument) : NaN;
  if (Number.isNaN(offset)) throw new FTPReplyError(501, "Expected a number of bytes");
  if (session.type === "A" && offset > 0) {
    throw new FTPReplyError(504, "Only binary transfers can be resumed: send TYPE I first");
  }
  session.restart = offset;
  session.channel.reply(350, `The next transfer begins at ${offset}`);
}

function pasv(session: FTPSessionState): void {
  if (session.extendedOnly) throw new FTPReplyError(503, "EPSV ALL was sent");
  const { channel, settings } = session;
  const { passiveAddress } = settings;
  const told = typeof passiveAddress === "function"
    ? passiveAddress(channel.remoteAddress)
    : passiveAddress;
  const hostname = told ?? unmapped(channel.localAddress.hostname);
  if (!isIPv4(hostname)) throw new FTPReplyError(522, "Use EPSV on this network");
  const { port } = listen(session);
  const mischief = settings.mischief.passive();
  channel.send(format227(mischief?.hostname ?? hostname, mischief?.port ?? port));
}

function epsv(session: FTPSessionState, argument: string): void {
  if (argument.toUpperCase() === "ALL") {
    session.extendedOnly = true;
    session.channel.reply(200, "Only EPSV from now on");
    return;
  }
  const family = isIPv4(unmapped(session.channel.localAddress.hostname)) ? "1" : "2";
  if (argument !== "" && argument !== family) {
    throw new FTPReplyError(522, `Network protocol not supported, use (${family})`);
  }
  const { port } = listen(session);
  session.channel.send(format229(session.settings.mischief.passive()?.port ?? port));
}

function listen(session: FTPSessionState): PassivePort {
  const { channel, settings } = session;
  session.closeData();
  const passive = PassivePort.open({
    listen: settings.listen,
    hostname: channel.localAddress.hostname,
    ...(!settings.foreignAddresses && { peer: channel.remoteAddress.hostname }),
    ports: settings.passivePorts,
    timeout: settings.dataTimeout,
  });
  session.dataPort = passive;
  return passive;
}
