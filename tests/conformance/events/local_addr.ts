/**
 * CPython's `test_events`: connections from an address of one's own choice.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createConnection } from "../../../net/transports/create_connection.ts";
import { OSError } from "../../../net/errors.ts";
import { Protocol } from "../../../net/transports/protocols.ts";
import { isAtLeast } from "../../../net/runtime.ts";
import { startServer } from "../../../net/servers/server.ts";
import { events } from "./suite.ts";

const MIXIN = "EventLoopTestsMixin";
const UNLIMITED = { connectTimeout: Infinity };
// An old Deno connects from elsewhere, and what then happens is tested with the rest of it.
const CAN = isAtLeast("2.7.9");

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

events.held(`${MIXIN}.test_create_connection_local_addr`, ({ run }) =>
  run(async () => {
    if (!CAN) return;
    await using server = await startServer(() => {});
    const localAddress = { hostname: "127.0.0.1", port: freePort() };
    const { transport } = await createConnection(() => new Protocol(), "127.0.0.1", server.port, {
      ...UNLIMITED,
      localAddress,
    });
    assert.equal(transport.getExtraInfo("sockname")?.port, localAddress.port);
    transport.abort();
    server.abortClients();
  }));

events.held(`${MIXIN}.test_create_connection_local_addr_in_use`, ({ run }) =>
  run(async () => {
    if (!CAN) return;
    await using server = await startServer(() => {});
    const localAddress = { hostname: "127.0.0.1", port: server.port };
    await assert.rejects(
      createConnection(() => new Protocol(), "127.0.0.1", server.port, {
        ...UNLIMITED,
        localAddress,
      }),
      (error) => {
        assert.ok(error instanceof OSError);
        assert.equal(error.code, "EADDRINUSE");
        assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${server.port}`));
        return true;
      },
    );
  }));

events.adapted(
  `${MIXIN}.test_create_connection_local_addr_nomatch_family`,
  "the families of two addresses, where Python's resolver is a mock",
  ({ run }) =>
    run(async () => {
      if (!CAN) return;
      await assert.rejects(
        createConnection(() => new Protocol(), "127.0.0.1", 9, {
          ...UNLIMITED,
          localAddress: { hostname: "::1" },
        }),
        OSError,
      );
    }),
);
