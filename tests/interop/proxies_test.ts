import assert from "node:assert/strict";
import type { ByteStream, Dial } from "../../net/byte_stream.ts";
import { openConnection } from "../../net/streams/connect.ts";
import { type ResolveError, SSLError } from "../../net/errors.ts";
import { httpProxy, proxyFromUrl, socks5Proxy } from "../../net/proxies/proxy.ts";
import { ProxyError } from "../../net/proxies/proxy_error.ts";
import { resolve } from "../../net/names/resolve.ts";
import { startServer } from "../../net/servers/server.ts";
import { FTP, FTPServer } from "../../stdlib/ftplib/mod.ts";
import { SMTP } from "../../stdlib/smtplib/mod.ts";
import { SMTPServer } from "../../stdlib/smtpd/mod.ts";
import { certificates } from "../peers/certs.ts";
import { startDnsmasq } from "./servers/dnsmasq.ts";
import { temporaryFolder, writeCertificates } from "./servers/folder.ts";
import type { Program } from "./servers/installed.ts";
import { mustRun, run } from "./servers/run.ts";
import { startDanted, startMicrosocks } from "./servers/socks.ts";
import type { Running } from "./servers/started.ts";
import { startTinyproxy } from "./servers/tinyproxy.ts";
import { interopTest } from "./interop.ts";

const { cert, key, caCerts } = (await certificates()).good;
const LOGIN = { username: "me", password: "s3cret" };

interface Kind {
  needs: Program;
  start(forbidden: number): Promise<Running>;
  dial(proxy: Running): Dial;
}

const KINDS: Record<string, Kind> = {
  "microsocks": {
    needs: "microsocks",
    start: () => startMicrosocks(),
    dial: (proxy) => socks5Proxy({ hostname: proxy.hostname, port: proxy.port }),
  },
  "microsocks with a password": {
    needs: "microsocks",
    start: () => startMicrosocks({ login: LOGIN }),
    dial: ({ port }) => proxyFromUrl(`socks5h://me:s3cret@127.0.0.1:${port}`),
  },
  "danted": {
    needs: "danted",
    start: (forbidden) => startDanted({ forbidden }),
    dial: (proxy) => socks5Proxy({ hostname: proxy.hostname, port: proxy.port }),
  },
  // It refuses the names of version 4a, whoever sends them.
  "danted by SOCKS 4": {
    needs: "danted",
    start: (forbidden) => startDanted({ forbidden }),
    dial: ({ port }) => proxyFromUrl(`socks4://127.0.0.1:${port}`),
  },
  "tinyproxy": {
    needs: "tinyproxy",
    start: () => startTinyproxy(),
    dial: ({ port }) => proxyFromUrl(`http://127.0.0.1:${port}`),
  },
  "tinyproxy with a password": {
    needs: "tinyproxy",
    start: () => startTinyproxy({ login: LOGIN }),
    dial: (proxy) => httpProxy({ ...LOGIN, hostname: proxy.hostname, port: proxy.port }),
  },
};

/** A server that speaks first, goes over to TLS when it is told to, and echoes. */
function startTalker() {
  return startServer(async (reader, writer) => {
    writer.write("220 ready\r\n");
    try {
      for await (const line of reader) {
        if (new TextDecoder().decode(line) !== "STARTTLS\r\n") {
          writer.write(line);
          continue;
        }
        writer.write("220 go\r\n");
        await writer.startTls({ cert, key });
      }
    } catch (error) {
      // microsocks may close before it has passed on the end of TLS.
      if (!(error instanceof SSLError)) throw error;
    }
  });
}

for (const [name, { needs, start, dial }] of Object.entries(KINDS)) {
  interopTest(`${name}: text, STARTTLS, much data, and the end`, { needs: [needs] }, async () => {
    await using server = await startTalker();
    await using proxy = await start(1);
    await using connection = await openConnection("localhost", server.port, { dial: dial(proxy) });
    const { reader, writer } = connection;
    assert.equal(await reader.nextLine(), "220 ready");
    writer.write("STARTTLS\r\n");
    assert.equal(await reader.nextLine(), "220 go");
    await connection.startTls({ caCerts });
    const line = `${"x".repeat(60_000)}\r\n`;
    for (let count = 0; count < 20; count++) writer.write(line);
    for (let count = 0; count < 20; count++) assert.equal(await reader.nextLine(), line.trimEnd());
    // microsocks and tinyproxy end both directions with the first that ends.
    if (needs !== "danted") return;
    writer.writeEof();
    assert.equal((await reader.read()).length, 0);
  });

  interopTest(`${name}: FTP and its data connections, SMTP`, { needs: [needs] }, async () => {
    await using files = await FTPServer.start({ files: { "a.txt": "All is well.\n" } });
    await using mails = await SMTPServer.start();
    await using proxy = await start(1);
    await using ftp = await FTP.connect("localhost", {
      port: files.port,
      dial: dial(proxy),
      user: "anonymous",
    });
    assert.equal(new TextDecoder().decode(await ftp.download("a.txt")), "All is well.\n");
    await using smtp = await SMTP.connect("localhost", { port: mails.port, dial: dial(proxy) });
    const { accepted } = await smtp.sendmail("a@b.test", "c@d.test", "Subject: x\r\n\r\nhello\r\n");
    assert.equal(accepted.length, 1);
  });

  interopTest(`${name}: a port where nobody listens`, { needs: [needs] }, async () => {
    await using proxy = await start(1);
    const gone = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    gone.close();
    await assert.rejects(
      openConnection("127.0.0.1", gone.addr.port, { dial: dial(proxy) }),
      (error) => {
        assert.ok(error instanceof ProxyError, String(error));
        assert.equal(error.origin, "peer");
        return true;
      },
    );
  });
}

async function refusal(dial: Dial, port = 9): Promise<ProxyError> {
  const error = await openConnection("127.0.0.1", port, { dial }).then(() => undefined, (e) => e);
  assert.ok(error instanceof ProxyError, String(error));
  assert.doesNotMatch(Deno.inspect(error), /wr0ng/);
  return error;
}

interopTest(
  "microsocks refuses a wrong password, and none",
  { needs: ["microsocks"] },
  async () => {
    await using proxy = await startMicrosocks({ login: LOGIN });
    const { hostname, port } = proxy;
    const wrong = socks5Proxy({ hostname, port, username: "me", password: "wr0ng" });
    assert.equal((await refusal(wrong)).code, "ERR_PROXY_AUTH");
    assert.equal((await refusal(socks5Proxy({ hostname, port }))).code, "ERR_PROXY_AUTH");
  },
);

interopTest("tinyproxy refuses a wrong password, none, and other ports", {
  needs: ["tinyproxy"],
}, async () => {
  await using proxy = await startTinyproxy({ login: LOGIN, connectPorts: [443] });
  const { hostname, port } = proxy;
  const wrong = await refusal(httpProxy({ hostname, port, username: "me", password: "wr0ng" }));
  assert.deepEqual([wrong.code, wrong.status], ["ERR_PROXY_AUTH", 401]);
  const none = await refusal(httpProxy({ hostname, port }));
  assert.deepEqual([none.code, none.status], ["ERR_PROXY_AUTH", 407]);
  const denied = await refusal(httpProxy({ hostname, port, ...LOGIN }), 25);
  assert.deepEqual([denied.code, denied.status], ["ERR_PROXY_DENIED", 403]);
});

interopTest("danted forbids what its rules forbid", { needs: ["danted"] }, async () => {
  await using server = await startTalker();
  await using proxy = await startDanted({ forbidden: server.port });
  const { hostname, port } = proxy;
  const denied = await refusal(socks5Proxy({ hostname, port }), server.port);
  assert.deepEqual([denied.code, denied.reply], ["ERR_PROXY_DENIED", 2]);
});

interopTest("curl comes through a real SOCKS server to our FTP server, and to a TLS server", {
  needs: ["microsocks", "curl"],
}, async () => {
  await using folder = await temporaryFolder("curl-socks");
  const { caFile } = await writeCertificates(folder.path);
  await using proxy = await startMicrosocks({ login: LOGIN });
  const curl = ["curl", "-sS", "--proxy", `socks5h://me:s3cret@127.0.0.1:${proxy.port}`];
  const much = "All is well.\r\n".repeat(20_000);
  await using files = await FTPServer.start({ files: { "a.txt": much } });
  const url = `ftp://localhost:${files.port}/a.txt`;
  assert.equal(await mustRun([...curl, "--disable-eprt", url]), much);

  await using https = await startServer(
    async (reader, writer) => {
      await reader.readuntil(new TextEncoder().encode("\r\n\r\n"));
      writer.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    },
    "127.0.0.1",
    0,
    { tls: { cert, key } },
  );
  const page = `https://localhost:${https.port}/`;
  assert.equal(await mustRun([...curl, "--cacert", caFile, page]), "hello");
  const wrong = await run([
    "curl",
    "-sS",
    "--proxy",
    `socks5h://x:y@127.0.0.1:${proxy.port}`,
    page,
  ]);
  assert.equal(wrong.code, 97, "curl's exit code for a proxy that says no");
});

interopTest("a chain of a real SOCKS server and a real HTTP proxy, with TLS at its end", {
  needs: ["microsocks", "tinyproxy"],
}, async () => {
  await using server = await startTalker();
  await using socks = await startMicrosocks();
  await using http = await startTinyproxy();
  const dial = httpProxy({
    hostname: "localhost",
    port: http.port,
    dial: socks5Proxy({ hostname: socks.hostname, port: socks.port }),
  });
  await using connection = await openConnection("localhost", server.port, { dial });
  assert.equal(await connection.reader.nextLine(), "220 ready");
  connection.writer.write("STARTTLS\r\n");
  assert.equal(await connection.reader.nextLine(), "220 go");
  await connection.startTls({ caCerts });
  connection.writer.write("hello\r\n");
  assert.equal(await connection.reader.nextLine(), "hello");
});

interopTest("what comes out of a proxy is closed with it", { needs: ["microsocks"] }, async () => {
  await using server = await startTalker();
  const proxy = await startMicrosocks();
  const stream: ByteStream = await socks5Proxy({ hostname: proxy.hostname, port: proxy.port })(
    { hostname: "localhost", port: server.port },
    {},
  );
  const buffer = new Uint8Array(64);
  assert.equal(await stream.read(buffer), 11);
  await proxy[Symbol.asyncDispose]();
  const last = await stream.read(buffer).catch((error) => error);
  assert.ok(last === null || last.name === "ConnectionResetError", String(last));
  stream.close();
});

interopTest("dnsmasq is asked for records of every kind that it has", {
  needs: ["dnsmasq"],
}, async () => {
  await using dns = await startDnsmasq([
    "address=/a.tulip.test/192.0.2.1",
    "host-record=b.tulip.test,192.0.2.2,2001:db8::2",
    "cname=alias.tulip.test,b.tulip.test",
    "mx-host=tulip.test,mx2.tulip.test,20",
    "mx-host=tulip.test,mx1.tulip.test,10",
    "srv-host=_imap._tcp.tulip.test,imap.tulip.test,143,1,5",
    'txt-record=tulip.test,"v=spf1 "," -all"',
    "caa-record=tulip.test,0,issue,ca.test",
    "naptr-record=tulip.test,100,10,U,E2U+sip,!^.*$!x!",
    "ptr-record=9.2.0.192.in-addr.arpa,b.tulip.test",
  ]);
  const options = { nameServer: { hostname: dns.hostname, port: dns.port } };
  assert.deepEqual(await resolve("a.tulip.test", "A", options), ["192.0.2.1"]);
  assert.deepEqual(await resolve("b.tulip.test", "AAAA", options), ["2001:db8::2"]);
  assert.deepEqual(await resolve("alias.tulip.test", "A", options), ["192.0.2.2"]);
  assert.deepEqual(await resolve("alias.tulip.test", "CNAME", options), ["b.tulip.test"]);
  const mx = await resolve("tulip.test", "MX", options);
  assert.deepEqual(mx.map(({ exchange }) => exchange), ["mx1.tulip.test", "mx2.tulip.test"]);
  assert.deepEqual(await resolve("_imap._tcp.tulip.test", "SRV", options), [
    { priority: 1, weight: 5, port: 143, target: "imap.tulip.test" },
  ]);
  const [txt] = await resolve("tulip.test", "TXT", options);
  assert.deepEqual(txt, { text: "v=spf1  -all", chunks: ["v=spf1 ", " -all"] });
  assert.equal((await resolve("tulip.test", "CAA", options))[0]!.value, "ca.test");
  assert.equal((await resolve("tulip.test", "NAPTR", options))[0]!.services, "E2U+sip");
  assert.deepEqual(await resolve("192.0.2.9", "PTR", options), ["b.tulip.test"]);
  const code = (name: string, type: "A" | "MX") =>
    resolve(name, type, options).then(() => "none", (error: ResolveError) => error.code);
  assert.equal(await code("nobody.tulip.test", "A"), "ENOTFOUND");
  assert.equal(await code("b.tulip.test", "MX"), "ENODATA");
  // It has nobody to ask about the rest of the world.
  assert.equal(await code("example.org", "A"), "EREFUSED");
});
