import assert from "node:assert/strict";
import { MemoryNetwork } from "../../../../net/memory.ts";
import type { FTPServerEvent } from "../../../../stdlib/ftplib/server/events.ts";
import { FTPReplyError } from "../../../../stdlib/ftplib/server/errors.ts";
import { FTPServer } from "../../../../stdlib/ftplib/server.ts";
import type { FTPServerOptions } from "../../../../stdlib/ftplib/server/options.ts";
import { Rights } from "../../../../stdlib/ftplib/server/permissions.ts";
import { RawClient } from "../../_server/raw_client.ts";
import { RawFTP, session } from "./peer.ts";

const FILES = { "pub/a.txt": "alpha", "incoming/old": "old", "secret/s": "s" };

function as(
  user: NonNullable<FTPServerOptions["users"]>[string],
  body: (ftp: RawFTP, server: FTPServer) => Promise<void>,
  files: FTPServerOptions["files"] = FILES,
): Promise<void> {
  return session({ files, users: { ada: { password: "lovelace", ...user } } }, body);
}

const DENIED = "550 Permission denied";

Deno.test("FTPServer grants by directory, and the deepest one counts", () =>
  as({
    permissions: {
      "/pub": ["list", "read"],
      "/incoming": ["write"],
      "/pub/team": ["list", "append"],
    },
  }, async (ftp, server) => {
    assert.equal((await ftp.fetch("RETR pub/a.txt")).text, "alpha");
    assert.match((await ftp.put("STOR incoming/new", "new"))[1] ?? "", /^226/);
    assert.equal(server.files.text("incoming/new"), "new");
    const denied = [
      "STOR pub/new",
      "APPE pub/a.txt",
      "DELE pub/a.txt",
      "RETR incoming/old",
      "APPE incoming/old",
      "LIST incoming",
      "NLST incoming",
      "MLSD incoming",
      "MLST incoming/old",
      "SIZE incoming/old",
      "MDTM incoming/old",
      "STAT incoming",
      "HASH incoming/old",
      "XCRC incoming/old",
      "MD5 incoming/old",
      "LIST",
      "LIST secret",
      "RETR secret/s",
      "STOR new",
      "CWD secret",
      "MKD pub/x",
      "RMD pub",
      "RNFR pub/a.txt",
      "MFMT 20020717210715 pub/a.txt",
      "SITE CHMOD 600 pub/a.txt",
      "RETR pub/team/x",
    ];
    for (const command of denied) {
      await ftp.ask("EPSV");
      assert.equal(await ftp.ask(command), DENIED, command);
    }
    for (const directory of ["/", "/pub", "/incoming", "/pub/../incoming"]) {
      assert.match(await ftp.ask(`CWD ${directory}`) ?? "", /^250/, directory);
    }
    assert.deepEqual(server.files.paths(), [
      "/incoming/new",
      "/incoming/old",
      "/pub/a.txt",
      "/secret/s",
    ]);
  }));

Deno.test("FTPServer tells machines what they may do (RFC 3659 §7.5.5)", () =>
  as({ permissions: { "/pub": ["list", "read", "delete"], "/": ["list"] } }, async (ftp) => {
    const perm = async (path: string) =>
      /perm=(\w*);/.exec(await ftp.ask(`MLST ${path}`) ?? "")?.[1];
    assert.equal(await perm("pub/a.txt"), "rd");
    assert.equal(await perm("pub"), "elp");
    assert.equal(await perm("secret/s"), "");
    assert.equal(await perm("/"), "el");
    assert.match((await ftp.fetch("MLSD pub")).text, /perm=rd;/);
  }));

Deno.test("FTPServer moves nothing over a file that its user may not remove", () =>
  as({ permissions: ["list", "rename"] }, async (ftp, server) => {
    await ftp.ask("RNFR pub/a.txt");
    assert.equal(await ftp.ask("RNTO incoming/old"), DENIED);
    await ftp.ask("RNFR pub/a.txt");
    assert.match(await ftp.ask("RNTO incoming/a.txt") ?? "", /^250/);
    assert.equal(server.files.text("incoming/old"), "old");
  }));

Deno.test("FTPServer shuts a user up at home, which it makes", () =>
  as({ home: "/home/ada" }, async (ftp, server) => {
    assert.match(await ftp.ask("PWD") ?? "", /^257 "\/" /);
    assert.match((await ftp.put("STOR /a", "mine"))[1] ?? "", /^226/);
    assert.equal(server.files.text("home/ada/a"), "mine");
    for (const path of ["../../pub/a.txt", "/pub/a.txt", "/home/ada/a", "/../../pub/a.txt"]) {
      await ftp.ask("EPSV");
      assert.match(await ftp.ask(`RETR ${path}`) ?? "", /^550/, path);
    }
    assert.match(await ftp.ask("CWD ..") ?? "", /^250/);
    assert.equal((await ftp.fetch("NLST")).text, "a\r\n");
    assert.match(await ftp.ask("MKD d") ?? "", /^257 "\/d"/);
    await ftp.ask("RNFR a");
    assert.match(await ftp.ask("RNTO /d/b") ?? "", /^250/);
    assert.match(await ftp.ask("SITE CHMOD 600 d/b") ?? "", /^200/);
    assert.match(await ftp.ask("AVBL") ?? "", /^213 \d+$/);
    assert.match(await ftp.ask("DELE d/b") ?? "", /^250/);
    assert.match(await ftp.ask("RMD d") ?? "", /^250/);
    assert.equal(await ftp.ask("RMD /"), "550 The root stays where it is");
    await ftp.ask("RNFR /");
    assert.equal(await ftp.ask("RNTO /x"), "550 The root stays where it is");
    assert.equal(server.files.paths().length, 3);
  }));

Deno.test("FTPServer lets nobody out of a home on disk by a link, though it stays inside the root", async () => {
  const root = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${root}/home/ada`, { recursive: true });
    await Deno.writeTextFile(`${root}/secret`, "secret");
    await Deno.symlink("../../secret", `${root}/home/ada/link`);
    const network = new MemoryNetwork();
    const users = { ada: { home: "/home/ada" }, root: {} };
    await using server = await FTPServer.start({ listen: network.listen, root, users });
    await using ada = await RawFTP.login(server, network, "ada");
    assert.match((await ada.fetch("RETR link")).replies[0] ?? "", /^550/);
    assert.equal((await ada.fetch("NLST")).text, "");
    await using all = await RawFTP.login(server, network, "root");
    assert.equal((await all.fetch("RETR home/ada/link")).text, "secret");
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("FTPServer asks a hook who may log in, and what they may", async () => {
  const network = new MemoryNetwork();
  const asked: unknown[] = [];
  await using server = await FTPServer.start({
    listen: network.listen,
    loginDelay: 1,
    files: FILES,
    async authenticate(user, password, { remoteAddress, tls, host }) {
      asked.push([user, password, remoteAddress.hostname, tls, host]);
      await Promise.resolve();
      if (user === "broken") throw new Error("The database is gone");
      if (user === "told") throw new FTPReplyError(530, "Your account has expired");
      if (user === "all") return true;
      return user === "ada" && password === "lovelace" ? { home: "/pub", readonly: true } : false;
    },
    onError: (error) => asked.push((error as Error).message),
  });
  await using client = await RawClient.greeted(server, network);
  assert.match(await client.ask("HOST ftp.example.org") ?? "", /^220 /);
  assert.equal(await client.ask("USER ada", "PASS wrong"), "530 Login incorrect");
  assert.equal(await client.ask("USER told", "PASS x"), "530 Your account has expired");
  assert.match(await client.ask("USER broken", "PASS x") ?? "", /^451 /);
  assert.match(await client.ask("USER ada", "PASS lovelace") ?? "", /^230 /);
  assert.match(await client.ask("MLST a.txt") ?? "", /perm=r;/);
  assert.match(await client.ask("USER all", "PASS") ?? "", /^230 /);
  assert.match(await client.ask("MLST pub/a.txt") ?? "", /perm=radfw;/);
  assert.deepEqual(asked[0], ["ada", "wrong", "localhost", undefined, "ftp.example.org"]);
  assert.ok(asked.includes("The database is gone"));
});

Deno.test("FTPServer lets a user's own judge verify the password", () =>
  session({
    users: { ada: { verify: (password) => Promise.resolve(password === "love" + "lace") } },
    loginDelay: 1,
  }, async (ftp) => {
    assert.match(await ftp.ask("USER ada", "PASS wrong") ?? "", /^530 /);
    assert.match(await ftp.ask("USER ada", "PASS lovelace") ?? "", /^230 /);
  }));

Deno.test("FTPServer counts the sessions of a user, and forgets those that have ended", async () => {
  const network = new MemoryNetwork();
  await using server = await FTPServer.start({
    listen: network.listen,
    loginDelay: 1,
    users: { ada: { maxConnections: 2 }, eve: {} },
  });
  await using first = await RawFTP.login(server, network);
  const second = await RawFTP.login(server, network);
  await using third = await RawClient.greeted(server, network);
  assert.match(await third.ask("USER ada", "PASS x") ?? "", /^530 Too many/);
  assert.match(await third.ask("USER eve", "PASS x") ?? "", /^230 /);
  // REIN, another USER and the end of a session all make room.
  assert.match(await first.ask("REIN") ?? "", /^220 /);
  assert.match(await third.ask("USER ada", "PASS x") ?? "", /^230 /);
  assert.match(await first.ask("USER ada", "PASS x") ?? "", /^530 /);
  assert.match(await third.ask("USER eve") ?? "", /^331 /);
  assert.match(await first.ask("USER ada", "PASS x") ?? "", /^230 /);
  assert.match(await second.ask("QUIT") ?? "", /^221 /);
  assert.equal(await second.control.reply(), null);
  second.close();
  assert.match(await third.ask("USER ada", "PASS x") ?? "", /^230 /);
});

Deno.test("FTPServer tells of logins that it refused, and never the password", async () => {
  const network = new MemoryNetwork();
  const events: FTPServerEvent[] = [];
  await using server = await FTPServer.start({
    listen: network.listen,
    loginDelay: 1,
    users: { ada: { password: "lovelace" } },
    onEvent: (event) => events.push(event),
  });
  await using client = await RawClient.greeted(server, network);
  await client.ask("USER ada", "PASS hunter2");
  assert.deepEqual(events.find(({ type }) => type === "refused"), {
    type: "refused",
    client: 1,
    user: "ada",
    reply: "530 Login incorrect",
  });
  assert.doesNotMatch(JSON.stringify(events), /hunter2/);
});

Deno.test("FTPServer takes HOST before the login alone, and the names that it has (RFC 7151)", async () => {
  const network = new MemoryNetwork();
  const hosts = ["ftp.example.org", "192.0.2.1"];
  await using server = await FTPServer.start({ listen: network.listen, hosts });
  await using client = await RawClient.greeted(server, network);
  for (const name of ["FTP.example.org", "ftp.example.org.", "[192.0.2.1]"]) {
    assert.match(await client.ask(`HOST ${name}`) ?? "", /^220 /, name);
  }
  assert.match(await client.ask("HOST other.example.org") ?? "", /^504 /);
  assert.match(await client.ask("USER ada", "HOST ftp.example.org") ?? "", /^503 /);
});

Deno.test("Rights are read once, and refuse what is none", () => {
  const rights = new Rights({ "/pub/": ["read"], "/pub/deep": [] });
  assert.equal(rights.may("read", "/pub"), true);
  assert.equal(rights.may("read", "/public"), false);
  assert.equal(rights.may("read", "/pub/deep/x"), false);
  assert.equal(rights.mayEnter("/"), true);
  assert.equal(rights.mayEnter("/pub/deep"), false);
  assert.equal(rights.mayEnter("/other"), false);
  for (const path of ["pub", "/a/../b", ""]) {
    assert.throws(() => new Rights({ [path]: ["read"] }), TypeError, path);
  }
  assert.throws(() => new Rights(["elradfmw" as "read"]), /need one of list, read/);
});

Deno.test("FTPServer refuses users that make no sense", async () => {
  const users = (user: object) => FTPServer.start({ users: { ada: user } });
  await assert.rejects(users({ password: "x", verify: () => true }), TypeError);
  await assert.rejects(users({ permissions: ["read"], readonly: true }), TypeError);
  await assert.rejects(users({ permissions: ["fly"] }), TypeError);
  await assert.rejects(users({ home: "ada" }), TypeError);
  await assert.rejects(users({ home: "/a/../.." }), TypeError);
  await assert.rejects(users({ maxConnections: 0 }), RangeError);
  await assert.rejects(FTPServer.start({ users: {}, authenticate: () => true }), TypeError);
});
