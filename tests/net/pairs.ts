/**
 * Two ends of a connection, over each kind of stream that the tests go through.
 *
 * @module
 */

import { EventLoop } from "../../loop/event_loop.ts";
import { run } from "../../loop/runners.ts";
import { TestClock } from "../../loop/test_clock.ts";
import type { ByteStream } from "../../net/byte_stream.ts";
import { Connection } from "../../net/streams/connection.ts";
import type { ConnectionOptions } from "../../net/streams/connection.ts";
import { memoryPair } from "../../net/memory.ts";
import { TcpStream } from "../../net/tcp/tcp.ts";

/** Makes two connected streams. */
export type MakePair = () => Promise<[ByteStream, ByteStream]>;

/** Each kind of stream, by name. */
export const KINDS: Readonly<Record<string, MakePair>> = {
  memory: () => Promise.resolve(memoryPair()),
  sockets: tcpPair,
};

/** Two ends of a TCP connection on this machine. */
export async function tcpPair(): Promise<[ByteStream, ByteStream]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { hostname, port } = listener.addr;
  const [near, far] = await Promise.all([Deno.connect({ hostname, port }), listener.accept()]);
  return [new TcpStream(near), new TcpStream(far)];
}

/** Runs a test over each kind of stream, and closes both ends afterwards. */
export function overEachKind(
  name: string,
  test: (near: Connection, far: Connection) => Promise<void>,
  options?: ConnectionOptions,
): void {
  for (const [kind, make] of Object.entries(KINDS)) {
    Deno.test(`${name} (${kind})`, async () => {
      const [first, second] = await make();
      const near = new Connection(first, { timeout: 5000, ...options });
      const far = new Connection(second, { timeout: 5000, ...options });
      try {
        await test(near, far);
      } finally {
        near.close();
        far.close();
      }
    });
  }
}

/** Runs a test in a loop whose time jumps to the next timer when all is quiet. */
export function runInNoTime(test: () => Promise<void>): Promise<void> {
  const clock = new TestClock();
  return run(test, { loopFactory: () => new EventLoop({ clock }) });
}
