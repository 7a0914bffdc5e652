import assert from "node:assert/strict";
import { dialTcp } from "../../../net/tcp/tcp.ts";
import { FTP_TLS } from "../../../stdlib/ftplib/ftp_tls.ts";
import { FTPServer } from "../../../stdlib/ftplib/server.ts";
import { FTPSessionReuseError } from "../../../stdlib/ftplib/session_reuse_error.ts";
import type { FTPTLSOptions } from "../../../stdlib/ftplib/session_options.ts";
import { keepApart, sharedBy } from "../../../stdlib/ftplib/tls_sharing.ts";
import { tlsTest } from "../../net/tls/pairs.ts";
import { certificates } from "../../peers/certs.ts";
import { rejection } from "../../rejection.ts";
import { SERVER_TLS } from "./_tls.ts";

const { good } = await certificates();

Deno.test("servers that take any session are known by how they greet", () => {
  const at = { host: "a", port: 21 };
  for (
    const greeting of [
      ["(vsFTPd 3.0.3)"],
      ["---------- Welcome to Pure-FTPd [privsep] [TLS] ----------", "You are user number 1"],
      ["pyftpdlib 1.5.7 ready."],
    ]
  ) {
    assert.equal(sharedBy(at, greeting), "a 21", greeting[0]);
  }
  for (
    const greeting of [
      ["ProFTPD Server (Debian) [::ffff:127.0.0.1]"],
      ["FileZilla Server 1.8.2"],
      ["Microsoft FTP Service"],
      ["Welcome"],
      [],
    ]
  ) {
    assert.equal(sharedBy(at, greeting), undefined, greeting[0]);
  }
});

Deno.test("a server that has refused a session is remembered, and 256 of them", () => {
  const greeting = ["(vsFTPd 3.0.3)"];
  const shares = (port: number) => sharedBy({ host: "refuses", port }, greeting) !== undefined;
  keepApart("refuses 1");
  assert.deepEqual([1, 2].map(shares), [false, true]);
  for (let port = 2; port <= 256; port++) keepApart(`refuses ${port}`);
  assert.deepEqual([1, 2, 256].map(shares), [false, false, false]);
  keepApart("refuses 257");
  assert.deepEqual([1, 2, 257].map(shares), [true, false, false]);
});

/** Runs a server that greets as vsftpd does, and yet wants of each session what is its own. */
async function withPretender(
  body: (open: (options?: FTPTLSOptions) => Promise<FTP_TLS>) => Promise<void>,
): Promise<void> {
  await using server = await FTPServer.start({
    welcome: "(vsFTPd 3.0.3)",
    users: { me: { password: "secret" } },
    tls: SERVER_TLS,
    requireSessionReuse: true,
  });
  await body((options) =>
    FTP_TLS.connect(server.hostname, {
      port: server.port,
      caCerts: good.caCerts,
      serverHostname: "localhost",
      user: "me",
      password: "secret",
      ...options,
    })
  );
}

tlsTest("where the greeting was wrong, the next sessions are kept apart", async () => {
  await withPretender(async (open) => {
    {
      await using first = await open();
      await using _second = await open();
      await rejection(first.nlst(), FTPSessionReuseError);
    }
    await using third = await open();
    await using fourth = await open();
    for (const ftp of [third, fourth, third]) assert.deepEqual(await ftp.nlst(), []);
  });
});

tlsTest(
  "through a dial of the caller's, sessions are kept apart whatever the greeting",
  async () => {
    await withPretender(async (open) => {
      await using first = await open({ dial: dialTcp });
      await using second = await open({ dial: dialTcp });
      for (const ftp of [first, second, first]) assert.deepEqual(await ftp.nlst(), []);
    });
  },
);
