/**
 * `TestTLS_FTPClass`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { SSLError } from "../../../../net/errors.ts";
import { FTPError } from "../../../../stdlib/ftplib/errors.ts";
import { FTP_TLS } from "../../../../stdlib/ftplib/ftp_tls.ts";
import type { FTPTLSOptions } from "../../../../stdlib/ftplib/session_options.ts";
import { rejection } from "../../../rejection.ts";
import type { Cases, World } from "./case.ts";

const LIST_DATA = "foo\r\nbar\r\n non-ascii char \xAE\r\n";

/** Adds the cases. They begin with a session that has no TLS yet. */
export function addTlsCases(cases: Cases): void {
  cases.held("test_control_connection", async (world) => {
    const ftp = await clear(world);
    assert.equal(ftp.tlsInfo, undefined);
    await ftp.auth();
    assert.notEqual(ftp.tlsInfo, undefined);
    ftp.close();
  });

  cases.adapted(
    "test_data_connection",
    "before TLS has begun, transfers are refused unless the login said `secure: false`; PROT P " +
      "needs TLS on the control connection (RFC 4217 §9)",
    async (world) => {
      const ftp = await clear(world);
      await rejection(ftp.transfercmd("list"), FTPError);
      await ftp.auth();
      for (const protection of ["P", "C"] as const) {
        await (protection === "P" ? ftp.protP() : ftp.protC());
        const transfer = await ftp.ntransfercmd("list");
        assert.equal(transfer.connection.tls, protection === "P");
        const bytes = await transfer.connection.reader.read();
        assert.equal(new TextDecoder().decode(bytes), LIST_DATA);
        assert.equal((await transfer.finish()).code, 226);
      }
      ftp.close();
    },
  );

  cases.held("test_login", async (world) => {
    const commands: string[] = [];
    const ftp = await clear(world, {
      debug: ({ direction, text }) => void (direction === "send" && commands.push(text)),
    });
    assert.equal(ftp.tlsInfo, undefined);
    await ftp.login();
    assert.notEqual(ftp.tlsInfo, undefined);
    await ftp.login();
    assert.equal(commands.filter((command) => command.startsWith("AUTH")).length, 1);
    ftp.close();
  });

  cases.adapted(
    "test_auth_issued_twice",
    "it is an `FTPError` of `origin` usage",
    async (world) => {
      const ftp = await clear(world);
      await ftp.auth();
      assert.equal((await rejection(ftp.auth(), FTPError)).origin, "usage");
      ftp.close();
    },
  );

  cases.adapted(
    "test_context",
    "there are options instead of a context; certificates are always verified",
    async (world) => {
      const ftp = await clear(world, { caCerts: [] });
      assert.equal(ftp.tlsInfo, undefined);
      await rejection(ftp.auth(), SSLError);
      ftp.close();
    },
  );

  cases.adapted("test_ccc", "it is an `FTPError` of `origin` usage", async (world) => {
    const ftp = await clear(world);
    assert.equal((await rejection(ftp.ccc(), FTPError)).origin, "usage");
    await ftp.login();
    assert.notEqual(ftp.tlsInfo, undefined);
    await ftp.ccc();
    assert.equal(ftp.tlsInfo, undefined);
    assert.equal((await rejection(ftp.ccc(), FTPError)).origin, "usage");
    ftp.close();
  });

  cases.held("test_check_hostname", async (world) => {
    const ftp = await clear(world, { serverHostname: undefined });
    await rejection(ftp.auth(), SSLError);
    ftp.close();
    const named = await clear(world);
    await named.auth();
    await named.protP();
    await named.nlst();
    await named.quit();
  });
}

/** A session on which TLS has not begun. */
async function clear({ dummy }: World, options: FTPTLSOptions = {}): Promise<FTP_TLS> {
  return await FTP_TLS.connect(dummy.hostname, {
    port: dummy.port,
    passive: "PASV",
    caCerts: [await Deno.readTextFile(dummy.caFile)],
    serverHostname: "localhost",
    timeout: 20_000,
    ...options,
  });
}
