/**
 * What tells a wire log what happens on one connection.
 *
 * @module
 */

import { getEventLoop } from "../loop/events.ts";
import { decodeLatin1 } from "../protocols/text/latin1.ts";
import type { ByteStream } from "./byte_stream.ts";
import type { TlsInfo } from "./tls/tls.ts";
import type { WireEvent, WireLog } from "./wire_log.ts";

/** Tells a log what happens on one connection. Made only where there is a log. */
export class WireTap {
  readonly #log: WireLog;
  readonly #who: Pick<WireEvent, "connection" | "side" | "localAddress" | "remoteAddress">;
  #mask: ((text: string) => string) | null = null;

  /**
   * Says that a connection is open.
   *
   * @param log Who is told.
   * @param side Who we are on it.
   * @param ends Both its ends.
   */
  constructor(
    log: WireLog,
    side: "client" | "server",
    { localAddress, remoteAddress }: Pick<WireEvent, "localAddress" | "remoteAddress">,
  ) {
    this.#log = log;
    this.#who = { connection: ++connections, side, localAddress, remoteAddress };
    this.#tell({ kind: "opened" });
  }

  /**
   * Sets how everything is shown that is received from now on.
   *
   * @param mask Takes a line, or bytes as latin-1, and gives what is shown; `null` for all.
   */
  showAs(mask: ((text: string) => string) | null): void {
    this.#mask = mask;
  }

  /** Something was written. */
  sent(data: Uint8Array | string): void {
    this.#tell({ kind: "sent", data });
  }

  /** Something was taken. */
  received(data: Uint8Array | string): void {
    if (this.#mask !== null) {
      data = this.#mask(typeof data === "string" ? data : decodeLatin1(data));
    }
    this.#tell({ kind: "received", data });
  }

  /** The peer has ended its direction. */
  ended(): void {
    this.#tell({ kind: "ended" });
  }

  /** TLS has begun. */
  encrypted(tlsInfo: TlsInfo | undefined): void {
    this.#tell({ kind: "tls", ...(tlsInfo && { tlsInfo }) });
  }

  /** The connection is closed. */
  closed(failure: { readonly error: unknown } | null): void {
    this.#tell({ kind: "closed", ...failure });
  }

  #tell(event: Pick<WireEvent, "kind" | "data" | "tlsInfo" | "error">): void {
    try {
      this.#log({ ...this.#who, ...event, time: Date.now() });
    } catch (exception) {
      // A log must not break what it looks at.
      getEventLoop().callExceptionHandler({ message: "Exception in a wire log", exception });
    }
  }
}

/**
 * Begins to tell a log what happens on a connection.
 *
 * @param log Who is told; where there is nobody, nothing is made.
 * @param side Who we are on it.
 * @param stream The connection.
 * @returns What tells.
 */
export function tapOn(
  log: WireLog | undefined,
  side: "client" | "server",
  stream: ByteStream,
): WireTap | undefined {
  if (log === undefined) return undefined;
  const tap = new WireTap(log, side, stream);
  if (stream.tls) tap.encrypted(stream.tlsInfo);
  return tap;
}

let connections = 0;
