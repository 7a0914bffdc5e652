/**
 * CPython's tests of what connects and listens, as far as they are no matter of raw sockets.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { ExceptionContext } from "../../../loop/event_loop.ts";
import { TimeoutError } from "../../../loop/exceptions.ts";
import { createConnection } from "../../../net/transports/create_connection.ts";
import { createServer } from "../../../net/servers/create_server.ts";
import { ConnectionRefusedError, OSError } from "../../../net/errors.ts";
import type { Listener } from "../../../net/listener.ts";
import { Protocol } from "../../../net/transports/protocols.ts";
import { rejection } from "../../rejection.ts";
import { Wire } from "../transports/wire.ts";
import { baseEvents } from "./suite.ts";

const PLAIN = "BaseEventLoopTests";
const MIXIN = "BaseEventLoopWithSelectorTests";
const make = () => new Protocol();

baseEvents.adapted(
  `${MIXIN}.test_create_connection_timeout`,
  "what dials is given, and is told to give up by its signal",
  ({ run }) =>
    run(async () => {
      let ended = false;
      const late = Promise.withResolvers<Wire>();
      const connecting = createConnection(make, "127.0.0.1", 80, {
        connectTimeout: 10,
        dial: (_target, { signal }) => {
          signal?.addEventListener("abort", () => ended = true);
          return late.promise;
        },
      });
      await assert.rejects(connecting, TimeoutError);
      assert.equal(ended, true);
      const wire = new Wire();
      late.resolve(wire);
      await late.promise;
      await Promise.resolve();
      assert.equal(wire.closes, 1);
    }),
);

baseEvents.differs(
  `${MIXIN}.test_create_connection_connect_err`,
  "Deno tries the addresses of a name, and tells one error; there is no `all_errors`",
  ({ run }) =>
    run(async () => {
      const error = await rejection(
        createConnection(make, "127.0.0.1", await unusedPort(), { connectTimeout: Infinity }),
        ConnectionRefusedError,
      );
      assert.ok(error instanceof OSError);
    }),
);

baseEvents.differs(
  `${MIXIN}.test_create_connection_no_host_port_sock`,
  "a host must be named, and the types ask for it",
  ({ run }) =>
    run(async () => {
      await assert.rejects(createConnection(make, "", 80), TypeError);
      await assert.rejects(createConnection(make, undefined as never, undefined as never));
      await assert.rejects(createConnection(make, "localhost", 0), RangeError);
    }),
);

baseEvents.differs(
  `${MIXIN}.test_create_server_empty_host`,
  "an empty host is refused; `null` says all addresses, where Python takes either",
  ({ run }) =>
    run(async () => {
      await assert.rejects(createServer(make, ""), TypeError);
      await using server = await createServer(make, null);
      assert.match(server.hostname, /^(?:::|0\.0\.0\.0)$/);
    }),
);

baseEvents.adapted(
  `${MIXIN}.test_create_server_no_getaddrinfo`,
  "a TypeError where Python has OSError",
  ({ run }) => run(() => assert.rejects(createServer(make, []), TypeError)),
);

baseEvents.adapted(
  `${MIXIN}.test_create_server_cant_bind`,
  "of several hosts the second cannot be bound; the first is let go",
  ({ run }) =>
    run(async () => {
      let closed = 0;
      const first: Listener = {
        address: new Wire().localAddress,
        accept: () => Promise.resolve(null),
        close: () => void closed++,
      };
      const listeners: (Listener | Error)[] = [first, new OSError("taken", { code: "EADDRINUSE" })];
      const listen = () => {
        const next = listeners.shift()!;
        if (next instanceof Error) throw next;
        return next;
      };
      await assert.rejects(createServer(make, ["a", "b"], 0, { listen }), { code: "EADDRINUSE" });
      assert.equal(closed, 1);
    }),
);

baseEvents.adapted(
  `${PLAIN}.test_create_server_ssl_timeout_for_plain_socket`,
  "`handshakeTimeout`, and a TypeError",
  ({ run }) =>
    run(() =>
      assert.rejects(createServer(make, "127.0.0.1", 0, { handshakeTimeout: 1000 }), {
        name: "TypeError",
        message: /handshakeTimeout without tls/,
      })
    ),
);

baseEvents.held(`${PLAIN}.test_create_server_ipv6`, ({ run }) =>
  run(async () => {
    const server = await createServer(make, "::1", 0).catch((error) => {
      // Not every machine has IPv6.
      if (error instanceof OSError && error.code === "EADDRNOTAVAIL") return null;
      throw error;
    });
    if (server === null) return;
    assert.equal(server.sockets.length, 1);
    server.close();
    await server.waitClosed();
  }));

baseEvents.adapted(
  `${MIXIN}.test_accept_connection_exception`,
  "it is tried again after 100 milliseconds, not after a second, and told once",
  ({ run }) =>
    run(async (loop) => {
      const reports: ExceptionContext[] = [];
      loop.setExceptionHandler((_loop, context) => reports.push(context));
      const error = new OSError("too many open files", { code: "EMFILE" });
      const closed = Promise.withResolvers<null>();
      const accepted = Promise.withResolvers<void>();
      const wire = new Wire();
      const answers = [error, error, wire];
      const listener: Listener = {
        address: wire.localAddress,
        accept() {
          const answer = answers.shift();
          if (answer === undefined) return closed.promise;
          if (answer instanceof Error) return Promise.reject(answer);
          return Promise.resolve(answer);
        },
        close: () => closed.resolve(null),
      };
      const before = loop.time();
      class Accepted extends Protocol {
        override connectionMade(): void {
          accepted.resolve();
        }
      }
      await using server = await createServer(() => new Accepted(), "localhost", 0, {
        listen: () => listener,
      });
      await accepted.promise;
      assert.ok(loop.time() - before >= 200 - 1);
      assert.deepEqual(reports, [
        { message: "Cannot accept a connection", exception: error, server },
      ]);
    }),
);

async function unusedPort(): Promise<number> {
  const server = await createServer(make);
  const { port } = server;
  server.close();
  await server.waitClosed();
  // Deno lets go of a listening socket only in the next turn of its own loop.
  await new Promise((resolve) => setTimeout(resolve, 5));
  return port;
}
