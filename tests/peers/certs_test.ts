import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { certificates, type Identity } from "./certs.ts";

/** A real handshake on loopback, by TLS from the start and by TLS on an open connection. */
async function handshake(identity: Identity, way: "connectTls" | "startTls"): Promise<void> {
  const { cert, key, caCerts } = identity;
  using listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
  const served = listener.accept().then(async (conn) => {
    await conn.handshake().catch(() => {});
    conn.close();
  });
  const { port } = listener.addr;
  try {
    if (way === "connectTls") {
      using tls = await Deno.connectTls({ hostname: "localhost", port, caCerts });
      await tls.handshake();
    } else {
      const plain = await Deno.connect({ hostname: "127.0.0.1", port });
      using tls = await Deno.startTls(plain, { hostname: "localhost", caCerts });
      await tls.handshake();
    }
  } finally {
    await served;
  }
}

for (const way of ["connectTls", "startTls"] as const) {
  Deno.test(`certificates: ${way} accepts the good one and refuses each of the others`, async () => {
    const all = await certificates();
    await handshake(all.good, way);
    await assert.rejects(handshake(all.wrongHost, way), /not valid for name/i);
    await assert.rejects(handshake(all.expired, way), /expired/i);
    await assert.rejects(handshake(all.selfSigned, way), /CaUsedAsEndEntity/);
    await assert.rejects(handshake(all.unknownIssuer, way), /UnknownIssuer/);
  });
}

Deno.test("certificates: each has the fields that it is about", async () => {
  const all = await certificates();
  const ca = new X509Certificate(all.ca);
  const good = new X509Certificate(all.good.cert);
  assert.equal(ca.ca, true);
  assert.equal(good.ca, false);
  assert.equal(good.checkHost("localhost"), "localhost");
  assert.match(good.subjectAltName ?? "", /127\.0\.0\.1.*(::1|0:0:0:0:0:0:0:1)/i);
  assert.equal(good.verify(ca.publicKey), true);
  assert.equal(new X509Certificate(all.wrongHost.cert).checkHost("localhost"), undefined);
  assert.ok(Date.parse(new X509Certificate(all.expired.cert).validTo) < Date.now());
  assert.equal(new X509Certificate(all.unknownIssuer.cert).verify(ca.publicKey), false);
  assert.equal(new X509Certificate(all.selfSigned.cert).ca, true);
});

Deno.test("certificates: made once in a process", async () => {
  assert.equal(await certificates(), await certificates());
});
