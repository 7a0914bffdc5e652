/**
 * A client and a scripted server in memory, under a clock that needs no time.
 *
 * @module
 */

import { EventLoop } from "../../../loop/event_loop.ts";
import { run } from "../../../loop/runners.ts";
import { TestClock } from "../../../loop/test_clock.ts";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import type { FTPOptions } from "../../../stdlib/ftplib/session_options.ts";
import { scripted, type ScriptedPeer } from "../../peers/scripted.ts";

/** Runs a body as a task of a loop whose time stands still until nothing else can happen. */
export async function inTestTime<T>(body: () => Promise<T>): Promise<T> {
  return await run(body, { loopFactory: () => new EventLoop({ clock: new TestClock() }) });
}

/**
 * Plays a script, after its greeting, with a client that is connected and not logged in.
 *
 * @param script What follows `S: 220 ready`.
 * @param body What the client does.
 * @param options How the client speaks.
 */
export async function withServer<T>(
  script: string,
  body: (ftp: FTP, peer: ScriptedPeer) => Promise<T>,
  options: FTPOptions = {},
): Promise<T> {
  return await inTestTime(async () => {
    await using peer = scripted(`S: 220 ready\n${script}`);
    await using ftp = await FTP.connect("server", { ...options, dial: peer.dial });
    return await body(ftp, peer);
  });
}

/** The bytes of a text. */
export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** The text of bytes. */
export function text(data: Uint8Array): string {
  return new TextDecoder().decode(data);
}
