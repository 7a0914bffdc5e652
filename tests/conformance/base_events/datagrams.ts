/**
 * CPython's tests of how sockets for datagrams are opened.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createDatagramEndpoint } from "../../../net/datagrams/create_datagram_endpoint.ts";
import { OSError, ResolveError } from "../../../net/errors.ts";
import { DatagramProtocol } from "../../../net/transports/protocols.ts";
import { baseEvents } from "./suite.ts";

const MIXIN = "BaseEventLoopWithSelectorTests";
const NAME = `${MIXIN}.test_create_datagram_endpoint`;
const make = () => new DatagramProtocol();
const HERE = { hostname: "127.0.0.1", port: 0 };
const REAL = "a real address that cannot be had takes the place of a mock";

class Ending extends DatagramProtocol {
  readonly done = Promise.withResolvers<unknown>();

  override connectionLost(error: unknown): void {
    this.done.resolve(error);
  }
}

baseEvents.adapted(`${NAME}_no_addrinfo`, "a name that nobody has", ({ run }) =>
  run(async () => {
    const localAddress = { hostname: "no-such-host.invalid", port: 0 };
    const opening = createDatagramEndpoint(make, { localAddress, timeout: Infinity });
    await assert.rejects(opening, ResolveError);
  }));

baseEvents.adapted(
  `${NAME}_addr_error`,
  "an address has a host name and a port",
  ({ run }) =>
    run(async () => {
      for (const wrong of ["localhost", 5, {}, { hostname: "" }, ["localhost", 1]]) {
        const localAddress = wrong as unknown as typeof HERE;
        await assert.rejects(createDatagramEndpoint(make, { localAddress }), TypeError);
      }
    }),
);

baseEvents.adapted(
  `${NAME}_no_matching_family`,
  "`RangeError` is Python's `ValueError`",
  ({ run }) =>
    run(async () => {
      const opening = createDatagramEndpoint(make, {
        localAddress: { hostname: "::1", port: 0 },
        remoteAddress: { hostname: "127.0.0.1", port: 9 },
      });
      await assert.rejects(opening, RangeError);
    }),
);

baseEvents.adapted(
  `${NAME}_noaddr_nofamily`,
  "`RangeError` is Python's `ValueError`",
  ({ run }) =>
    run(async () => {
      await assert.rejects(createDatagramEndpoint(make), RangeError);
    }),
);

baseEvents.adapted(`${NAME}_cant_bind`, REAL, ({ run }) =>
  run(async () => {
    const localAddress = { hostname: "203.0.113.9", port: 0 };
    await assert.rejects(createDatagramEndpoint(make, { localAddress }), OSError);
  }));

baseEvents.adapted(`${NAME}_socket_err`, REAL, ({ run }) =>
  run(async () => {
    const { transport } = await createDatagramEndpoint(make, { localAddress: HERE });
    const localAddress = transport.getExtraInfo("sockname");
    await assert.rejects(createDatagramEndpoint(make, { localAddress }), OSError);
    transport.abort();
  }));

baseEvents.adapted(
  `${NAME}_allow_broadcast`,
  "the port is none that Python would not connect to; here no socket is connected in the system",
  ({ run }) =>
    run(async () => {
      const { transport, protocol } = await createDatagramEndpoint(() => new Ending(), {
        remoteAddress: { hostname: "127.0.0.1", port: 9 },
        allowBroadcast: true,
      });
      transport.close();
      assert.equal(await protocol.done.promise, null);
    }),
);

baseEvents.differs(
  `${NAME}_sockopts`,
  "Deno shows no socket options: that broadcasting was refused shows when it is tried",
  ({ run }) =>
    run(async () => {
      const everybody = { hostname: "127.255.255.255", port: 9 };
      const { promise, resolve } = Promise.withResolvers<unknown>();
      class Told extends DatagramProtocol {
        override errorReceived(error: unknown): void {
          resolve(error);
        }
      }
      const strict = await createDatagramEndpoint(() => new Told(), { localAddress: HERE });
      strict.transport.sendto("x", everybody);
      assert.ok(await promise instanceof OSError);
      strict.transport.abort();

      const options = { localAddress: HERE, allowBroadcast: true };
      const { transport, protocol } = await createDatagramEndpoint(() => new Ending(), options);
      transport.sendto("x", everybody);
      transport.close();
      assert.equal(await protocol.done.promise, null);
    }),
);
