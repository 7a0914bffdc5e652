/**
 * SOCKS version 5, the server's side (RFC 1928, RFC 1929).
 *
 * @module
 */

import type { HandshakeStep } from "../handshake.ts";
import {
  checkAddress,
  decodeAddress,
  encodeAddress,
  lengthOfAddress,
  type SocksAddress,
} from "./address.ts";
import { SocksSyntaxError } from "./errors.ts";
import { Gatherer } from "./gatherer.ts";
import type { SocksCredentials } from "./socks5.ts";

/** What a client asks for. */
export interface SocksRequest {
  /** 1 for CONNECT, 2 for BIND, 3 for UDP ASSOCIATE. */
  readonly command: number;
  /** Where to. */
  readonly target: SocksAddress;
}

/** Options of a {@linkcode Socks5Server}. */
export interface Socks5ServerOptions {
  /**
   * Says whether a user may come in.
   *
   * @default everybody may, without a password
   */
  check?: (credentials: SocksCredentials) => boolean;
}

const VERSION = 5;
const NO_AUTH = 0;
const USER_PASSWORD = 2;
const NONE_ACCEPTABLE = 0xff;

/** Hears what a SOCKS client wants. */
export class Socks5Server {
  readonly #check: ((credentials: SocksCredentials) => boolean) | undefined;
  readonly #message = new Gatherer(2);
  #state: "greeting" | "methods" | "user" | "password" | "word" | "request" | "address" | "done" =
    "greeting";
  #request: SocksRequest | undefined;
  #refused = false;

  /**
   * Begins before the greeting.
   *
   * @param options Who may come in.
   */
  constructor(options: Socks5ServerOptions = {}) {
    this.#check = options.check;
  }

  /** How many bytes are surely part of the handshake and still to come; 0 once it is done. */
  get wanted(): number {
    return this.#state === "done" ? 0 : this.#message.wanted;
  }

  /** What the client wants, once it has said so. */
  get request(): SocksRequest | undefined {
    return this.#request;
  }

  /** Whether the client was refused: after what was to be sent it is to be hung up on. */
  get refused(): boolean {
    return this.#refused;
  }

  /**
   * Takes bytes as they come, in pieces of any size.
   *
   * @param data The bytes.
   * @returns What came of them.
   * @throws {SocksSyntaxError} If they are no SOCKS.
   */
  push(data: Uint8Array): HandshakeStep {
    let consumed = 0;
    while (this.#state !== "done" && consumed < data.length) {
      consumed += this.#message.take(data, consumed);
      if (this.#message.wanted > 0) break;
      const send = this.#handle(this.#message.bytes);
      if (send !== undefined) return { consumed, send };
    }
    return { consumed };
  }

  #handle(message: Uint8Array): Uint8Array | undefined {
    switch (this.#state) {
      case "greeting":
        checkByte("SOCKS version 5", VERSION, message[0]!);
        // A client that knows no method is refused when its whole greeting is there.
        if (message[1] === 0) return this.#chooseMethod([]);
        return this.#expect("methods", 2 + message[1]!, false);
      case "methods":
        return this.#chooseMethod([...message.subarray(2)]);
      case "user":
        checkByte("the version of the password's message", 1, message[0]!);
        return this.#expect("password", 3 + message[1]!, false);
      case "password":
        if (message.at(-1) === 0) return this.#authenticate(message);
        return this.#expect("word", message.length + message.at(-1)!, false);
      case "word":
        return this.#authenticate(message);
      case "request":
        return this.#readRequest(message);
      case "address":
        this.#request = { command: message[1]!, target: decodeAddress(message.subarray(3)) };
        this.#state = "done";
        return undefined;
      case "done":
        return undefined;
    }
  }

  #chooseMethod(methods: readonly number[]): Uint8Array {
    const method = this.#check === undefined ? NO_AUTH : USER_PASSWORD;
    if (!methods.includes(method)) return this.#refuse(VERSION, NONE_ACCEPTABLE);
    if (method === NO_AUTH) this.#expect("request", 5, true);
    else this.#expect("user", 2, true);
    return Uint8Array.of(VERSION, method);
  }

  #authenticate(message: Uint8Array): Uint8Array {
    const length = message[1]!;
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const credentials = {
      username: decoder.decode(message.subarray(2, 2 + length)),
      password: decoder.decode(message.subarray(3 + length)),
    };
    if (!this.#check!(credentials)) return this.#refuse(1, 1);
    this.#expect("request", 5, true);
    return Uint8Array.of(1, 0);
  }

  #readRequest(message: Uint8Array): undefined {
    checkByte("SOCKS version 5", VERSION, message[0]!);
    const length = lengthOfAddress(message[3]!, message[4]!);
    if (length === undefined) {
      throw new SocksSyntaxError(`The SOCKS client names a kind of address ${message[3]}`);
    }
    return this.#expect("address", 3 + length, false);
  }

  #refuse(...answer: number[]): Uint8Array {
    this.#refused = true;
    this.#state = "done";
    return Uint8Array.from(answer);
  }

  #expect(
    state: "methods" | "user" | "password" | "word" | "request" | "address",
    length: number,
    fresh: boolean,
  ): undefined {
    this.#state = state;
    this.#message.expect(length, fresh);
  }
}

/**
 * Writes a server's reply to a request (RFC 1928 §6).
 *
 * @param reply 0 where it has connected, else why not.
 * @param bound The address from which it has connected.
 * @returns The reply.
 * @throws {RangeError} If the reply is no byte, or a part of the address does not fit.
 */
export function encodeReply(
  reply: number,
  bound: SocksAddress = { hostname: "0.0.0.0", port: 0 },
): Uint8Array {
  if (!Number.isInteger(reply) || reply < 0 || reply > 255) {
    throw new RangeError(`Cannot reply ${reply}: need a byte`);
  }
  checkAddress(bound);
  return Uint8Array.of(VERSION, reply, 0, ...encodeAddress(bound));
}

function checkByte(what: string, expected: number, got: number): void {
  if (got !== expected) throw new SocksSyntaxError(`Expected ${what}, got byte ${got}`);
}
