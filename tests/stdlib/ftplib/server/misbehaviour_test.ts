import assert from "node:assert/strict";
import { EventLoop } from "../../../../loop/event_loop.ts";
import { getEventLoop } from "../../../../loop/events.ts";
import { run } from "../../../../loop/runners.ts";
import { TestClock } from "../../../../loop/test_clock.ts";
import { MemoryNetwork } from "../../../../net/memory.ts";
import { FTPServer } from "../../../../stdlib/ftplib/server.ts";
import type { FTPMisbehaviour } from "../../../../stdlib/ftplib/server/misbehaviour.ts";
import { certificates } from "../../../peers/certs.ts";
import { tlsTest } from "../../../net/tls/pairs.ts";
import { RawClient } from "../../_server/raw_client.ts";
import { RawFTP, session } from "./peer.ts";

const FILES = { "a.txt": "alpha", big: "x".repeat(10_000) };

function misbehaving(
  misbehave: FTPMisbehaviour,
  body: (ftp: RawFTP, server: FTPServer) => Promise<void>,
): Promise<void> {
  return session({ files: FILES }, async (ftp, server) => {
    server.misbehave(misbehave);
    await body(ftp, server);
  }, { timeout: 20_000 });
}

Deno.test("FTPServer replies what it is told, as often as it is told", () =>
  misbehaving({
    replies: {
      PWD: { replace: "450 Busy", times: 2, after: 1 },
      MKD: { replace: ["257-One", "and another", "257 Two"] },
      NOOP: { prepend: "120 Wait", append: ["250 More", "251 Yet more"] },
      DELE: { append: "226 Late" },
      SYST: { close: "after" },
    },
  }, async (ftp, server) => {
    assert.match(await ftp.ask("PWD") ?? "", /^257/);
    assert.equal(await ftp.ask("PWD"), "450 Busy");
    assert.equal(await ftp.ask("PWD"), "450 Busy");
    assert.match(await ftp.ask("PWD") ?? "", /^257/);
    assert.equal(await ftp.ask("MKD x"), "257-One\nand another\n257 Two");
    assert.equal(await server.files.stat("/x"), undefined);
    assert.equal(await ftp.ask("NOOP"), "120 Wait");
    for (const reply of ["200 OK", "250 More", "251 Yet more"]) {
      assert.equal(await ftp.control.reply(), reply);
    }
    assert.match(await ftp.ask("DELE none") ?? "", /^550/);
    assert.equal(await ftp.control.reply(), "226 Late");
    assert.match(await ftp.ask("SYST") ?? "", /^215/);
    assert.equal(await ftp.control.reply(), null);
  }));

Deno.test("FTPServer closes instead of a reply, or says nothing, and runs nothing", async () => {
  await misbehaving({ replies: { DELE: { close: "instead" } } }, async (ftp, server) => {
    assert.equal(await ftp.ask("DELE a.txt"), null);
    assert.equal(server.files.text("a.txt"), "alpha");
  });
  await misbehaving({ replies: { DELE: { silent: true, times: 1 } } }, async (ftp, server) => {
    // The reply is that of the next command.
    ftp.control.send("DELE a.txt\r\n");
    assert.equal(await ftp.ask("NOOP"), "200 OK");
    assert.equal(server.files.text("a.txt"), "alpha");
    assert.match(await ftp.ask("DELE a.txt") ?? "", /^250/);
  });
});

Deno.test("FTPServer goes wrong at every command that is not named, and is right again when told", () =>
  misbehaving({ replies: { "*": { replace: "421 Gone" }, NOOP: {} } }, async (ftp, server) => {
    assert.equal(await ftp.ask("NOOP"), "200 OK");
    assert.equal(await ftp.ask("PWD"), "421 Gone");
    assert.equal(await ftp.ask("NO such command"), "421 Gone");
    server.misbehave();
    assert.match(await ftp.ask("PWD") ?? "", /^257/);
  }));

Deno.test("FTPServer waits before it replies, and drips", () =>
  run(() =>
    misbehaving({ replies: { NOOP: { delay: 5000 } } }, async (ftp, server) => {
      const begin = getEventLoop().time();
      assert.equal(await ftp.ask("NOOP"), "200 OK");
      assert.ok(getEventLoop().time() - begin >= 5000);
      server.misbehave({ trickle: { bytes: 1, pause: 1000 } });
      const later = getEventLoop().time();
      assert.equal(await ftp.ask("NOOP"), "200 OK");
      assert.ok(getEventLoop().time() - later >= 7000);
    }), { loopFactory: () => new EventLoop({ clock: new TestClock() }) }));

Deno.test("FTPServer greets without end, until the client has gone", async () => {
  const network = new MemoryNetwork();
  await using server = await FTPServer.start({
    listen: network.listen,
    misbehave: { replies: { connect: { replace: "220-Welcome", endless: true } } },
  });
  await using client = await RawClient.connect(server, network);
  for (let line = 0; line < 10_000; line++) {
    assert.equal(await client.connection.reader.nextLine(), "220-Welcome");
  }
  client.close();
  await server.stop();
  assert.equal(server.connections, 0);
});

Deno.test("FTPServer cuts a transfer off, and lies about it where it is told to", async () => {
  const data = { RETR: { truncateAfter: 3000 }, STOR: { truncateAfter: 10 } };
  await misbehaving({ data }, async (ftp, server) => {
    const got = await ftp.fetch("RETR big");
    assert.equal(got.text.length, 3000);
    assert.match(got.replies[0] ?? "", /\(10000 bytes\)/);
    assert.match(got.replies[1] ?? "", /^426 /);
    server.misbehave({
      data: {
        RETR: { truncateAfter: 3, ending: "clean", finalReply: "226 Done", times: 1 },
        NLST: { finalReply: false },
      },
    });
    assert.deepEqual(await ftp.fetch("RETR a.txt"), {
      text: "alp",
      replies: ["150 Opening binary data connection (5 bytes)", "226 Done"],
    });
    assert.equal((await ftp.fetch("RETR a.txt")).text, "alpha");
    await using listing = await ftp.data();
    assert.match(await ftp.ask("NLST") ?? "", /^150/);
    assert.equal((await listing.reader.read(-1)).length, 12);
    assert.equal(await ftp.ask("NOOP"), "200 OK");
  });
});

Deno.test("FTPServer changes a byte, tells a wrong size, and stalls", () =>
  misbehaving({ data: { "*": { flip: 1, claimedSize: 7 } } }, async (ftp, server) => {
    const got = await ftp.fetch("RETR a.txt");
    assert.match(got.replies[0] ?? "", /\(7 bytes\)/);
    assert.equal(got.text, new TextDecoder().decode(Uint8Array.of(97, 147, 112, 104, 97)));
    assert.match((await ftp.put("STOR b", "beta"))[1] ?? "", /^226/);
    assert.deepEqual([...server.files.get("b") ?? []], [98, 154, 116, 97]);
    // What is served is not what was spoilt.
    assert.equal(server.files.text("a.txt"), "alpha");

    server.misbehave({ data: { RETR: { stallAfter: 2 } } });
    await using data = await ftp.data();
    assert.match(await ftp.ask("RETR a.txt") ?? "", /^150/);
    assert.equal(new TextDecoder().decode(await data.reader.readexactly(2)), "al");
    assert.match(await ftp.ask("ABOR") ?? "", /^426/);
    assert.match(await ftp.control.reply() ?? "", /^226/);
  }));

Deno.test("FTPServer tells a wrong address and a wrong port", () =>
  misbehaving({ passive: { hostname: "10.1.2.3", port: 9, times: 2 } }, async (ftp) => {
    assert.match(await ftp.ask("PASV") ?? "", /\(10,1,2,3,0,9\)/);
    assert.match(await ftp.ask("EPSV") ?? "", /\|\|\|9\|/);
    assert.equal((await ftp.fetch("RETR a.txt")).text, "alpha");
  }));

tlsTest("FTPServer makes no TLS where it should", async () => {
  const { good } = await certificates();
  const network = new MemoryNetwork();
  await using server = await FTPServer.start({
    port: 21,
    listen: network.listen,
    tls: { cert: good.cert, key: good.key },
    files: FILES,
    handshakeTimeout: 5000,
  });
  const trust = { caCerts: good.caCerts, serverHostname: "localhost", timeout: 5000 };
  const codes: Record<string, RegExp> = {
    plaintext: /^ERR_TLS_PLAINTEXT$/,
    close: /^ERR_TLS_TRUNCATED$|^ECONNRESET$/,
  };
  for (const how of ["plaintext", "close"] as const) {
    server.misbehave({ tls: { how, on: "control" } });
    await using client = await RawClient.greeted(server, network);
    assert.match(await client.ask("AUTH TLS") ?? "", /^234/);
    await assert.rejects(client.connection.startTls(trust), { code: codes[how] });
  }
  server.misbehave({ tls: { how: "silent" } });
  await using silent = await RawClient.greeted(server, network);
  assert.match(await silent.ask("AUTH TLS") ?? "", /^234/);
  await assert.rejects(silent.connection.startTls({ ...trust, timeout: 50 }), {
    name: "TimeoutError",
  });

  server.misbehave();
  await using ftp = await RawFTP.secure(server, network);
  for (const how of ["plaintext", "close", "silent"] as const) {
    server.misbehave({ tls: { how, on: "data", times: 1 } });
    const data = await ftp.data();
    assert.match(await ftp.ask("RETR a.txt") ?? "", /^150/);
    await assert.rejects(data.startTls({ ...trust, timeout: 100 }), how);
    data.close();
    assert.match(await ftp.control.reply() ?? "", /^[245]/);
  }
  assert.equal((await ftp.fetch("RETR a.txt")).text, "alpha");
});

tlsTest("FTPServer leaves out the end of TLS behind a whole file", async () => {
  const { good } = await certificates();
  const network = new MemoryNetwork();
  await using server = await FTPServer.start({
    port: 21,
    listen: network.listen,
    tls: { cert: good.cert, key: good.key },
    files: FILES,
    misbehave: { data: { RETR: { truncateAfter: 5, finalReply: "226 Done", times: 1 } } },
  });
  await using ftp = await RawFTP.secure(server, network);
  await assert.rejects(ftp.fetch("RETR a.txt"), { code: "ERR_TLS_TRUNCATED" });
  assert.equal(await ftp.control.reply(), "226 Done");
  assert.equal((await ftp.fetch("RETR a.txt")).text, "alpha");
});

Deno.test("FTPServer refuses misbehaviour that would break the line, or is none", async () => {
  await using server = await FTPServer.start();
  for (const line of ["450 a\r\n226 b", "\0", "\n"]) {
    for (const what of ["replace", "prepend", "append"]) {
      assert.throws(() => server.misbehave({ replies: { PWD: { [what]: line } } }), TypeError);
    }
    assert.throws(() => server.misbehave({ data: { RETR: { finalReply: line } } }), TypeError);
  }
  assert.throws(() => server.misbehave({ trickle: { bytes: 0, pause: 1 } }), RangeError);
  await assert.rejects(FTPServer.start({ misbehave: { replies: { A: { replace: "\r" } } } }));
});
