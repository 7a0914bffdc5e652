import assert from "node:assert/strict";
import type { Dial } from "../../../net/byte_stream.ts";
import { openConnection } from "../../../net/streams/connect.ts";
import type { Connection } from "../../../net/streams/connection.ts";
import type { TlsInfo } from "../../../net/tls/tls.ts";
import { httpProxy, type ProxyOptions, socks5Proxy } from "../../../net/proxies/proxy.ts";
import { isAtLeast } from "../../../net/runtime.ts";
import { startServer } from "../../../net/servers/server.ts";
import { FTP, FTPServer } from "../../../stdlib/ftplib/mod.ts";
import { SMTP } from "../../../stdlib/smtplib/mod.ts";
import { SMTPServer } from "../../../stdlib/smtpd/mod.ts";
import { certificates } from "../../peers/certs.ts";
import { HIDDEN, type Proxy, startHttpProxy, startSocks } from "../../peers/proxies.ts";
import { bytes, text } from "../cuts.ts";

const certs = await certificates();
const { caCerts, cert, key } = certs.good;

interface Kind {
  start(): Promise<Proxy>;
  dial(options: ProxyOptions): Dial;
}

const KINDS: Record<string, Kind> = {
  "SOCKS 5": { start: startSocks, dial: socks5Proxy },
  "HTTP": { start: startHttpProxy, dial: httpProxy },
};

const at = ({ port }: { port: number }) => ({ hostname: "127.0.0.1", port });

/** Serves TLS from the first byte, by Deno's own, all connections side by side. */
function startTls(
  serve: (connection: Deno.TlsConn) => Promise<void>,
): AsyncDisposable & { port: number } {
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
  const running = new Set<Promise<void>>();
  const accepting = (async () => {
    for await (const connection of listener) {
      // A client that refuses our certificate goes in the middle of the handshake.
      running.add(serve(connection).catch(() => {}).finally(() => connection.close()));
    }
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      await Promise.all(running);
    },
  };
}

async function echo(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(1024);
  for (;;) {
    const count = await connection.read(buffer);
    if (count === null) return;
    await connection.write(buffer.subarray(0, count));
  }
}

/** Speaks TLS in front of something that does not: what makes a proxy an https proxy. */
function startTlsFront(behind: number): AsyncDisposable & { port: number } {
  const carry = async (from: Deno.Conn, to: Deno.Conn) => {
    const buffer = new Uint8Array(16_384);
    for (;;) {
      const count = await from.read(buffer).catch(() => null);
      if (count === null) return;
      for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
    }
  };
  return startTls(async (client) => {
    using proxy = await Deno.connect({ hostname: "127.0.0.1", port: behind });
    await Promise.race([carry(client, proxy), carry(proxy, client)]);
  });
}

for (const [kind, { start, dial }] of Object.entries(KINDS)) {
  Deno.test(`${kind}: TLS inside the tunnel, verified against the host behind it`, async () => {
    await using server = startTls(echo);
    await using proxy = await start();
    const options = { dial: dial(at(proxy)), tls: true, caCerts };
    await using connection = await openConnection("localhost", server.port, options);
    assert.equal(connection.tls, true);
    assert.equal(connection.remoteAddress.hostname, "localhost");
    connection.writer.write("hello\n");
    assert.equal(await connection.reader.nextLine(), "hello");
    await assert.rejects(openConnection(HIDDEN, server.port, options), {
      name: "SSLCertVerificationError",
      reason: "wrong-host",
    });
    await assert.rejects(
      openConnection("localhost", server.port, { ...options, caCerts: [] }),
      { name: "SSLCertVerificationError", reason: "unknown-issuer" },
    );
    const stream = await dial(at(proxy))({ hostname: HIDDEN, port: server.port }, {});
    await assert.rejects(stream.startTls!({ caCerts }), { reason: "wrong-host" });
    await using other = await openConnection(HIDDEN, server.port, {
      ...options,
      serverHostname: "localhost",
    });
    other.writer.write("hello\n");
    assert.equal(await other.reader.nextLine(), "hello");
  });

  Deno.test({
    name: `${kind}: STARTTLS inside the tunnel, after the host has spoken first`,
    ignore: !isAtLeast("2.7.13"), // The server's side of it.
    async fn() {
      await using server = await startServer(async (reader, writer) => {
        writer.write("220 ready\r\n");
        await reader.readline();
        writer.write("220 go\r\n");
        await writer.startTls({ cert, key });
        for await (const line of reader) writer.write(line);
      });
      await using proxy = await start();
      await using connection = await openConnection("localhost", server.port, {
        dial: dial(at(proxy)),
      });
      const { reader, writer } = connection;
      assert.equal(await reader.nextLine(), "220 ready");
      writer.write("STARTTLS\r\n");
      assert.equal(await reader.nextLine(), "220 go");
      await connection.startTls({ caCerts });
      assert.equal(connection.tls, true);
      assert.equal(connection.remoteAddress.hostname, "localhost");
      writer.write("hello\n");
      assert.equal(await reader.nextLine(), "hello");
    },
  });

  Deno.test(`${kind}: a proxy that is itself spoken to over TLS`, async () => {
    await using server = await startServer((_, writer) => writer.write("220 ready\r\n"));
    await using proxy = await start();
    await using front = startTlsFront(proxy.port);
    const place = { hostname: "localhost", port: front.port, tls: true, caCerts };
    await using connection = await openConnection("127.0.0.1", server.port, { dial: dial(place) });
    // What is behind the proxy travels as it is.
    assert.equal(connection.tls, false);
    assert.equal(await connection.reader.nextLine(), "220 ready");
    await assert.rejects(
      openConnection("127.0.0.1", server.port, { dial: dial({ ...place, caCerts: [] }) }),
      { name: "SSLCertVerificationError" },
    );
  });

  Deno.test({
    name: `${kind}: TLS within the TLS of the proxy`,
    ignore: !isAtLeast("2.9.1"),
    async fn() {
      await using server = startTls(echo);
      await using proxy = await start();
      await using front = startTlsFront(proxy.port);
      const place = { hostname: "localhost", port: front.port, tls: true, caCerts };
      await using connection = await openConnection("localhost", server.port, {
        dial: dial(place),
        tls: true,
        caCerts,
      });
      assert.equal(connection.tls, true);
      connection.writer.write("hello\n");
      assert.equal(await connection.reader.nextLine(), "hello");
      await assert.rejects(
        openConnection(HIDDEN, server.port, { dial: dial(place), tls: true, caCerts }),
        { name: "SSLCertVerificationError", reason: "wrong-host" },
      );
    },
  });

  Deno.test({
    name: `${kind}: pins, the server's certificate, and a session that is resumed`,
    ignore: !isAtLeast("2.9.1"),
    async fn() {
      await using server = await startServer(
        async (reader, writer) => {
          for await (const line of reader) writer.write(line);
        },
        "127.0.0.1",
        0,
        { tls: { cert, key } },
      );
      await using proxy = await start();
      const options = { dial: dial(at(proxy)), tls: true };
      const info = ({ writer }: Connection) => writer.getExtraInfo("sslInfo") as TlsInfo;
      const echoed = async ({ reader, writer }: Connection) => {
        writer.write("hello\n");
        assert.equal(await reader.nextLine(), "hello");
      };
      await using first = await openConnection("localhost", server.port, {
        ...options,
        caCerts,
        resumable: true,
      });
      await echoed(first);
      const { session, peerCertificate } = info(first);
      await using second = await openConnection("localhost", server.port, {
        ...options,
        caCerts,
        session,
      });
      await echoed(second);
      assert.equal(info(second).sessionReused, true);
      assert.equal(second.remoteAddress.hostname, "localhost");
      const pinnedFingerprints = [peerCertificate!.fingerprint];
      await using third = await openConnection(HIDDEN, server.port, {
        ...options,
        pinnedFingerprints,
      });
      await echoed(third);
    },
  });

  Deno.test(`${kind}: FTP, its data connections too`, async () => {
    await using server = await FTPServer.start({ files: { "a.txt": "All is well.\n" } });
    await using proxy = await start();
    for (const passive of ["EPSV", "PASV"] as const) {
      proxy.asked.length = 0;
      await using ftp = await FTP.connect(HIDDEN, {
        port: server.port,
        dial: dial(at(proxy)),
        passive,
        user: "anonymous",
      });
      assert.equal(text(await ftp.download("a.txt")), "All is well.\n");
      const [first, second, more] = proxy.asked;
      assert.equal(first, `${HIDDEN}:${server.port}`);
      assert.match(second!, new RegExp(`^${HIDDEN}:\\d+$`));
      assert.equal(more, undefined);
    }
  });

  Deno.test(`${kind}: SMTP`, async () => {
    await using server = await SMTPServer.start();
    await using proxy = await start();
    await using smtp = await SMTP.connect(HIDDEN, { port: server.port, dial: dial(at(proxy)) });
    const { accepted } = await smtp.sendmail(
      "a@example.org",
      "b@example.org",
      bytes("Subject: hello\r\n\r\nthrough the proxy\r\n"),
    );
    assert.equal(accepted.length, 1);
    assert.deepEqual(proxy.asked, [`${HIDDEN}:${server.port}`]);

    // What the proxy says stands alone, without advice about ports that networks block.
    await assert.rejects(
      SMTP.connect("127.0.0.1", { port: 25, dial: dial({ ...at(proxy), port: 1 }) }),
      {
        name: "ProxyError",
        message: /is the port right\?$/,
      },
    );
  });
}
