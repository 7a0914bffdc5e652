/**
 * A reply connection and a scripted server in memory, under a clock that needs no time.
 *
 * @module
 */

import { EventLoop } from "../../../loop/event_loop.ts";
import { run } from "../../../loop/runners.ts";
import { TestClock } from "../../../loop/test_clock.ts";
import { ReplyConnection } from "../../../stdlib/_client/reply_connection.ts";
import type { ReplyConnectionOptions } from "../../../stdlib/_client/reply_options.ts";
import { scripted, type ScriptedPeer } from "../../peers/scripted.ts";

/** Runs a body as a task of a loop whose time stands still until nothing else can happen. */
export async function inTestTime<T>(body: (clock: TestClock) => Promise<T>): Promise<T> {
  const clock = new TestClock();
  return await run(() => body(clock), { loopFactory: () => new EventLoop({ clock }) });
}

/**
 * Plays a script with a connection whose greeting was read.
 *
 * @param script What follows `S: 220 ready`.
 * @param body What the client does.
 * @param options How the client speaks.
 */
export async function withLine<T>(
  script: string,
  body: (line: ReplyConnection, peer: ScriptedPeer, clock: TestClock) => Promise<T>,
  options: ReplyConnectionOptions = {},
): Promise<T> {
  return await inTestTime(async (clock) => {
    await using peer = scripted(`S: 220 ready\n${script}`);
    const line = await ReplyConnection.open("server", 21, { dial: peer.dial, ...options });
    try {
      await line.readReply();
      return await body(line, peer, clock);
    } finally {
      line.close();
    }
  });
}
