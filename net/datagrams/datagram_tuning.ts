/**
 * Settings of a UDP socket: broadcast, time to live, multicast groups
 * (RFC 1112, RFC 4607).
 *
 * @module
 */

import type { Socket } from "node:dgram";
import { NotImplementedError } from "../../loop/exceptions.ts";
import { quote } from "../../protocols/text/quote.ts";
import { type AddressFamily, familyOf } from "./datagram_address.ts";
import { OSError } from "../errors.ts";
import { requireDeno } from "../runtime.ts";

/** Settings that a socket for datagrams begins with. */
export interface DatagramSettings {
  /**
   * Whether it may send to broadcast addresses.
   *
   * @default {false}
   */
  allowBroadcast?: boolean;
  /**
   * How many routers a datagram may pass, 1 to 255. IPv4 only, and not before Deno 2.7.5.
   *
   * @default the system's, mostly 64
   */
  ttl?: number;
  /**
   * How many routers a datagram to a group may pass, 1 to 255. IPv4 only.
   *
   * @default {1}
   */
  multicastTtl?: number;
  /**
   * Whether this machine receives what it sends to a group.
   *
   * @default {true}
   */
  multicastLoopback?: boolean;
  /**
   * The interface that datagrams to a group leave by: its address for IPv4, `"::%eth0"` for IPv6.
   * Not before Deno 2.7.5.
   *
   * @default what the system's routes say
   */
  multicastInterface?: string;
}

/** A multicast group, on one interface. */
export interface GroupOptions {
  /**
   * The interface: its address for IPv4, `"::%eth0"` for IPv6.
   *
   * @default what the system's routes say
   */
  interface?: string;
  /**
   * The only sender that is heard (RFC 4607). IPv4 only.
   *
   * @default everybody
   */
  source?: string;
}

/** Changes the settings of a socket. */
export class DatagramTuning {
  readonly #socket: Socket;
  readonly #family: AddressFamily;

  /**
   * Begins without changing anything.
   *
   * @param socket The socket.
   * @param family The kind of its addresses.
   */
  constructor(socket: Socket, family: AddressFamily) {
    this.#socket = socket;
    this.#family = family;
  }

  /**
   * Makes every setting that is given.
   *
   * @param settings The settings.
   * @throws {RangeError} If a number is out of range.
   * @throws {OSError} If the system refuses.
   */
  apply(settings: DatagramSettings): void {
    const { allowBroadcast, ttl, multicastTtl, multicastLoopback, multicastInterface } = settings;
    // An old Deno allows it unless told.
    this.setBroadcast(allowBroadcast ?? false);
    if (ttl !== undefined) this.setTtl(ttl);
    if (multicastTtl !== undefined) this.setMulticastTtl(multicastTtl);
    if (multicastLoopback !== undefined) this.setMulticastLoopback(multicastLoopback);
    if (multicastInterface !== undefined) this.setMulticastInterface(multicastInterface);
  }

  /** Says whether it may send to broadcast addresses. */
  setBroadcast(allowed: boolean): void {
    this.#set("allow broadcasts", () => this.#socket.setBroadcast(allowed));
  }

  /** Sets how many routers a datagram may pass. */
  setTtl(ttl: number): void {
    checkTtl("ttl", ttl);
    this.#needIPv4("the time to live");
    requireDeno("2.7.5", "Setting the time to live of datagrams");
    this.#set("set the time to live", () => this.#socket.setTTL(ttl));
  }

  /** Sets how many routers a datagram to a group may pass. */
  setMulticastTtl(ttl: number): void {
    checkTtl("multicastTtl", ttl);
    this.#needIPv4("the time to live for groups");
    this.#set("set the time to live for groups", () => this.#socket.setMulticastTTL(ttl));
  }

  /** Says whether this machine receives what it sends to a group. */
  setMulticastLoopback(wanted: boolean): void {
    this.#set("set the loopback of groups", () => this.#socket.setMulticastLoopback(wanted));
  }

  /** Sets the interface that datagrams to a group leave by. */
  setMulticastInterface(address: string): void {
    requireDeno("2.7.5", "Choosing the interface of multicast groups");
    const what = `send to groups by ${quote(String(address))}`;
    this.#set(what, () => this.#socket.setMulticastInterface(address));
  }

  /** Joins a group. */
  join(group: string, { interface: by, source }: GroupOptions = {}): void {
    this.#checkGroup(group, source);
    this.#set(`join the group ${group}`, () => {
      if (source === undefined) this.#socket.addMembership(group, by);
      else this.#socket.addSourceSpecificMembership(source, group, by);
    });
  }

  /** Leaves a group. */
  leave(group: string, { interface: by, source }: GroupOptions = {}): void {
    this.#checkGroup(group, source);
    this.#set(`leave the group ${group}`, () => {
      if (source === undefined) this.#socket.dropMembership(group, by);
      else this.#socket.dropSourceSpecificMembership(source, group, by);
    });
  }

  #checkGroup(group: string, source: string | undefined): void {
    if (familyOf(group) !== this.#family) {
      throw new TypeError(
        `Cannot use ${quote(String(group))} as a group of this socket: need an address of ` +
          this.#family,
      );
    }
    if (source !== undefined) this.#needIPv4("the only sender of a group");
    requireDeno("2.7.5", "Multicast");
  }

  /** Deno takes these for IPv6, and does nothing. */
  #needIPv4(what: string): void {
    if (this.#family === "IPv4") return;
    throw new NotImplementedError(`Cannot set ${what}: Deno does it for IPv4 only`);
  }

  #set(what: string, change: () => void): void {
    try {
      change();
    } catch (error) {
      const { code } = error as { code?: string };
      throw new OSError(`Cannot ${what}: the system refused (${code})`, { code, cause: error });
    }
  }
}

function checkTtl(name: string, ttl: number): void {
  if (Number.isInteger(ttl) && ttl >= 1 && ttl <= 255) return;
  throw new RangeError(`Cannot set ${name} to ${String(ttl)}: need a whole number from 1 to 255`);
}
