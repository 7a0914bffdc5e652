import assert from "node:assert/strict";
import { isAtLeast } from "../../../net/runtime.ts";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { FTP_TLS } from "../../../stdlib/ftplib/ftp_tls.ts";
import { FTPServer } from "../../../stdlib/ftplib/server.ts";
import { tlsTest } from "../../net/tls/pairs.ts";
import { text } from "./_session.ts";
import { SERVER_TLS } from "./_tls.ts";
import { certificates } from "../../peers/certs.ts";

const LOCAL = "127.0.0.2";

Deno.test({
  name:
    "localAddress: both connections come from the address that was chosen (test_source_address)",
  ignore: !isAtLeast("2.7.9"),
  async fn() {
    const from: string[] = [];
    // The server takes data connections from the client's own address alone.
    await using server = await FTPServer.start({
      files: { "/f": "hello" },
      onEvent: (event) => event.type === "connect" && from.push(event.hostname),
    });
    for (const mode of ["passive", "active"] as const) {
      await using ftp = await FTP.connect("127.0.0.1", {
        port: server.port,
        user: "anonymous",
        localAddress: { hostname: LOCAL },
        mode,
      });
      assert.equal(text(await ftp.download("/f")), "hello");
      assert.equal(ftp["_session"]().control.connection.localAddress.hostname, LOCAL);
    }
    assert.deepEqual(from, [LOCAL, LOCAL]);
  },
});

tlsTest("localAddress holds for encrypted connections as well", async () => {
  const { caCerts } = (await certificates()).good;
  await using server = await FTPServer.start({ files: { "/f": "hello" }, tls: SERVER_TLS });
  await using ftp = await FTP_TLS.connect("127.0.0.1", {
    port: server.port,
    user: "anonymous",
    caCerts,
    serverHostname: "localhost",
    localAddress: { hostname: LOCAL },
  });
  assert.equal(text(await ftp.download("/f")), "hello");
  assert.equal(ftp["_session"]().control.connection.localAddress.hostname, LOCAL);
});
