import assert from "node:assert/strict";
import { MemoryNetwork } from "../../../../net/memory.ts";
import { isAtLeast } from "../../../../net/runtime.ts";
import { startTlsClient } from "../../../../net/tls/starttls.ts";
import type { FTPServerEvent } from "../../../../stdlib/ftplib/server/events.ts";
import type { FTPServerOptions } from "../../../../stdlib/ftplib/server/options.ts";
import { FTPServer } from "../../../../stdlib/ftplib/server.ts";
import { certificates } from "../../../peers/certs.ts";
import { tlsTest } from "../../../net/tls/pairs.ts";
import { RawClient, readAll } from "../../_server/raw_client.ts";
import { RawFTP } from "./peer.ts";

const { good, wrongHost } = await certificates();
const tls = { cert: good.cert, key: good.key };
const TO_RESUME = { resumable: true };

async function secured(
  options: FTPServerOptions,
  body: (server: FTPServer, network: MemoryNetwork, events: FTPServerEvent[]) => Promise<void>,
): Promise<void> {
  const network = new MemoryNetwork();
  const events: FTPServerEvent[] = [];
  await using server = await FTPServer.start({
    port: 21,
    listen: network.listen,
    files: { "a.txt": "alpha" },
    tls,
    onEvent: (event) => events.push(event),
    ...options,
  });
  await body(server, network, events);
}

if (!isAtLeast("2.9.1")) {
  Deno.test("FTPServer with TLS tells an older Deno what it needs", async () => {
    await assert.rejects(FTPServer.start({ tls }), /needs Deno 2\.9\.1 or newer/);
  });
}

for (const implicit of [false, true]) {
  tlsTest(
    `FTPServer moves files over TLS, ${implicit ? "implicit" : "explicit"}`,
    () =>
      secured({ implicit }, async (server, { dial }, events) => {
        await using ftp = await RawFTP.secure(server, { dial }, { implicit });
        const got = await ftp.fetch("RETR a.txt");
        assert.equal(got.text, "alpha");
        assert.match(got.replies[1] ?? "", /^226 /);
        assert.match((await ftp.put("STOR b.bin", "x".repeat(300_000)))[1] ?? "", /^226 /);
        assert.match((await ftp.put("STOR empty", ""))[1] ?? "", /^226 /);
        assert.equal(server.files.get("b.bin")?.length, 300_000);
        assert.equal(server.files.text("empty"), "");
        assert.match((await ftp.fetch("NLST")).text, /^a\.txt\r\nb\.bin\r\nempty\r\n$/);
        assert.match(await ftp.ask("STAT") ?? "", /Control connection: encrypted\n.*: encrypted\n/);
        assert.deepEqual(events.find(({ type }) => type === "tls"), {
          type: "tls",
          client: 1,
          encrypted: true,
          protocol: "TLSv1.2",
        });
      }),
  );
}

tlsTest(
  "FTPServer wants TLS before it hears a password, and on data connections (RFC 4217 §10)",
  () =>
    secured({ users: { ada: { password: "lovelace" } } }, async (server, { dial }) => {
      await using plain = await RawClient.greeted(server, { dial });
      assert.match(await plain.ask("USER ada") ?? "", /^530 .*AUTH TLS/);
      assert.match(await plain.ask("PASS lovelace") ?? "", /^503 /);
      await using ftp = await RawFTP.secure(server, { dial });
      assert.match(await ftp.ask("PROT C") ?? "", /^534 /);
      assert.equal((await ftp.fetch("RETR a.txt")).text, "alpha");
    }),
);

tlsTest(
  "FTPServer refuses data in the clear before a file is touched",
  () =>
    secured({}, async (server, { dial }) => {
      await using control = await RawClient.greeted(server, { dial });
      assert.match(await control.ask("AUTH TLS") ?? "", /^234/);
      await control.connection.startTls({ caCerts: good.caCerts, serverHostname: "localhost" });
      assert.match(await control.ask("USER ada", "PASS x") ?? "", /^230/);
      assert.match(await control.ask("EPSV") ?? "", /^229/);
      for (const command of ["STOR a.txt", "RETR a.txt", "LIST", "APPE a.txt"]) {
        assert.match(await control.ask(command) ?? "", /^521 .*PROT P/, command);
      }
      assert.equal(server.files.text("a.txt"), "alpha");
    }),
);

tlsTest("FTPServer lets its owner choose what has to be encrypted", async () => {
  await secured({ requireTls: false }, async (server, { dial }) => {
    await using ftp = await RawFTP.login(server, { dial });
    assert.equal((await ftp.fetch("RETR a.txt")).text, "alpha");
    assert.match(await ftp.ask("FEAT") ?? "", / AUTH TLS\n.* PBSZ\n PROT\n/s);
  });
  await secured({ requireTls: "data" }, async (server, { dial }) => {
    await using ftp = await RawFTP.login(server, { dial });
    assert.match((await ftp.fetch("RETR a.txt")).replies[0] ?? "", /^521 /);
  });
  await secured({ requireTls: "login" }, async (server, { dial }) => {
    await using plain = await RawClient.greeted(server, { dial });
    assert.match(await plain.ask("USER ada") ?? "", /^530 /);
    await using ftp = await RawFTP.secure(server, { dial });
    assert.match(await ftp.ask("PROT C") ?? "", /^200 /);
  });
});

tlsTest(
  "FTPServer knows AUTH, PBSZ and PROT, and their order (RFC 4217 §8, §9)",
  () =>
    secured({ requireTls: false, maxBadCommands: 100 }, async (server, { dial }) => {
      await using control = await RawClient.greeted(server, { dial });
      assert.match(await control.ask("AUTH KERBEROS") ?? "", /^504 /);
      assert.match(await control.ask("PBSZ 0") ?? "", /^503 /);
      assert.match(await control.ask("PROT P") ?? "", /^503 /);
      assert.match(await control.ask("USER ada", "PASS x") ?? "", /^230/);
      assert.match(await control.ask("AUTH ssl") ?? "", /^234 /);
      await control.connection.startTls({ caCerts: good.caCerts, serverHostname: "localhost" });
      // Nobody is logged in any more: whoever was before could have been somebody in between.
      assert.match(await control.ask("PWD") ?? "", /^530 /);
      assert.match(await control.ask("AUTH TLS") ?? "", /^503 /);
      assert.match(await control.ask("PROT P") ?? "", /^503 .*PBSZ/);
      assert.equal(await control.ask("PBSZ 100"), "200 PBSZ=0");
      for (const [level, reply] of [["S", /^536/], ["E", /^536/], ["X", /^504/], ["c", /^200/]]) {
        assert.match(await control.ask(`PROT ${level}`) ?? "", reply as RegExp);
      }
    }),
);

tlsTest(
  "FTPServer takes no command that was put in behind AUTH (CVE-2021-22947's other side)",
  () =>
    secured({ users: { ada: { password: "lovelace" } } }, async (server, { dial }, events) => {
      for (const injected of ["USER ada\r\n", "US", "\r\n", "\x16\x03\x01"]) {
        await using control = await RawClient.greeted(server, { dial });
        control.send(`AUTH TLS\r\n${injected}`);
        assert.match(await control.reply() ?? "", /^421 /, JSON.stringify(injected));
        assert.equal(await control.reply(), null);
      }
      assert.deepEqual(
        events.flatMap((event) => event.type === "command" ? [event.verb] : []),
        ["AUTH", "AUTH", "AUTH", "AUTH"],
      );
    }),
);

tlsTest(
  "FTPServer lets go of a client that makes no TLS after AUTH, or stops in the middle",
  () =>
    secured({ handshakeTimeout: 50 }, async (server, { dial }, events) => {
      for (const words of ["", "USER ada\r\n", "\x16\x03\x01\x02\x00\x01"]) {
        await using control = await RawClient.greeted(server, { dial });
        assert.match(await control.ask("AUTH TLS") ?? "", /^234/);
        control.send(Uint8Array.from(words, (word) => word.charCodeAt(0)));
        await control.connection.reader.read(-1).catch(() => {});
      }
      await server.stop();
      const ended = events.filter(({ type }) => type === "disconnect");
      assert.equal(ended.length, 3);
      assert.ok(ended.every((event) => "error" in event));
      assert.ok(!events.some(({ type }) => type === "tls"));
    }),
);

tlsTest(
  "FTPServer takes an upload that was cut off for no whole one, over TLS",
  () =>
    secured({}, async (server, network, events) => {
      await using ftp = await RawFTP.secure(server, network);
      for (const verb of ["STOR", "APPE"]) {
        const port = Number(/(\d+)\|\)$/.exec(await ftp.ask("EPSV") ?? "")?.[1]);
        const plain = await network.dial({ hostname: "127.0.0.1", port }, {});
        assert.match(await ftp.ask(`${verb} cut.bin`) ?? "", /^150/);
        const data = await startTlsClient(plain, {
          caCerts: good.caCerts,
          serverHostname: "localhost",
        });
        await data.write(new TextEncoder().encode("half a file"));
        // The bytes end here, and TLS does not.
        await plain.closeWrite();
        assert.match(await ftp.control.reply() ?? "", /^426 /);
        data.close();
      }
      assert.deepEqual(
        events.flatMap((event) =>
          event.type === "store" || event.type === "broken" ? [[event.type, event.bytes]] : []
        ),
        [["broken", 11], ["broken", 11]],
      );
    }),
);

tlsTest(
  "FTPServer ends a download with the end of TLS (close_notify)",
  () =>
    secured({}, async (server, { dial }) => {
      await using ftp = await RawFTP.secure(server, { dial });
      // Without it, reading fails with ERR_TLS_TRUNCATED.
      for (const command of ["RETR a.txt", "LIST", "NLST", "MLSD"]) {
        assert.match((await ftp.fetch(command)).replies[1] ?? "", /^226 /, command);
      }
    }),
);

tlsTest(
  "FTPServer wants the session of the control connection where it is told so (RFC 4217 §10)",
  () =>
    secured({ requireSessionReuse: true }, async (server, { dial }, events) => {
      await using ftp = await RawFTP.secure(server, { dial }, TO_RESUME);
      for (let turn = 0; turn < 4; turn++) {
        assert.match((await ftp.put(`STOR f${turn}`, "data"))[1] ?? "", /^226 /);
        assert.equal((await ftp.fetch(`RETR f${turn}`)).text, "data");
      }
      assert.equal(ftp.control.connection.tlsInfo?.protocol, "TLSv1.2");

      // A session made anew, with the right certificate, is a stranger's.
      const data = await ftp.data();
      assert.match(await ftp.ask("STOR stolen") ?? "", /^150/);
      const anew = { caCerts: good.caCerts, serverHostname: "localhost", maxVersion: "TLSv1.2" };
      await data.startTls(anew as Parameters<typeof data.startTls>[0]).catch(() => {});
      assert.match(await ftp.control.reply() ?? "", /^522 .*resume/);
      data.close();
      assert.ok(events.some((event) => event.type === "broken" && event.path === "/stolen"));
    }),
);

tlsTest(
  "FTPServer tells the session of one client from that of another",
  () =>
    secured({ requireSessionReuse: true }, async (server, { dial }) => {
      await using ada = await RawFTP.secure(server, { dial }, TO_RESUME);
      await using eve = await RawFTP.secure(server, { dial }, TO_RESUME);
      const { session } = eve.control.connection.tlsInfo!;
      const data = await ada.data();
      assert.match(await ada.ask("RETR a.txt") ?? "", /^150/);
      await data.startTls({
        caCerts: good.caCerts,
        serverHostname: "localhost",
        resumable: true,
        session,
      }).catch(() => {});
      assert.match(await ada.control.reply() ?? "", /^522 .*resume/);
      assert.equal((await readAll(data).catch(() => new Uint8Array())).length, 0);
      data.close();
    }),
);

tlsTest(
  "FTPServer takes any session of its own where it is told so, in TLS 1.3 as well",
  () =>
    secured({
      tls: { ...tls, maxVersion: "TLSv1.3" },
      requireSessionReuse: "any",
    }, async (server, { dial }) => {
      await using newer = await RawFTP.secure(server, { dial }, { minVersion: "TLSv1.3" });
      assert.equal(newer.control.connection.tlsInfo?.protocol, "TLSv1.3");
      await using older = await RawFTP.secure(server, { dial }, TO_RESUME);
      assert.equal((await older.fetch("RETR a.txt")).text, "alpha");
    }),
);

tlsTest(
  "FTPServer says 522 where TLS fails on a data connection, and goes on",
  () =>
    secured({}, async (server, { dial }) => {
      await using ftp = await RawFTP.secure(server, { dial });
      const data = await ftp.data();
      assert.match(await ftp.ask("STOR x") ?? "", /^150/);
      data.writer.write("in the clear, all of it");
      assert.match(await ftp.control.reply() ?? "", /^522 /);
      data.close();
      assert.equal((await ftp.fetch("RETR a.txt")).text, "alpha");
    }),
);

tlsTest("FTPServer refuses options of TLS that make no sense", async () => {
  await assert.rejects(FTPServer.start({ implicit: true }), /implicit without tls/);
  await assert.rejects(FTPServer.start({ requireTls: "data" }), /requireTls without tls/);
  await assert.rejects(FTPServer.start({ requireSessionReuse: true }), /without tls/);
  await assert.rejects(FTPServer.start({ tls: { ...tls, key: wrongHost.key } }), TypeError);
  await assert.rejects(
    FTPServer.start({ tls: { ...tls, maxVersion: "TLSv1.3" }, requireSessionReuse: true }),
    /sessions of TLS 1\.3/,
  );
  await assert.rejects(FTPServer.start({ tls, handshakeTimeout: 0 }), RangeError);
});
