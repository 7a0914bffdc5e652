/**
 * The FTP server's commands on the tree of files (RFC 959 §4.1.3, RFC 3659,
 * draft-somers-ftp-mfxx).
 *
 * @module
 */

import { formatFacts } from "../../../protocols/ftp/facts.ts";
import { format257, formatMdtm } from "../../../protocols/ftp/replies.ts";
import { formatTimeVal, parseTimeVal } from "../../../protocols/ftp/time_val.ts";
import type { CommandTable } from "./command_table.ts";
import { FTPReplyError } from "./errors.ts";
import { toEntry, wholeSeconds } from "./listing.ts";
import type { FTPSessionState } from "./session.ts";

/** PWD to MLST. */
export const treeCommands: CommandTable = {
  PWD: { run: pwd },
  XPWD: { run: pwd },
  CWD: { run: cwd, argument: "required", syntax: "directory" },
  XCWD: { run: cwd, argument: "required", syntax: "directory" },
  CDUP: { run: (session) => cwd(session, "..") },
  XCUP: { run: (session) => cwd(session, "..") },
  MKD: { run: mkd, argument: "required", access: "writer", syntax: "directory" },
  XMKD: { run: mkd, argument: "required", access: "writer", syntax: "directory" },
  RMD: { run: rmd, argument: "required", access: "writer", syntax: "directory" },
  XRMD: { run: rmd, argument: "required", access: "writer", syntax: "directory" },
  DELE: { run: dele, argument: "required", access: "writer", syntax: "file" },
  RNFR: { run: rnfr, argument: "required", access: "writer", syntax: "path" },
  RNTO: { run: rnto, argument: "required", access: "writer", syntax: "path" },
  SIZE: { run: size, argument: "required", syntax: "file" },
  MDTM: { run: mdtm, argument: "required", syntax: "file" },
  MFMT: { run: mfmt, argument: "required", access: "writer", syntax: "YYYYMMDDHHMMSS path" },
  MLST: { run: mlst, argument: "optional", syntax: "[path]" },
};

function pwd({ channel, directory }: FTPSessionState): void {
  channel.send(format257(directory, "is the current directory"));
}

async function cwd(session: FTPSessionState, argument: string): Promise<void> {
  const path = session.resolve(argument);
  const { type } = await session.status(path);
  if (type !== "directory") throw new FTPReplyError(550, "Not a directory");
  session.directory = path;
  session.channel.reply(250, "Directory changed");
}

async function mkd(session: FTPSessionState, argument: string): Promise<void> {
  const path = session.resolve(argument);
  await session.filesystem.makeDirectory(path);
  session.channel.send(format257(path, "was made"));
}

async function rmd(session: FTPSessionState, argument: string): Promise<void> {
  await session.filesystem.removeDirectory(session.resolve(argument));
  session.channel.reply(250, "Directory removed");
}

async function dele(session: FTPSessionState, argument: string): Promise<void> {
  await session.filesystem.remove(session.resolve(argument));
  session.channel.reply(250, "File removed");
}

async function rnfr(session: FTPSessionState, argument: string): Promise<void> {
  const path = session.resolve(argument);
  await session.status(path);
  session.renameFrom = path;
  session.channel.reply(350, "Send RNTO with the new name");
}

async function rnto(session: FTPSessionState, argument: string): Promise<void> {
  const from = session.renameFrom;
  if (from === undefined) throw new FTPReplyError(503, "Send RNFR first");
  session.renameFrom = undefined;
  await session.filesystem.rename(from, session.resolve(argument));
  session.channel.reply(250, "Renamed");
}

async function size(session: FTPSessionState, argument: string): Promise<void> {
  // It is the length on the wire (RFC 3659 §4), which in ASCII only reading the file would tell.
  if (session.type === "A") throw new FTPReplyError(550, "Sizes are told in binary: send TYPE I");
  const status = await session.status(session.resolve(argument));
  if (status.type !== "file") throw new FTPReplyError(550, "Not a plain file");
  session.channel.reply(213, String(status.size));
}

async function mdtm(session: FTPSessionState, argument: string): Promise<void> {
  const status = await session.status(session.resolve(argument));
  if (status.type !== "file") throw new FTPReplyError(550, "Not a plain file");
  session.channel.send(formatMdtm(wholeSeconds(status.modified)));
}

async function mfmt(session: FTPSessionState, argument: string): Promise<void> {
  const space = argument.indexOf(" ");
  const time = parseTimeVal(argument.slice(0, Math.max(space, 0)));
  const name = argument.slice(space + 1);
  if (!time || name === "") throw new FTPReplyError(501, "Expected YYYYMMDDHHMMSS and a path");
  await session.filesystem.setModified(session.resolve(name), time.date);
  session.channel.reply(213, `Modify=${formatTimeVal(time.date)}; ${name}`);
}

async function mlst(session: FTPSessionState, argument: string): Promise<void> {
  const path = session.resolve(argument);
  const entry = toEntry(path, await session.status(path), session);
  session.channel.reply(250, ["Listing", ` ${formatFacts(entry, session.facts)}`, "End"]);
}
