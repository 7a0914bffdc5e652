/**
 * CPython's `test_events`: connections and servers.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createConnection } from "../../../net/transports/create_connection.ts";
import { createServer } from "../../../net/servers/create_server.ts";
import { createUnixConnection, createUnixServer } from "../../../net/unix/create_unix.ts";
import { ConnectionRefusedError } from "../../../net/errors.ts";
import { Protocol } from "../../../net/transports/protocols.ts";
import { startServer } from "../../../net/servers/server.ts";
import type { Transport } from "../../../net/transports/transports.ts";
import { startUnixServer } from "../../../net/unix/unix_streams.ts";
import { rejection } from "../../rejection.ts";
import { checkClient, MyProto, page } from "./my_proto.ts";
import { events } from "./suite.ts";

const MIXIN = "EventLoopTestsMixin";
const ONE_LOOP = "client and server are in one loop";
const UNLIMITED = { connectTimeout: Infinity };

events.adapted(`${MIXIN}.test_create_connection`, ONE_LOOP, ({ run }) =>
  run(async () => {
    await using server = await startServer(page);
    await checkClient(
      await createConnection(() => new MyProto(), server.hostname, server.port, UNLIMITED),
    );
  }));

events.adapted(`${MIXIN}.test_create_unix_connection`, ONE_LOOP, ({ run }) =>
  run(async () => {
    const folder = await Deno.makeTempDir();
    {
      await using _server = await startUnixServer(page, `${folder}/page.sock`);
      await checkClient(
        await createUnixConnection(() => new MyProto(), `${folder}/page.sock`, UNLIMITED),
      );
    }
    await Deno.remove(folder, { recursive: true });
  }));

events.adapted(`${MIXIN}.test_create_server`, ONE_LOOP, ({ run }) =>
  run(async () => {
    const protocol = new MyProto();
    const server = await createServer(() => protocol, "0.0.0.0", 0);
    assert.equal(server.sockets.length, 1);
    const { hostname, port } = server.sockets[0]!;
    assert.equal(hostname, "0.0.0.0");
    const client = await createConnection(() => new Protocol(), "127.0.0.1", port, UNLIMITED);
    client.transport.write("xxx");
    await protocol.connected.promise;
    assert.equal(protocol.state, "CONNECTED");
    await protocol.bytes(3);
    assert.equal(protocol.nbytes, 3);
    assert.ok(protocol.transport.getExtraInfo("sockname"));
    assert.equal(protocol.transport.getExtraInfo("peername").hostname, "127.0.0.1");
    protocol.transport.close();
    await protocol.done.promise;
    assert.equal(protocol.state, "CLOSED");
    client.transport.close();
    server.close();
    await server.waitClosed();
  }));

events.adapted(`${MIXIN}.test_create_unix_server`, ONE_LOOP, ({ run }) =>
  run(async () => {
    const folder = await Deno.makeTempDir();
    const protocol = new MyProto();
    const path = `${folder}/served.sock`;
    const server = await createUnixServer(() => protocol, path);
    assert.equal(server.sockets.length, 1);
    const client = await createUnixConnection(() => new Protocol(), path, UNLIMITED);
    client.transport.write("xxx");
    await protocol.bytes(3);
    protocol.transport.close();
    await protocol.done.promise;
    assert.equal(protocol.state, "CLOSED");
    client.transport.close();
    server.close();
    await server.waitClosed();
    await Deno.remove(folder, { recursive: true });
  }));

events.adapted(
  `${MIXIN}.test_create_unix_server_path_socket_error`,
  "a path that is too long, for there is no socket that could be given besides one",
  ({ run }) =>
    run(() => assert.rejects(createUnixServer(() => new MyProto(), "x".repeat(200)), TypeError)),
);

events.differs(
  `${MIXIN}.test_create_server_trsock`,
  "`sockets` are addresses, for there are no sockets to be touched",
  ({ run }) =>
    run(async () => {
      await using server = await createServer(() => new MyProto());
      assert.deepEqual(server.sockets, [
        { hostname: "127.0.0.1", port: server.port, transport: "tcp" },
      ]);
      assert.deepEqual(server.sockets, server.addresses);
    }),
);

for (
  const [name, hosts] of [
    ["test_create_server_multiple_hosts_ipv4", ["127.0.0.1", "127.0.0.2", "127.0.0.1"]],
    ["test_create_server_multiple_hosts_ipv6", ["::1", "127.0.0.1", "::1"]],
  ] as const
) {
  events.adapted(
    `${MIXIN}.${name}`,
    "the addresses are real ones of this machine",
    ({ run }) =>
      run(async () => {
        await using server = await createServer(() => new MyProto(), hosts);
        assert.deepEqual(
          server.sockets.map(({ hostname }) => hostname),
          [...new Set(hosts)],
        );
        for (const { hostname, port } of server.sockets) {
          const client = await createConnection(() => new MyProto(), hostname, port, UNLIMITED);
          await client.protocol.bytes(3);
          client.transport.close();
          await client.protocol.done.promise;
        }
      }),
  );
}

events.held(`${MIXIN}.test_create_server_addr_in_use`, ({ run }) =>
  run(async () => {
    await using server = await createServer(() => new MyProto(), "0.0.0.0", 0);
    await assert.rejects(createServer(() => new MyProto(), "0.0.0.0", server.port), {
      name: "OSError",
      code: "EADDRINUSE",
    });
  }));

events.adapted(
  `${MIXIN}.test_create_server_dual_stack`,
  "one socket hears both kinds of addresses, where Python makes two; the port is a free one",
  ({ run }) =>
    run(async () => {
      const made: string[] = [];
      class TestMyProto extends MyProto {
        override connectionMade(transport: Transport): void {
          super.connectionMade(transport);
          made.push(transport.getExtraInfo("peername").hostname);
          transport.close();
        }
      }
      await using server = await createServer(() => new TestMyProto(), null);
      for (const host of ["127.0.0.1", "::1"]) {
        const client = await createConnection(() => new MyProto(), host, server.port, UNLIMITED);
        await client.protocol.done.promise;
      }
      assert.deepEqual(made, ["::ffff:127.0.0.1", "::1"]);
    }),
);

events.adapted(`${MIXIN}.test_server_close`, ONE_LOOP, ({ run }) =>
  run(async () => {
    const server = await createServer(() => new MyProto(), "0.0.0.0", 0);
    const { port } = server;
    const client = await createConnection(() => new MyProto(), "127.0.0.1", port, UNLIMITED);
    client.transport.write("xxx");
    client.transport.close();
    await client.protocol.done.promise;
    server.close();
    await server.waitClosed();
    // Deno lets go of a listening socket only in the next turn of its own loop.
    await new Promise((resolve) => setTimeout(resolve, 5));
    await rejection(
      createConnection(() => new MyProto(), "127.0.0.1", port, UNLIMITED),
      ConnectionRefusedError,
    );
  }));

events.held("TestServer.test_get_loop", async ({ newLoop }) => {
  const loop = newLoop();
  const server = await loop.runUntilComplete(() => createServer(() => new MyProto(), "0.0.0.0"));
  assert.equal(server.getLoop(), loop);
  server.close();
  await loop.runUntilComplete(() => server.waitClosed());
});
