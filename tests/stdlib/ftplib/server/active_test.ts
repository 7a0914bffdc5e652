import assert from "node:assert/strict";
import type { ByteStream, Dial } from "../../../../net/byte_stream.ts";
import { MemoryNetwork } from "../../../../net/memory.ts";
import { listenTcp } from "../../../../net/tcp/tcp.ts";
import type { FTPServerOptions } from "../../../../stdlib/ftplib/server/options.ts";
import { FTPServer } from "../../../../stdlib/ftplib/server.ts";
import { RawFTP } from "./peer.ts";

async function textOf(stream: ByteStream): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(100);
  for (let count; (count = await stream.read(buffer)) !== null;) {
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  stream.close();
  return text;
}

/** A server and its client in memory, and how often the server has dialled. */
async function active(
  options: FTPServerOptions,
  body: (ftp: RawFTP, network: MemoryNetwork, dialled: unknown[]) => Promise<void>,
): Promise<void> {
  const network = new MemoryNetwork();
  const dialled: unknown[] = [];
  const dial: Dial = (target, how) => {
    dialled.push(target);
    return network.dial(target, how);
  };
  await using server = await FTPServer.start({
    port: 21,
    listen: network.listen,
    dial,
    files: { "a.txt": "alpha" },
    ...options,
  });
  await using ftp = await RawFTP.login(server, { dial: network.dial });
  await body(ftp, network, dialled);
}

Deno.test("FTPServer connects to its client over sockets: PORT and EPRT (RFC 959 §4.1.2, RFC 2428 §2)", async () => {
  await using server = await FTPServer.start({ files: { "a.txt": "alpha" } });
  await using ftp = await RawFTP.login(server);
  for (const way of ["PORT", "EPRT"]) {
    const listener = listenTcp({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.address;
    const told = way === "PORT"
      ? `PORT 127,0,0,1,${port >> 8},${port & 255}`
      : `EPRT |1|127.0.0.1|${port}|`;
    assert.match(await ftp.ask(told) ?? "", /^200 /);
    const accepted = listener.accept();
    assert.match(await ftp.ask("RETR a.txt") ?? "", /^150 /);
    assert.equal(await textOf(await accepted as ByteStream), "alpha");
    assert.match(await ftp.control.reply() ?? "", /^226 /);
    listener.close();
  }
});

Deno.test("FTPServer connects when a transfer begins, once, and to the last place that it was told", () =>
  active({}, async (ftp, network, dialled) => {
    const [first, second] = [5001, 5002].map((port) =>
      network.listen({ hostname: "127.0.0.1", port })
    );
    await ftp.ask("PORT 127,0,0,1,19,137");
    assert.match(await ftp.ask("PORT 127,0,0,1,19,138") ?? "", /^200 /);
    assert.deepEqual(dialled, []);
    assert.match(await ftp.ask("NLST") ?? "", /^150 /);
    assert.equal(await textOf(await second!.accept() as ByteStream), "a.txt\r\n");
    assert.match(await ftp.control.reply() ?? "", /^226 /);
    assert.deepEqual(dialled, [{ hostname: "127.0.0.1", port: 5002 }]);
    assert.match(await ftp.ask("NLST") ?? "", /^425 /);
    first!.close();
    second!.close();
  }));

Deno.test("FTPServer is no weapon: it connects to its client's own address alone, and to no service (RFC 2577 §3, CVE-2020-15152)", () =>
  active({}, async (ftp, _network, dialled) => {
    const refused = [
      "PORT 10,0,0,1,19,137",
      "PORT 192,0,2,1,19,137",
      "PORT 127,0,0,1,0,25",
      "PORT 127,0,0,1,3,255",
      "EPRT |1|10.0.0.1|5001|",
      "EPRT |2|2001:db8::1|5001|",
      "EPRT |1|127.0.0.1|1023|",
    ];
    for (const command of refused) {
      assert.match(await ftp.ask(command) ?? "", /^504 /, command);
      assert.match(await ftp.ask("LIST") ?? "", /^425 /, command);
    }
    assert.deepEqual(dialled, []);
  }));

Deno.test("FTPServer takes no address that is none", () =>
  active({ maxBadCommands: 100 }, async (ftp) => {
    const wrong = [
      "PORT",
      "PORT 127,0,0,1,19",
      "PORT 127,0,0,1,19,256",
      "PORT 127,0,0,1,0,0",
      "PORT localhost",
      "EPRT |1|127.0.0.1|0|",
      "EPRT |1|127.0.0.1|65536|",
      "EPRT |1|localhost|5001|",
      "EPRT |1|127.0.0.1|5001",
      "EPRT |2|127.0.0.1|5001|",
    ];
    for (const command of wrong) assert.match(await ftp.ask(command) ?? "", /^501 /, command);
    assert.match(await ftp.ask("EPRT |3|x|5001|") ?? "", /^522 .*\(1\)/);
  }));

Deno.test("FTPServer opens no other ways once EPSV ALL was sent (RFC 2428 §4)", () =>
  active({}, async (ftp) => {
    assert.match(await ftp.ask("EPSV ALL") ?? "", /^200 /);
    for (const command of ["PORT 127,0,0,1,19,137", "EPRT |1|127.0.0.1|5001|", "PASV"]) {
      assert.match(await ftp.ask(command) ?? "", /^503 /, command);
    }
    assert.match(await ftp.ask("EPSV") ?? "", /^229 /);
  }));

Deno.test("FTPServer does what its owner permits, and only passive mode where told so", async () => {
  await active({ foreignAddresses: true }, async (ftp, network, dialled) => {
    const listener = network.listen({ hostname: "x", port: 5001 });
    assert.match(await ftp.ask("PORT 192,0,2,1,19,137") ?? "", /^200 /);
    assert.match(await ftp.ask("PORT 192,0,2,1,0,25") ?? "", /^504 /);
    assert.match(await ftp.ask("NLST") ?? "", /^150 /);
    assert.equal(await textOf(await listener.accept() as ByteStream), "a.txt\r\n");
    assert.deepEqual(dialled, [{ hostname: "192.0.2.1", port: 5001 }]);
    listener.close();
  });
  await active({ privilegedPorts: true }, async (ftp) => {
    assert.match(await ftp.ask("PORT 127,0,0,1,0,25") ?? "", /^200 /);
    assert.match(await ftp.ask("PORT 192,0,2,1,0,25") ?? "", /^504 /);
  });
  await active({ active: false }, async (ftp) => {
    for (const command of ["PORT 127,0,0,1,19,137", "EPRT |1|127.0.0.1|5001|"]) {
      assert.match(await ftp.ask(command) ?? "", /^502 /);
    }
    assert.doesNotMatch(await ftp.ask("FEAT") ?? "", /EPRT/);
    assert.equal(await ftp.ask("LIST"), "425 Send PASV or EPSV first");
  });
});

Deno.test("FTPServer says 425 where nobody listens, or who listens does not answer", async () => {
  await active({}, async (ftp) => {
    await ftp.ask("PORT 127,0,0,1,19,137");
    assert.match(await ftp.ask("STOR x") ?? "", /^150 /);
    assert.match(await ftp.control.reply() ?? "", /^425 /);
  });
  const dial: Dial = () => new Promise(() => {});
  await active({ dial, dataTimeout: 20 }, async (ftp) => {
    await ftp.ask("PORT 127,0,0,1,19,137");
    assert.match(await ftp.ask("RETR a.txt") ?? "", /^150 /);
    assert.match(await ftp.control.reply() ?? "", /^425 /);
  });
  // ABOR ends the wait.
  await active({ dial }, async (ftp) => {
    await ftp.ask("PORT 127,0,0,1,19,137");
    assert.match(await ftp.ask("RETR a.txt") ?? "", /^150 /);
    assert.match(await ftp.ask("ABOR") ?? "", /^426 /);
    assert.match(await ftp.control.reply() ?? "", /^226 /);
  });
});
