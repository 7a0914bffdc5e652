/**
 * Several encrypted sessions at once in one program, with servers that want each data connection to
 * go on with the TLS session of its own control connection (RFC 4217 §10).
 *
 * @module
 */

import assert from "node:assert/strict";
import { FTP_TLS } from "../../../stdlib/ftplib/ftp_tls.ts";
import { workersBegunBy } from "../../workers.ts";
import { interopTest } from "../interop.ts";
import type { FtpServer } from "../servers/ftp_server.ts";
import type { Program } from "../servers/installed.ts";
import { startPureFtpd } from "../servers/pure_ftpd.ts";
import { startPyftpdlib } from "../servers/pyftpdlib.ts";
import { startVsftpd } from "../servers/vsftpd.ts";
import { STRICT, type StrictServer } from "../tls/ftps_session.ts";

const CLIENTS = 5;
const FILES = 3;

function contents(number: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => (at * 7 + number) % 251);
}

function open({ server, port, implicit }: StrictServer, serverHostname: string): Promise<FTP_TLS> {
  return FTP_TLS.connect(server.hostname, {
    port,
    implicit,
    serverHostname,
    caCerts: [server.ca],
    user: server.user,
    password: server.password,
    timeout: 30_000,
  });
}

/** Stores files and fetches each, in turn with what the others do. */
async function work(ftp: FTP_TLS, number: number): Promise<void> {
  for (let file = 0; file < FILES; file++) {
    const path = `/pub/${number}-${file}.bin`;
    const bytes = contents(number, file * 90_000 + number);
    await ftp.upload(path, bytes);
    assert.deepEqual(await ftp.download(path), bytes, path);
  }
  assert.equal(
    (await ftp.nlst("/pub")).filter((path) => path.includes(`${number}-`)).length,
    FILES,
  );
}

interopTest("ProFTPD: the control connection of any session goes on in clear after CCC", {
  needs: ["proftpd"],
}, async () => {
  await using strict = await STRICT[2]![2]();
  await using stack = new AsyncDisposableStack();
  const clients: FTP_TLS[] = [];
  for (let number = 0; number < 3; number++) {
    clients.push(stack.use(await open(strict, "localhost")));
  }
  for (const client of clients) {
    await client.ccc();
    assert.equal(client.tlsInfo, undefined);
    assert.equal(await client.pwd(), "/");
  }
  await Promise.all(clients.map(work));
});

for (const [name, program, start] of STRICT) {
  // By an address there is room for one session in the program, by a name for two.
  const hostnames = name.includes("implicit") ? ["localhost"] : ["localhost", "127.0.0.1"];
  for (const serverHostname of hostnames) {
    interopTest(`${name}: five sessions at once with ${serverHostname}`, {
      needs: [program],
    }, async () => {
      await using strict = await start();
      await using stack = new AsyncDisposableStack();
      const clients = await Promise.all(
        Array.from({ length: CLIENTS }, () => open(strict, serverHostname)),
      );
      for (const client of clients) stack.use(client);
      await Promise.all(clients.map(work));
      // One goes, another comes.
      await clients[1]!.quit();
      stack.use(clients[1] = await open(strict, serverHostname));
      await Promise.all(clients.map(work));
    });
  }
}

const ANY: [string, Program, () => Promise<FtpServer>][] = [
  ["vsftpd, session reuse required", "vsftpd", () => startVsftpd({ mode: "tls-reuse" })],
  ["Pure-FTPd", "pure-ftpd", () => startPureFtpd()],
  ["pyftpdlib", "pyftpdlib", () => startPyftpdlib({ mode: "tls" })],
];

for (const [name, program, start] of ANY) {
  interopTest(`${name}: five sessions share the one that Deno keeps, without a Worker`, {
    needs: [program],
  }, async () => {
    await using server = await start();
    const { port } = server;
    const begun = await workersBegunBy(async () => {
      await using stack = new AsyncDisposableStack();
      const clients: FTP_TLS[] = [];
      for (let number = 0; number < CLIENTS; number++) {
        clients.push(stack.use(await open({ server, port, implicit: false }, "127.0.0.1")));
      }
      await Promise.all(clients.map(work));
    });
    assert.equal(begun, 0);
  });
}
