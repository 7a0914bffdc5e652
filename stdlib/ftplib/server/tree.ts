/**
 * The FTP server's commands on the tree of files (RFC 959 §4.1.3, RFC 3659).
 *
 * @module
 */

import { formatFacts } from "../../../protocols/ftp/facts.ts";
import { format257, formatMdtm } from "../../../protocols/ftp/replies.ts";
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
  MKD: { run: mkd, argument: "required", syntax: "directory" },
  XMKD: { run: mkd, argument: "required", syntax: "directory" },
  RMD: { run: rmd, argument: "required", syntax: "directory" },
  XRMD: { run: rmd, argument: "required", syntax: "directory" },
  DELE: { run: dele, argument: "required", syntax: "file" },
  RNFR: { run: rnfr, argument: "required", syntax: "path" },
  RNTO: { run: rnto, argument: "required", syntax: "path" },
  SIZE: { run: size, argument: "required", syntax: "file" },
  MDTM: { run: mdtm, argument: "required", syntax: "file" },
  MLST: { run: mlst, argument: "optional", syntax: "[path]" },
};

function pwd({ channel, directory }: FTPSessionState): void {
  channel.send(format257(directory, "is the current directory"));
}

async function cwd(session: FTPSessionState, argument: string): Promise<void> {
  const path = session.resolve(argument);
  const { login } = session;
  if (login.state === "in" && !login.rights.mayEnter(path)) {
    throw new FTPReplyError(550, "Permission denied");
  }
  const { type } = await session.status(path);
  if (type !== "directory") throw new FTPReplyError(550, "Not a directory");
  session.directory = path;
  session.channel.reply(250, "Directory changed");
}

async function mkd(session: FTPSessionState, argument: string): Promise<void> {
  const path = session.allow("makeDirectory", argument);
  await session.filesystem.makeDirectory(path);
  tell(session, "makeDirectory", path);
  session.channel.send(format257(path, "was made"));
}

async function rmd(session: FTPSessionState, argument: string): Promise<void> {
  const path = session.allow("removeDirectory", argument);
  await session.filesystem.removeDirectory(path);
  tell(session, "removeDirectory", path);
  session.channel.reply(250, "Directory removed");
}

async function dele(session: FTPSessionState, argument: string): Promise<void> {
  const path = session.allow("delete", argument);
  await session.filesystem.remove(path);
  tell(session, "remove", path);
  session.channel.reply(250, "File removed");
}

async function rnfr(session: FTPSessionState, argument: string): Promise<void> {
  const path = session.allow("rename", argument);
  await session.status(path);
  session.renameFrom = path;
  session.channel.reply(350, "Send RNTO with the new name");
}

async function rnto(session: FTPSessionState, argument: string): Promise<void> {
  const from = session.renameFrom;
  if (from === undefined) throw new FTPReplyError(503, "Send RNFR first");
  session.renameFrom = undefined;
  const to = session.allow("rename", argument);
  // What is there would be gone.
  if (!session.may("delete", to) && await session.filesystem.stat(to)) {
    throw new FTPReplyError(550, "Permission denied");
  }
  await session.filesystem.rename(from, to);
  const { client, settings } = session;
  settings.tell({ type: "rename", client, path: from, to });
  session.channel.reply(250, "Renamed");
}

async function size(session: FTPSessionState, argument: string): Promise<void> {
  // It is the length on the wire (RFC 3659 §4), which in ASCII only reading the file would tell.
  if (session.type === "A") throw new FTPReplyError(550, "Sizes are told in binary: send TYPE I");
  const status = await session.status(session.allow("list", argument));
  if (status.type !== "file") throw new FTPReplyError(550, "Not a plain file");
  session.channel.reply(213, String(status.size));
}

async function mdtm(session: FTPSessionState, argument: string): Promise<void> {
  const status = await session.status(session.allow("list", argument));
  if (status.type !== "file") throw new FTPReplyError(550, "Not a plain file");
  session.channel.send(formatMdtm(wholeSeconds(status.modified)));
}

async function mlst(session: FTPSessionState, argument: string): Promise<void> {
  const path = session.allow("list", argument);
  const entry = toEntry(path, await session.status(path), { session, path });
  session.channel.reply(250, ["Listing", ` ${formatFacts(entry, session.facts)}`, "End"]);
}

function tell(
  { client, settings }: FTPSessionState,
  type: "remove" | "makeDirectory" | "removeDirectory",
  path: string,
): void {
  settings.tell({ type, client, path });
}
