/**
 * Opening a stream of bytes to a peer: dialling, and TLS where that is asked
 * for, within one time. What `openConnection` and `createConnection` share.
 *
 * @module
 */

import { TimeoutError } from "../../loop/exceptions.ts";
import { checkTimeout, DEFAULT_TIMEOUT, interruptible } from "../../loop/wait.ts";
import { beginTls, tlsOptions } from "../tls/begin_tls.ts";
import type { ByteStream, Dial } from "../byte_stream.ts";
import type { LocalAddress } from "./local_address.ts";
import { isAtLeast } from "../runtime.ts";
import { dialTcp } from "./tcp.ts";
import { needsNodeTls } from "../tls/needs.ts";
import { DENO_WITH_TLS_OVER_STREAMS } from "../tls/node.ts";
import type { TlsOptions } from "../tls/tls.ts";

/** How a connection is opened. */
export interface OpenOptions extends TlsOptions {
  /**
   * Whether TLS begins at once.
   *
   * @default {false}
   */
  tls?: boolean;
  /** Ends the opening: it rejects with `signal.reason`. An open connection it does not touch. */
  signal?: AbortSignal;
  /**
   * The longest that dialling and the TLS handshake may take together, in milliseconds.
   *
   * @default {30_000}
   */
  connectTimeout?: number;
  /**
   * What connects, for proxies, tunnels and tests.
   *
   * @default TCP
   */
  dial?: Dial;
  /**
   * The address of this machine to connect from, over TCP. It needs `--allow-net` for that address
   * too, and Deno 2.7.9.
   *
   * @default that which the system chooses
   */
  localAddress?: LocalAddress;
}

/**
 * Dials, and begins TLS where that is asked for.
 *
 * @param target What the dial is asked for; the host is the one that a certificate must name.
 * @param place The peer, for messages.
 * @param options TLS, time.
 * @returns The stream.
 * @throws {RangeError} If the time is out of range.
 * @throws {TimeoutError} If it takes longer than `connectTimeout`.
 */
export async function openStream(
  target: { hostname: string; port: number },
  place: string,
  options: OpenOptions,
): Promise<ByteStream> {
  const connectTimeout = checkTimeout(
    options.connectTimeout,
    DEFAULT_TIMEOUT,
    "connectTimeout",
  );
  if (options.dial !== undefined && options.localAddress !== undefined) {
    throw new TypeError("Cannot use dial and localAddress together: who dials chooses the address");
  }
  options.signal?.throwIfAborted();

  const stop = new AbortController();
  const opening = open(target, options, stop.signal);
  let stream: ByteStream | undefined;
  try {
    return stream = await interruptible(opening, {
      signal: options.signal,
      timeout: connectTimeout,
      timeoutError: () =>
        new TimeoutError(
          `Cannot connect to ${place}: no answer within ${connectTimeout} ms. Is a firewall ` +
            `dropping it, or the host down?`,
        ),
    });
  } finally {
    if (stream === undefined) {
      stop.abort();
      // It may still come, when nobody wants it any more.
      opening.then((late) => late.close()).catch(() => {});
    }
  }
}

async function from(local: LocalAddress): Promise<Dial> {
  const { dialFrom } = await import("./local_address.ts");
  return dialFrom(local);
}

/** Whether only a socket of Node's own can do what is asked for, on a Deno that is too old for more. */
function mustUseNode(options: TlsOptions): boolean {
  return needsNodeTls(options) && !isAtLeast(DENO_WITH_TLS_OVER_STREAMS);
}

async function open(
  target: { hostname: string; port: number },
  options: OpenOptions,
  signal: AbortSignal,
): Promise<ByteStream> {
  const { localAddress, dial = dialTcp } = options;
  if (options.tls && dial === dialTcp && localAddress === undefined && mustUseNode(options)) {
    const { dialTlsByNode } = await import("../tls/old_deno.ts");
    return await dialTlsByNode(target, options, signal);
  }
  const connect = localAddress === undefined ? dial : await from(localAddress);
  const stream = await connect(target, { signal });
  if (!options.tls) return stream;

  const giveUp = () => stream.close();
  if (signal.aborted) giveUp();
  else signal.addEventListener("abort", giveUp);
  try {
    return await beginTls(stream, {
      ...tlsOptions(options),
      serverHostname: options.serverHostname ?? target.hostname,
      signal,
      // The whole of the opening has its limit already.
      timeout: Infinity,
    });
  } catch (error) {
    giveUp();
    throw error;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}
