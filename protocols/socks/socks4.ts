/**
 * SOCKS version 4, the client's side, with names resolved by the server (4a).
 *
 * @module
 */

import type { Handshake, HandshakeStep } from "../handshake.ts";
import { ipBytes } from "../text/ip_bytes.ts";
import { encodeLatin1 } from "../text/latin1.ts";
import { checkAddress, decodeAddress, type SocksAddress } from "./address.ts";
import { SOCKS4_FAILURES, SocksReplyError, SocksSyntaxError, UNKNOWN_FAILURE } from "./errors.ts";
import { Gatherer } from "./gatherer.ts";

const VERSION = 4;
const CONNECT = 1;
const GRANTED = 90;

/** The most characters in a user's name. */
const LONGEST_USER = 255;

/** Asks a SOCKS 4 server for a connection. There are no passwords and no IPv6 in this version. */
export class Socks4Client implements Handshake {
  readonly #target: SocksAddress;
  readonly #user: string;
  readonly #message = new Gatherer(8);
  #bound: SocksAddress | undefined;
  #failed = false;

  /**
   * Says where to, and as whom.
   *
   * @param target Where the server is to connect to; a name is resolved there.
   * @param user The user's name, if any.
   * @throws {TypeError} If the host is an IPv6 address or no host, or the user's name is not in
   * latin-1 or holds NUL.
   * @throws {RangeError} If something is too long to be sent.
   */
  constructor(target: SocksAddress, user = "") {
    checkAddress(target);
    if (target.hostname.includes(":")) {
      throw new TypeError("Cannot send an IPv6 address by SOCKS 4: use SOCKS 5");
    }
    // deno-lint-ignore no-control-regex
    if (typeof user !== "string" || !/^[\x01-\xff]*$/.test(user)) {
      throw new TypeError("Cannot send the username by SOCKS 4: need latin-1 without NUL");
    }
    if (user.length > LONGEST_USER) {
      throw new RangeError(`Cannot send a username of more than ${LONGEST_USER} bytes by SOCKS 4`);
    }
    this.#target = target;
    this.#user = user;
  }

  /** How many bytes are still to come; 0 once it is done. */
  get wanted(): number {
    return this.#bound !== undefined || this.#failed ? 0 : this.#message.wanted;
  }

  /** The address from which the server has connected, once it has. */
  get bound(): SocksAddress | undefined {
    return this.#bound;
  }

  /** What is to be sent first: the whole request. */
  start(): Uint8Array {
    const { hostname, port } = this.#target;
    const ip = ipBytes(hostname);
    return Uint8Array.of(
      ...[VERSION, CONNECT, port >> 8, port & 0xff],
      // An address that cannot be says that a name follows.
      ...(ip ?? [0, 0, 0, 1]),
      ...[...encodeLatin1(this.#user), 0],
      ...(ip === undefined ? [...encodeLatin1(hostname), 0] : []),
    );
  }

  /**
   * Takes bytes as they come, in pieces of any size.
   *
   * @param data The bytes.
   * @returns What came of them.
   * @throws {SocksSyntaxError} If they are no SOCKS.
   * @throws {SocksReplyError} If the server does not connect.
   */
  push(data: Uint8Array): HandshakeStep {
    if (this.#failed) throw new SocksSyntaxError("The handshake has failed before");
    const consumed = this.#bound === undefined ? this.#message.take(data, 0) : 0;
    if (this.#message.wanted > 0 || this.#bound !== undefined) return { consumed };
    const [version, reply, high, low, ...ip] = this.#message.bytes;
    this.#failed = true;
    if (version !== 0) {
      throw new SocksSyntaxError(`Expected a reply of SOCKS version 4, got byte ${version}`);
    }
    if (reply !== GRANTED) {
      throw new SocksReplyError(reply!, SOCKS4_FAILURES[reply!] ?? UNKNOWN_FAILURE);
    }
    this.#failed = false;
    this.#bound = decodeAddress(Uint8Array.of(1, ...ip, high!, low!));
    return { consumed };
  }
}
