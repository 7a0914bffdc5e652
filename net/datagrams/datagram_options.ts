/**
 * How sockets for datagrams are opened: what both faces of them ask for.
 *
 * @module
 */

import { TimeoutError } from "../../loop/exceptions.ts";
import { checkTimeout, DEFAULT_TIMEOUT, interruptible } from "../../loop/wait.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import type { AddressFamily, IpAddress } from "./datagram_address.ts";
import { checkAddress, familyOf, resolveHost } from "./datagram_address.ts";
import { type DatagramEvents, DatagramPort } from "./datagram_port.ts";
import type { DatagramSettings } from "./datagram_tuning.ts";
import { hostAndPort } from "../native_errors.ts";
import type { DatagramAddress } from "../transports/transports.ts";

/** What every socket for datagrams may be told when it is opened. */
export interface DatagramOptions extends DatagramSettings {
  /**
   * The kind of addresses.
   *
   * @default that of the addresses which are given
   */
  family?: AddressFamily;
  /**
   * Whether other sockets of this machine may be bound to the same port, as those of a multicast
   * group are. Each of them must say so.
   *
   * @default {false}
   */
  reuseAddress?: boolean;
  /**
   * Whether a socket that is bound to `::` refuses IPv4.
   *
   * @default {false}
   */
  ipv6Only?: boolean;
}

/** Where a socket is, and to whom it talks. */
export interface DatagramPlaces {
  /** Where it is bound; port 0 for a free one. */
  localAddress?: DatagramAddress | null;
  /** The only peer. */
  remoteAddress?: DatagramAddress | null;
}

/**
 * Opens a socket.
 *
 * @param options Where, to whom, how, and what ends the wait.
 * @param events Who is told what it receives.
 * @throws {TypeError} If an address is none.
 * @throws {RangeError} If a number is out of range, the addresses are of two kinds, or neither an
 * address nor a family is given.
 * @throws {ResolveError} If a host name is unknown.
 * @throws {PermissionError} If the program may not bind there.
 * @throws {OSError} If it cannot be bound.
 * @throws {TimeoutError} If a host name is not resolved in time.
 */
export async function openPort(
  options: DatagramOptions & DatagramPlaces & WaitOptions,
  events: DatagramEvents,
): Promise<DatagramPort> {
  const timeout = checkTimeout(options.timeout, DEFAULT_TIMEOUT);
  const { localAddress, remoteAddress, signal } = options;
  const local = localAddress ? checkAddress(localAddress, 0) : null;
  const remote = remoteAddress ? checkAddress(remoteAddress, 1) : null;
  const family = familyFor(options.family, local, remote);
  signal?.throwIfAborted();

  const opening = open(local, remote, { ...options, family }, events);
  let done = false;
  try {
    const port = await interruptible(opening, {
      signal,
      // Without a name to be resolved there is nothing to wait for.
      timeout: [local, remote].every(isLiteral) ? Infinity : timeout,
      timeoutError: () =>
        new TimeoutError(`No socket for datagrams could be opened within ${timeout} ms`),
    });
    done = true;
    return port;
  } finally {
    if (!done) opening.then((port) => port.close(), () => {});
  }
}

function isLiteral(address: DatagramAddress | null): boolean {
  return address === null || familyOf(address.hostname) !== undefined;
}

async function open(
  local: DatagramAddress | null,
  remote: DatagramAddress | null,
  options: DatagramOptions,
  events: DatagramEvents,
): Promise<DatagramPort> {
  let { family } = options;
  let peer: IpAddress | undefined;
  if (remote !== null) {
    peer = await resolveHost(remote.hostname, family);
    family = peer.family;
  }
  const address = local === null
    ? anyAddress(family, peer)
    : await resolveHost(local.hostname, family);
  return await DatagramPort.open({
    ...options,
    local: { address, port: local?.port ?? 0 },
    remote: peer && { hostname: peer.hostname, port: remote!.port },
  }, events);
}

function familyFor(
  family: AddressFamily | undefined,
  local: DatagramAddress | null,
  remote: DatagramAddress | null,
): AddressFamily | undefined {
  if (family !== undefined && family !== "IPv4" && family !== "IPv6") {
    throw new RangeError(`Cannot use ${String(family)} as family: need "IPv4" or "IPv6"`);
  }
  if (local === null && remote === null && family === undefined) {
    throw new RangeError("Cannot open a socket for datagrams: need an address or a family");
  }
  for (const address of [local, remote]) {
    const literal = address === null ? undefined : familyOf(address.hostname);
    if (literal === undefined) continue;
    if (family !== undefined && literal !== family) {
      throw new RangeError(
        `Cannot use ${hostAndPort(address!)} here: all addresses of a socket are of one kind, ` +
          `and this is no ${family}`,
      );
    }
    family = literal;
  }
  return family;
}

/** Where a socket is bound that nobody says it of: whoever talks to this machine stays in it. */
function anyAddress(family: AddressFamily | undefined, peer: IpAddress | undefined): IpAddress {
  if (family === "IPv6") {
    return { hostname: peer?.hostname === "::1" ? "::1" : "::", family };
  }
  const hostname = peer?.hostname.startsWith("127.") ? "127.0.0.1" : "0.0.0.0";
  return { hostname, family: "IPv4" };
}
