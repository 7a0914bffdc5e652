/**
 * The modules of Node that TLS is made with where Deno's own cannot do it,
 * loaded when the first connection needs them.
 *
 * @module
 */

import { requireDeno } from "../runtime.ts";

/** `node:tls`, and what it stands on. */
export interface NodeTls {
  /** TLS over any duplex stream. */
  readonly tls: typeof import("node:tls");
  /** Streams as Node has them. */
  readonly stream: typeof import("node:stream");
  /** Certificates and hashes. */
  readonly crypto: typeof import("node:crypto");
  /** Waits for all that Node does in ticks to be done. */
  readonly turn: () => Promise<void>;
}

/**
 * The Deno from which `node:tls` works over a stream of ours, on both sides: 2.7.13 stalls in the
 * second write, and until 2.9.0 the end of TLS is never sent, so that the other side must take
 * every connection for one that was cut off.
 */
export const DENO_WITH_TLS_OVER_STREAMS = "2.9.1";

let loading: Promise<NodeTls> | undefined;

/**
 * Loads the modules, once.
 *
 * @param what What needs them, as the beginning of a sentence.
 * @param instead What else helps on a Deno that is too old; empty for nothing.
 * @throws {RuntimeError} If this Deno is too old to use them over a stream of ours.
 */
export function nodeTlsOverStreams(what: string, instead = ""): Promise<NodeTls> {
  requireDeno(DENO_WITH_TLS_OVER_STREAMS, what, instead);
  return nodeTls();
}

/** Loads the modules, once. */
export function nodeTls(): Promise<NodeTls> {
  return loading ??= Promise.all([
    import("node:tls"),
    import("node:stream"),
    import("node:crypto"),
    import("node:timers"),
  ]).then(([tls, stream, crypto, { setImmediate }]) => ({
    tls: tls.default,
    stream: stream.default as unknown as NodeTls["stream"],
    crypto: crypto.default as unknown as NodeTls["crypto"],
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  }));
}
