/**
 * The clients of the soak tests of servers, in a process of their own. They do what each line says
 * that the process reads, and print how it went: `hold COUNT` opens connections and keeps them,
 * `echo MILLISECONDS` plays ping-pong on three of them, `storm COUNT` opens, uses and closes one
 * after the other, `drop` closes all that are held.
 *
 * @module
 */
// deno-lint-ignore-file no-console

import { sleep } from "../../loop/sleep.ts";
import { createConnection } from "../../net/transports/create_connection.ts";
import { Protocol } from "../../net/transports/protocols.ts";
import type { Transport } from "../../net/transports/transports.ts";

/** How many connections are being opened at a time. */
const AT_A_TIME = 100;
/** One address has only so many ports: the server is reached by several of its own. */
const ADDRESSES = 10;
const MESSAGE = new Uint8Array(1024).fill(120, 0, 1023).fill(10, 1023);

const port = Number(Deno.args[0]);

class Client extends Protocol {
  transport!: Transport;
  #left = 0;
  #come: () => void = () => {};
  readonly lost = Promise.withResolvers<unknown>();

  override connectionMade(transport: Transport): void {
    this.transport = transport;
  }

  override dataReceived(data: Uint8Array): void {
    this.#left -= data.length;
    if (this.#left === 0) this.#come();
  }

  override connectionLost(error: unknown): void {
    this.lost.resolve(error);
  }

  /** Sends something, and waits until it has come back. */
  async echo(message: Uint8Array): Promise<void> {
    this.#left = message.length;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#come = resolve;
    this.transport.write(message);
    await Promise.race([
      promise,
      this.lost.promise.then((error) => {
        throw error ?? new Error("The server closed the connection");
      }),
    ]);
  }
}

async function connect(index: number): Promise<Client> {
  const host = `127.0.0.${1 + index % ADDRESSES}`;
  const { protocol } = await createConnection(() => new Client(), host, port);
  return protocol;
}

/** Does something so many times, some at a time; and says how often it went well. */
async function many(count: number, once: (index: number) => Promise<void>): Promise<number> {
  let next = 0;
  let good = 0;
  const work = async () => {
    while (next < count) {
      try {
        await once(next++);
        good++;
      } catch (error) {
        console.error(error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return good;
}

const held: Client[] = [];

const DEEDS: Record<string, (argument: number) => Promise<number>> = {
  hold: (count) =>
    many(count, async (index) => {
      const client = await connect(index);
      await client.echo(MESSAGE.subarray(1000));
      held.push(client);
    }),
  async echo(milliseconds) {
    let count = 0;
    const end = performance.now() + milliseconds;
    await Promise.all([0, 1, 2].map(async (index) => {
      const client = held[index] ?? await connect(index);
      while (performance.now() < end) {
        await client.echo(MESSAGE);
        count++;
      }
      if (!held.includes(client)) client.transport.close();
    }));
    return count;
  },
  storm: (count) =>
    many(count, async (index) => {
      const client = await connect(index);
      await client.echo(MESSAGE.subarray(1000));
      client.transport.close();
      await client.lost.promise;
    }),
  async drop() {
    for (const { transport } of held) transport.close();
    await Promise.all(held.map(({ lost }) => lost.promise));
    return held.splice(0).length;
  },
};

for await (const chunk of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const [deed = "", argument] = chunk.trim().split(" ");
  const began = performance.now();
  const count = await DEEDS[deed]!(Number(argument));
  console.log(JSON.stringify({ count, milliseconds: performance.now() - began }));
  await sleep(0);
}
Deno.exit(0);
