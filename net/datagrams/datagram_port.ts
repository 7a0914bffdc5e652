/**
 * A UDP socket (RFC 768): what the transport and the plain socket for datagrams
 * stand on.
 *
 * It goes by `node:dgram`, loaded when the first socket is opened. Deno's
 * `node:dgram` connects no socket to its peer in the system: strangers are
 * turned away here, and nobody hears that the peer's port is closed.
 *
 * @module
 */

import type { Socket } from "node:dgram";
import { runOutside } from "../../loop/outside.ts";
import type { AddressFamily, IpAddress } from "./datagram_address.ts";
import {
  checkPermission,
  familyOf,
  isPermitted,
  isSameAddress,
  permissionError,
  resolveHost,
} from "./datagram_address.ts";
import { type DatagramSettings, DatagramTuning } from "./datagram_tuning.ts";
import { OSError } from "../errors.ts";
import { fromNative, hostAndPort } from "../native_errors.ts";
import type { DatagramAddress } from "../transports/transports.ts";

/** How a socket is opened. */
export interface DatagramPortOptions extends DatagramSettings {
  /** Where it is bound: an IP address, and a port or 0 for a free one. */
  local: { readonly address: IpAddress; readonly port: number };
  /** The only peer, where there is one. */
  remote?: DatagramAddress;
  /** Whether the port may be bound by several sockets of this machine. */
  reuseAddress?: boolean;
  /** Whether a socket of IPv6 refuses IPv4. */
  ipv6Only?: boolean;
}

/** Who is told what a socket receives. Called outside of every task; must not throw. */
export interface DatagramEvents {
  /** A datagram has come; it belongs to whoever is told. */
  received(data: Uint8Array, address: DatagramAddress): void;
  /** Receiving has failed; the socket goes on. */
  failed(error: unknown): void;
}

/** A bound socket. */
export class DatagramPort {
  /** Where it is bound. */
  readonly localAddress: DatagramAddress;
  /** The only peer, where there is one. */
  readonly remoteAddress: DatagramAddress | null;
  /** The kind of its addresses. */
  readonly family: AddressFamily;
  /** Settings that can be changed. */
  readonly tuning: DatagramTuning;
  readonly #socket: Socket;
  #endSend: (() => void) | null = null;
  #isClosed = false;

  /**
   * Opens a socket.
   *
   * @param options Where it is bound, and its settings.
   * @param events Who is told what it receives.
   * @throws {PermissionError} If the program may not bind to that address.
   * @throws {OSError} If it cannot be bound; `code` is `"EADDRINUSE"` where the port is taken.
   */
  static async open(options: DatagramPortOptions, events: DatagramEvents): Promise<DatagramPort> {
    const { address: { hostname, family }, port } = options.local;
    const place = { hostname, port };
    await checkPermission(place, "bind to");
    const { createSocket } = await import("node:dgram");
    // What the socket does later must not seem to be done by the task that opened it.
    const socket = await runOutside(() => {
      const socket = createSocket({
        type: family === "IPv4" ? "udp4" : "udp6",
        reuseAddr: options.reuseAddress,
        ipv6Only: options.ipv6Only,
      });
      return new Promise<Socket>((resolve, reject) => {
        socket.on("error", (error) => reject(fromNative(error, "bind to", place)));
        socket.bind({ port, address: hostname }, () => resolve(socket));
      });
    });
    socket.removeAllListeners("error");
    const opened = new DatagramPort(socket, options, events);
    try {
      opened.tuning.apply(options);
    } catch (error) {
      opened.close();
      throw error;
    }
    return opened;
  }

  private constructor(socket: Socket, options: DatagramPortOptions, events: DatagramEvents) {
    const { address, port } = socket.address();
    this.#socket = socket;
    this.localAddress = { hostname: address, port };
    this.remoteAddress = options.remote ?? null;
    this.family = options.local.address.family;
    this.tuning = new DatagramTuning(socket, this.family);
    socket.on("message", (data, { address, port }) => {
      const from = { hostname: address, port };
      if (this.remoteAddress !== null && !isSameAddress(this.remoteAddress, from)) return;
      // The buffer may be a piece of a large one, which a small datagram must not keep.
      if (!this.#isClosed) events.received(new Uint8Array(data), from);
    });
    socket.on("error", (error) => {
      if (!this.#isClosed) events.failed(fromNative(error, "receive on", this.localAddress));
    });
  }

  /** Whether it is closed. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Sends a datagram. Calls should come one at a time, for their order to be kept.
   *
   * @param data What it holds; not to be changed until the promise is settled.
   * @param target Where to.
   * @throws {OSError} If it cannot be sent; `code` is `"EMSGSIZE"` where it is too long.
   * @throws {ResolveError} If the host name is unknown.
   * @throws {PermissionError} If the program may not send there.
   */
  async send(data: Uint8Array, target: DatagramAddress): Promise<void> {
    const { port } = target;
    if (port === 0) throw portlessError(target);
    const hostname = familyOf(target.hostname) === undefined
      ? (await resolveHost(target.hostname, this.family)).hostname
      : target.hostname;
    if (this.#isClosed) return;
    const error = await this.#handOver(data, hostname, port);
    if (error !== null) throw sendError(error, data.length, { hostname, port });
  }

  /** Closes it at once; idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
    this.#endSend?.();
  }

  #handOver(data: Uint8Array, hostname: string, port: number): Promise<Error | null> {
    return new Promise((resolve) => {
      // A socket that is closed meanwhile never calls back.
      this.#endSend = () => resolve(null);
      this.#socket.send(data, port, hostname, (error) => resolve(error ?? null));
    });
  }
}

/** A datagram may come without its sender's port (RFC 768). Whoever answers is not to blame. */
function portlessError(place: DatagramAddress): OSError {
  return new OSError(
    `Cannot send to ${
      hostAndPort(place)
    }: nobody is at port 0. Who sends from there wants no answer`,
    { code: "EINVAL", ...place },
  );
}

function sendError(error: Error & { code?: string }, size: number, place: DatagramAddress) {
  const what = `Cannot send ${size} bytes to ${hostAndPort(place)}`;
  const options = { ...place, cause: error };
  if (error.code === "EMSGSIZE") {
    return new OSError(
      `${what}: too long for one datagram. With IPv4 65507 bytes fit, and with less than 1200 ` +
        `it arrives in one piece`,
      { code: "EMSGSIZE", ...options },
    );
  }
  if (!isPermitted(place)) return permissionError(place, "send to");
  return new OSError(
    `${what}: the system refused, and Deno does not tell why. Is there a route to that host, ` +
      `and is it a broadcast address without allowBroadcast?`,
    { code: "EIO", ...options },
  );
}
