/**
 * The network of a run on loopback sockets: those under test hold real sockets, and the wire between
 * them is a proxy on `node:net`, which can reset a connection on purpose.
 *
 * @module
 */

import net from "node:net";
import { once } from "node:events";
import type { Dial } from "../../net/byte_stream.ts";
import type { Listen } from "../../net/listener.ts";
import { dialTcp, listenTcp } from "../../net/tcp/tcp.ts";
import { ConnectionRefusedError } from "../../net/errors.ts";
import { End } from "./ends.ts";
import { type FaultNetwork, never, Place } from "./fault_network.ts";
import type { FaultRun } from "./fault_wire.ts";
import type { Listening, Pipe } from "./pipe.ts";
import { SocketPipe } from "./sockets.ts";

/** On loopback. */
export class SocketFaultNetwork implements FaultNetwork {
  readonly #run: FaultRun;
  /** The places of played servers. */
  readonly #places = new Map<number, Place>();
  readonly #listening = new Set<number>();
  readonly #proxies = new Map<number, Promise<net.Server>>();
  #nextPort = 1;

  constructor(run: FaultRun) {
    this.#run = run;
  }

  readonly dial: Dial = async ({ hostname, port }, options) => {
    if (this.#run.ended === "silence") return await never(options.signal);
    if (this.#run.ended !== undefined || (!this.#places.has(port) && !this.#listening.has(port))) {
      throw new ConnectionRefusedError(`Nobody listens at port ${port}`, { hostname, port });
    }
    return await dialTcp({ hostname: "127.0.0.1", port: await this.proxyTo(port) }, options);
  };

  /** The port of loopback whose connections go over a wire to this one. */
  async proxyTo(port: number): Promise<number> {
    let proxy = this.#proxies.get(port);
    if (proxy === undefined) this.#proxies.set(port, proxy = this.#proxy(port));
    const address = (await proxy).address() as net.AddressInfo;
    return address.port;
  }

  readonly listen: Listen = (target) => {
    const listener = listenTcp(target);
    const { port } = listener.address;
    this.#listening.add(port);
    return {
      address: listener.address,
      accept: () => listener.accept(),
      close: () => {
        this.#listening.delete(port);
        listener.close();
      },
    };
  };

  async connect(port: number, run = this.#run): Promise<Pipe> {
    const far = await this.#reach(port);
    const [near, client] = End.pair(port);
    run.join(client, far);
    return near;
  }

  open(): Promise<Listening> {
    const port = this.#nextPort++;
    const place = new Place(port, () => this.#places.delete(port));
    this.#places.set(port, place);
    return Promise.resolve(place);
  }

  /** Sockets themselves are watched by the sanitizer of the tests. */
  async left(): Promise<string[]> {
    const words: string[] = [];
    if (this.#listening.size > 0) {
      words.push(`the server left ${this.#listening.size} ports open`);
    }
    if (this.#proxies.size > 0 && !await this.#run.left("client", 1_000)) {
      words.push("the client left connections open");
    }
    return words;
  }

  close(): void {
    for (const place of [...this.#places.values()]) place.close();
    for (const proxy of this.#proxies.values()) proxy.then((server) => server.close());
  }

  async #proxy(port: number): Promise<net.Server> {
    const options = { pauseOnConnect: true, allowHalfOpen: true };
    const server = net.createServer(options, (socket) => {
      const client = new SocketPipe(socket);
      this.#reach(port).then((far) => this.#run.join(client, far), () => client.reset());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return server;
  }

  async #reach(port: number): Promise<Pipe> {
    const place = this.#places.get(port);
    if (place !== undefined) {
      const [near, far] = End.pair(port);
      place.offer(far);
      return near;
    }
    const socket = net.connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    const pipe = new SocketPipe(socket);
    await once(socket, "connect");
    return pipe;
  }
}
