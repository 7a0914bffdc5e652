import assert from "node:assert/strict";
import type { ByteStream } from "../../../net/byte_stream.ts";
import { ConnectionResetError, SSLError } from "../../../net/errors.ts";
import { memoryPair } from "../../../net/memory.ts";
import { TlsRealm } from "../../../net/tls/realm/realm.ts";
import { startTlsServer } from "../../../net/tls/starttls.ts";
import { Between, certs, readAll, tlsTest, writeAll } from "./pairs.ts";
import { PATIENCE } from "./realms.ts";

const { caCerts } = certs.good;
// Not resumable: before 2.9.6 Deno would resume, and the handshakes differ in length.
const maxVersion = "TLSv1.2" as const;
const WHOLE = new Uint8Array(50_000).map((_, at) => at % 241);

/** Brings so many bytes and then no more: it ends, or is reset. */
class CutStream extends Between {
  came = 0;
  readonly #left: number;
  readonly #how: "end" | "reset";

  constructor(stream: ByteStream, left: number, how: "end" | "reset") {
    super(stream);
    this.#left = left;
    this.#how = how;
  }

  override async read(buffer: Uint8Array): Promise<number | null> {
    if (this.came === this.#left) {
      if (this.#how === "reset") throw new ConnectionResetError("cut off");
      return null;
    }
    const count = await super.read(buffer.subarray(0, this.#left - this.came));
    this.came += count ?? 0;
    return count;
  }
}

/** Fetches the whole through a realm, of which so many encrypted bytes arrive. */
async function fetchOf(realm: TlsRealm, left: number, how: "end" | "reset") {
  const [near, far] = memoryPair();
  const stream = new CutStream(near, left, how);
  const serving = (async () => {
    const server = await startTlsServer(far, { ...certs.good, timeout: PATIENCE });
    await writeAll(server, WHOLE);
    await server.closeWrite();
    server.close();
  })().catch(() => far.close());
  const options = { caCerts, serverHostname: "localhost", timeout: PATIENCE, maxVersion };
  try {
    const client = await realm.startTlsClient(stream, options);
    try {
      return { bytes: await readAll(client), came: stream.came };
    } finally {
      client.close();
    }
  } finally {
    stream.close();
    await serving;
  }
}

tlsTest(
  "wherever the encrypted bytes stop, a realm takes nothing for whole that is not",
  async () => {
    await using realm = new TlsRealm();
    const { bytes, came } = await fetchOf(realm, Infinity, "end");
    assert.deepEqual(bytes, WHOLE);
    // The end of TLS takes 31 bytes in version 1.2 by AES-GCM: closely there, and sparsely before.
    const places = new Set<number>();
    for (let at = 0; at < came; at += 997) places.add(at);
    // A signature is two bytes longer or shorter from one handshake to the next.
    for (let at = came - 40; at < came - 4; at += 3) places.add(at);
    for (const place of places) {
      for (const how of ["end", "reset"] as const) {
        await assert.rejects(fetchOf(realm, place, how), (error: unknown) => {
          const cut = error instanceof SSLError && error.code === "ERR_TLS_TRUNCATED";
          assert.ok(
            how === "end" ? cut : cut || error instanceof ConnectionResetError,
            `${how} after ${place} of ${came} bytes: ${Deno.inspect(error)}`,
          );
          return true;
        });
      }
    }
  },
);
