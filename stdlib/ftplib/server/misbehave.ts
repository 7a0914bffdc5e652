/**
 * Replies that go wrong as they were told to; see `misbehaviour.ts`.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../../loop/exceptions.ts";
import { sleep } from "../../../loop/sleep.ts";
import { ReplyError } from "../../_server/reply_error.ts";
import { linesOf, type ReplyMischief } from "./misbehaviour.ts";
import type { FTPSessionState } from "./session.ts";

/**
 * Runs a command, unless something else is to happen.
 *
 * @param session Whose command it is.
 * @param verb The command.
 * @param run Runs it.
 */
export async function misbehave(
  session: FTPSessionState,
  verb: string,
  run: () => void | Promise<void>,
): Promise<void> {
  const { channel, settings } = session;
  channel.trickle = settings.mischief.trickle;
  const mischief = settings.mischief.reply(verb);
  if (mischief === undefined) {
    const running = run();
    if (running !== undefined) await running;
    return;
  }
  if (mischief.delay !== undefined) await sleep(mischief.delay);
  if (mischief.close === "instead") return channel.close();
  if (mischief.silent) return;
  say(session, mischief.prepend);
  if (mischief.replace === undefined) await runAndReply(session, run);
  else await replace(session, mischief);
  say(session, mischief.append);
  if (mischief.close === "after") channel.end();
}

/** Runs a command; what it throws is replied here, so that lines can go behind it. */
async function runAndReply(
  { channel }: FTPSessionState,
  run: () => void | Promise<void>,
): Promise<void> {
  try {
    await run();
  } catch (error) {
    rethrowIfCancelled(error);
    if (!(error instanceof ReplyError)) throw error;
    channel.reply(error.code, error.lines);
  }
}

async function replace(session: FTPSessionState, mischief: ReplyMischief): Promise<void> {
  do {
    say(session, mischief.replace);
    if (mischief.endless) await session.channel.flush();
  } while (mischief.endless && !session.channel.closed);
}

function say({ channel }: FTPSessionState, lines: string | readonly string[] | undefined): void {
  for (const line of linesOf(lines)) channel.sendEncoded(`${line}\r\n`);
}
