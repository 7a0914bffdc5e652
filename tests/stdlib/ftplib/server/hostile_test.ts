import assert from "node:assert/strict";
import { interruptible } from "../../../../loop/wait.ts";
import type { ByteStream } from "../../../../net/byte_stream.ts";
import { OSError } from "../../../../net/errors.ts";
import type { Listener } from "../../../../net/listener.ts";
import { memoryPair } from "../../../../net/memory.ts";
import { MemoryNetwork } from "../../../../net/memory.ts";
import { openConnection } from "../../../../net/streams/connect.ts";
import { FTPServer } from "../../../../stdlib/ftplib/server.ts";
import { PassivePort } from "../../../../stdlib/ftplib/server/data.ts";
import { RawFTP, session } from "./peer.ts";

/** Ways out of a directory that other servers have fallen for. */
const WAYS_OUT = [
  "../secret",
  "/../secret",
  "dir/../../secret",
  "dir/../../../../../../../../etc/passwd",
  "..\\secret",
  "dir\\..\\..\\secret",
  "/..\\secret",
  "C:\\secret",
  "C:/secret",
  "\\\\host\\share\\secret",
  "//secret",
  "%2e%2e/secret",
  "..%2fsecret",
  "..%5csecret",
  "..%00/secret",
  ".../secret",
  "../secret.",
  "..;/secret",
  "~root/secret",
  "link",
  "link/secret",
  "to-secret",
  "dir/up/secret",
];

Deno.test({
  name: "FTPServer serves nothing outside its root, whatever the path",
  ignore: Deno.build.os === "windows",
  async fn() {
    const base = await Deno.makeTempDir();
    const root = `${base}/root`;
    await Deno.mkdir(`${root}/dir`, { recursive: true });
    await Deno.mkdir(`${base}/beside`);
    await Deno.writeTextFile(`${base}/secret`, "secret");
    await Deno.writeTextFile(`${base}/beside/secret`, "secret");
    await Deno.symlink(`${base}/beside`, `${root}/link`);
    await Deno.symlink(`${base}/secret`, `${root}/to-secret`);
    await Deno.symlink("../..", `${root}/dir/up`);
    try {
      await using server = await FTPServer.start({ root });
      await using ftp = await RawFTP.login(server);
      for (const path of WAYS_OUT) {
        assert.equal((await ftp.fetch(`RETR ${path}`)).text, "", path);
        for (
          const command of [
            ...["SIZE", "MDTM", "MLST", "CWD", "DELE", "RMD", "RNFR", "MLSD", "LIST"],
            ...["HASH", "XCRC", "MD5", "SITE CHMOD 777", "MFMT 20020717210715"],
            ...["MFF UNIX.mode=777;", "SITE UTIME 20020717210715"],
          ]
        ) {
          if (command === "DELE" && path === "to-secret") continue;
          if (/^(?:DELE|RNFR)$/.test(command) && path === "link") continue;
          const reply = command === "MLSD" || command === "LIST"
            ? (await ftp.fetch(`${command} ${path}`)).replies[0]
            : await ftp.ask(`${command} ${path}`);
          assert.match(reply ?? "", /^55[03] |^501 |^503 /, `${command} ${path}`);
        }
      }
      for (const path of WAYS_OUT) {
        for (const command of ["STOR", "APPE", "STOU"]) await ftp.put(`${command} ${path}`, "evil");
        await ftp.ask(`MKD ${path}-made`);
        await ftp.ask("CWD /");
        await ftp.put("STOR mine", "mine");
        await ftp.ask("RNFR mine", `RNTO ${path}`);
      }
      assert.deepEqual(await tree(base), ["beside", "beside/secret", "root", "secret"]);
      for (const path of ["secret", "beside/secret"]) {
        assert.equal(await Deno.readTextFile(`${base}/${path}`), "secret", path);
      }
    } finally {
      await Deno.remove(base, { recursive: true });
    }
  },
});

/** What is there, the inside of the root left out. */
async function tree(base: string, below = ""): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${base}/${below}`)) {
    names.push(`${below}${name}`);
    if (isDirectory && name !== "root") names.push(...await tree(base, `${below}${name}/`));
  }
  return names.sort();
}

Deno.test("FTPServer keeps memory's tree within its root", () =>
  session({ files: { "a/b": "x" } }, async (ftp, server) => {
    assert.match(await ftp.ask("CWD ../../a/../..") ?? "", /^250 /);
    assert.match(await ftp.ask("PWD") ?? "", /^257 "\/" /);
    assert.equal((await ftp.fetch("RETR ../../../a/b")).text, "x");
    await ftp.put("STOR ../../../c", "y");
    assert.deepEqual(server.files.paths(), ["/a/b", "/c"]);
  }));

Deno.test("FTPServer survives a port for data that cannot accept", async () => {
  const failure = new OSError("Too many open files", { code: "EMFILE" });
  const open = () =>
    PassivePort.open({
      listen: () => ({
        address: { hostname: "127.0.0.1", port: 2000, transport: "memory" },
        accept: () => Promise.reject(failure),
        close() {},
      }),
      hostname: "127.0.0.1",
      peer: "127.0.0.1",
      timeout: 1000,
    });
  // A rejection that nobody handles would fail the test.
  open();
  open().close();
  await new Promise((resolve) => setTimeout(resolve, 1));
  await assert.rejects(open().connection(), failure);
});

Deno.test("FTPServer takes a data connection from its client alone, and only one (RFC 2577 §4)", async () => {
  const arrivals: ((stream: ByteStream | null) => void)[] = [];
  let closed = false;
  const listener: Listener = {
    address: { hostname: "127.0.0.1", port: 2000, transport: "memory" },
    accept: () => new Promise((resolve) => arrivals.push(resolve)),
    close() {
      closed = true;
      for (const resolve of arrivals.splice(0)) resolve(null);
    },
  };
  const arrive = async (hostname: string) => {
    const [near, far] = memoryPair({
      addresses: [
        { hostname, port: 1000, transport: "memory" },
        { hostname: "127.0.0.1", port: 2000, transport: "memory" },
      ],
    });
    arrivals.shift()?.(far);
    await Promise.resolve();
    await Promise.resolve();
    return near;
  };
  const port = PassivePort.open({
    listen: () => listener,
    hostname: "127.0.0.1",
    peer: "::ffff:127.0.0.2",
    timeout: 1000,
  });
  for (const stranger of ["127.0.0.3", "127.0.0.22", "::1", "::ffff:127.0.0.3"]) {
    const near = await arrive(stranger);
    assert.equal(await near.read(new Uint8Array(1)), null, stranger);
    assert.equal(closed, false);
  }
  const near = await arrive("127.0.0.2");
  const stream = await port.connection();
  assert.equal(closed, true);
  assert.equal(arrivals.length, 0);
  await stream.write(Uint8Array.of(1));
  assert.equal(await near.read(new Uint8Array(1)), 1);
  near.close();
  stream.close();
});

Deno.test("FTPServer turns strangers away over sockets, and serves its client behind them", async () => {
  await using server = await FTPServer.start({ files: { f: "content" } });
  await using ftp = await RawFTP.login(server);
  const pasv = await ftp.ask("PASV") ?? "";
  const [, high, low] = /^227 .*\(127,0,0,1,(\d+),(\d+)\)/.exec(pasv) ?? [];
  const port = Number(high) * 256 + Number(low);
  const stranger = await connectFrom("127.0.0.2", port);
  if (!stranger) return;
  assert.equal(await interruptible(stranger.ended, { timeout: 5000 }), true);
  await using data = await openConnection("127.0.0.1", port, { timeout: 5000 });
  assert.match(await ftp.ask("RETR f") ?? "", /^150 /);
  assert.equal(new TextDecoder().decode(await data.reader.read(-1)), "content");
  assert.match(await ftp.control.reply() ?? "", /^226 /);
  await assert.rejects(openConnection("127.0.0.1", port), /refused/i);
});

/** Connects from another address of this machine, which Linux has plenty of. */
async function connectFrom(
  localAddress: string,
  port: number,
): Promise<{ ended: Promise<boolean> } | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  const { connect } = await import("node:net");
  const socket = connect({ host: "127.0.0.1", port, localAddress });
  const ended = new Promise<boolean>((resolve) => {
    socket.on("close", () => resolve(true));
    socket.on("error", () => resolve(true));
    socket.on("data", () => resolve(false));
  });
  await new Promise((resolve) => socket.once("connect", resolve));
  if (socket.localAddress === localAddress) return { ended };
  // Deno 2.5 passes over the option.
  socket.destroy();
  await ended;
  return undefined;
}

Deno.test("FTPServer keeps to its passive ports, and says 425 when they are taken", async () => {
  const network = new MemoryNetwork();
  await using server = await FTPServer.start({
    listen: network.listen,
    passivePorts: [5000, 5002],
    files: { f: "x" },
  });
  const options = { dial: network.dial };
  const clients = await Promise.all([0, 1, 2, 3].map(() => RawFTP.login(server, options)));
  const ports = [];
  for (const client of clients) {
    ports.push(/\|\|\|(\d+)\|/.exec(await client.ask("EPSV") ?? "")?.[1] ?? "none");
  }
  assert.deepEqual(ports.slice(0, 3).sort(), ["5000", "5001", "5002"]);
  assert.equal(ports[3], "none");
  assert.equal(await clients[3]?.ask("EPSV"), "425 No port is free for a data connection");
  clients[0]?.close();
  for (let turn = 0; server.connections > 3 && turn < 100; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.match(await clients[3]?.ask("EPSV") ?? "", /^229 /);
  for (const client of clients) client.close();
});

Deno.test("FTPServer lets go of a data port when another is asked for", async () => {
  await using server = await FTPServer.start({ files: { f: "x" } });
  await using ftp = await RawFTP.login(server);
  const first = Number(/\|\|\|(\d+)\|/.exec(await ftp.ask("EPSV") ?? "")?.[1]);
  await using waiting = await openConnection("127.0.0.1", first);
  assert.equal((await ftp.fetch("RETR f")).text, "x");
  assert.equal(await waiting.reader.read(1).then((bytes) => bytes.length, () => 0), 0);
  await assert.rejects(openConnection("127.0.0.1", first), /refused/i);
});

Deno.test("FTPServer holds a fixed amount of memory for a large file, both ways", async () => {
  const root = await Deno.makeTempDir();
  try {
    const size = 64 * 1024 * 1024;
    await using server = await FTPServer.start({ root });
    await using ftp = await RawFTP.login(server);
    const block = new Uint8Array(1024 * 1024).fill(7);
    {
      await using data = await ftp.data();
      assert.match(await ftp.ask("STOR big") ?? "", /^150 /);
      for (let sent = 0; sent < size; sent += block.length) {
        data.writer.write(block);
        await data.writer.drain();
      }
      data.writer.close();
      await data.writer.waitClosed();
    }
    assert.match(await ftp.control.reply() ?? "", /^226 /);
    assert.equal((await Deno.stat(`${root}/big`)).size, size);

    // Nobody reads: what the server has sent is what sockets hold, and no more of the file.
    await using data = await ftp.data();
    assert.match(await ftp.ask("RETR big") ?? "", /^150 /);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const told = await ftp.ask("STAT") ?? "";
    assert.ok(Number(/so far: (\d+)/.exec(told)?.[1]) < size / 2, told);
    const buffer = new Uint8Array(1024 * 1024);
    let received = 0;
    for (let n; (n = await data.reader.readInto(buffer)) !== null;) received += n;
    assert.equal(received, size);
    assert.match(await ftp.control.reply() ?? "", /^226 /);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
