import assert from "node:assert/strict";
import type { StartTlsOptions } from "../../../net/byte_stream.ts";
import { ServerTls } from "../../../net/tls/server_tls.ts";
import { ticketIn, TlsSessions } from "../../../net/tls/server_sessions.ts";
import { startTlsClient } from "../../../net/tls/starttls.ts";
import type { TlsInfo, TlsServerOptions } from "../../../net/tls/tls.ts";
import { CARRIERS, certs, tlsTest } from "./pairs.ts";

const { cert, key, caCerts } = certs.good;
const pair = CARRIERS.memory!;

/** One connection; gives what the server knows of it, and what the client can resume. */
async function connect(
  tls: ServerTls,
  sessions: TlsSessions | undefined,
  options: StartTlsOptions = {},
): Promise<{ server: TlsInfo; client: TlsInfo }> {
  const [near, far] = await pair();
  const [client, server] = await Promise.all([
    startTlsClient(near, { caCerts, serverHostname: "localhost", resumable: true, ...options }),
    tls.start(far, { sessions }),
  ]);
  const known = { server: server.tlsInfo!, client: client.tlsInfo! };
  client.close();
  server.close();
  return known;
}

async function prepared(options: Partial<TlsServerOptions> = {}): Promise<ServerTls> {
  return await ServerTls.prepare({ cert, key, ...options });
}

tlsTest(
  "a server knows whether a session is one of its own family, not only that it was resumed",
  async () => {
    const tls = await prepared();
    const family = new TlsSessions();
    const control = await connect(tls, family);
    assert.equal(control.server.sessionBelongs, false);
    const { session } = control.client;

    const data = await connect(tls, family, { session });
    assert.equal(data.server.sessionReused, true);
    assert.equal(data.server.sessionBelongs, true);
    // What the second connection was given belongs as well.
    const third = await connect(tls, family, { session: data.client.session });
    assert.equal(third.server.sessionBelongs, true);

    // Another client has resumed a session that is valid, and was made with the same certificate.
    const stranger = await connect(tls, new TlsSessions(), { session: third.client.session });
    assert.equal(stranger.server.sessionReused, true);
    assert.equal(stranger.server.sessionBelongs, false);
  },
);

tlsTest("a session that is made anew belongs to nobody", async () => {
  const tls = await prepared();
  const family = new TlsSessions();
  await connect(tls, family);
  const anew = await connect(tls, family, { resumable: undefined, maxVersion: "TLSv1.2" });
  assert.equal(anew.server.sessionBelongs, false);
});

tlsTest("in TLS 1.3 it cannot be told, and without a family nobody asks", async () => {
  const tls = await prepared();
  const newer = { resumable: undefined, minVersion: "TLSv1.3" } as const;
  assert.equal((await connect(tls, new TlsSessions(), newer)).server.sessionBelongs, undefined);
  assert.equal((await connect(tls, undefined)).server.sessionBelongs, undefined);
});

tlsTest("the certificates are checked before anybody connects", async () => {
  await assert.rejects(prepared({ key: certs.wrongHost.key }), TypeError);
});

Deno.test("the first session is remembered for as long as its connection lasts, others in turn", () => {
  const sessions = new TlsSessions();
  const ticket = (number: number) => Uint8Array.of(number >> 8, number & 255);
  for (let number = 0; number < 1000; number++) sessions.add(ticket(number));
  assert.equal(sessions.has(ticket(0)), true);
  assert.equal(sessions.has(ticket(1)), false);
  assert.equal(sessions.has(ticket(999)), true);
});

// Records and messages by RFC 5246 §6.2.1 and §7.4, the ticket by RFC 5077 §3.3.
const record = (type: number, ...body: number[]) => [
  type,
  3,
  3,
  body.length >> 8,
  body.length & 255,
  ...body,
];
const message = (type: number, ...body: number[]) => [type, 0, 0, body.length, ...body];
const NEW_TICKET = message(4, 0, 0, 1, 0, 0, 3, 7, 8, 9);
const CHANGE_CIPHER = record(20, 1);

Deno.test("a ticket is found in a handshake, however it is cut", () => {
  const handshakes = [
    [...record(22, ...message(2, 1, 2), ...NEW_TICKET), ...CHANGE_CIPHER],
    [...record(22, ...message(2, 1, 2)), ...record(22, ...NEW_TICKET), ...CHANGE_CIPHER],
    [
      ...record(22, ...message(2, 1, 2), ...NEW_TICKET.slice(0, 5)),
      ...record(22, ...NEW_TICKET.slice(5)),
      ...CHANGE_CIPHER,
    ],
  ];
  for (const bytes of handshakes) {
    assert.deepEqual(ticketIn(Uint8Array.from(bytes)), Uint8Array.of(7, 8, 9));
    const found = Array.from(bytes, (_, end) => ticketIn(Uint8Array.from(bytes.slice(0, end))));
    assert.ok(found.every((one) => one === "more" || String(one) === "7,8,9"));
  }
});

Deno.test("no ticket is no ticket", () => {
  const none = [
    [...record(22, ...message(2, 1, 2)), ...CHANGE_CIPHER],
    [...record(22, ...message(4, 0, 0, 1, 0, 0, 0)), ...CHANGE_CIPHER],
    // What is encrypted may look like anything.
    [...CHANGE_CIPHER, ...record(22, ...NEW_TICKET)],
    record(21, 2, 40),
  ];
  for (const bytes of none) assert.equal(ticketIn(Uint8Array.from(bytes)), undefined);
});
