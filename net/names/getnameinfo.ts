/**
 * From addresses to names: Python's `loop.getnameinfo`.
 *
 * @module
 */

import { rethrowIfCancelled, TimeoutError } from "../../loop/exceptions.ts";
import { checkTimeout, DEFAULT_TIMEOUT, interruptible } from "../../loop/wait.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { isIPv4, isIPv6 } from "../../protocols/text/ip.ts";
import { quote } from "../../protocols/text/quote.ts";
import { NI_DGRAM, NI_NAMEREQD, NI_NUMERICHOST, NI_NUMERICSERV } from "./address_info.ts";
import type { NameInfo } from "./address_info.ts";
import { OSError, PermissionError, ResolveError } from "../errors.ts";
import { hostAndPort } from "../native_errors.ts";
import { checkPort } from "../tcp/places.ts";
import { serviceOfPort } from "./services.ts";

/**
 * Finds the name of an address, and that of the service behind its port.
 *
 * To look the name up needs `--allow-net` for the address. Where Deno has no
 * reverse look-up (2.5), DNS is asked alone, without `/etc/hosts`. Of
 * services only the best known have a name here. There is no `NI_NOFQDN`: the
 * platform does not tell to which domain this machine belongs.
 *
 * @param address An IP address and a port.
 * @param flags `NI_NUMERICHOST` and the like, joined by `|`.
 * @param options What may end the wait.
 * @returns Host and service; where one has no name, its number.
 * @throws {TypeError} If the host is no IP address.
 * @throws {RangeError} If the port is none.
 * @throws {ResolveError} If the address has no name, and `NI_NAMEREQD` asks for one.
 * @throws {PermissionError} If the program may not look the address up.
 * @throws {TimeoutError} If it takes longer than `timeout`.
 *
 * @example
 * ```ts
 * import { NI_NUMERICHOST } from "https://tulip.example/net/names/address_info.ts";
 * import { getnameinfo } from "https://tulip.example/net/names/getnameinfo.ts";
 * import assert from "node:assert/strict";
 *
 * const info = await getnameinfo({ hostname: "192.0.2.1", port: 80 }, NI_NUMERICHOST);
 * assert.deepEqual(info, { hostname: "192.0.2.1", service: "http" });
 * ```
 */
export async function getnameinfo(
  address: { hostname: string; port: number },
  flags = 0,
  options: WaitOptions = {},
): Promise<NameInfo> {
  const { hostname, port } = address;
  const { signal } = options;
  const timeout = checkTimeout(options.timeout, DEFAULT_TIMEOUT);
  const bare = String(hostname).replace(/%[\w.-]+$/, "");
  if (!isIPv4(bare) && !isIPv6(bare)) {
    throw new TypeError(`Cannot name ${quote(String(hostname))}: need an IP address`);
  }
  checkPort(port, 0);
  if (flags & NI_NUMERICHOST && flags & NI_NAMEREQD) {
    throw noName(address);
  }
  signal?.throwIfAborted();
  const service = flags & NI_NUMERICSERV
    ? undefined
    : serviceOfPort(port, flags & NI_DGRAM ? "udp" : "tcp");
  const name = flags & NI_NUMERICHOST ? undefined : await interruptible(nameOf(bare, address), {
    signal,
    timeout,
    timeoutError: () => new TimeoutError(`Cannot name ${hostname}: no answer within ${timeout} ms`),
  });
  if (name === undefined && flags & NI_NAMEREQD) throw noName(address);
  return { hostname: name ?? hostname, service: service ?? String(port) };
}

async function nameOf(
  bare: string,
  address: { hostname: string; port: number },
): Promise<string | undefined> {
  try {
    const { promises } = await import("node:dns");
    if (promises.lookupService === undefined) return await nameByDns(bare);
    const { hostname } = await promises.lookupService(bare, address.port);
    return hostname === bare ? undefined : hostname;
  } catch (error) {
    rethrowIfCancelled(error);
    if (error instanceof OSError) throw error;
    const { code } = error as { code?: string };
    if (code === "EPERM" || error instanceof Deno.errors.NotCapable) {
      throw new PermissionError(
        `Cannot name ${address.hostname}: permission denied. Run the program with ` +
          `--allow-net=${hostAndPort(address)}`,
        { cause: error, ...address },
      );
    }
    if (code === "ENOTFOUND" || error instanceof Deno.errors.NotFound) return undefined;
    throw new ResolveError(`Cannot name ${address.hostname}: no DNS server could be asked`, {
      cause: error,
      code: "EAI_AGAIN",
      ...address,
    });
  }
}

async function nameByDns(bare: string): Promise<string | undefined> {
  const { reverseName } = await import("./reverse_name.ts");
  const [name] = await Deno.resolveDns(reverseName(bare), "PTR");
  return name?.replace(/\.$/, "");
}

function noName(address: { hostname: string; port: number }): ResolveError {
  return new ResolveError(`Cannot name ${quote(address.hostname)}: it has no name`, address);
}
