/**
 * OpenSSL on the other side, as client and as server.
 *
 * @module
 */

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { openConnection } from "../../../net/streams/connect.ts";
import { type ConnectionCallback, type Server, startServer } from "../../../net/servers/server.ts";
import type { TlsInfo, TlsServerOptions } from "../../../net/tls/tls.ts";
import { certificates } from "../../peers/certs.ts";
import { interopTest } from "../interop.ts";
import { opensslClient, opensslServer, temporaryFiles } from "./openssl.ts";

const certs = await certificates();
const { cert, key, caCerts } = certs.good;
const NEEDS = { needs: ["openssl"] } as const;

/** A server that answers lines until it is told to quit. */
const echo: ConnectionCallback = async (reader, writer) => {
  for (;;) {
    const line = await reader.nextLine();
    if (line === null || line === "quit") return;
    writer.write(`you said ${line}\r\n`);
  }
};

function serveTls(tls: Partial<TlsServerOptions> = {}): Promise<Server> {
  return startServer(echo, "127.0.0.1", 0, { tls: { cert, key, ...tls } });
}

for (const version of ["tls1_2", "tls1_3"]) {
  interopTest(`s_client on a server of ours: ${version}`, NEEDS, async () => {
    await using files = await temporaryFiles();
    await using server = await serveTls({ alpnProtocols: ["imap"] });
    const ca = ["-CAfile", files.file(caCerts[0]!), `-${version}`];
    const alpn = ["-alpn", "smtp,imap"];
    const names = ["-verify_hostname", "localhost", "-servername", "localhost"];
    const ours = await opensslClient(server.port, "hello\r\nquit\r\n", ...ca, ...alpn, ...names);
    assert.match(ours.text, /you said hello/);
    assert.match(ours.text, /ALPN protocol: imap/);
    assert.match(ours.text, /Verify return code: 0 \(ok\)/);
    assert.doesNotMatch(ours.text, /unexpected eof/);
    assert.equal(ours.success, true, ours.text);

    const other = await opensslClient(server.port, "", ...ca, "-alpn", "http/1.1");
    assert.match(other.text, /alert no application protocol/);
    assert.equal(other.success, false);
  });

  interopTest(`s_client shows a certificate to a server of ours: ${version}`, NEEDS, async () => {
    await using files = await temporaryFiles();
    await using server = await serveTls({ clientCaCerts: caCerts });
    const shows = (identity: typeof certs.client) => [
      "-CAfile",
      files.file(caCerts[0]!),
      "-cert",
      files.file(identity.cert),
      "-key",
      files.file(identity.key),
      `-${version}`,
    ];
    const input = "hello\r\nquit\r\n";
    const client = await opensslClient(server.port, input, ...shows(certs.client));
    assert.match(client.text, /you said hello/);
    for (const identity of [certs.strangersClient, certs.expiredClient, certs.good]) {
      const { text } = await opensslClient(server.port, input, ...shows(identity));
      assert.doesNotMatch(text, /you said/);
    }
    // A stolen certificate, with another key: no proof of possession holds.
    const forged = { cert: certs.client.cert, key: await forgedKey(certs.client, certs.good) };
    const { text } = await opensslClient(server.port, input, ...shows({ ...forged, caCerts }));
    assert.doesNotMatch(text, /you said/);
  });

  interopTest(`a client of ours on s_server: ${version}`, NEEDS, async () => {
    await using files = await temporaryFiles();
    const identity = ["-cert", files.file(cert), "-key", files.file(key)];
    await using server = await opensslServer(...identity, `-${version}`, "-rev", "-alpn", "imap");
    for (const details of [false, true]) {
      await using connection = await openConnection("localhost", server.port, {
        tls: true,
        caCerts,
        alpnProtocols: ["imap"],
        details,
        timeout: 5000,
      });
      connection.writer.write("olleh\n");
      assert.equal(await connection.reader.nextLine(), "hello");
      const info = connection.writer.getExtraInfo("sslInfo") as TlsInfo;
      assert.equal(info.alpnProtocol, "imap");
      if (details) assert.equal(info.protocol, version === "tls1_2" ? "TLSv1.2" : "TLSv1.3");
    }
  });

  interopTest(`a client of ours shows a certificate to s_server: ${version}`, NEEDS, async () => {
    await using files = await temporaryFiles();
    const identity = ["-cert", files.file(cert), "-key", files.file(key)];
    const verify = ["-Verify", "2", "-verify_return_error", "-CAfile", files.file(caCerts[0]!)];
    await using server = await opensslServer(...identity, ...verify, `-${version}`, "-rev");
    const options = { tls: true, caCerts, timeout: 5000 };
    const { client, strangersClient } = certs;
    {
      const ours = { ...options, cert: client.cert, key: client.key };
      await using connection = await openConnection("localhost", server.port, ours);
      connection.writer.write("olleh\n");
      assert.equal(await connection.reader.nextLine(), "hello");
    }
    const use = async (more: { cert?: string; key?: string }) => {
      await using connection = await openConnection("localhost", server.port, {
        ...options,
        ...more,
      });
      return await connection.reader.nextLine();
    };
    await assert.rejects(use({ cert: strangersClient.cert, key: strangersClient.key }), {
      name: "SSLError",
      code: "ERR_TLS_ALERT",
      message: /does not trust the authority that signed our certificate/,
    });
    await assert.rejects(use({}), {
      name: "SSLError",
      code: "ERR_TLS_ALERT",
      message: /wants a certificate/,
    });
  });

  interopTest(`a pinned certificate whose key somebody else has: ${version}`, NEEDS, async () => {
    await using files = await temporaryFiles();
    const stolen = files.file(await forgedKey(certs.good, certs.client));
    const pinnedFingerprints = [new X509Certificate(cert).fingerprint256];
    await using server = await opensslServer(
      "-cert",
      files.file(cert),
      "-key",
      stolen,
      `-${version}`,
      "-rev",
    );
    for (
      const way of [{ pinnedFingerprints }, { caCerts, details: true }, {
        caCerts,
        resumable: true,
      }]
    ) {
      if (version === "tls1_3" && "resumable" in way) continue;
      await assert.rejects(
        openConnection("localhost", server.port, { tls: true, ...way, timeout: 5000 }),
        { name: /^SSL/ },
        JSON.stringify(Object.keys(way)),
      );
    }
  });
}

interopTest(
  "a session of another server of the same name is not taken for ours",
  NEEDS,
  async () => {
    await using files = await temporaryFiles();
    const start = ({ cert, key }: typeof certs.good) => {
      const [leaf, ...above] = cert.split(/(?<=-----END CERTIFICATE-----\n?)(?=-)/);
      const chain = above.length === 0 ? [] : ["-cert_chain", files.file(above.join(""))];
      const identity = ["-cert", files.file(leaf!), "-key", files.file(key), ...chain];
      return opensslServer(...identity, "-rev");
    };
    await using ours = await start(certs.good);
    await using other = await start(certs.intermediate);
    const connect = (port: number, session?: TlsInfo["session"]) =>
      openConnection("localhost", port, {
        tls: true,
        caCerts,
        resumable: true,
        session,
        timeout: 5000,
      });
    const infoOf = async (port: number, session?: TlsInfo["session"]) => {
      await using connection = await connect(port, session);
      connection.writer.write("a\n");
      await connection.reader.nextLine();
      return connection.writer.getExtraInfo("sslInfo") as TlsInfo;
    };
    const { session } = await infoOf(ours.port);
    assert.equal((await infoOf(ours.port, session)).sessionReused, true);
    await infoOf(other.port);
    // Deno offers the newest session that it has under the name: here the other server's.
    await assert.rejects(connect(other.port, session), {
      name: "SSLCertVerificationError",
      reason: "wrong-fingerprint",
    });
    await assert.rejects(
      openConnection("127.0.0.1", ours.port, { tls: true, caCerts, session }),
      /Cannot resume a session with localhost to speak with 127\.0\.0\.1/,
    );
    const again = await infoOf(ours.port, session);
    assert.equal(again.peerCertificate?.fingerprint, new X509Certificate(cert).fingerprint256);
  },
);

interopTest("a pinned certificate of X.509 version 1 is refused", NEEDS, async () => {
  // Deno does not verify that the server has the key of such a one.
  await using files = await temporaryFiles();
  const named = ["-key", files.file(key), "-subj", "/CN=localhost"];
  const request = files.file(await openssl(["req", "-new", ...named]));
  const signed = ["-req", "-in", request, "-signkey", files.file(key), "-days", "2"];
  const certificate = await openssl(["x509", ...signed]);
  const told = await openssl(["x509", "-noout", "-text"], certificate);
  assert.match(told, /Version: 1/);
  const identity = ["-cert", files.file(certificate), "-key", files.file(key)];
  await using server = await opensslServer(...identity, "-rev");
  await assert.rejects(
    openConnection("localhost", server.port, {
      tls: true,
      pinnedFingerprints: [new X509Certificate(certificate).fingerprint256],
      timeout: 5000,
    }),
    { name: "SSLCertVerificationError", message: /not of X\.509 version 3/ },
  );
});

/** Dialogues before STARTTLS, as `s_client -starttls` speaks them. */
const DIALOGUES: Record<string, ConnectionCallback> = {
  smtp: async (reader, writer) => {
    writer.write("220 ready\r\n");
    assert.match(await reader.nextLine() ?? "", /^EHLO/);
    writer.write("250-localhost\r\n250 STARTTLS\r\n");
    assert.equal(await reader.nextLine(), "STARTTLS");
    writer.write("220 go ahead\r\n");
    await writer.startTls({ cert, key });
    await echo(reader, writer);
  },
  imap: async (reader, writer) => {
    writer.write("* OK ready\r\n");
    for (;;) {
      const [tag, command] = (await reader.nextLine() ?? "").split(" ");
      if (command === "CAPABILITY") writer.write("* CAPABILITY IMAP4rev1 STARTTLS\r\n");
      writer.write(`${tag} OK done\r\n`);
      if (command === "STARTTLS") break;
    }
    await writer.startTls({ cert, key });
    await echo(reader, writer);
  },
  pop3: async (reader, writer) => {
    writer.write("+OK ready\r\n");
    assert.equal(await reader.nextLine(), "STLS");
    writer.write("+OK begin\r\n");
    await writer.startTls({ cert, key });
    await echo(reader, writer);
  },
  ftp: async (reader, writer) => {
    writer.write("220 ready\r\n");
    for (let line = await reader.nextLine(); line !== "AUTH TLS"; line = await reader.nextLine()) {
      assert.notEqual(line, null);
      writer.write("500 what?\r\n");
    }
    writer.write("234 go ahead\r\n");
    await writer.startTls({ cert, key });
    await echo(reader, writer);
  },
};

for (const [protocol, dialogue] of Object.entries(DIALOGUES)) {
  for (const version of ["tls1_2", "tls1_3"]) {
    interopTest(
      `s_client -starttls ${protocol} on a server of ours: ${version}`,
      NEEDS,
      async () => {
        await using files = await temporaryFiles();
        await using server = await startServer(dialogue, "127.0.0.1", 0);
        const options = ["-starttls", protocol, `-${version}`, "-CAfile", files.file(caCerts[0]!)];
        const { text, success } = await opensslClient(server.port, "hello\r\nquit\r\n", ...options);
        assert.match(text, /you said hello/);
        assert.doesNotMatch(text, /unexpected eof/);
        assert.equal(success, true, text);
      },
    );
  }
}

/**
 * A key that says that it is one's, and is another's: what somebody would have who has seen the
 * certificate only. In its SEC 1 form (RFC 5915) an elliptic curve's key holds both parts, and
 * OpenSSL does not compare them.
 */
async function forgedKey(whose: { key: string }, other: { key: string }): Promise<string> {
  const [ours, theirs] = await Promise.all([sec1(whose.key), sec1(other.key)]);
  // SEQUENCE { INTEGER 1, OCTET STRING of 32 bytes, … }
  assert.deepEqual([ours[2], ours[5], ours[6]], [2, 4, 32]);
  ours.set(theirs.subarray(7, 39), 7);
  const base64 = ours.toBase64().replace(/.{64}/g, "$&\n");
  return `-----BEGIN EC PRIVATE KEY-----\n${base64}\n-----END EC PRIVATE KEY-----\n`;
}

async function sec1(key: string): Promise<Uint8Array> {
  return await opensslBytes(["ec", "-outform", "DER"], key);
}

async function openssl(args: string[], input = ""): Promise<string> {
  return new TextDecoder().decode(await opensslBytes(args, input));
}

async function opensslBytes(args: string[], input: string): Promise<Uint8Array> {
  const child = new Deno.Command("openssl", {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  return new Uint8Array((await child.output()).stdout);
}
