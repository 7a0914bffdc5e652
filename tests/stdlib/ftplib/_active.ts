/**
 * Where a client in active mode listens, for servers that are played by a test.
 *
 * @module
 */

import type { Address, ByteStream } from "../../../net/byte_stream.ts";
import { OSError } from "../../../net/errors.ts";
import type { Listen, Listener } from "../../../net/listener.ts";
import { memoryPair } from "../../../net/memory.ts";

/** A machine whose ports are free, but for those that are taken. */
export class Ports {
  /** Every place that was listened at, closed or not. */
  readonly opened: Port[] = [];
  readonly #taken: ReadonlySet<number>;

  constructor(taken: readonly number[] = []) {
    this.#taken = new Set(taken);
  }

  readonly listen: Listen = ({ hostname, port }) => {
    if (this.#taken.has(port)) throw new OSError("taken", { code: "EADDRINUSE", hostname, port });
    const opened = new Port(hostname, port === 0 ? 50_001 + this.opened.length : port);
    this.opened.push(opened);
    return opened;
  };

  /** The last one. */
  get last(): Port {
    return this.opened.at(-1)!;
  }
}

/** A place where the client waits. */
export class Port implements Listener {
  readonly address: Address;
  /** Whether the client waits no longer. */
  closed = false;
  readonly #arrived: ByteStream[] = [];
  #wake: () => void = () => {};

  constructor(hostname: string, port: number) {
    this.address = { hostname, port, transport: "memory" };
  }

  /** Connects from an address. Returns that end. */
  arrive(hostname: string): ByteStream {
    const address: Address = { hostname, port: 20, transport: "memory" };
    const [near, far] = memoryPair({ addresses: [this.address, address] });
    this.#arrived.push(near);
    this.#wake();
    return far;
  }

  async accept(): Promise<ByteStream | null> {
    while (this.#arrived.length === 0 && !this.closed) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.closed ? null : this.#arrived.shift()!;
  }

  close(): void {
    this.closed = true;
    this.#wake();
  }
}

/** Connects, sends a text, and ends. */
export async function send(port: Port, text: string, hostname = "127.0.0.1"): Promise<void> {
  const stream = port.arrive(hostname);
  await stream.write(new TextEncoder().encode(text));
  await stream.closeWrite();
}
