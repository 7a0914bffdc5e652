/**
 * The words of {@linkcode getaddrinfo} and {@linkcode getnameinfo}: what they
 * are asked and what they answer (RFC 3493 §6; Python's `socket`).
 *
 * @module
 */

import type { WaitOptions } from "../../loop/wait.ts";

/** The addresses are for listening: without a host they are those of every interface. */
export const AI_PASSIVE = 0x1;
/** The first answer tells the canonical name. */
export const AI_CANONNAME = 0x2;
/** The host is an address; nothing is looked up. */
export const AI_NUMERICHOST = 0x4;
/** IPv4 addresses are given in the form of IPv6, where IPv6 is asked for and there is none. */
export const AI_V4MAPPED = 0x8;
/** Together with {@linkcode AI_V4MAPPED}: also where there is IPv6. */
export const AI_ALL = 0x10;
/** Only kinds of addresses that this machine has itself. */
export const AI_ADDRCONFIG = 0x20;
/** The port is a number; no service's name. */
export const AI_NUMERICSERV = 0x400;

/** The host is given as an address; nothing is looked up. */
export const NI_NUMERICHOST = 0x1;
/** The service is given as a number. */
export const NI_NUMERICSERV = 0x2;
/** An address without a name is an error. */
export const NI_NAMEREQD = 0x8;
/** The service is one over UDP. */
export const NI_DGRAM = 0x10;

/** A kind of socket: a stream (TCP), datagrams (UDP), or raw packets. */
export type SocketType = "stream" | "dgram" | "raw";

/** One address of a host. */
export interface AddressInfo {
  /** IPv4 or IPv6. */
  readonly family: 4 | 6;
  /** The kind of socket that it is for. */
  readonly type: SocketType;
  /** The number of the protocol: 6 for TCP, 17 for UDP, 0 for any. */
  readonly proto: number;
  /** The canonical name of the host, in the first answer where it was asked for; else empty. */
  readonly canonname: string;
  /** Where to: an IP address, IPv6 with its zone where it has one, and a port. */
  readonly address: { readonly hostname: string; readonly port: number };
}

/** Options of {@linkcode getaddrinfo}. */
export interface GetaddrinfoOptions extends WaitOptions {
  /**
   * Only IPv4 or IPv6; 0 for both.
   *
   * @default {0}
   */
  family?: 0 | 4 | 6;
  /**
   * Only this kind of socket.
   *
   * @default every kind, each an answer of its own
   */
  type?: SocketType;
  /**
   * Only this protocol: 6 for TCP, 17 for UDP; 0 for any.
   *
   * @default {0}
   */
  proto?: number;
  /**
   * `AI_PASSIVE` and the like, joined by `|`.
   *
   * @default {0}
   */
  flags?: number;
}

/** The name of an address. */
export interface NameInfo {
  /** The host's name, or its address where it has none. */
  readonly hostname: string;
  /** The service's name, or the port where it has none. */
  readonly service: string;
}
