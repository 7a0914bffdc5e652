import assert from "node:assert/strict";
import { MemoryNetwork } from "../../../../net/memory.ts";
import { FTPServer } from "../../../../stdlib/ftplib/server.ts";
import { RawClient } from "../../_server/raw_client.ts";
import { RawFTP, session } from "./peer.ts";

const FILES = { "a.txt": "alpha\n", "dir/b.bin": "\0\x01\x02", "dir/sub/c": "c", empty: {} };

/** Dialogues: what is sent, and what the reply begins with or matches. */
async function dialogue(ftp: RawFTP, lines: readonly (readonly [string, string | RegExp])[]) {
  for (const [command, expected] of lines) {
    const reply = await ftp.ask(command);
    if (typeof expected === "string") assert.equal(reply, expected, command);
    else assert.match(reply ?? "(end)", expected, command);
  }
}

Deno.test("FTPServer greets with its welcome, of as many lines as it has", async () => {
  const network = new MemoryNetwork();
  await using server = await FTPServer.start({
    listen: network.listen,
    welcome: ["Hello", "150 is no code here", "Come in"],
  });
  await using client = await RawClient.connect(server, { dial: network.dial });
  assert.equal(await client.reply(), "220-Hello\n 150 is no code here\n220 Come in");
});

Deno.test("FTPServer moves about the tree (RFC 959 §4.1.1, App. II)", () =>
  session({ files: FILES }, async (ftp) => {
    await dialogue(ftp, [
      ["PWD", /^257 "\/" /],
      ["CWD dir/sub", /^250 /],
      ["PWD", /^257 "\/dir\/sub" /],
      ["CDUP", /^250 /],
      ["XPWD", /^257 "\/dir" /],
      ["CWD ../../../..", /^250 /],
      ["PWD", /^257 "\/" /],
      ["CWD none", "550 No such file or directory"],
      ["CWD a.txt", "550 Not a directory"],
      ["CWD /dir//./sub/../sub/", /^250 /],
      ["PWD", /^257 "\/dir\/sub" /],
    ]);
  }));

Deno.test("FTPServer doubles the quotes in a path (RFC 959 App. II)", () =>
  session({}, async (ftp) => {
    await dialogue(ftp, [
      ['MKD say "hi"', '257 "/say ""hi""" was made'],
      ['CWD say "hi"', /^250/],
      ["PWD", /^257 "\/say ""hi""" /],
    ]);
  }));

Deno.test("FTPServer changes the tree", () =>
  session({ files: FILES }, async (ftp, server) => {
    await dialogue(ftp, [
      ["MKD new", /^257 "\/new"/],
      ["MKD new", "550 File exists"],
      ["RNFR a.txt", /^350 /],
      ["RNTO new/z.txt", /^250 /],
      ["RNTO again", "503 Send RNFR first"],
      ["RNFR none", /^550 /],
      ["RNFR new", /^350 /],
      ["NOOP", /^200 /],
      ["RNTO other", "503 Send RNFR first"],
      ["DELE dir/b.bin", /^250 /],
      ["DELE dir/b.bin", /^550 /],
      ["DELE dir", "550 Is a directory"],
      ["RMD dir", "550 Directory not empty"],
      ["RMD empty", /^250 /],
    ]);
    assert.deepEqual(server.files.paths(), ["/dir/sub/c", "/new/z.txt"]);
  }));

Deno.test("FTPServer tells size and time in binary (RFC 3659 §3, §4)", () =>
  session({}, async (ftp, server) => {
    server.files.set("f", "12345", new Date(Date.UTC(1998, 10, 5, 12, 34, 56, 789)));
    await dialogue(ftp, [
      ["SIZE f", "213 5"],
      ["MDTM f", "213 19981105123456"],
      ["MFMT 20020717210715 f", "213 Modify=20020717210715; f"],
      ["MDTM f", "213 20020717210715"],
      ["MFMT 2002 f", /^501 /],
      ["MFMT 20020717210715", /^501 /],
      ["MDTM /", /^550 /],
      ["SIZE none", /^550 /],
      ["TYPE A", /^200 /],
      ["SIZE f", /^550 .*TYPE I/],
    ]);
  }));

Deno.test("FTPServer tells what it can, and forgets what is not asked for (RFC 2389, RFC 3659 §7.8)", () =>
  session({}, async (ftp, server) => {
    server.files.set("f", "12345", new Date(Date.UTC(1998, 10, 5, 12, 34, 56)));
    assert.match(
      await ftp.ask("FEAT") ?? "",
      / MLST type\*;size\*;modify\*;perm\*;unique\*;unix\.mode\*;\n/,
    );
    assert.match(
      await ftp.ask("MLST f") ?? "",
      /^250-Listing\n type=file;size=5;modify=19981105123456;perm=radfw;unique=\w+;unix\.mode=0644; \/f\n250 End$/,
    );
    assert.equal(await ftp.ask("OPTS MLST Size;unknown;type;"), "200 MLST OPTS type;size;");
    assert.match(
      await ftp.ask("FEAT") ?? "",
      / MLST type\*;size\*;modify;perm;unique;unix\.mode;\n/,
    );
    assert.equal(await ftp.ask("MLST f"), "250-Listing\n type=file;size=5; /f\n250 End");
    assert.equal(await ftp.ask("OPTS MLST"), "200 MLST OPTS");
    assert.equal(await ftp.ask("MLST f"), "250-Listing\n  /f\n250 End");
    assert.match(await ftp.ask("OPTS UTF8 ON") ?? "", /^200 /);
    assert.match(await ftp.ask("OPTS UTF8 OFF") ?? "", /^504 /);
    assert.match(await ftp.ask("OPTS FROB") ?? "", /^501 /);
  }));

Deno.test("FTPServer knows its commands, their arguments and their parameters", () =>
  session({}, async (ftp) => {
    await dialogue(
      ftp,
      [
        ["FROB", "500 There is no such command"],
        ["frob nicate", /^500 /],
        ["constructor", /^500 /],
        ["", /^500 /],
        ["RETR", /^501 .*RETR file/],
        ["NOOP x", /^501 /],
        ["noop", /^200 /],
        ["SYST", "215 UNIX Type: L8"],
        ["TYPE E", /^504 /],
        ["TYPE L 8", /^200 /],
        ["MODE S", /^200 /],
        ["MODE B", /^504 /],
        ["STRU F", /^200 /],
        ["STRU R", /^504 /],
        ["ALLO 100", /^202 /],
        ["REST x", /^501 /],
        ["REST -1", /^501 /],
        ["SITE FROB", /^504 .*SITE HELP/],
        ["SITE HELP", /^214-/],
        ["CLNT tester", /^200 /],
        ["LANG", /^200 /],
        ["LANG en-GB", /^200 /],
        ["LANG fr", /^504 /],
        ["AUTH TLS", /^502 /],
        ["PBSZ 0", /^503 /],
        ["PROT P", /^503 /],
        ["CCC", /^533 /],
        ["HELP retr", "214 Syntax: RETR file"],
        ["HELP frob", /^502 /],
        ["HELP", /^214-Commands:\n(?: [A-Z0-9 ]+\n)+214 End$/],
        ["STAT", /^211-Status:\n Logged in as ada\n/],
        ["ABOR", /^226 /],
        ["EPSV 2", /^522 .*\(2\)/],
        ["EPSV 1", /^(?:229|522) /],
        ["EPSV ALL", /^200 /],
        ["PASV", /^503 /],
        ["QUIT", /^221 /],
      ].filter(([command]) => command !== "EPSV 2" && command !== "EPSV 1") as [string, RegExp][],
    );
    assert.equal(await ftp.control.reply(), null);
  }));

Deno.test("FTPServer lets nobody do anything before the login", async () => {
  const network = new MemoryNetwork();
  await using server = await FTPServer.start({ listen: network.listen, files: FILES });
  await using client = await RawClient.greeted(server, { dial: network.dial });
  for (
    const command of ["PWD", "LIST", "RETR a.txt", "DELE a.txt", "PASV", "EPSV", "STAT", "TYPE I"]
  ) {
    assert.match(await client.ask(command) ?? "", /^530 /, command);
  }
  assert.equal(await client.ask("PASS x"), "503 Send USER first");
  assert.deepEqual(server.files.paths(), ["/a.txt", "/dir/b.bin", "/dir/sub/c"]);
});

Deno.test("FTPServer lets in whom it knows, and cuts off who guesses", async () => {
  const network = new MemoryNetwork();
  const events: string[] = [];
  await using server = await FTPServer.start({
    listen: network.listen,
    loginDelay: 1,
    users: { ada: { password: "lovelace" }, guest: {} },
    onEvent: (event) => {
      if (event.type === "command") events.push(`${event.verb} ${event.argument}`);
    },
  });
  const options = { dial: network.dial };
  for (const user of ["eve", "constructor", "Ada", "anonymous"]) {
    await using client = await RawClient.greeted(server, options);
    assert.equal(await client.ask(`USER ${user}`), "331 Password required");
    assert.equal(await client.ask("PASS lovelace"), "530 Login incorrect");
    assert.equal(await client.ask("PASS lovelace"), "503 Send USER first");
  }
  {
    await using client = await RawClient.greeted(server, options);
    for (let wrong = 0; wrong < 3; wrong++) {
      assert.equal(await client.ask("USER ada", "PASS wrong"), "530 Login incorrect");
    }
    assert.equal(await client.ask("USER ada", "PASS again"), "421 Login incorrect");
    assert.equal(await client.reply(), null);
  }
  await using ada = await RawFTP.login(server, options);
  await using guest = await RawFTP.login(server, options, "guest", "whatever");
  assert.equal(await ada.ask("PASS lovelace"), "503 Send USER first");
  assert.match(await guest.ask("REIN") ?? "", /^220 /);
  assert.match(await guest.ask("PWD") ?? "", /^530 /);
  assert.ok(events.includes("PASS ***"));
  assert.ok(!events.some((event) => /lovelace|wrong|whatever/.test(event)));
});

Deno.test("FTPServer keeps a reader from changing anything", async () => {
  const network = new MemoryNetwork();
  await using server = await FTPServer.start({
    listen: network.listen,
    files: FILES,
    users: { ada: { password: "lovelace", readonly: true } },
  });
  await using ftp = await RawFTP.login(server, { dial: network.dial });
  for (
    const command of [
      "STOR x",
      "APPE a.txt",
      "STOU",
      "DELE a.txt",
      "MKD x",
      "XMKD x",
      "RMD empty",
      "RNFR a.txt",
      "MFMT 20020717210715 a.txt",
      "MFF Modify=20020717210715; a.txt",
      "SITE CHMOD 600 a.txt",
      "SITE UTIME 20020717210715 a.txt",
    ]
  ) {
    assert.equal(await ftp.ask(command), "550 Permission denied", command);
  }
  assert.equal((await ftp.fetch("RETR a.txt")).text, "alpha\n");
  assert.match(await ftp.ask("MLST a.txt") ?? "", /;perm=r;/);
  assert.match(await ftp.ask("MLST dir") ?? "", /;perm=el;/);
});

Deno.test("FTPServer speaks UTF-8, and latin-1 where it is told (RFC 2640)", async () => {
  await session({ files: { "žluťoučký.txt": "kůň" } }, async (ftp) => {
    assert.match(await ftp.ask("FEAT") ?? "", / UTF8\n/);
    assert.match(await ftp.ask("MKD ěščř") ?? "", /^257 "\/\xc4\x9b/);
    ftp.control.send(Uint8Array.from([0x43, 0x57, 0x44, 0x20, 0xe9, 0x0d, 0x0a]));
    assert.equal(await ftp.control.reply(), "501 That is no UTF-8");
    assert.deepEqual((await ftp.fetch("NLST")).text, "žluťoučký.txt\r\něščř\r\n");
  });
  await session({ files: { "café": "x", "ж": "y" }, encoding: "latin-1" }, async (ftp) => {
    ftp.control.send(Uint8Array.from([...new TextEncoder().encode("SIZE caf"), 0xe9, 0x0d, 0x0a]));
    assert.equal(await ftp.control.reply(), "213 1");
    assert.ok(!(await ftp.ask("FEAT"))?.includes("UTF8"));
    assert.match(await ftp.ask("OPTS UTF8 ON") ?? "", /^504 /);
  });
});

Deno.test("FTPServer answers a batch of commands in order", () =>
  session({}, async (ftp) => {
    ftp.control.send("NOOP\r\nPWD\r\nFROB\r\nMKD a\r\nCWD a\r\nPWD\r\n");
    const codes = [];
    for (let count = 0; count < 6; count++) codes.push((await ftp.control.reply())?.slice(0, 3));
    assert.deepEqual(codes, ["200", "257", "500", "257", "250", "257"]);
  }));

Deno.test("FTPServer refuses options that make no sense", async () => {
  const network = new MemoryNetwork();
  const start = (options: Parameters<typeof FTPServer.start>[0]) =>
    FTPServer.start({ listen: network.listen, ...options });
  await assert.rejects(start({ files: {}, root: "/tmp" }), TypeError);
  await assert.rejects(start({ root: "/nowhere/at/all" }), Deno.errors.NotFound);
  await assert.rejects(start({ welcome: "a\r\nb" }), TypeError);
  for (
    const options of [
      { maxConnections: 0 },
      { maxCommandLength: NaN },
      { maxBadCommands: 0 },
      { timeout: 0 },
      { dataTimeout: -1 },
      { maxLoginFailures: 0 },
      { passivePorts: [0, 0] as const },
      { passivePorts: [3000, 2000] as const },
      { passivePorts: [1, 70_000] as const },
    ]
  ) {
    await assert.rejects(start(options), RangeError, JSON.stringify(options));
  }
});

Deno.test("FTPServer tells what it serves, or that it is something else", async () => {
  const root = await Deno.makeTempDir();
  try {
    await using server = await FTPServer.start({ root });
    assert.throws(() => server.files, TypeError);
    assert.ok(server.filesystem);
    assert.equal(server.hostname, "127.0.0.1");
    assert.ok(server.port > 0);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
