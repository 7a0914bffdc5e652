/**
 * How many connections a server has, and how many more it may have.
 *
 * @module
 */

import { checkLimit } from "../protocols/limits.ts";
import type { ByteStream } from "./byte_stream.ts";

/** Limits on the number of connections. */
export interface ConnectionLimitsOptions {
  /** The most at a time. */
  maxConnections?: number;
  /** The most at a time from one IP address. */
  maxConnectionsPerAddress?: number;
}

/** What becomes of a connection: it is let in, refused, or refused as others just before it. */
export type Admission = "in" | "refused" | "refused again";

/** Counts connections, in all and by address. */
export class ConnectionLimits {
  readonly #most: number;
  readonly #mostPerAddress: number;
  readonly #byAddress = new Map<string, number>();
  // The addresses that were refused since they were last below their limit.
  readonly #refused = new Set<string>();
  #count = 0;
  #waiting: (() => void)[] = [];

  /**
   * Begins without connections.
   *
   * @param options The limits.
   * @throws {RangeError} If one is no whole number of at least 1, nor `Infinity`.
   */
  constructor(options: ConnectionLimitsOptions = {}) {
    const { maxConnections, maxConnectionsPerAddress } = options;
    const infinite = { allowInfinity: true };
    this.#most = checkLimit("maxConnections", maxConnections, DEFAULT_MOST, infinite);
    this.#mostPerAddress = checkLimit(
      "maxConnectionsPerAddress",
      maxConnectionsPerAddress,
      Infinity,
      infinite,
    );
  }

  /** How many connections there are. */
  get count(): number {
    return this.#count;
  }

  /** Whether there may be one more. */
  get hasRoom(): boolean {
    return this.#count < this.#most;
  }

  /** Waits until a connection has ended, or {@linkcode wake} is called. */
  change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Has everybody look again who waits for a change. */
  wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /**
   * Counts a connection that has come.
   *
   * @param stream The connection.
   * @returns What becomes of it. Of one that is let in, {@linkcode left} must be told its end.
   */
  admit(stream: ByteStream): Admission {
    const address = this.#addressOf(stream);
    if (address !== "") {
      const count = this.#byAddress.get(address) ?? 0;
      if (count >= this.#mostPerAddress) {
        if (this.#refused.has(address)) return "refused again";
        this.#refused.add(address);
        return "refused";
      }
      this.#byAddress.set(address, count + 1);
    }
    this.#count++;
    return "in";
  }

  /**
   * A connection that was let in has ended.
   *
   * @param stream The connection.
   */
  left(stream: ByteStream): void {
    this.#count--;
    const address = this.#addressOf(stream);
    if (address !== "") {
      const count = this.#byAddress.get(address)! - 1;
      this.#refused.delete(address);
      if (count === 0) this.#byAddress.delete(address);
      else this.#byAddress.set(address, count);
    }
    if (this.#waiting.length > 0) this.wake();
  }

  #addressOf({ remoteAddress }: ByteStream): string {
    if (this.#mostPerAddress === Infinity) return "";
    // A socket that listens for IPv6 shows addresses of IPv4 inside of it (RFC 4291 §2.5.5.2).
    return remoteAddress.hostname.replace(/^::ffff:(?=\d+\.)/i, "");
  }
}

const DEFAULT_MOST = 10_000;
