/**
 * SOCKS version 5, the client's side (RFC 1928), with user and password
 * (RFC 1929).
 *
 * @module
 */

import type { Handshake, HandshakeStep } from "../handshake.ts";
import {
  checkAddress,
  decodeAddress,
  encodeAddress,
  lengthOfAddress,
  type SocksAddress,
} from "./address.ts";
import { Gatherer } from "./gatherer.ts";
import {
  SOCKS5_FAILURES,
  SocksAuthError,
  SocksReplyError,
  SocksSyntaxError,
  UNKNOWN_FAILURE,
} from "./errors.ts";

/** Who we are to a SOCKS server. */
export interface SocksCredentials {
  /** The user; 1 to 255 bytes in UTF-8. */
  readonly username: string;
  /** The password; 1 to 255 bytes in UTF-8. */
  readonly password: string;
}

const VERSION = 5;
const CONNECT = 1;
const NO_AUTH = 0;
const USER_PASSWORD = 2;
const NONE_ACCEPTABLE = 0xff;

/**
 * Asks a SOCKS server for a connection.
 *
 * @example A dialogue without a password
 * ```ts
 * import { Socks5Client } from "https://tulip.example/protocols/socks/socks5.ts";
 * import assert from "node:assert/strict";
 *
 * const client = new Socks5Client({ hostname: "example.org", port: 80 });
 * assert.deepEqual(client.start(), Uint8Array.of(5, 1, 0));
 * const { send } = client.push(Uint8Array.of(5, 0));
 * assert.deepEqual(send?.subarray(0, 5), Uint8Array.of(5, 1, 0, 3, 11));
 * client.push(Uint8Array.of(5, 0, 0, 1, 192, 0, 2, 1, 0x1f, 0x90));
 * assert.equal(client.wanted, 0);
 * assert.deepEqual(client.bound, { hostname: "192.0.2.1", port: 8080 });
 * ```
 */
export class Socks5Client implements Handshake {
  readonly #target: SocksAddress;
  readonly #credentials: SocksCredentials | undefined;
  readonly #message = new Gatherer(2);
  #state: "method" | "auth" | "reply" | "address" | "done" | "failed" = "method";
  #bound: SocksAddress | undefined;

  /**
   * Says where to, and as whom.
   *
   * @param target Where the server is to connect to; a name is resolved there.
   * @param credentials The user and the password, offered besides no authentication at all.
   * @throws {TypeError} If the host is no name in ASCII and no IP address, or user or password are
   * no strings that can be encoded.
   * @throws {RangeError} If something is too long to be sent.
   */
  constructor(target: SocksAddress, credentials?: SocksCredentials) {
    checkAddress(target);
    if (credentials !== undefined) checkCredentials(credentials);
    this.#target = target;
    this.#credentials = credentials;
  }

  /** How many bytes are surely part of the handshake and still to come; 0 once it is done. */
  get wanted(): number {
    return this.#state === "done" || this.#state === "failed" ? 0 : this.#message.wanted;
  }

  /** The address from which the server has connected, once it has. */
  get bound(): SocksAddress | undefined {
    return this.#bound;
  }

  /** What is to be sent first: the methods that we know (RFC 1928 §3). */
  start(): Uint8Array {
    return this.#credentials === undefined
      ? Uint8Array.of(VERSION, 1, NO_AUTH)
      : Uint8Array.of(VERSION, 2, NO_AUTH, USER_PASSWORD);
  }

  /**
   * Takes bytes as they come, in pieces of any size.
   *
   * @param data The bytes.
   * @returns What came of them.
   * @throws {SocksSyntaxError} If they are no SOCKS.
   * @throws {SocksAuthError} If the server wants other credentials.
   * @throws {SocksReplyError} If it does not connect.
   */
  push(data: Uint8Array): HandshakeStep {
    if (this.#state === "failed") throw new SocksSyntaxError("The handshake has failed before");
    let consumed = 0;
    while (this.#state !== "done" && consumed < data.length) {
      consumed += this.#message.take(data, consumed);
      if (this.#message.wanted > 0) break;
      const state = this.#state;
      this.#state = "failed";
      const send = this.#handle(state, this.#message.bytes);
      if (send !== undefined) return { consumed, send };
    }
    return { consumed };
  }

  /** Takes a whole message; what it answers. */
  #handle(state: string, message: Uint8Array): Uint8Array | undefined {
    if (state === "method") return this.#answerMethod(message[0]!, message[1]!);
    if (state === "auth") return this.#answerAuth(message[0]!, message[1]!);
    if (state === "reply") return this.#readReply(message);
    this.#bound = decodeAddress(message.subarray(3));
    this.#state = "done";
    return undefined;
  }

  #answerMethod(version: number, method: number): Uint8Array {
    checkVersion(version);
    if (method === NO_AUTH) return this.#request();
    if (method === USER_PASSWORD && this.#credentials !== undefined) {
      this.#expect("auth", 2, true);
      return encodeCredentials(this.#credentials);
    }
    if (method !== NONE_ACCEPTABLE) {
      throw new SocksSyntaxError(
        `The SOCKS server chose authentication method ${method}, which was not offered`,
      );
    }
    throw new SocksAuthError(
      this.#credentials === undefined
        ? "the SOCKS server wants a user and a password, or knows this machine not"
        : "the SOCKS server takes neither a user and password nor none",
      "required",
    );
  }

  #answerAuth(version: number, status: number): Uint8Array {
    // RFC 1929 §2 says 1; some servers answer with the version of SOCKS.
    if (version !== 1 && version !== VERSION) {
      throw new SocksSyntaxError(`Expected an answer to the password, got byte ${version}`);
    }
    if (status === 0) return this.#request();
    throw new SocksAuthError("the SOCKS server refuses the user or the password", "refused");
  }

  #request(): Uint8Array {
    // Version, reply, reserved, kind of address, and the first byte of that.
    this.#expect("reply", 5, true);
    return Uint8Array.of(VERSION, CONNECT, 0, ...encodeAddress(this.#target));
  }

  #readReply(message: Uint8Array): undefined {
    checkVersion(message[0]!);
    const reply = message[1]!;
    // Whatever address follows a refusal, nobody needs it.
    if (reply !== 0) throw new SocksReplyError(reply, SOCKS5_FAILURES[reply] ?? UNKNOWN_FAILURE);
    const length = lengthOfAddress(message[3]!, message[4]!);
    if (length === undefined) {
      throw new SocksSyntaxError(`The SOCKS server names a kind of address ${message[3]}`);
    }
    this.#expect("address", 3 + length, false);
  }

  #expect(state: "auth" | "reply" | "address", length: number, fresh: boolean): void {
    this.#state = state;
    this.#message.expect(length, fresh);
  }
}

/**
 * Checks a user and a password.
 *
 * @param credentials Both.
 * @throws {TypeError} If one is no string that can be encoded.
 * @throws {RangeError} If one has not 1 to 255 bytes.
 */
export function checkCredentials(credentials: SocksCredentials): void {
  for (const name of ["username", "password"] as const) {
    const text = credentials[name];
    if (typeof text !== "string" || /\p{Cs}/u.test(text)) {
      throw new TypeError(`Cannot send the ${name} by SOCKS: need a text`);
    }
    const { length } = new TextEncoder().encode(text);
    if (length < 1 || length > 255) {
      throw new RangeError(
        `Cannot send the ${name} by SOCKS: it has ${length} bytes, and must have 1 to 255`,
      );
    }
  }
}

function encodeCredentials({ username, password }: SocksCredentials): Uint8Array {
  const encoder = new TextEncoder();
  const [user, word] = [encoder.encode(username), encoder.encode(password)];
  return Uint8Array.of(1, user.length, ...user, word.length, ...word);
}

function checkVersion(version: number): void {
  if (version === VERSION) return;
  const hint = version === 0x48
    ? ". It seems to be an HTTP proxy"
    : version === 0 || version === 4
    ? ". It seems to speak only SOCKS 4"
    : version === 0x15 || version === 0x16
    ? ". It seems to speak TLS"
    : "";
  throw new SocksSyntaxError(`Expected SOCKS version 5, got byte ${version}${hint}`);
}
