/**
 * dnsmasq: a real DNS server, which is asked about a few names of its own.
 *
 * @module
 */

import { pathOf } from "./installed.ts";
import { freePorts } from "./ports.ts";
import { type Running, started } from "./started.ts";

/**
 * Starts dnsmasq, in charge of the domain `tulip.test`.
 *
 * @param records Its lines of configuration: `mx-host=tulip.test,mx1.tulip.test,10`.
 * @returns The server, which answers by then.
 */
export async function startDnsmasq(records: readonly string[]): Promise<Running> {
  const port = freePorts(1);
  return await started("dnsmasq", port, async (folder) => {
    const lines = [
      `port=${port}`,
      "listen-address=127.0.0.1",
      "bind-interfaces",
      "no-resolv",
      "no-hosts",
      "no-daemon",
      "user=root",
      "pid-file",
      "local=/tulip.test/",
      ...records,
    ];
    await Deno.writeTextFile(`${folder}/dnsmasq.conf`, `${lines.join("\n")}\n`);
    return [pathOf("dnsmasq"), `--conf-file=${folder}/dnsmasq.conf`];
  });
}
