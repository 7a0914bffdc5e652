import assert from "node:assert/strict";
import { memoryPair } from "../../../net/memory.ts";
import { isAtLeast } from "../../../net/runtime.ts";
import { ServerTls } from "../../../net/tls/server_tls.ts";
import { TlsSessions } from "../../../net/tls/server_sessions.ts";
import type { TlsInfo, TlsSession } from "../../../net/tls/tls.ts";
import { acquireTls, type TlsPlace } from "../../../stdlib/ftplib/tls_realms.ts";
import { certificates } from "../../peers/certs.ts";
import { workersBegunBy } from "../../workers.ts";

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

  private constructor(server: ServerTls, hostname: string, sharedBy?: string) {
    this.#server = server;
    this.place = acquireTls(hostname, sharedBy);
  }

  static async open(server: ServerTls, hostname: string, sharedBy?: string): Promise<Client> {
    const client = new Client(server, hostname, sharedBy);
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
  return await workersBegunBy(async () => {
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
  });
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

tlsTest(
  "clients of a server that takes any session share a room, and others keep out of it",
  async () => {
    const server = await ServerTls.prepare(good);
    const begun = await workersBegunBy(async () => {
      const sharing: Client[] = [];
      for (let count = 0; count < 4; count++) {
        sharing.push(await Client.open(server, "localhost", "one 21"));
      }
      for (const client of sharing) {
        assert.equal((await client.connect()).client.sessionReused, true);
      }
      // Whoever needs a session for itself finds the other room, as does another server.
      const alone = await Client.open(server, "localhost");
      for (const client of sharing) await client.connect();
      assert.equal((await alone.connect()).server.sessionBelongs, true);
      await alone.place.release();
      const other = await Client.open(server, "localhost", "other 21");
      for (const client of sharing) await client.connect();
      assert.equal((await other.connect()).server.sessionBelongs, true);

      // The room is given up with the last of them, and no earlier.
      for (const client of sharing.slice(1)) await client.place.release();
      const crowded = await Client.open(server, "localhost");
      await sharing[0]!.place.release();
      const next = await Client.open(server, "localhost");
      assert.equal((await crowded.connect()).server.sessionBelongs, true);
      await Promise.all([other, crowded, next].map(({ place }) => place.release()));
    });
    // Only one of them found no room.
    assert.equal(begun, 1);
  },
);
