/**
 * An SMTP client and a scripted server in memory, under a clock that needs no time.
 *
 * @module
 */

import { EventLoop } from "../../../loop/event_loop.ts";
import { run } from "../../../loop/runners.ts";
import { TestClock } from "../../../loop/test_clock.ts";
import { SMTP } from "../../../stdlib/smtplib/client.ts";
import type { SMTPConnectOptions } from "../../../stdlib/smtplib/types.ts";
import { scripted, type ScriptedPeer } from "../../peers/scripted.ts";

/** Runs a body as a task of a loop whose time stands still until nothing else can happen. */
export async function inTestTime<T>(body: (clock: TestClock) => Promise<T>): Promise<T> {
  const clock = new TestClock();
  return await run(() => body(clock), { loopFactory: () => new EventLoop({ clock }) });
}

/**
 * Plays a script with a client that is connected.
 *
 * @param script What follows `S: 220 ready`.
 * @param body What the client does.
 * @param options How the client connects. It greets as `me.example` where not said otherwise.
 */
export async function withServer<T>(
  script: string,
  body: (smtp: SMTP, peer: ScriptedPeer, clock: TestClock) => Promise<T>,
  options: SMTPConnectOptions = {},
): Promise<T> {
  return await inTestTime(async (clock) => {
    await using peer = scripted(`S: 220 ready\n${script}`);
    await using smtp = await SMTP.connect("mail.example", {
      localHostname: "me.example",
      ...options,
      dial: peer.dial,
    });
    return await body(smtp, peer, clock);
  });
}

/** The part of a script in which the server names its extensions. */
export function ehlo(...features: string[]): string {
  const lines = ["mail.example", ...features];
  const replies = lines.map((line, index) =>
    `S: 250${index === lines.length - 1 ? " " : "-"}${line}\n`
  );
  return `C: EHLO me.example\n${replies.join("")}`;
}
