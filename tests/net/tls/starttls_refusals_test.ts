import assert from "node:assert/strict";
import type { StartTlsOptions, StartTlsServerOptions } from "../../../net/byte_stream.ts";
import { SSLCertVerificationError, SSLError } from "../../../net/errors.ts";
import { bytes, text } from "../cuts.ts";
import {
  CARRIERS,
  certs,
  outcomes,
  readAll,
  shake,
  socketPair,
  tlsTest,
  writeAll,
} from "./pairs.ts";

interface Mismatch {
  client: StartTlsOptions;
  server: Partial<StartTlsServerOptions>;
  /** What each side says. */
  codes: [string, string];
  words: RegExp;
}

const { caCerts } = certs.good;
const CLIENTS = { clientCaCerts: caCerts };

const MISMATCHES: Record<string, Mismatch> = {
  "no common version, the client's is too old": {
    client: { maxVersion: "TLSv1.2" },
    server: { minVersion: "TLSv1.3" },
    codes: ["ERR_TLS_ALERT", "ERR_TLS_VERSION"],
    words: /no version of TLS that is allowed here/,
  },
  "no common version, the server's is too old": {
    client: { minVersion: "TLSv1.3" },
    server: { maxVersion: "TLSv1.2" },
    codes: ["ERR_TLS_ALERT", "ERR_TLS_VERSION"],
    words: /no version of TLS that is allowed here/,
  },
  "no common application protocol": {
    client: { alpnProtocols: ["http/1.1"] },
    server: { alpnProtocols: ["imap"] },
    codes: ["ERR_TLS_ALERT", "ERR_TLS_NO_ALPN"],
    words: /none of the application protocols that were offered/,
  },
};

for (const [what, { client, server, codes, words }] of Object.entries(MISMATCHES)) {
  for (const [carrier, pair] of Object.entries(CARRIERS)) {
    tlsTest(`both sides say what is wrong: ${what}, ${carrier}`, async () => {
      const ends = await outcomes(await pair(), client, server);
      assert.deepEqual(ends.map((end) => (end as SSLError).code), codes);
      assert.match((ends[0] as Error).message, words);
    });
  }
}

const REFUSED_CLIENTS: Record<string, [StartTlsOptions, string]> = {
  "without a certificate": [{}, "ERR_TLS_CERTIFICATE_REQUIRED"],
  "of a stranger": [{ ...certs.strangersClient, caCerts }, "unknown-issuer"],
  "out of date": [{ ...certs.expiredClient, caCerts }, "expired"],
  "with a server's certificate": [{ ...certs.good, caCerts }, "other"],
};

for (const [who, [client, reason]] of Object.entries(REFUSED_CLIENTS)) {
  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    tlsTest(`a client is refused: ${who}, ${maxVersion}`, async () => {
      const [near, far] = await outcomes(await socketPair(), { ...client, maxVersion }, CLIENTS);
      assert.ok(far instanceof SSLError, String(far));
      assert.equal(far instanceof SSLCertVerificationError ? far.reason : far.code, reason);
      assert.match(far.message, /^Cannot let in 127\.0\.0\.1/);
      assert.ok(near instanceof Error, "the client is let down");
    });
  }
}

tlsTest("a client shows its certificate, and the server knows it", async () => {
  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    const options = { ...certs.client, caCerts, maxVersion };
    const [client, server] = await shake(await socketPair(), options, CLIENTS);
    assert.match(server.tlsInfo!.peerCertificate!.subjectAltName, /client@example\.org/);
    await writeAll(client, bytes("it is me"));
    client.close();
    assert.equal(text(await readAll(server)), "it is me");
    server.close();
  }
});

tlsTest("a certificate that need not be shown is verified all the same", async () => {
  const request = { ...CLIENTS, requestCert: "request" as const };
  const [client, server] = await shake(await socketPair(), {}, request);
  assert.equal(server.tlsInfo!.peerCertificate, undefined);
  client.close();
  server.close();
  const stranger = { ...certs.strangersClient, caCerts };
  const [, far] = await outcomes(await socketPair(), stranger, request);
  assert.equal((far as SSLCertVerificationError).reason, "unknown-issuer");
});
