/**
 * What dials for a session.
 *
 * @module
 */

import type { Dial } from "../../net/byte_stream.ts";
import type { LocalAddress } from "../../net/tcp/local_address.ts";
import { dialTcp } from "../../net/tcp/tcp.ts";
import type { SessionTls } from "./session_tls.ts";
import type { FTPOptions } from "./session_options.ts";

/** What a dial is for. */
export interface DialUse {
  /** How the connection is to be encrypted, if so. */
  tls?: SessionTls;
  /** Whether it is for the control connection, or for one of data. */
  purpose: "control" | "data";
}

/**
 * Chooses what dials.
 *
 * @param options What the caller has said.
 * @param use What it is for.
 * @returns The dial; `undefined` for plain TCP.
 */
export function dialOf(
  { dial, localAddress }: FTPOptions,
  { tls, purpose }: DialUse,
): Dial | undefined {
  const chosen = dial ?? (localAddress && dialFrom(localAddress, purpose));
  return tls === undefined ? chosen : tls.dialWith(chosen ?? dialTcp, purpose === "data");
}

function dialFrom({ hostname, port }: LocalAddress, purpose: DialUse["purpose"]): Dial {
  // A port that is asked for is one connection's.
  const local = { hostname, port: purpose === "control" ? port : undefined };
  return async (target, options) => {
    const { dialFrom } = await import("../../net/tcp/local_address.ts");
    return await dialFrom(local)(target, options);
  };
}
