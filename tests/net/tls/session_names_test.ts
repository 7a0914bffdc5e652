import assert from "node:assert/strict";
import type { StartTlsOptions } from "../../../net/byte_stream.ts";
import { memoryPair } from "../../../net/memory.ts";
import { isAtLeast } from "../../../net/runtime.ts";
import { ServerTls } from "../../../net/tls/server_tls.ts";
import { TlsSessions } from "../../../net/tls/server_sessions.ts";
import { startTlsClient } from "../../../net/tls/starttls.ts";
import type { TlsInfo } from "../../../net/tls/tls.ts";
import { Between, certs, tlsTest } from "./pairs.ts";

const { caCerts } = certs.good;
const latin1 = new TextDecoder("latin1");

/** One connection, closed at once: what both sides know of it, and what the client has sent. */
async function connect(
  server: ServerTls,
  sessions: TlsSessions,
  options: StartTlsOptions,
): Promise<{ client: TlsInfo; server: TlsInfo; sent: string }> {
  const [near, far] = memoryPair();
  const watched = new Between(near);
  const serving = server.start(far, { sessions });
  serving.catch(() => {});
  try {
    const client = await startTlsClient(watched, { caCerts, resumable: true, ...options });
    const served = await serving;
    client.close();
    served.close();
    const sent = watched.written.map((bytes) => latin1.decode(bytes)).join("");
    return { client: client.tlsInfo!, server: served.tlsInfo!, sent };
  } finally {
    far.close();
  }
}

tlsTest("a dot at the end of a name keeps sessions apart, and is seen by nobody else", async () => {
  const server = await ServerTls.prepare(certs.good);
  const [one, two] = [new TlsSessions(), new TlsSessions()];
  const plain = await connect(server, one, { serverHostname: "localhost" });
  const dotted = await connect(server, two, { serverHostname: "localhost." });
  assert.deepEqual([plain, dotted].map(({ client }) => client.session!.serverHostname), [
    "localhost",
    "localhost.",
  ]);
  for (const { client, sent } of [plain, dotted]) {
    assert.equal(client.serverName, "localhost");
    assert.match(sent, /localhost/);
    assert.doesNotMatch(sent, /localhost\./);
  }
  for (let round = 0; round < 3; round++) {
    const again = { session: plain.client.session, serverHostname: "localhost" };
    assert.equal((await connect(server, one, again)).server.sessionBelongs, true);
    const dottedAgain = { session: dotted.client.session, serverHostname: "localhost." };
    assert.equal((await connect(server, two, dottedAgain)).server.sessionBelongs, true);
  }
  await assert.rejects(
    connect(server, one, { session: plain.client.session, serverHostname: "localhost." }),
    /Cannot resume a session with localhost to speak with localhost\./,
  );
});

tlsTest("without such a dot, the session of the newest is the one that is resumed", async () => {
  const server = await ServerTls.prepare(certs.good);
  const [one, two] = [new TlsSessions(), new TlsSessions()];
  const options = { serverHostname: "localhost" };
  const { session } = (await connect(server, one, options)).client;
  await connect(server, two, options);
  assert.equal((await connect(server, one, { ...options, session })).server.sessionBelongs, false);
});

tlsTest("a name with a dot at its end is verified as strictly", async () => {
  // Before 2.9.6 Deno resumes of its own accord, here what an earlier test has made.
  if (!isAtLeast("2.9.6")) return;
  for (
    const [identity, serverHostname, reason] of [
      [certs.good, "other.example.", "wrong-host"],
      [certs.wrongHost, "localhost.", "wrong-host"],
      [certs.unknownIssuer, "localhost.", "unknown-issuer"],
      [certs.expired, "localhost.", "expired"],
    ] as const
  ) {
    const server = await ServerTls.prepare(identity);
    await assert.rejects(connect(server, new TlsSessions(), { serverHostname }), {
      name: "SSLCertVerificationError",
      reason,
    });
  }
});
