/**
 * The server of the soak tests of servers, in a process of its own: an echo by `streams` or by
 * `protocols`. It prints its port, and for each line that it reads how it is.
 *
 * @module
 */
// deno-lint-ignore-file no-console

import { createServer } from "../../net/servers/create_server.ts";
import { BufferedProtocol, Protocol } from "../../net/transports/protocols.ts";
import { startServer } from "../../net/servers/server.ts";
import type { Server } from "../../net/servers/server.ts";
import type { Transport } from "../../net/transports/transports.ts";
import { heapUsed } from "../peers/heap.ts";

/** How the server is. */
export interface Condition {
  /** The connections that it has. */
  connections: number;
  /** The connections that it has had. */
  served: number;
  /** What the process has of the machine's memory, in bytes. */
  resident: number;
  /** What is in use of it by JavaScript, in bytes. */
  heap: number;
  /** How many files are open. */
  files: number;
}

const OPTIONS = { maxConnections: 20_000, backlog: 4096 };
let served = 0;

class Echo extends Protocol {
  #transport!: Transport;

  override connectionMade(transport: Transport): void {
    served++;
    this.#transport = transport;
  }

  override dataReceived(data: Uint8Array): void {
    this.#transport.write(data);
  }
}

/** All of them have the same memory: what came is copied before anything else can come. */
const shared = new Uint8Array(65_536);

class BufferedEcho extends BufferedProtocol {
  #transport!: Transport;

  override connectionMade(transport: Transport): void {
    served++;
    this.#transport = transport;
  }

  override getBuffer(): Uint8Array {
    return shared;
  }

  override bufferUpdated(count: number): void {
    this.#transport.write(shared.slice(0, count));
  }
}

const SERVERS: Record<string, () => Promise<Server>> = {
  streams: () =>
    startServer(
      async (reader, writer) => {
        served++;
        for await (const line of reader) writer.write(line);
      },
      "0.0.0.0",
      0,
      OPTIONS,
    ),
  protocols: () => createServer(() => new Echo(), "0.0.0.0", 0, OPTIONS),
  buffered: () => createServer(() => new BufferedEcho(), "0.0.0.0", 0, OPTIONS),
};

if (import.meta.main) {
  const server = await SERVERS[Deno.args[0]!]!();
  console.log(server.port);
  for await (const _ of Deno.stdin.readable) {
    const heap = heapUsed();
    const condition: Condition = {
      connections: server.connections,
      served,
      resident: Deno.memoryUsage().rss,
      heap,
      files: [...Deno.readDirSync("/proc/self/fd")].length,
    };
    console.log(JSON.stringify(condition));
  }
  Deno.exit(0);
}
