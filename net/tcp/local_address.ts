/**
 * Connections from an address of one's own choice (Python's `local_addr`), by
 * `node:net`: `Deno.connect` has no word for it.
 *
 * It needs `--allow-net` for the local address as well as for the peer. Before
 * 2.7.9 Deno connects from another address without a word: then the connection
 * is closed, and an error says so.
 *
 * @module
 */

import type { Socket } from "node:net";
import { rethrowIfCancelled, RuntimeError } from "../../loop/exceptions.ts";
import { isIPv4, isIPv6 } from "../../protocols/text/ip.ts";
import { ipBytes } from "../../protocols/text/ip_bytes.ts";
import { quote } from "../../protocols/text/quote.ts";
import type { ByteStream, Dial } from "../byte_stream.ts";
import { OSError, PermissionError, ResolveError } from "../errors.ts";
import { fromNative, hostAndPort } from "../native_errors.ts";
import { SocketStream } from "./node_socket.ts";
import { checkPort } from "./places.ts";

/** An address of this machine. */
export interface LocalAddress {
  /** An IP address of one of its interfaces. */
  hostname: string;
  /**
   * The port; 0 for a free one.
   *
   * @default {0}
   */
  port?: number;
}

/**
 * Makes the {@linkcode Dial} that connects over TCP from an address of this
 * machine. Of a host's addresses only those of the same family are tried.
 *
 * @param local The address, and perhaps the port.
 * @returns What connects.
 * @throws {TypeError} If the host is no IP address.
 * @throws {RangeError} If the port is none.
 *
 * @example
 * ```ts
 * import { dialFrom } from "https://tulip.example/net/tcp/local_address.ts";
 * import { openConnection } from "https://tulip.example/net/streams/connect.ts";
 *
 * const dial = dialFrom({ hostname: "192.0.2.7" });
 * const connect = (host: string) => openConnection(host, 25, { dial });
 * ```
 */
export function dialFrom(local: LocalAddress): Dial {
  const { hostname, port = 0 } = local;
  if (!isIPv4(hostname) && !isIPv6(hostname)) {
    throw new TypeError(
      `Cannot connect from ${quote(String(hostname))}: need an IP address of this machine`,
    );
  }
  checkPort(port, 0);
  return (target, { signal }) => dial(target, { hostname, port }, signal);
}

interface Place {
  readonly hostname: string;
  readonly port: number;
}

async function dial(target: Place, local: Place, signal?: AbortSignal): Promise<ByteStream> {
  signal?.throwIfAborted();
  // Without them node:net would end the program.
  for (const place of [target, local]) await demand(place);
  const { connect } = await import("node:net");
  signal?.throwIfAborted();
  const socket = connect({
    host: target.hostname,
    port: target.port,
    localAddress: local.hostname,
    localPort: local.port,
    family: isIPv6(local.hostname) ? 6 : 4,
    allowHalfOpen: true,
    noDelay: true,
  });
  const giveUp = () => void socket.destroy();
  signal?.addEventListener("abort", giveUp);
  let stream: ByteStream | undefined;
  try {
    await connected(socket);
    const made = new SocketStream(socket);
    refuseOther(made, local, target);
    return stream = made;
  } catch (error) {
    rethrowIfCancelled(error);
    if (signal?.aborted) throw signal.reason;
    throw explained(error, target, local);
  } finally {
    signal?.removeEventListener("abort", giveUp);
    if (stream === undefined) giveUp();
  }
}

/** Asks as `Deno.connect` would. */
async function demand(place: Place): Promise<void> {
  const host = hostAndPort(place);
  const { state } = await Deno.permissions.request({ name: "net", host });
  if (state === "granted") return;
  throw new PermissionError(
    `Cannot use ${host}: permission denied. Run the program with --allow-net=${host}`,
    place,
  );
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("The socket was closed")));
  });
}

function refuseOther(stream: ByteStream, local: Place, target: Place): void {
  const { hostname, port } = stream.localAddress;
  const same = String(ipBytes(hostname)) === String(ipBytes(local.hostname)) &&
    (local.port === 0 || local.port === port);
  if (same) return;
  throw new RuntimeError(
    `Cannot connect to ${hostAndPort(target)} from ${hostAndPort(local)}: this Deno ` +
      `(${Deno.version.deno}) has connected from ${hostAndPort({ hostname, port })} instead. ` +
      `2.7.9 and newer do as they are told`,
  );
}

function explained(error: unknown, target: Place, local: Place): unknown {
  const { code, syscall } = error as { code?: string; syscall?: string };
  const what = `Cannot connect to ${hostAndPort(target)} from ${hostAndPort(local)}`;
  const options = { cause: error, hostname: local.hostname, port: local.port };
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return new ResolveError(`${what}: the name ${quote(target.hostname)} could not be resolved`, {
      ...options,
      ...target,
      code,
    });
  }
  if (code === "EADDRINUSE") {
    return new OSError(`${what}: the local port is taken`, { ...options, code });
  }
  if (code === "EADDRNOTAVAIL" || (code === "EINVAL" && syscall === "bind")) {
    return new OSError(`${what}: this machine does not have that address`, {
      ...options,
      code: "EADDRNOTAVAIL",
    });
  }
  if (code === "EINVAL") {
    return new OSError(`${what}: the two addresses are of different families`, {
      ...options,
      code,
    });
  }
  return fromNative(error, "connect to", target);
}
