/**
 * The error of servers that want the TLS session of the control connection, and
 * do not get it.
 *
 * @module
 */

import { FTPError, type FTPErrorOptions } from "./errors.ts";

/**
 * Why a data connection did not go on with the TLS session of the control connection:
 *
 * - `"client-certificate"`: `cert` and `key` are given, and Deno keeps no session then;
 * - `"version"`: TLS 1.3 is spoken;
 * - `"no-session"`: the server has given none;
 * - `"not-resumed"`: the server did not find it, or Deno has lost it;
 * - `"rejected"`: it was resumed, and the server does not accept it all the same.
 */
export type SessionReuseFailure =
  | "client-certificate"
  | "version"
  | "no-session"
  | "not-resumed"
  | "rejected";

/**
 * The server refused a data connection because it does not go on with the TLS session of the
 * control connection (RFC 4217 §10). The message says what to do about it.
 */
export class FTPSessionReuseError extends FTPError {
  /** The name of the class, as in every error. */
  override readonly name: string = "FTPSessionReuseError";
  /** Why it does not. */
  readonly reason: SessionReuseFailure;

  /**
   * Says why.
   *
   * @param message What failed, why, and what to do.
   * @param reason Why.
   * @param options What else is known.
   */
  constructor(message: string, reason: SessionReuseFailure, options: FTPErrorOptions = {}) {
    super(message, options);
    this.reason = reason;
  }
}
