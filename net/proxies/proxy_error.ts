/**
 * What goes wrong between us and a proxy.
 *
 * @module
 */

import type { Origin } from "../../loop/exceptions.ts";
import { ConnectionError } from "../errors.ts";
import type { OSErrorOptions } from "../errors.ts";

/** Fields of a {@linkcode ProxyError}. */
export interface ProxyErrorOptions extends OSErrorOptions {
  /** Who is to blame. */
  origin: Origin;
  /** The number of a SOCKS server's reply. */
  reply?: number;
  /** The status of an HTTP proxy's answer. */
  status?: number;
}

/**
 * A proxy cannot be reached, does not let us through, or cannot reach the host behind it.
 *
 * | `code` | what it means |
 * | --- | --- |
 * | `ERR_PROXY_UNREACHABLE` | the proxy itself cannot be reached; see `cause` |
 * | `ERR_PROXY_AUTH` | it wants credentials, others, or refuses those it was given |
 * | `ERR_PROXY_DENIED` | its rules do not allow the connection |
 * | `ERR_PROXY_UNSUPPORTED` | it does not know that kind of request or address |
 * | `ERR_PROXY_FAILURE` | it failed, or the host behind it did, and it does not say how |
 * | `ERR_PROXY_PROTOCOL` | it does not speak the protocol |
 * | `ERR_PROXY_CLOSED` | it hung up before its answer was complete |
 * | `ECONNREFUSED`, `EHOSTUNREACH`, `ENETUNREACH` | what it says about the host behind it (SOCKS) |
 */
export class ProxyError extends ConnectionError {
  /** The name of the class. */
  override readonly name: string = "ProxyError";
  /** Who is to blame: the proxy and what lies behind it (`"peer"`), or the way to it. */
  override readonly origin: Origin;
  /** The number of a SOCKS server's reply, where it has given one. */
  readonly reply?: number;
  /** The status of an HTTP proxy's answer, where it has given one. */
  readonly status?: number;

  /**
   * Makes the error.
   *
   * @param message What failed, through which proxy, and what to do.
   * @param options Its fields.
   */
  constructor(message: string, options: ProxyErrorOptions) {
    super(message, options);
    this.origin = options.origin;
    this.reply = options.reply;
    this.status = options.status;
  }
}
