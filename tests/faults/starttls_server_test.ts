import assert from "node:assert/strict";
import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import { sleep } from "../../loop/sleep.ts";
import { openConnection } from "../../net/streams/connect.ts";
import type { Connection } from "../../net/streams/connection.ts";
import { isAtLeast } from "../../net/runtime.ts";
import { type Server, startServer } from "../../net/servers/server.ts";
import { certificates } from "../peers/certs.ts";
import { Random } from "../peers/random.ts";

/** What the server did, each with whether it was asked under TLS. */
type Done = [line: string, tls: boolean][];

/** A server of two commands: `STARTTLS`, and every other one, which it does. */
async function serve(done: Done, ended: unknown[], timeout: number): Promise<Server> {
  const { good } = await certificates();
  return await startServer(async (reader, writer) => {
    let tls = false;
    try {
      for (let line = await reader.nextLine(); line !== null; line = await reader.nextLine()) {
        writer.write("220 ok\r\n");
        if (line === "STARTTLS") {
          await writer.startTls({ cert: good.cert, key: good.key, timeout });
          tls = true;
        } else {
          done.push([line, tls]);
        }
        await writer.drain();
      }
      ended.push(null);
    } catch (error) {
      rethrowIfCancelled(error);
      ended.push(error);
    }
  });
}

async function line(connection: Connection): Promise<string | null> {
  return await connection.reader.nextLine({ timeout: 5_000 });
}

/** Runs an attack, and gives what the server did, and how its side of the connection ended. */
async function attack(
  play: (connection: Connection, caCerts: string[]) => Promise<unknown>,
  timeout = 20_000,
): Promise<{ done: Done; error: unknown }> {
  const { good } = await certificates();
  const done: Done = [];
  const ended: unknown[] = [];
  await using server = await serve(done, ended, timeout);
  const connection = await openConnection("localhost", server.port);
  try {
    // How it ends for the attacker is nobody's business.
    await play(connection, good.caCerts).catch((error) => rethrowIfCancelled(error));
    connection.close();
    for (let tries = 0; ended.length === 0 && tries < 200; tries++) await sleep(10);
  } finally {
    connection.close();
  }
  assert.equal(ended.length, 1, "the server still has its client");
  return { done, error: ended[0] };
}

/** Needs TLS on the server's side of an open connection. */
function upgradeTest(name: string, fn: () => Promise<void>): void {
  const able = isAtLeast("2.9.1");
  Deno.test({ name: able ? name : `${name} (skipped: needs Deno 2.9.1)`, ignore: !able, fn });
}

upgradeTest("a server that is not attacked does what it is asked under TLS", async () => {
  const { done, error } = await attack(async (connection, caCerts) => {
    connection.writer.write("A\r\n");
    await line(connection);
    connection.writer.write("STARTTLS\r\n");
    await line(connection);
    await connection.startTls({ caCerts });
    connection.writer.write("B\r\n");
    assert.equal(await line(connection), "220 ok");
  });
  assert.deepEqual(done, [["A", false], ["B", true]]);
  assert.equal(error, null);
});

upgradeTest(
  "a command put in behind STARTTLS is never done, neither before nor under TLS",
  async () => {
    for (const injected of ["EVIL\r\n", "EV", "\r\n", "EVIL\r\n".repeat(5_000)]) {
      const { done, error } = await attack(async (connection, caCerts) => {
        connection.writer.write(`STARTTLS\r\n${injected}`);
        await line(connection);
        await connection.startTls({ caCerts });
        connection.writer.write("GOOD\r\n");
        await line(connection);
      });
      assert.deepEqual(done, [], JSON.stringify(injected.slice(0, 10)));
      assert.equal((error as { code?: string }).code, "ERR_TLS_INJECTION");
    }
  },
);

upgradeTest("a client that goes on in the clear, makes noise or falls silent is left", async () => {
  const random = new Random(5);
  const noise = Uint8Array.from({ length: 400 }, () => random.below(256));
  const ways: Record<string, (connection: Connection) => Promise<unknown>> = {
    "in the clear": async ({ writer, reader }) => {
      writer.write("EVIL\r\n");
      return await reader.read(-1, { timeout: 5_000 });
    },
    "noise": async ({ writer, reader }) => {
      writer.write(noise);
      return await reader.read(-1, { timeout: 5_000 });
    },
    "a hello that stops": async ({ writer, reader }) => {
      writer.write(Uint8Array.of(0x16, 3, 1, 2, 0, 1));
      return await reader.read(-1, { timeout: 5_000 });
    },
    "silence": ({ reader }) => reader.read(-1, { timeout: 5_000 }),
    "the end": () => Promise.resolve(),
  };
  for (const [what, go] of Object.entries(ways)) {
    const { done, error } = await attack(async (connection) => {
      connection.writer.write("STARTTLS\r\n");
      await line(connection);
      await go(connection);
    }, 300);
    assert.deepEqual(done, [], what);
    const { name } = error as Error;
    assert.ok(
      /^(SSLError|TimeoutError|Connection\w+Error|EOFError)$/.test(name),
      `${what}: ${name}`,
    );
  }
});
