/**
 * What FTP clients do with connections that not every server takes: taking TLS off, copying from
 * server to server, leaving an encrypted transfer in the middle, and going without the session that
 * a server demands.
 *
 * @module
 */

import assert from "node:assert/strict";
import { FTP } from "../../stdlib/ftplib/client.ts";
import { FTPError } from "../../stdlib/ftplib/errors.ts";
import { FTP_TLS } from "../../stdlib/ftplib/ftp_tls.ts";
import { ftpcp } from "../../stdlib/ftplib/ftpcp.ts";
import { FTPSessionReuseError } from "../../stdlib/ftplib/session_reuse_error.ts";
import type { FTPTLSConnectOptions } from "../../stdlib/ftplib/session_options.ts";
import { interopTest } from "./interop.ts";
import type { FtpServer } from "./servers/ftp_server.ts";
import { startProftpd } from "./servers/proftpd.ts";
import { startPureFtpd } from "./servers/pure_ftpd.ts";
import { startVsftpd } from "./servers/vsftpd.ts";

const BIG = new Uint8Array(3_000_000);

function plain({ hostname, port, user, password }: FtpServer): Promise<FTP> {
  return FTP.connect(hostname, { port, user, password, timeout: 20_000 });
}

function encrypted(
  { hostname, port, user, password, ca }: FtpServer,
  options: FTPTLSConnectOptions = {},
): Promise<FTP_TLS> {
  const account = { port, user, password, timeout: 20_000 };
  const tls = { caCerts: [ca], serverHostname: "localhost" };
  return FTP_TLS.connect(hostname, { ...account, ...tls, ...options });
}

/** Moves a file up and down. */
async function works(ftp: FTP): Promise<void> {
  await ftp.upload("/pub/f", "hello");
  assert.equal(new TextDecoder().decode(await ftp.download("/pub/f")), "hello");
}

interopTest("ftpcp: one vsftpd sends a file to another, and both sessions go on", {
  needs: ["vsftpd"],
}, async () => {
  await using first = await startVsftpd();
  await using second = await startVsftpd();
  await using source = await plain(first);
  await using target = await plain(second);
  await source.upload("/pub/f", BIG);
  await ftpcp(source, "/pub/f", target, { targetname: "/pub/copy" });
  assert.equal(await target.size("/pub/copy"), BIG.length);
  await assert.rejects(ftpcp(source, "/pub/none", target), FTPError);
  await works(source);
  await works(target);
});

const WITH_CCC = { proftpd: () => startProftpd(), "pure-ftpd": () => startPureFtpd() };
for (const program of ["proftpd", "pure-ftpd"] as const) {
  interopTest(`ccc: ${program} goes on in clear, and data stays encrypted`, {
    needs: [program],
  }, async () => {
    await using server = await WITH_CCC[program]();
    await using ftp = await encrypted(server);
    await ftp.ccc();
    assert.equal(ftp.tlsInfo, undefined);
    await works(ftp);
    const transfer = await ftp.ntransfercmd("RETR /pub/f");
    assert.equal(transfer.connection.tls, true);
    transfer.connection.close();
    await works(ftp);
  });
}

for (const mode of ["passive", "active"] as const) {
  for (const program of ["proftpd", "vsftpd"] as const) {
    interopTest(`${program}: encrypted transfers that are left in the middle, ${mode}`, {
      needs: [program],
    }, async () => {
      await using server = program === "proftpd"
        ? await startProftpd()
        : await startVsftpd({ mode: "tls-reuse" });
      await using ftp = await encrypted(server, { mode });
      await ftp.upload("/pub/big", BIG);
      for await (const _ of ftp.download("/pub/big")) break;
      await works(ftp);
      await assert.rejects(ftp.retrbinary("RETR /pub/big", () => ftp.abort()), FTPError);
      await works(ftp);
      const stop = new AbortController();
      async function* source() {
        yield BIG.subarray(0, 100_000);
        stop.abort(new Error("enough"));
        yield BIG;
      }
      await assert.rejects(ftp.upload("/pub/half", source(), { signal: stop.signal }), /enough/);
      await works(ftp);
    });
  }
}

interopTest("vsftpd and ProFTPD: without their session the error says why", {
  needs: ["vsftpd", "proftpd"],
}, async () => {
  for (const start of [() => startVsftpd({ mode: "tls-reuse" }), () => startProftpd()]) {
    await using server = await start();
    await using ftp = await encrypted(server, { minVersion: "TLSv1.3" });
    await assert.rejects(ftp.upload("/pub/f", "hello"), (error) => {
      assert.ok(error instanceof FTPSessionReuseError, String(error));
      assert.equal(error.reason, "version");
      return true;
    });
  }
});
