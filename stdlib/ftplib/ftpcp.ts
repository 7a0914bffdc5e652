/**
 * Copying from one server to another without the bytes coming here (FXP): one
 * is told to wait for a data connection, and the other to dial it (RFC 959 §2.3,
 * figure 2).
 *
 * @module
 */

import { gather } from "../../loop/gather.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { command } from "../../protocols/ftp/commands.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { announcePlace, plainAddress } from "./active.ts";
import type { FTP } from "./client.ts";
import { FTPError, replyError } from "./errors.ts";
import { askForPort } from "./passive.ts";
import type { Session } from "./session.ts";
import type { Turn } from "./session_turns.ts";

/** Options of {@linkcode ftpcp}. `timeout` holds for all but the copying itself, which has no limit. */
export interface FtpcpOptions extends WaitOptions {
  /**
   * The file on the other server.
   *
   * @default the path that it has on the first
   */
  targetname?: string;
  /**
   * How the bytes are represented: `"I"` as they are, `"A"` as lines of text.
   *
   * @default {"I"}
   */
  type?: "A" | "I";
}

/** What both servers have said in the end. */
export interface FtpcpResult {
  /** The last reply of the server that sent the file. */
  readonly source: Reply;
  /** The last reply of the one that received it. */
  readonly target: Reply;
}

/**
 * Has one server send a file to another (Python: `ftplib.ftpcp`).
 *
 * Most servers refuse it, as they only connect to their clients (RFC 2577 §3). The
 * one that receives is sent to the host of the other session, whatever address that
 * server names (unless its session has `trustServerPasvAddress`). The bytes travel
 * in clear: sessions of `FTP_TLS` need `protC()`. A file that the first server does
 * not have may leave an empty one on the other.
 *
 * @param source The session with the server that has the file.
 * @param sourcename The file there.
 * @param target The session with the server that is to have it.
 * @param options What it is to be called there, and how it is represented.
 * @returns The last replies of both servers.
 * @throws {ErrorPerm} If one of them refuses, for good (5xx).
 * @throws {ErrorTemp} If one of them breaks off (4xx).
 * @throws {FTPError} If a session encrypts its data, or both are the same.
 *
 * @example
 * ```ts
 * import { FTP, ftpcp, FTPServer } from "https://tulip.example/stdlib/ftplib/mod.ts";
 *
 * await using first = await FTPServer.start({ files: { "/report.txt": "All is well.\n" } });
 * await using second = await FTPServer.start();
 * await using source = await FTP.connect(first.hostname, { port: first.port, user: "anonymous" });
 * await using target = await FTP.connect(second.hostname, { port: second.port, user: "anonymous" });
 * await ftpcp(source, "/report.txt", target, { targetname: "/copy.txt" });
 * ```
 */
export async function ftpcp(
  source: FTP,
  sourcename: string,
  target: FTP,
  options: FtpcpOptions = {},
): Promise<FtpcpResult> {
  const [from, to] = [source["_session"](), target["_session"]()];
  const { targetname = sourcename, type = "I", ...wait } = options;
  const retr = command("RETR", sourcename, from.options.encoding);
  const stor = command("STOR", targetname, to.options.encoding);
  if (from === to) throw usage("Cannot copy within one session: it takes two");
  for (const session of [from, to]) refuseEncryption(session);
  const turns = await begin(from, to, [retr, stor], wait);
  try {
    for (const session of [from, to]) await session.represent(type, wait);
    const { hostname, port } = await askForPort(from, wait);
    await announcePlace(to, { hostname: plainAddress(hostname), port }, wait);
    // The one that waits for the connection answers when it is there: so the other comes first.
    to.sendTransfer(stor);
    const targetBegins = await to.beginTransfer(stor, wait);
    from.sendTransfer(retr);
    const sourceBegins = await from.beginTransfer(retr, wait);
    const endless = { ...wait, timeout: Infinity };
    return {
      source: await end(from, retr, sourceBegins, endless),
      target: await end(to, stor, targetBegins, endless),
    };
  } finally {
    for (const turn of turns) turn.end();
  }
}

/** Both at once, so that two copies cannot wait for each other. */
async function begin(
  from: Session,
  to: Session,
  [retr, stor]: readonly [string, string],
  wait: WaitOptions,
): Promise<Turn[]> {
  const interactive = { ...wait, interactive: true };
  const asked = await gather(
    () => from.begin(retr, interactive),
    () => to.begin(stor, interactive),
    { returnExceptions: true },
  );
  const turns = asked.filter((each) => !(each instanceof Error)) as Turn[];
  const failed = asked.find((each) => each instanceof Error);
  if (failed === undefined) return turns;
  for (const turn of turns) turn.end();
  throw failed;
}

async function end(
  session: Session,
  transfer: string,
  beginning: Reply,
  wait: WaitOptions,
): Promise<Reply> {
  const reply = await session.dialogue.endTransfer(transfer, beginning, wait);
  if (reply.code >= 300) throw replyError(reply, transfer);
  return reply;
}

function refuseEncryption({ tls }: Session): void {
  if (tls === undefined || tls.protection === "C" || tls.allowsClear) return;
  throw usage("Cannot copy between servers with encrypted data connections: call protC() on both");
}

function usage(message: string): FTPError {
  return new FTPError(message, { origin: "usage" });
}
