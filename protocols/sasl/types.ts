/**
 * What the two sides of an authentication look like, whatever the mechanism
 * and the protocol that carries it (RFC 4422 §3).
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";

/** The client's side of one authentication. */
export interface SaslClient {
  /** The mechanism, in upper case. */
  readonly mechanism: string;
  /**
   * Tells what to send along with the mechanism's name, where the protocol has
   * room for that. Not to be called where it has none.
   *
   * @returns The initial response, or `undefined` where the server speaks first.
   */
  start(): Uint8Array | undefined;
  /**
   * Answers a challenge.
   *
   * @param challenge What the server sent, decoded.
   * @returns The response.
   * @throws {SaslError} If the mechanism has no answer to it: the exchange is to be cancelled.
   */
  step(challenge: Uint8Array): Uint8Array;
}

/** Who a client says it is. */
export interface Credentials {
  /** As whom it wants to act; `""` where that is the user itself. */
  readonly authzid: string;
  /** The user. */
  readonly username: string;
  /** The password. */
  readonly password: string;
}

/** What a server does next. */
export type SaslServerStep =
  | { readonly kind: "challenge"; readonly data: Uint8Array }
  | { readonly kind: "credentials"; readonly credentials: Credentials };

/** The server's side of one authentication. */
export interface SaslServer {
  /** The mechanism, in upper case. */
  readonly mechanism: string;
  /**
   * Takes the client's next response.
   *
   * @param response What the client sent, decoded; at first the initial response, or `undefined`
   * where there was none.
   * @returns What to do next: send a challenge, or check who this is.
   * @throws {SaslError} If it is no response of this mechanism.
   */
  step(response: Uint8Array | undefined): SaslServerStep;
}

/** The peer does not follow the mechanism. */
export class SaslError extends ProtocolError {
  /** The name of the class, as in every error. */
  override readonly name: string = "SaslError";
}

/** The longest name or password in bytes that a server takes. */
export const MAX_CREDENTIAL = 1024;

/**
 * Refuses a name or a password that cannot be sent.
 *
 * @param what What it is, for the message. Its value never stands there.
 * @param text The name or the password.
 * @throws {TypeError} If it is empty or no string, or holds NUL or half a surrogate pair.
 */
export function checkCredential(what: string, text: string): void {
  if (typeof text !== "string" || text === "") {
    throw new TypeError(`Cannot authenticate: the ${what} is empty`);
  }
  if (/\0|\p{Cs}/u.test(text)) {
    throw new TypeError(`Cannot authenticate: the ${what} holds NUL or half a character`);
  }
}

/**
 * Reads a name or a password that a client sent.
 *
 * @param what What it is, for the message. Its value never stands there.
 * @param bytes The bytes.
 * @returns The text.
 * @throws {SaslError} If it is longer than {@linkcode MAX_CREDENTIAL}, holds NUL, or is no UTF-8.
 */
export function readCredential(what: string, bytes: Uint8Array): string {
  if (bytes.length > MAX_CREDENTIAL) throw new SaslError(`Expected a shorter ${what}`);
  if (bytes.includes(0)) throw new SaslError(`Expected no NUL in the ${what}`);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new SaslError(`Expected the ${what} in UTF-8`, { cause });
  }
}
