/**
 * The FTP server's commands that set times and modes: MFMT and MFF
 * (draft-somers-ftp-mfxx), and SITE CHMOD and SITE UTIME, as most servers have
 * them.
 *
 * @module
 */

import { formatTimeVal, parseTimeVal } from "../../../protocols/ftp/time_val.ts";
import type { CommandTable } from "./command_table.ts";
import { FTPReplyError } from "./errors.ts";
import type { FTPSessionState } from "./session.ts";

/** MFMT, MFF and SITE. */
export const attributeCommands: CommandTable = {
  MFMT: { run: mfmt, argument: "required", syntax: "YYYYMMDDHHMMSS path" },
  MFF: { run: mff, argument: "required", syntax: "fact=value;... path" },
  SITE: { run: site, argument: "required", syntax: "CHMOD | UTIME | HELP" },
};

async function mfmt(session: FTPSessionState, argument: string): Promise<void> {
  const space = argument.indexOf(" ");
  const time = parseTimeVal(argument.slice(0, Math.max(space, 0)));
  const name = argument.slice(space + 1);
  if (!time || name === "") throw new FTPReplyError(501, "Expected YYYYMMDDHHMMSS and a path");
  await setModified(session, name, time.date);
  session.channel.reply(213, `Modify=${formatTimeVal(time.date)}; ${name}`);
}

async function mff(session: FTPSessionState, argument: string): Promise<void> {
  const space = argument.indexOf("; ");
  const name = argument.slice(space + 2);
  if (space < 1 || name === "") throw new FTPReplyError(501, "Expected fact=value; and a path");
  const path = session.allow("attributes", name);
  // All are looked at before the first is set: it is all or nothing, as far as that goes.
  const changes = argument.slice(0, space).split(";").map((fact) => change(session, path, fact));
  await session.status(path);
  const told: string[] = [];
  for (const { apply, text } of changes) {
    await apply();
    told.push(`${text};`);
  }
  tell(session, path);
  session.channel.reply(213, `${told.join("")} ${name}`);
}

interface Change {
  readonly text: string;
  apply(): Promise<void> | undefined;
}

function change(session: FTPSessionState, path: string, fact: string): Change {
  const [name = "", value = ""] = fact.split("=", 2);
  const { filesystem } = session;
  switch (name.toLowerCase()) {
    case "modify": {
      const time = parseTimeVal(value);
      if (!time) throw new FTPReplyError(501, "Expected Modify=YYYYMMDDHHMMSS");
      return {
        text: `Modify=${formatTimeVal(time.date)}`,
        apply: () => filesystem.setModified(path, time.date),
      };
    }
    case "unix.mode": {
      const mode = modeOf(session, value);
      return { text: `UNIX.mode=${value}`, apply: () => filesystem.setPermissions?.(path, mode) };
    }
    default:
      throw new FTPReplyError(504, "Only Modify and UNIX.mode can be set");
  }
}

async function site(session: FTPSessionState, argument: string): Promise<void> {
  const space = argument.indexOf(" ");
  const verb = (space < 0 ? argument : argument.slice(0, space)).toUpperCase();
  const rest = space < 0 ? "" : argument.slice(space + 1);
  switch (verb) {
    case "CHMOD":
      return await chmod(session, rest);
    case "UTIME":
      return await utime(session, rest);
    case "HELP":
      session.channel.reply(214, ["SITE commands:", " CHMOD mode path", " UTIME time path", "End"]);
      return;
    default:
      throw new FTPReplyError(504, "There is no such SITE command: see SITE HELP");
  }
}

async function chmod(session: FTPSessionState, argument: string): Promise<void> {
  const found = /^(\S+) (.+)$/.exec(argument);
  if (!found) throw new FTPReplyError(501, "Expected SITE CHMOD mode path");
  const mode = modeOf(session, found[1] as string);
  const path = session.allow("attributes", found[2] as string);
  await session.status(path);
  await session.filesystem.setPermissions?.(path, mode);
  tell(session, path);
  session.channel.reply(200, "Mode changed");
}

// Two spellings: "UTIME YYYYMMDDhhmm[ss] path", and three times and "UTC" behind the path.
async function utime(session: FTPSessionState, argument: string): Promise<void> {
  const behind = /^(.+) \d{14} (\d{14}) \d{14} UTC$/.exec(argument);
  const before = /^(\d{12}(?:\d\d)?) (.+)$/.exec(argument);
  const [name, text] = behind ? [behind[1], behind[2]] : [before?.[2], before?.[1]];
  const time = text === undefined ? undefined : parseTimeVal(text.padEnd(14, "0"));
  if (name === undefined || !time) {
    throw new FTPReplyError(501, "Expected SITE UTIME YYYYMMDDhhmmss path");
  }
  await setModified(session, name, time.date);
  session.channel.reply(200, "Time changed");
}

async function setModified(session: FTPSessionState, name: string, date: Date): Promise<void> {
  const path = session.allow("attributes", name);
  await session.filesystem.setModified(path, date);
  tell(session, path);
}

function modeOf({ filesystem }: FTPSessionState, text: string): number {
  if (!filesystem.setPermissions) throw new FTPReplyError(504, "Files have no mode here");
  if (!/^[0-7]{3,4}$/.test(text)) throw new FTPReplyError(501, "Expected a mode such as 644");
  return parseInt(text, 8);
}

function tell({ client, settings }: FTPSessionState, path: string): void {
  settings.tell({ type: "attributes", client, path });
}
