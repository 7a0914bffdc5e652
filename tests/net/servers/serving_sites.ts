/**
 * Servers of both faces for tests, and listeners in the hand of one.
 *
 * @module
 */

import type { ExceptionContext } from "../../../loop/event_loop.ts";
import { getEventLoop } from "../../../loop/events.ts";
import type { ByteStream } from "../../../net/byte_stream.ts";
import { openConnection } from "../../../net/streams/connect.ts";
import { createServer } from "../../../net/servers/create_server.ts";
import type { Listener } from "../../../net/listener.ts";
import { MemoryNetwork, memoryPair } from "../../../net/memory.ts";
import { type ConnectionCallback, type Server, startServer } from "../../../net/servers/server.ts";
import type { ServerOptions } from "../../../net/servers/server.ts";
import { Noting } from "../../conformance/transports/wire.ts";
import { runInNoTime } from "../pairs.ts";

/** Answers what it reads, line by line. */
export const echo: ConnectionCallback = async (reader, writer) => {
  for await (const line of reader) writer.write(line);
};

/** Answers what it reads, in a protocol. */
export class Echo extends Noting {
  override dataReceived(data: Uint8Array): void {
    this.transport.write(data);
  }
}

/** The same server by each face. */
const FACES: Record<string, (network: MemoryNetwork, options: ServerOptions) => Promise<Server>> = {
  streams: ({ listen }, options) => startServer(echo, "localhost", 0, { listen, ...options }),
  protocols: ({ listen }, options) =>
    createServer(() => new Echo(), "localhost", 0, { listen, ...options }),
};

/** Runs a test against both faces, in a network in memory, where time passes when all is quiet. */
export function onEachFace(
  name: string,
  test: (
    site: {
      start(options?: ServerOptions): Promise<Server>;
      connect(server: Server): ReturnType<typeof openConnection>;
      reports: ExceptionContext[];
    },
  ) => Promise<void>,
): void {
  for (const [face, start] of Object.entries(FACES)) {
    Deno.test(`${name} (${face})`, () =>
      runInNoTime(async () => {
        const network = new MemoryNetwork();
        const reports: ExceptionContext[] = [];
        getEventLoop().setExceptionHandler((_loop, context) => reports.push(context));
        await test({
          reports,
          start: (options = {}) => start(network, options),
          connect: (server) =>
            openConnection("localhost", server.port, { dial: network.dial, timeout: 60_000 }),
        });
      }));
  }
}

/** A listener at which connections arrive when a test says so. */
export class ListenerByHand implements Listener {
  readonly address = { hostname: "localhost", port: 25, transport: "memory" } as const;
  readonly #arrived: ByteStream[] = [];
  #waiting: ((stream: ByteStream | null) => void) | null = null;
  #closed = false;

  /** How many have arrived that nobody has accepted. */
  get waiting(): number {
    return this.#arrived.length;
  }

  /** Has somebody arrive from an address, and gives his end of the connection. */
  arrive(hostname = "client"): ByteStream {
    const [near, far] = memoryPair({
      addresses: [this.address, { hostname, port: 4000, transport: "memory" }],
    });
    if (this.#waiting === null) {
      this.#arrived.push(near);
    } else {
      this.#waiting(near);
      this.#waiting = null;
    }
    return far;
  }

  accept(): Promise<ByteStream | null> {
    const stream = this.#arrived.shift();
    if (stream !== undefined) return Promise.resolve(stream);
    if (this.#closed) return Promise.resolve(null);
    return new Promise((resolve) => this.#waiting = resolve);
  }

  close(): void {
    this.#closed = true;
    this.#waiting?.(null);
  }
}
