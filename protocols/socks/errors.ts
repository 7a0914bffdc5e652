/**
 * What a SOCKS server can do wrong, and how it says no.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";

/** The peer sent what is no SOCKS. Nothing that follows on the connection can be trusted. */
export class SocksSyntaxError extends ProtocolError {
  /** The name of the class, as in every error. */
  override readonly name: string = "SocksSyntaxError";
}

/** The server wants another authentication than we have, or refuses ours. */
export class SocksAuthError extends ProtocolError {
  /** The name of the class, as in every error. */
  override readonly name: string = "SocksAuthError";
  /**
   * `"required"`: it accepts none of the methods that were offered. `"refused"`: it refuses the
   * user and the password.
   */
  readonly reason: "required" | "refused";

  /**
   * Says what the server thinks of us.
   *
   * @param message What it wants, or refuses.
   * @param reason Which of the two.
   */
  constructor(message: string, reason: "required" | "refused") {
    super(message);
    this.reason = reason;
  }
}

/** The server does not connect. */
export class SocksReplyError extends ProtocolError {
  /** The name of the class, as in every error. */
  override readonly name: string = "SocksReplyError";
  /** The number of its reply: 1 to 255 in version 5, 91 to 255 in version 4. */
  readonly reply: number;
  /** The kind of failure, for programs: the system's own name where it has one. */
  readonly code: string;

  /**
   * Says why it does not.
   *
   * @param reply The number of the reply.
   * @param failure What it means.
   */
  constructor(reply: number, { code, words }: SocksFailure) {
    super(`${words} (reply ${reply})`);
    this.reply = reply;
    this.code = code;
  }
}

/** What a reply means. */
export interface SocksFailure {
  /** For programs. */
  readonly code: string;
  /** For people. */
  readonly words: string;
}

/** What the replies of version 5 mean (RFC 1928 §6). */
export const SOCKS5_FAILURES: Readonly<Record<number, SocksFailure>> = {
  1: { code: "ERR_PROXY_FAILURE", words: "the SOCKS server failed, it does not say why" },
  2: { code: "ERR_PROXY_DENIED", words: "the SOCKS server's rules do not allow that connection" },
  3: { code: "ENETUNREACH", words: "the network of that host cannot be reached from there" },
  4: { code: "EHOSTUNREACH", words: "that host is unknown there, or cannot be reached from there" },
  5: { code: "ECONNREFUSED", words: "that host refused the connection" },
  6: { code: "EHOSTUNREACH", words: "the way to that host is too long (TTL expired)" },
  7: { code: "ERR_PROXY_UNSUPPORTED", words: "the SOCKS server does not know CONNECT" },
  8: {
    code: "ERR_PROXY_UNSUPPORTED",
    words: "the SOCKS server does not know that kind of address",
  },
};

/** What the replies of version 4 mean. */
export const SOCKS4_FAILURES: Readonly<Record<number, SocksFailure>> = {
  91: { code: "ERR_PROXY_FAILURE", words: "the SOCKS server refused or failed" },
  92: { code: "ERR_PROXY_AUTH", words: "the SOCKS server wants an identd on this machine" },
  93: { code: "ERR_PROXY_AUTH", words: "the SOCKS server does not believe who the user is" },
};

/** What a reply means that is in no table. */
export const UNKNOWN_FAILURE: SocksFailure = {
  code: "ERR_PROXY_FAILURE",
  words: "the SOCKS server failed in a way of its own",
};
