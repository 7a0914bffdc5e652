/**
 * Datagrams on their way to the system, one after the other.
 *
 * @module
 */

import { runOutside } from "../../loop/outside.ts";
import { checkAddress, isSameAddress } from "./datagram_address.ts";
import type { DatagramPort } from "./datagram_port.ts";
import { hostAndPort } from "../native_errors.ts";
import type { DatagramAddress } from "../transports/transports.ts";

/** A datagram that is to be sent. */
export interface OutgoingDatagram {
  /** What it holds; nobody changes it. */
  readonly data: Uint8Array;
  /** Where to. */
  readonly address: DatagramAddress;
  /** Told what became of it; must not throw. */
  settled(failure: { readonly error: unknown } | null): void;
}

// What the system keeps beside the bytes of a datagram; Python counts so.
const HEADER = 8;

/** The datagrams that a socket has still to send. */
export class DatagramSender {
  readonly #port: DatagramPort;
  readonly #queue: OutgoingDatagram[] = [];
  #current: OutgoingDatagram | null = null;
  #size = 0;

  /**
   * Begins with nothing to send.
   *
   * @param port The socket.
   */
  constructor(port: DatagramPort) {
    this.#port = port;
  }

  /** How much is unsent, in bytes, with a few for each datagram. */
  get size(): number {
    return this.#size;
  }

  /** Whether something is unsent. */
  get isSending(): boolean {
    return this.#current !== null;
  }

  /**
   * Sends a datagram when its turn comes.
   *
   * @param datagram The datagram.
   */
  push(datagram: OutgoingDatagram): void {
    this.#queue.push(datagram);
    this.#size += datagram.data.length + HEADER;
    if (this.#current === null) runOutside(() => this.#sendAll());
  }

  /**
   * Takes a datagram back.
   *
   * @param datagram The datagram.
   * @returns Whether it was still there: one whose turn has come is sent.
   */
  withdraw(datagram: OutgoingDatagram): boolean {
    const index = this.#queue.indexOf(datagram);
    if (index < 0) return false;
    this.#queue.splice(index, 1);
    this.#size -= datagram.data.length + HEADER;
    return true;
  }

  /** Drops everything; nobody is told. */
  clear(): void {
    this.#queue.length = 0;
    this.#size = 0;
  }

  async #sendAll(): Promise<void> {
    for (let next = this.#next(); next !== null; next = this.#next()) {
      const failure = await this.#port.send(next.data, next.address)
        .then(() => null, (error: unknown) => ({ error }));
      if (this.#size > 0) this.#size -= next.data.length + HEADER;
      next.settled(failure);
    }
  }

  #next(): OutgoingDatagram | null {
    return this.#current = this.#queue.shift() ?? null;
  }
}

/**
 * Says where a datagram goes.
 *
 * @param remote The only peer of the socket, or `null`.
 * @param address What the caller gave.
 * @param caller Who asks, for the message.
 * @throws {TypeError} If there is no address, or it is none.
 * @throws {RangeError} If the port is out of range, or it is not the only peer.
 */
export function targetOf(
  remote: DatagramAddress | null,
  address: DatagramAddress | null,
  caller: string,
): DatagramAddress {
  if (remote === null) {
    if (address === null) {
      throw new TypeError(`Cannot send without an address: ${caller}() needs one`);
    }
    return checkAddress(address, 0);
  }
  if (address !== null && !isSameAddress(remote, checkAddress(address, 0))) {
    throw new RangeError(
      `Cannot send to ${hostAndPort(address)}: this socket talks to ${hostAndPort(remote)} only`,
    );
  }
  return remote;
}

/**
 * Makes the bytes of a datagram, which nobody else has.
 *
 * @param data Bytes, or text to be encoded as UTF-8.
 * @throws {TypeError} If it is neither.
 */
export function bytesOf(data: Uint8Array | string): Uint8Array {
  if (typeof data === "string") return new TextEncoder().encode(data);
  if (data instanceof Uint8Array) return data.slice();
  throw new TypeError(`Cannot send ${typeof data}: need bytes or text`);
}
