/**
 * Hosts and ports as users give them.
 *
 * @module
 */

import { checkLine } from "../../protocols/text/guard.ts";

/**
 * Checks a host.
 *
 * @param host A host name or an IP address; IPv6 with or without brackets.
 * @returns The host, without brackets.
 * @throws {TypeError} If it cannot be one.
 */
export function checkHost(host: string): string {
  checkLine("host", host);
  const bare = /^\[(.*:.*)\]$/.exec(host)?.[1] ?? host;
  if (bare === "" || /[\s/?#@[\]]/.test(bare)) {
    throw new TypeError(
      `Cannot use ${JSON.stringify(host)} as a host: need a host name or an IP address`,
    );
  }
  return bare;
}

/**
 * Checks a port.
 *
 * @param port The port.
 * @param least The smallest that makes sense: 0 for listening, where it means any.
 * @throws {RangeError} If it is none.
 */
export function checkPort(port: number, least: 0 | 1): void {
  if (Number.isInteger(port) && port >= least && port <= 65_535) return;
  throw new RangeError(
    `Cannot use ${String(port)} as a port: need a whole number from ${least} to 65535`,
  );
}
