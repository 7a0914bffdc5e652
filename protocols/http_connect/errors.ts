/**
 * What an HTTP proxy can do wrong, and how it says no.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";

/** The peer sent what is no HTTP. Nothing that follows on the connection can be trusted. */
export class HttpSyntaxError extends ProtocolError {
  /** The name of the class, as in every error. */
  override readonly name: string = "HttpSyntaxError";
}

/** The proxy does not connect. */
export class HttpConnectError extends ProtocolError {
  /** The name of the class, as in every error. */
  override readonly name: string = "HttpConnectError";
  /** The status of its answer, 300 to 599. */
  readonly status: number;
  /** The words beside the status, as they came. */
  readonly reason: string;
  /** The ways to authenticate that it names, in its own words: `Basic realm="x"`. */
  readonly challenges: readonly string[];

  /**
   * Says why it does not.
   *
   * @param message What the proxy said.
   * @param head Its answer.
   */
  constructor(
    message: string,
    head: { status: number; reason: string; challenges: readonly string[] },
  ) {
    super(message);
    this.status = head.status;
    this.reason = head.reason;
    this.challenges = head.challenges;
  }
}
