/**
 * A network on which a connection is cut now and then: control and data connections alike, each over
 * a proxy that can reset both of its ends.
 *
 * @module
 */

import net from "node:net";
import { once } from "node:events";
import type { Dial } from "../../net/byte_stream.ts";
import { dialTcp } from "../../net/tcp/tcp.ts";

/** Between clients here and servers on loopback. */
export class Cutter implements AsyncDisposable {
  /** How many connections were cut. */
  cuts = 0;
  readonly #proxies = new Map<number, Promise<net.Server>>();
  readonly #open = new Set<readonly [net.Socket, net.Socket]>();
  readonly #random: () => number;
  readonly #timer: ReturnType<typeof setInterval>;

  /**
   * Begins to cut.
   *
   * @param interval The time between two cuts, in milliseconds.
   * @param random Numbers from 0 to 1, which choose the connection.
   */
  constructor(interval: number, random: () => number) {
    this.#random = random;
    this.#timer = setInterval(() => this.#cut(), interval);
  }

  /** Connects to a port over the proxy. */
  readonly dial: Dial = async ({ port }, options) => {
    let proxy = this.#proxies.get(port);
    if (proxy === undefined) this.#proxies.set(port, proxy = this.#proxy(port));
    const address = (await proxy).address() as net.AddressInfo;
    return await dialTcp({ hostname: "127.0.0.1", port: address.port }, options);
  };

  async #proxy(port: number): Promise<net.Server> {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
      const far = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
      const pair = [near, far] as const;
      this.#open.add(pair);
      for (const [one, other] of [[near, far], [far, near]] as const) {
        one.on("error", () => other.destroy());
        one.on("close", () => {
          if (other.destroyed) this.#open.delete(pair);
        });
        one.pipe(other);
      }
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return server;
  }

  #cut(): void {
    const pairs = [...this.#open];
    const pair = pairs[Math.floor(this.#random() * pairs.length)];
    if (pair === undefined) return;
    this.cuts++;
    this.#open.delete(pair);
    for (const socket of pair) socket.resetAndDestroy();
  }

  /** Stops, and closes what is open. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    const sockets = [...this.#open].flat().filter(({ closed }) => !closed);
    for (const socket of sockets) socket.destroy();
    await Promise.all(sockets.map((socket) => socket.closed || once(socket, "close")));
    for (const proxy of this.#proxies.values()) {
      const server = await proxy;
      server.close();
      await once(server, "close");
    }
  }
}
