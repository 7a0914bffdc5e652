import assert from "node:assert/strict";
import { memoryPair } from "../../../net/memory.ts";
import { isAtLeast } from "../../../net/runtime.ts";
import { ServerTls } from "../../../net/tls/server_tls.ts";
import { TlsSessions } from "../../../net/tls/server_sessions.ts";
import type { TlsInfo, TlsSession } from "../../../net/tls/tls.ts";
import { acquireTls, type TlsPlace } from "../../../stdlib/ftplib/tls_realms.ts";
import { certificates } from "../../peers/certs.ts";

const { good } = await certificates();

function tlsTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !isAtLeast("2.9.1"), fn });
}

/** A client of a strict server: whatever follows must go on with the session of the first. */
class Client {
  readonly place: TlsPlace;
  readonly #server: ServerTls;
  readonly #family = new TlsSessions();
  #session: TlsSession | undefined;

  private constructor(server: ServerTls, hostname: string) {
    this.#server = server;
    this.place = acquireTls(hostname);
  }

  static async open(server: ServerTls, hostname: string): Promise<Client> {
    const client = new Client(server, hostname);
    const { client: made } = await client.connect();
    client.#session = made.session;
    return client;
  }

  /** One more connection, closed at once: what both sides know of it. */
  async connect(): Promise<{ client: TlsInfo; server: TlsInfo }> {
    const [near, far] = memoryPair();
    const [client, server] = await Promise.all([
      this.place.startTlsClient(near, {
        caCerts: good.caCerts,
        resumable: true,
        session: this.#session,
      }),
      this.#server.start(far, { sessions: this.#family }),
    ]);
    client.close();
    server.close();
    return { client: client.tlsInfo!, server: server.tlsInfo! };
  }
}

/** Opens clients at once, has each open data connections in turn, and says how many Workers began. */
async function together(hostnames: string[], servers: ServerTls[]): Promise<number> {
  const { Worker } = globalThis;
  let count = 0;
  globalThis.Worker = class extends Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      count++;
    }
  };
  try {
    const clients: Client[] = [];
    for (const [at, hostname] of hostnames.entries()) {
      clients.push(await Client.open(servers[at % servers.length]!, hostname));
    }
    for (let round = 0; round < 3; round++) {
      for (const [at, client] of clients.entries()) {
        const { server } = await client.connect();
        assert.equal(server.sessionBelongs, true, `client ${at}, connection ${round}`);
      }
    }
    await Promise.all(clients.map(({ place }) => place.release()));
  } finally {
    globalThis.Worker = Worker;
  }
  return count;
}

tlsTest("two clients of one name have room in the program, and Workers have as much", async () => {
  const server = await ServerTls.prepare(good);
  assert.equal(await together(["localhost", "LOCALHOST"], [server]), 0);
  assert.equal(await together(["localhost", "localhost.", "localhost"], [server]), 1);
  assert.equal(await together(new Array(5).fill("localhost"), [server]), 2);
});

tlsTest("servers that go by an address are in each other's way, whichever they are", async () => {
  const servers = [await ServerTls.prepare(good), await ServerTls.prepare(good)];
  assert.equal(await together(["127.0.0.1"], servers), 0);
  assert.equal(await together(["127.0.0.1", "::1", "localhost"], servers), 1);
});

tlsTest("a place that was given up is free for the next, once", async () => {
  const server = await ServerTls.prepare(good);
  const [first, second] = [acquireTls("localhost"), acquireTls("localhost")];
  await first.release();
  assert.equal(await together(["localhost"], [server]), 0);
  const third = acquireTls("localhost");
  // It is no longer the first's to give up.
  await first.release();
  assert.equal(await together(["localhost"], [server]), 1);
  await Promise.all([second.release(), third.release()]);
  assert.equal(await together(["localhost", "localhost"], [server]), 0);
  // A Worker that nobody came to use never begins.
  const three = [1, 2, 3].map(() => acquireTls("localhost"));
  await Promise.all(three.map((place) => place.release()));
});

tlsTest("a place is for the server that it was taken for", async () => {
  assert.throws(() => acquireTls("a b"), TypeError);
  const place = acquireTls("other.example");
  const server = await ServerTls.prepare(good);
  const [near, far] = memoryPair();
  const serving = server.start(far).catch(() => {});
  await assert.rejects(
    place.startTlsClient(near, { caCerts: good.caCerts, serverHostname: "localhost" }),
    { name: "SSLCertVerificationError", reason: "wrong-host" },
  );
  far.close();
  await serving;
  await place.release();
});

tlsTest("where a Worker has ended, the next client gets another", async () => {
  const { Worker } = globalThis;
  const server = await ServerTls.prepare(good);
  const held = [acquireTls("localhost"), acquireTls("localhost")];
  let failing = true;
  globalThis.Worker = class extends Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      if (failing) throw new Error("no room for a Worker");
      super(...args);
    }
  };
  try {
    const lost = acquireTls("localhost");
    const [near, far] = memoryPair();
    await assert.rejects(lost.startTlsClient(near, {}), { code: "ERR_TLS_WORKER" });
    far.close();
    failing = false;
    const client = await Client.open(server, "localhost");
    assert.equal((await client.connect()).server.sessionBelongs, true);
    await Promise.all([...held, lost, client.place].map((place) => place.release()));
  } finally {
    globalThis.Worker = Worker;
  }
});
