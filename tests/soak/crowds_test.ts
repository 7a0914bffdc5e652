/**
 * Many connections to one server, at a time and one after the other. Server and clients are
 * processes of their own; what they need and how long it takes is printed.
 */
// deno-lint-ignore-file no-console

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { openConnection } from "../../net/streams/connect.ts";
import { createServer } from "../../net/servers/create_server.ts";
import { Protocol } from "../../net/transports/protocols.ts";
import type { Server } from "../../net/servers/server.ts";
import type { Transport } from "../../net/transports/transports.ts";
import { certificates } from "../peers/certs.ts";
import { heapUsed } from "../peers/heap.ts";
import type { Condition } from "./crowd_server.ts";

const HELD = 10_000;
const STORM = 50_000;
const KIB = 1024;

Deno.test("2,000 short connections with TLS leave nothing behind", async () => {
  const { good } = await certificates();
  await using server = await createServer(() => new Echo(), "127.0.0.1", 0, { tls: good });
  const options = { tls: true, caCerts: good.caCerts };
  const once = async () => {
    const { reader, writer } = await openConnection("localhost", server.port, options);
    writer.write("hello\n");
    assert.equal(await reader.nextLine(), "hello");
    writer.close();
    await writer.waitClosed();
  };
  let before = 0;
  for (let count = 0; count < 2000; count++) {
    // The first ones fill caches.
    if (count === 300) before = await heapOfIdle(server);
    await once();
  }
  const left = (await heapOfIdle(server) - before) / 1700;
  console.log(`TLS: each connection leaves ${left.toFixed(1)} bytes`);
  assert.ok(left < 256, `each connection leaves ${Math.round(left)} bytes`);
});

class Echo extends Protocol {
  #transport!: Transport;

  override connectionMade(transport: Transport): void {
    this.#transport = transport;
  }

  override dataReceived(data: Uint8Array): void {
    this.#transport.write(data);
  }
}

async function heapOfIdle(server: Server): Promise<number> {
  while (server.connections > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await new Promise((resolve) => setTimeout(resolve, 200));
  return heapUsed();
}

/** A process that answers lines. */
class Talker implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<string>;

  constructor(program: string, ...args: string[]) {
    const path = fileURLToPath(import.meta.resolve(program));
    // So many files are more than many systems grant by themselves.
    const command = `ulimit -n 12000 && exec "$0" run --allow-all --no-check "$@"`;
    this.#child = new Deno.Command("sh", {
      args: ["-c", command, Deno.execPath(), path, ...args],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#reader = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next thing that it says. */
  async hear<T>(): Promise<T> {
    let line = "";
    while (!line.endsWith("\n")) {
      const { value, done } = await this.#reader.read();
      if (done) throw new Error("The process has ended");
      line += value;
    }
    return JSON.parse(line);
  }

  /** Says something, and waits for the answer. */
  async ask<T>(line: string): Promise<T> {
    await this.#writer.write(new TextEncoder().encode(`${line}\n`));
    return await this.hear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#child.status;
    await this.#reader.cancel();
  }
}

/** How a deed of the clients went. */
interface Outcome {
  count: number;
  milliseconds: number;
}

/** Asks the server how it is until it has so many connections, for some seconds. */
async function settled(server: Talker, connections: number): Promise<Condition> {
  for (let asked = 0;; asked++) {
    const condition = await server.ask<Condition>("how");
    if (condition.connections === connections || asked === 50) return condition;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const perSecond = ({ count, milliseconds }: Outcome) => Math.round(count / milliseconds * 1000);

for (const face of ["streams", "protocols", "buffered"]) {
  Deno.test({
    name: `a server by ${face} holds ${HELD} connections, and works`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      await using server = new Talker("./crowd_server.ts", face);
      const port = await server.hear<number>();
      await using clients = new Talker("./crowd_client.ts", String(port));
      // The first ones fill caches.
      await clients.ask("hold 100");
      await clients.ask("drop");
      const alone = await clients.ask<Outcome>("echo 1000");
      const before = await settled(server, 0);

      const opened = await clients.ask<Outcome>(`hold ${HELD}`);
      assert.equal(opened.count, HELD);
      const crowded = await clients.ask<Outcome>("echo 1000");
      const during = await settled(server, HELD);
      assert.equal(during.connections, HELD);

      assert.equal((await clients.ask<Outcome>("drop")).count, HELD);
      const after = await settled(server, 0);
      assert.equal(after.connections, 0);
      assert.ok(after.files <= before.files + 2, `${after.files - before.files} files leaked`);

      const heap = (during.heap - before.heap) / HELD;
      const resident = (during.resident - before.resident) / HELD;
      const left = (after.heap - before.heap) / HELD;
      console.log(
        `${face}: ${HELD} connections opened in ${
          (opened.milliseconds / 1000).toFixed(1)
        } s; each ` +
          `takes ${(resident / KIB).toFixed(1)} KiB, ${(heap / KIB).toFixed(1)} KiB of it in ` +
          `JavaScript; echoes of 1 KiB: ${perSecond(alone)} a second before, ` +
          `${perSecond(crowded)} while they are held`,
      );
      assert.ok(heap < 24 * KIB, `each connection takes ${Math.round(heap)} bytes`);
      assert.ok(left < 256, `each connection leaves ${Math.round(left)} bytes`);
      assert.ok(crowded.count > 0);
    },
  });

  Deno.test({
    name: `a storm of ${STORM} connections passes over a server by ${face}, and leaves nothing`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      await using server = new Talker("./crowd_server.ts", face);
      const port = await server.hear<number>();
      await using clients = new Talker("./crowd_client.ts", String(port));
      const first = await clients.ask<Outcome>(`storm ${STORM / 10}`);
      const before = await settled(server, 0);
      const rest = await clients.ask<Outcome>(`storm ${STORM - STORM / 10}`);
      const after = await settled(server, 0);
      assert.equal(first.count + rest.count, STORM);
      assert.equal(after.served, STORM);
      assert.equal(after.connections, 0);
      assert.ok(after.files <= before.files + 2, `${after.files - before.files} files leaked`);
      const left = (after.heap - before.heap) / (STORM - STORM / 10);
      console.log(
        `${face}: ${perSecond(rest)} short connections a second, each leaves ` +
          `${left.toFixed(1)} bytes`,
      );
      assert.ok(left < 64, `each connection leaves ${Math.round(left)} bytes`);
    },
  });
}
