import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { OSError, SSLError } from "../../../net/errors.ts";
import { isAtLeast } from "../../../net/runtime.ts";
import { type ConnectionCallback, startServer } from "../../../net/servers/server.ts";
import type { TlsInfo, TlsServerOptions } from "../../../net/tls/tls.ts";
import { SMTP, SMTP_SSL } from "../../../stdlib/smtplib/client.ts";
import { certificates } from "../../peers/certs.ts";
import { rejection } from "../../rejection.ts";

const certs = await certificates();
const { caCerts } = certs.good;

function tlsTest(name: string, fn: () => Promise<void>): void {
  const able = isAtLeast("2.9.1");
  Deno.test({ name: able ? name : `${name} (skipped: needs Deno 2.9.1)`, ignore: !able, fn });
}

/** A server that makes TLS by STARTTLS, or from the first byte, and tells whom it has let in. */
async function withServer(
  tls: Partial<TlsServerOptions>,
  implicit: boolean,
  body: (port: number) => Promise<void>,
): Promise<string[]> {
  const clients: string[] = [];
  const shown = { cert: certs.good.cert, key: certs.good.key, ...tls };
  const serve: (...args: Parameters<ConnectionCallback>) => Promise<void> = async (
    reader,
    writer,
  ) => {
    writer.write("220 ready\r\n");
    for (;;) {
      const line = await reader.nextLine();
      if (line === null) return;
      if (line.startsWith("EHLO")) {
        const info = writer.getExtraInfo("sslInfo") as TlsInfo | undefined;
        if (info !== undefined) clients.push(info.peerCertificate?.subjectAltName ?? "");
        writer.write(
          info === undefined ? "250-localhost\r\n250 STARTTLS\r\n" : "250 localhost\r\n",
        );
      } else if (line === "STARTTLS") {
        writer.write("220 go ahead\r\n");
        await writer.startTls(shown);
      } else {
        writer.write("250 ok\r\n");
      }
    }
  };
  await using server = await startServer(
    (reader, writer) => serve(reader, writer).catch(refused),
    "127.0.0.1",
    0,
    implicit ? { tls: shown } : {},
  );
  await body(server.port);
  return clients;
}

/** A client that refuses us, or that we refuse, is gone: that is what the tests are about. */
function refused(error: unknown): void {
  if (!(error instanceof OSError)) throw error;
}

const options = { localHostname: "me.example", timeout: 5000 };

tlsTest("STARTTLS shows our certificate, given to connect or to starttls", async () => {
  const { cert, key } = certs.client;
  const clients = await withServer({ clientCaCerts: caCerts }, false, async (port) => {
    {
      const given = { ...options, port, caCerts, cert, key };
      await using smtp = await SMTP.connect("localhost", given);
      await smtp.starttls();
      await smtp.ehlo();
    }
    await using smtp = await SMTP.connect("localhost", { ...options, port });
    await smtp.starttls({ caCerts, cert, key });
    await smtp.ehlo();
  });
  assert.deepEqual(clients, ["email:client@example.org", "email:client@example.org"]);
});

tlsTest("a server that wants a certificate and gets none ends the connection", async () => {
  await withServer({ clientCaCerts: caCerts }, false, async (port) => {
    await using smtp = await SMTP.connect("localhost", { ...options, port, caCerts });
    await assert.rejects(async () => {
      await smtp.starttls();
      await smtp.ehlo();
    });
    assert.equal(smtp.connected, false);
  });
});

for (const implicit of [false, true]) {
  const way = implicit ? "SMTP_SSL" : "STARTTLS";
  const open = async (port: number, pin: string) => {
    const given = { ...options, port, pinnedFingerprints: [pin] };
    if (implicit) return await SMTP_SSL.connect("localhost", given);
    const smtp = await SMTP.connect("localhost", given);
    await smtp.starttls();
    return smtp;
  };

  tlsTest(
    `a server that has signed its certificate itself is known by its pin: ${way}`,
    async () => {
      const { selfSigned, good } = certs;
      await withServer(selfSigned, implicit, async (port) => {
        await using smtp = await open(port, new X509Certificate(selfSigned.cert).fingerprint256);
        await smtp.noop();
        const other = new X509Certificate(good.cert).fingerprint256;
        const error = await rejection(open(port, other), SSLError);
        assert.equal((error as { reason?: string }).reason, "wrong-fingerprint");
      });
    },
  );
}
