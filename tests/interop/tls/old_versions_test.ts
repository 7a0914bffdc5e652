/**
 * OpenSSL that speaks TLS 1.0 and 1.1 only: neither a client nor a server of ours does (RFC 8996).
 *
 * @module
 */

import assert from "node:assert/strict";
import { openConnection } from "../../../net/streams/connect.ts";
import { startServer } from "../../../net/servers/server.ts";
import { certificates } from "../../peers/certs.ts";
import { interopTest } from "../interop.ts";
import { opensslClient, opensslServer, temporaryFiles } from "./openssl.ts";

const { cert, key, caCerts } = (await certificates()).good;
const NEEDS = { needs: ["openssl"] } as const;

for (const version of ["tls1", "tls1_1"]) {
  // OpenSSL itself speaks them at its lowest level of security only.
  const old = [`-${version}`, "-cipher", "ALL:@SECLEVEL=0"];

  for (const details of [false, true]) {
    const maker = details ? "node:tls" : "Deno's TLS";
    interopTest(`a server that speaks ${version} only is refused by ${maker}`, NEEDS, async () => {
      await using files = await temporaryFiles();
      const shown = ["-cert", files.file(cert), "-key", files.file(key)];
      await using server = await opensslServer("-rev", ...old, ...shown);
      await assert.rejects(
        openConnection("localhost", server.port, { tls: true, caCerts, details, timeout: 5_000 }),
        { name: "SSLError", code: "ERR_TLS_ALERT", message: /no version of TLS that is allowed/ },
      );
    });
  }

  interopTest(`a client that speaks ${version} only is refused`, NEEDS, async () => {
    let served = 0;
    await using server = await startServer(() => void served++, "127.0.0.1", 0, {
      tls: { cert, key },
    });
    const client = await opensslClient(server.port, "hello\r\n", ...old);
    assert.equal(client.success, false);
    assert.match(client.text, /alert protocol version|unsupported protocol|handshake failure/);
    assert.equal(served, 0);
  });
}
