import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import type { StartTlsOptions } from "../../../net/byte_stream.ts";
import { openConnection } from "../../../net/streams/connect.ts";
import { SSLCertVerificationError } from "../../../net/errors.ts";
import { memoryPair } from "../../../net/memory.ts";
import { isAtLeast } from "../../../net/runtime.ts";
import { startTlsClient } from "../../../net/tls/starttls.ts";
import { dialTcp } from "../../../net/tcp/tcp.ts";
import { listenTls } from "../../../net/tls/tls_listener.ts";
import type { TlsServerOptions } from "../../../net/tls/tls.ts";
import type { Identity } from "../../peers/certs.ts";
import { bytes } from "../cuts.ts";
import {
  Between,
  certs,
  type Ends,
  outcomes,
  shake,
  socketPair,
  tlsTest,
  writeAll,
} from "./pairs.ts";

/** What makes `node:tls` verify, and what makes us verify, as Deno resumes nothing otherwise. */
const WAYS: Record<string, StartTlsOptions> = {
  "by the platform": { details: true },
  // Before 2.9.6 Deno resumes of its own accord, here the session of another test: servers of one
  // process take each other's.
  ...(isAtLeast("2.9.6") && { "in code": { resumable: true } }),
};

const REFUSED: [keyof typeof certs, string, RegExp][] = [
  ["wrongHost", "wrong-host", /its certificate is for another name.*wrong\.example/],
  ["commonNameOnly", "wrong-host", /for no name, not for localhost/],
  ["expired", "expired", /out of date/],
  ["notYetValid", "expired", /out of date/],
  ["unknownIssuer", "unknown-issuer", /not trusted here.*caCerts/],
  ["intermediateMissing", "unknown-issuer", /not trusted here/],
  ["falseIntermediate", "unknown-issuer", /not trusted here/],
  ["selfSigned", "ca-as-leaf", /CA:TRUE.*CA:FALSE.*pinnedFingerprints/],
];

for (const [way, options] of Object.entries(WAYS)) {
  for (const [name, reason, message] of REFUSED) {
    tlsTest(`a certificate is refused, and the error says why: ${name}, ${way}`, async () => {
      const { cert, key, caCerts } = certs[name] as Identity;
      const [near] = await outcomes(await socketPair(), { ...options, caCerts }, { cert, key });
      assert.ok(near instanceof SSLCertVerificationError, String(near));
      assert.equal(near.code, "ERR_TLS_CERTIFICATE");
      // Node tells of a certificate that is out of date no more than that it cannot be verified.
      const told = options.details && reason === "expired" ? "unknown-issuer" : reason;
      assert.equal(near.reason, told);
      assert.match(near.message, message);
    });
  }

  for (const name of ["pathTooLong", "nameConstrained", "client"] as const) {
    tlsTest(`a chain is refused that breaks its own rules: ${name}, ${way}`, async () => {
      const { cert, key, caCerts } = certs[name];
      const [near] = await outcomes(await socketPair(), { ...options, caCerts }, { cert, key });
      assert.ok(near instanceof SSLCertVerificationError, String(near));
    });
  }

  for (const name of ["good", "intermediate", "selfSignedLeaf"] as const) {
    for (const serverHostname of ["localhost", "LOCALHOST.", "127.0.0.1", "::1"]) {
      tlsTest(`a certificate is accepted: ${name} for ${serverHostname}, ${way}`, async () => {
        const { cert, key, caCerts } = certs[name];
        const client = { ...options, caCerts, serverHostname };
        const ends = await shake(await socketPair(), client, { cert, key });
        for (const end of ends) end.close();
      });
    }
  }

  tlsTest(`several authorities may be in one string: ${way}`, async () => {
    const caCerts = [`${certs.selfSigned.cert}\n# and\n${certs.good.caCerts[0]}`];
    const ends = await shake(await socketPair(), { ...options, caCerts });
    for (const end of ends) end.close();
  });

  tlsTest(`nothing is trusted that the platform does not trust either: ${way}`, async () => {
    const [near] = await outcomes(await socketPair(), { ...options, caCerts: undefined }, {});
    assert.equal((near as SSLCertVerificationError).reason, "unknown-issuer");
  });
}

const printOf = ({ cert }: Identity) => new X509Certificate(cert).fingerprint256;

tlsTest("a pinned fingerprint takes the place of everything that is verified", async () => {
  for (const name of ["selfSigned", "expired", "wrongHost", "unknownIssuer"] as const) {
    const pin = printOf(certs[name]);
    for (const pins of [[pin], [pin.replaceAll(":", "").toLowerCase()], ["00".repeat(32), pin]]) {
      const client = { pinnedFingerprints: pins, caCerts: undefined };
      const ends = await shake(await socketPair(), client, certs[name]);
      assert.equal(ends[0].tlsInfo?.peerCertificate?.fingerprint, pin);
      for (const end of ends) end.close();
    }
  }
});

tlsTest(
  "a certificate with another fingerprint is refused, even one that is in order",
  async () => {
    const client = { pinnedFingerprints: [printOf(certs.selfSigned), printOf(certs.expired)] };
    const [near] = await outcomes(await socketPair(), client, {});
    assert.ok(near instanceof SSLCertVerificationError);
    assert.equal(near.reason, "wrong-fingerprint");
    assert.ok(near.message.includes(printOf(certs.good)), near.message);
  },
);

tlsTest("nothing is sent to a server that is refused, not even by TLS", async () => {
  for (
    const options of [{ details: true }, { pinnedFingerprints: ["00".repeat(32)] }, {
      resumable: true,
      caCerts: certs.good.caCerts,
    }]
  ) {
    const [near, far] = memoryPair();
    const stream = new Between(near);
    const [client] = await outcomes([stream, far], {
      caCerts: certs.unknownIssuer.caCerts,
      ...options,
    }, certs.unknownIssuer);
    assert.ok(client instanceof SSLCertVerificationError);
    // A ClientHello, and what ends the handshake: no word of a protocol.
    assert.ok(stream.written.length <= 3, `${stream.written.length} writes`);
    assert.equal(stream.closed, true);
  }
});

tlsTest("wrong options of a client are told before anything is sent", async () => {
  const { cert, key } = certs.client;
  const session = { serverHostname: "localhost" };
  const wrong: [StartTlsOptions, RegExp][] = [
    [{ caCerts: ["no PEM"] }, /Cannot use caCerts: need PEM/],
    [
      { caCerts: ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"] },
      /cannot be read/,
    ],
    [{ cert }, /without its key/],
    [{ key }, /without its key/],
    [{ cert, key: certs.good.key }, /not that of the certificate/],
    [{ pinnedFingerprints: [] }, /empty list/],
    [{ pinnedFingerprints: ["ab:cd"] }, /64 hexadecimal digits/],
    [{ serverHostname: "no name!" }, /host name or an IP address/],
    [{ serverHostname: "" }, /host name or an IP address/],
    [{ minVersion: "TLSv1.3", resumable: true }, /no version is left/],
    [{ maxVersion: "TLSv1" as never }, /need "TLSv1.2" or "TLSv1.3"/],
    [{ alpnProtocols: ["x".repeat(256)] }, /alpnProtocols/],
    [{ cert, key, resumable: true }, /Deno keeps no session/],
    [{ session }, /Cannot resume this session/],
    [{ timeout: NaN }, /timeout/],
  ];
  for (const [options, message] of wrong) {
    const [near, far] = memoryPair();
    const stream = new Between(near);
    const client = { serverHostname: "localhost", ...options };
    await assert.rejects(startTlsClient(stream, client), message);
    assert.deepEqual(stream.written, []);
    near.close();
    far.close();
  }
});

/** Serves TLS, and answers every connection with one line. */
async function withServer(
  options: Partial<TlsServerOptions>,
  test: (port: number) => Promise<void>,
): Promise<void> {
  const listen = await listenTls({ ...certs.good, ...options });
  const listener = await listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for (;;) {
      const stream = await listener.accept();
      if (stream === null) return;
      await writeAll(stream, bytes("220 ready\r\n"));
      stream.close();
    }
  })();
  try {
    await test(listener.address.port);
  } finally {
    listener.close();
    await serving;
  }
}

tlsTest("openConnection shows a certificate, from the first byte", async () => {
  const { caCerts } = certs.good;
  await withServer({ clientCaCerts: caCerts }, async (port) => {
    const { cert, key } = certs.client;
    const options = { tls: true, caCerts, cert, key, timeout: 5000 };
    await using connection = await openConnection("localhost", port, options);
    assert.equal(await connection.reader.nextLine(), "220 ready");

    await using without = await openConnection("localhost", port, {
      ...options,
      cert: undefined,
      key: undefined,
    });
    await assert.rejects(without.reader.nextLine(), { name: "SSLError" });
  });
});

tlsTest("openConnection passes every other option on", async () => {
  await withServer({ ...certs.selfSigned, alpnProtocols: ["imap"] }, async (port) => {
    await using connection = await openConnection("127.0.0.1", port, {
      tls: true,
      pinnedFingerprints: [printOf(certs.selfSigned)],
      maxVersion: "TLSv1.2",
      alpnProtocols: ["imap"],
      timeout: 5000,
    });
    assert.equal(await connection.reader.nextLine(), "220 ready");
    const info = connection.writer.getExtraInfo("sslInfo") as Ends[0]["tlsInfo"];
    assert.equal(info?.protocol, "TLSv1.2");
    assert.equal(info?.alpnProtocol, "imap");
  });
});

Deno.test("a pinned fingerprint is known from the first byte, on every Deno", async () => {
  const { cert, key } = certs.selfSigned;
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.write(bytes("220 ready\r\n")).catch(() => {});
      await connection.read(new Uint8Array(16)).catch(() => {});
      connection.close();
    }
  })();
  const { port } = listener.addr;
  const options = { tls: true, timeout: 5000 };
  {
    const pinnedFingerprints = [printOf(certs.selfSigned)];
    await using connection = await openConnection("localhost", port, {
      ...options,
      pinnedFingerprints,
    });
    assert.equal(connection.tls, true);
    assert.equal(await connection.reader.nextLine(), "220 ready");
    connection.writer.write("bye\r\n");
    assert.equal(await connection.reader.nextLine(), null);
  }
  const pinnedFingerprints = [printOf(certs.good)];
  await assert.rejects(openConnection("localhost", port, { ...options, pinnedFingerprints }), {
    name: "SSLCertVerificationError",
    reason: "wrong-fingerprint",
  });
  listener.close();
  await serving;
});

Deno.test("Deno's own TLS tells the application protocol and the name", async () => {
  const { cert, key, caCerts } = certs.good;
  using listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert,
    key,
    alpnProtocols: ["imap"],
  });
  const accepted = listener.accept();
  const stream = await dialTcp({ hostname: "127.0.0.1", port: listener.addr.port });
  const shaking = stream.startTls!({
    serverHostname: "localhost",
    caCerts,
    alpnProtocols: ["imap"],
  });
  const server = await accepted;
  await server.handshake();
  const encrypted = await shaking;
  assert.deepEqual(encrypted.tlsInfo, { alpnProtocol: "imap", serverName: "localhost" });
  encrypted.close();
  server.close();
});

tlsTest("caCerts count besides the authorities of the platform, not in place of them", async () => {
  const file = await Deno.makeTempFile({ suffix: ".pem" });
  await Deno.writeTextFile(file, certs.ca);
  const script = new URL("./platform_script.ts", import.meta.url).href;
  const told = async (port: number, ...flags: string[]) => {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-lock", "--no-check", "--quiet", "--allow-net", ...flags, script],
        ...[String(port), certs.selfSigned.cert],
      ],
      env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      stderr: "inherit",
    }).output();
    return new TextDecoder().decode(stdout).trim();
  };
  await withServer({}, async (port) => {
    assert.equal(await told(port, `--cert=${file}`), "220 ready");
    assert.equal(await told(port), "unknown-issuer");
  });
  await Deno.remove(file);
});
