/**
 * CPython's `test_events`: connections and servers with TLS.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createConnection } from "../../../net/transports/create_connection.ts";
import type { CreateConnectionOptions } from "../../../net/transports/create_connection.ts";
import { createServer } from "../../../net/servers/create_server.ts";
import { createUnixConnection, createUnixServer } from "../../../net/unix/create_unix.ts";
import { Protocol } from "../../../net/transports/protocols.ts";
import { startServer } from "../../../net/servers/server.ts";
import { startUnixServer } from "../../../net/unix/unix_streams.ts";
import { certificates } from "../../peers/certs.ts";
import type { Identity } from "../../peers/certs.ts";
import { checkClient, MyProto, page } from "./my_proto.ts";
import { events } from "./suite.ts";

const MIXIN = "EventLoopTestsMixin";
const WHY = "certificates are always verified, and `caCerts` takes the place of a context";
const NEEDS = { needs: "2.9.1" };
// Where time passes when nothing else happens, a limit would come too early.
const SERVING = { handshakeTimeout: Infinity };
const CONNECTING = { connectTimeout: Infinity, tls: true, details: true };

/** A server and clients, over TCP or a Unix socket. */
interface Place {
  serve(identity: Identity, make: () => MyProto): Promise<AsyncDisposable>;
  servePage(identity: Identity): Promise<AsyncDisposable>;
  connect<P extends Protocol>(
    make: () => P,
    options: CreateConnectionOptions,
  ): ReturnType<typeof createConnection<P>>;
}

async function withTcp(test: (place: Place) => Promise<void>): Promise<void> {
  let port = 0;
  await test({
    async serve(tls, make) {
      const server = await createServer(make, "127.0.0.1", 0, { tls, ...SERVING });
      port = server.port;
      return server;
    },
    async servePage(tls) {
      const server = await startServer(page, "127.0.0.1", 0, { tls, ...SERVING });
      port = server.port;
      return server;
    },
    connect: (make, options) => createConnection(make, "127.0.0.1", port, options),
  });
}

async function withUnix(test: (place: Place) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/tls.sock`;
  try {
    await test({
      serve: (tls, make) => createUnixServer(make, path, { tls, ...SERVING }),
      servePage: (tls) => startUnixServer(page, path, { tls, ...SERVING }),
      connect: (make, options) => createUnixConnection(make, path, options),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function behaviour(
  name: string,
  within: typeof withTcp,
  test: (place: Place, caCerts: string[]) => Promise<void>,
): void {
  events.adapted(`${MIXIN}.${name}`, WHY, ({ run }) =>
    run(async () => {
      const { good } = await certificates();
      await within((place) => test(place, good.caCerts));
    }), NEEDS);
}

for (
  const [within, connection, server, unix] of [
    [withTcp, "test_create_ssl_connection", "test_create_server_ssl", false],
    [withUnix, "test_create_ssl_unix_connection", "test_create_unix_server_ssl", true],
  ] as const
) {
  behaviour(connection, within, async ({ servePage, connect }, caCerts) => {
    const { good } = await certificates();
    await using _server = await servePage(good);
    const made = await connect(() => new MyProto(), {
      ...CONNECTING,
      caCerts,
      serverHostname: "localhost",
    });
    const { transport } = made;
    assert.ok(transport.getExtraInfo("peername"));
    const info = transport.getExtraInfo("sslInfo");
    assert.match(info.protocol, /^TLSv1\.[23]$/);
    assert.match(transport.getExtraInfo("peercert").subject, /Tulip test server/);
    assert.equal(transport.getExtraInfo("cipher"), info.cipher);
    assert.equal(transport.getExtraInfo("compression", "unknown"), null);
    await checkClient(made);
    await assert.rejects(connect(() => new MyProto(), CONNECTING), {
      name: "SSLCertVerificationError",
      reason: "unknown-issuer",
    });
  });

  for (const verified of [false, true]) {
    const name = verified ? `${server}_verified` : server;
    behaviour(name, within, async ({ serve, connect }, caCerts) => {
      const { good } = await certificates();
      const protocol = new MyProto();
      await using _server = await serve(good, () => protocol);
      const options = { ...CONNECTING, caCerts, serverHostname: "localhost" };
      const client = await connect(() => new Protocol(), options);
      client.transport.write("xxx");
      await protocol.connected.promise;
      assert.equal(protocol.state, "CONNECTED");
      await protocol.bytes(3);
      assert.equal(protocol.nbytes, 3);
      assert.match(client.transport.getExtraInfo("peercert").subject, /Tulip test server/);
      protocol.transport.close();
      await protocol.done.promise;
      assert.equal(protocol.state, "CLOSED");
      client.transport.close();
    });
  }

  behaviour(`${server}_verify_failed`, within, async ({ serve, connect }) => {
    const { good } = await certificates();
    let made = 0;
    await using _server = await serve(good, () => {
      made++;
      return new MyProto();
    });
    // Over a Unix socket the certificate must be for "localhost", where nothing else is said.
    await assert.rejects(connect(() => new MyProto(), CONNECTING), {
      name: "SSLCertVerificationError",
      reason: "unknown-issuer",
    });
    assert.ok(made <= 1);
  });

  if (unix) continue;
  behaviour("test_create_server_ssl_match_failed", within, async ({ serve, connect }, caCerts) => {
    const { good } = await certificates();
    await using _server = await serve(good, () => new MyProto());
    const options = { ...CONNECTING, caCerts, serverHostname: "wrong.example" };
    await assert.rejects(connect(() => new MyProto(), options), {
      name: "SSLCertVerificationError",
      reason: "wrong-host",
    });
  });
}
