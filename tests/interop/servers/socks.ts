/**
 * Real SOCKS servers: microsocks and Dante's danted.
 *
 * @module
 */

import { pathOf } from "./installed.ts";
import { freePorts } from "./ports.ts";
import { type Running, started } from "./started.ts";

/** Options of {@linkcode startMicrosocks}. */
export interface MicrosocksOptions {
  /** The user and the password that it wants. */
  login?: { username: string; password: string };
}

/**
 * Starts microsocks.
 *
 * @param options Who may come in.
 * @returns The proxy, which answers by then.
 */
export async function startMicrosocks({ login }: MicrosocksOptions = {}): Promise<Running> {
  const port = freePorts(1);
  const user = login === undefined ? [] : ["-u", login.username, "-P", login.password];
  return await started("microsocks", port, () => [
    ...[pathOf("microsocks"), "-i", "127.0.0.1", "-p", String(port)],
    ...user,
  ]);
}

/**
 * Starts danted, which lets everybody connect to 127.0.0.1, except to one port.
 *
 * @param options The port that its rules forbid.
 * @returns The proxy, which answers by then. It speaks SOCKS 4 and 5.
 */
export async function startDanted({ forbidden }: { forbidden: number }): Promise<Running> {
  const port = freePorts(1);
  return await started("danted", port, async (folder) => {
    await Deno.writeTextFile(
      `${folder}/danted.conf`,
      `logoutput: stderr
internal: 127.0.0.1 port = ${port}
external: 127.0.0.1
clientmethod: none
socksmethod: none
user.privileged: root
user.unprivileged: nobody
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
socks block { from: 127.0.0.0/8 to: 0.0.0.0/0 port = ${forbidden} }
socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 command: connect }
`,
    );
    return [pathOf("danted"), "-f", `${folder}/danted.conf`, "-p", `${folder}/danted.pid`];
  });
}
