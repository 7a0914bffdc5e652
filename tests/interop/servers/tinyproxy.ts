/**
 * Tinyproxy: a real HTTP proxy.
 *
 * @module
 */

import { pathOf } from "./installed.ts";
import { freePorts } from "./ports.ts";
import { type Running, started } from "./started.ts";

/** Options of {@linkcode startTinyproxy}. */
export interface TinyproxyOptions {
  /** The user and the password that it wants. */
  login?: { username: string; password: string };
  /** The only ports that it connects to. */
  connectPorts?: readonly number[];
}

/**
 * Starts tinyproxy.
 *
 * @param options Who may come in, and where to.
 * @returns The proxy, which answers by then.
 */
export async function startTinyproxy(options: TinyproxyOptions = {}): Promise<Running> {
  const { login, connectPorts = [] } = options;
  const port = freePorts(1);
  return await started("tinyproxy", port, async (folder) => {
    const lines = [
      `Port ${port}`,
      "Listen 127.0.0.1",
      "Timeout 60",
      "MaxClients 20",
      "Allow 127.0.0.1",
      ...login === undefined ? [] : [`BasicAuth ${login.username} ${login.password}`],
      ...connectPorts.map((port) => `ConnectPort ${port}`),
    ];
    await Deno.writeTextFile(`${folder}/tinyproxy.conf`, `${lines.join("\n")}\n`);
    return [pathOf("tinyproxy"), "-d", "-c", `${folder}/tinyproxy.conf`];
  });
}
