/**
 * CPython's `test_unix_events`: what lies at the path of a Unix server, and whom TLS over a Unix
 * socket is for.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createUnixConnection, createUnixServer } from "../../../net/unix/create_unix.ts";
import { FileNotFoundError, OSError, SSLCertVerificationError } from "../../../net/errors.ts";
import { Protocol } from "../../../net/transports/protocols.ts";
import { isAtLeast } from "../../../net/runtime.ts";
import { startUnixServer } from "../../../net/unix/unix_streams.ts";
import { certificates } from "../../peers/certs.ts";
import { unixEvents } from "../unix_events.ts";

const TESTS = "SelectorEventLoopUnixSocketTests";

async function withPath(test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/served.sock`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const make = () => new Protocol();

unixEvents.held(
  `${TESTS}.test_create_unix_server_existing_path_sock`,
  ({ run }) =>
    run(() =>
      withPath(async (path) => {
        const old = await startUnixServer(() => {}, path, { cleanupSocket: false });
        old.close();
        await using server = await createUnixServer(make, path);
        assert.equal(server.addresses[0]?.path, path);
      })
    ),
);

unixEvents.held(
  `${TESTS}.test_create_unix_server_existing_path_nonsock`,
  ({ run }) =>
    run(() =>
      withPath(async (path) => {
        await Deno.writeTextFile(path, "mine");
        await assert.rejects(createUnixServer(make, path), (error) => {
          assert.ok(error instanceof OSError);
          assert.equal(error.code, "EADDRINUSE");
          assert.match(error.message, /is taken/);
          return true;
        });
      })
    ),
);

unixEvents.adapted(
  `${TESTS}.test_create_unix_server_bind_error`,
  "a folder that is not there, where Python's socket is a mock",
  ({ run }) =>
    run(() =>
      withPath((path) => assert.rejects(createUnixServer(make, `${path}/x/y`), FileNotFoundError))
    ),
);

unixEvents.adapted(
  `${TESTS}.test_create_unix_connection_nopath_nosock`,
  "there are no sockets to be given; a path must be",
  ({ run }) =>
    run(async () => {
      await assert.rejects(createUnixConnection(make, ""), TypeError);
      await assert.rejects(createUnixConnection(make, undefined as never), TypeError);
    }),
);

unixEvents.differs(
  `${TESTS}.test_create_unix_connection_ssl_noserverhost`,
  "the server is on this machine, and so its certificate must name `localhost` unless another " +
    "name is given",
  ({ run }) =>
    run(() =>
      withPath(async (path) => {
        if (!isAtLeast("2.9.1")) return;
        const { good, wrongHost } = await certificates();
        const options = {
          tls: true,
          caCerts: [...good.caCerts, ...wrongHost.caCerts],
          connectTimeout: Infinity,
        };
        for (const [identity, isGood] of [[good, true], [wrongHost, false]] as const) {
          const { cert, key } = identity;
          await using server = await startUnixServer(() => {}, path, {
            tls: { cert, key },
            handshakeTimeout: Infinity,
          });
          const connecting = createUnixConnection(make, path, options);
          if (isGood) (await connecting).transport.abort();
          else await assert.rejects(connecting, SSLCertVerificationError);
          server.abortClients();
        }
      })
    ),
);
