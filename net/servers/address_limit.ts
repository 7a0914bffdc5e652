/**
 * A listener that refuses addresses which have too many connections already.
 *
 * It counts from the moment in which a connection comes, before TLS: a client
 * that never ends its handshake counts as well.
 *
 * @module
 */

import type { Address, ByteStream } from "../byte_stream.ts";
import type { Listener } from "../listener.ts";
import { PassingStream } from "../streams/passing_stream.ts";

/** What an {@linkcode AddressLimit} works with. */
export interface AddressLimitOptions {
  /** The most connections at a time from one address. */
  most: number;
  /** Told that an address begins to be refused: once, until it has had room again. */
  refused: (hostname: string) => void;
}

/** Counts connections by address, and closes one too many as soon as it comes. */
export class AddressLimit implements Listener {
  readonly #listener: Listener;
  readonly #most: number;
  readonly #refused: (hostname: string) => void;
  readonly #counts = new Map<string, number>();
  readonly #told = new Set<string>();

  /**
   * Takes over a listener.
   *
   * @param listener Where connections arrive.
   * @param options The limit.
   */
  constructor(listener: Listener, { most, refused }: AddressLimitOptions) {
    this.#listener = listener;
    this.#most = most;
    this.#refused = refused;
  }

  /** Where it listens. */
  get address(): Address {
    return this.#listener.address;
  }

  /** Waits for the next connection that is let in. */
  async accept(): Promise<ByteStream | null> {
    for (;;) {
      const stream = await this.#listener.accept();
      if (stream === null) return null;
      const hostname = plainAddress(stream.remoteAddress.hostname);
      const count = this.#counts.get(hostname) ?? 0;
      if (count < this.#most) {
        this.#counts.set(hostname, count + 1);
        return new CountedStream(stream, () => this.#left(hostname));
      }
      stream.close();
      if (!this.#told.has(hostname)) this.#refused(hostname);
      this.#told.add(hostname);
    }
  }

  /** Stops listening. */
  close(): void {
    this.#listener.close();
  }

  #left(hostname: string): void {
    const count = this.#counts.get(hostname)! - 1;
    this.#told.delete(hostname);
    if (count === 0) this.#counts.delete(hostname);
    else this.#counts.set(hostname, count);
  }
}

/** A socket that listens for IPv6 shows addresses of IPv4 inside of it (RFC 4291 §2.5.5.2). */
function plainAddress(hostname: string): string {
  return hostname.replace(/^::ffff:(?=\d+\.)/i, "");
}

class CountedStream extends PassingStream {
  readonly #left: () => void;
  #closed = false;

  constructor(stream: ByteStream, left: () => void) {
    super(stream);
    this.#left = left;
  }

  override close(): void {
    if (this.#closed) return;
    this.#closed = true;
    super.close();
    this.#left();
  }
}
