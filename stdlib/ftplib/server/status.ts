/**
 * The FTP server's commands about itself and about what is going on (RFC 959
 * §4.1.3).
 *
 * @module
 */

import { interruptible } from "../../../loop/wait.ts";
import type { CommandTable } from "./command_table.ts";
import { FTPReplyError } from "./errors.ts";
import { listLong } from "./listing.ts";
import type { FTPSessionState } from "./session.ts";

/** ABOR, STAT and AVBL. */
export const statusCommands: CommandTable = {
  ABOR: { run: abor, access: "anyone", duringTransfer: true },
  STAT: { run: stat, argument: "optional", duringTransfer: true, syntax: "[path]" },
  AVBL: { run: avbl, argument: "optional", syntax: "[directory]" },
};

const LINES_AT_MOST = 900;

async function abor(session: FTPSessionState): Promise<void> {
  session.closeData();
  const { transfer } = session;
  if (transfer) {
    transfer.abort();
    // Its own reply, 426 or 226, goes first (RFC 959 §4.1.3).
    await interruptible(transfer.done);
  }
  session.channel.reply(226, "Nothing is being transferred any more");
}

async function stat(session: FTPSessionState, argument: string): Promise<void> {
  const { channel, login, transfer, type } = session;
  if (argument === "") {
    channel.reply(211, [
      "Status:",
      ` Logged in as ${login.state === "in" ? login.name : "nobody"}`,
      ` Type: ${type === "A" ? "ASCII" : "binary"}`,
      ` Control connection: ${session.encrypted ? "encrypted" : "in the clear"}`,
      ` Data connections: ${session.protectsData ? "encrypted" : "in the clear"}`,
      transfer ? ` Transferred so far: ${transfer.bytes} bytes` : " No transfer is going on",
      "End",
    ]);
    return;
  }
  const lines: string[] = [];
  for await (const line of await listLong(session, argument)) {
    if (lines.push(` ${line}`) > LINES_AT_MOST) {
      throw new FTPReplyError(450, "That is too much for a reply: use LIST");
    }
  }
  channel.reply(213, ["Status:", ...lines, "End"]);
}

async function avbl(session: FTPSessionState, argument: string): Promise<void> {
  const { filesystem } = session;
  if (!filesystem.available) throw new FTPReplyError(502, "Nobody knows how much room there is");
  const path = session.allow("list", argument);
  const { type } = await session.status(path);
  if (type !== "directory") throw new FTPReplyError(550, "Not a directory");
  session.channel.reply(213, String(await filesystem.available(path)));
}
