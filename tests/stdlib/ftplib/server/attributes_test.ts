import assert from "node:assert/strict";
import { FTPServer } from "../../../../stdlib/ftplib/server.ts";
import { DirectoryFileSystem } from "../../../../stdlib/ftplib/server/files.ts";
import { MemoryFileSystem } from "../../../../stdlib/ftplib/server/filesystem_memory.ts";
import { MemoryNetwork } from "../../../../net/memory.ts";
import { RawFTP, session } from "./peer.ts";

Deno.test("FTPServer sets facts all or nothing (draft-somers-ftp-mfxx §5)", () =>
  session({ files: { "a b": "x" } }, async (ftp, server) => {
    assert.equal(
      await ftp.ask("MFF Modify=20020717210715;UNIX.mode=0600; a b"),
      "213 Modify=20020717210715;UNIX.mode=0600; a b",
    );
    assert.match(
      await ftp.ask("MLST a b") ?? "",
      /modify=20020717210715;.*unix\.mode=0600; \/a b\n/,
    );
    for (
      const [command, code] of [
        ["MFF Modify=20030101000000;Size=5; a b", 504],
        ["MFF Modify=2003; a b", 501],
        ["MFF Modify=20030101000000;UNIX.mode=9; a b", 501],
        ["MFF Modify=20030101000000; none", 550],
        ["MFF a b", 501],
        ["MFF Modify=20030101000000; ", 501],
      ] as const
    ) {
      assert.match(await ftp.ask(command) ?? "", new RegExp(`^${code} `), command);
    }
    assert.equal((await server.files.stat("/a b"))?.modified.getUTCFullYear(), 2002);
  }));

Deno.test("FTPServer sets modes and times by SITE, as clients spell it", () =>
  session({ files: { "a b": "x" } }, async (ftp, server) => {
    assert.match(await ftp.ask("SITE CHMOD 640 a b") ?? "", /^200 /);
    assert.equal((await server.files.stat("/a b"))?.permissions, 0o640);
    assert.match((await ftp.fetch("LIST")).text, /^-rw-r----- /);
    const spellings = [
      ["SITE UTIME 200207172107 a b", "2002-07-17T21:07:00.000Z"],
      ["SITE UTIME 20030717210715 a b", "2003-07-17T21:07:15.000Z"],
      [
        "site utime a b 20040101000000 20040717210715 20040101000000 UTC",
        "2004-07-17T21:07:15.000Z",
      ],
    ] as const;
    for (const [command, time] of spellings) {
      assert.match(await ftp.ask(command) ?? "", /^200 /, command);
      assert.equal((await server.files.stat("/a b"))?.modified.toISOString(), time);
    }
    for (const command of ["SITE CHMOD 999 a b", "SITE CHMOD 640", "SITE UTIME a b"]) {
      assert.match(await ftp.ask(command) ?? "", /^501 /, command);
    }
    assert.match(await ftp.ask("SITE CHMOD 640 none") ?? "", /^550 /);
  }));

Deno.test("FTPServer sets the mode of a file on disk, and tells it", async () => {
  const root = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${root}/f`, "x");
    const network = new MemoryNetwork();
    await using server = await FTPServer.start({ listen: network.listen, root });
    await using ftp = await RawFTP.login(server, network);
    assert.match(await ftp.ask("SITE CHMOD 4750 f") ?? "", /^200 /);
    const { mode, ino } = await Deno.stat(`${root}/f`);
    // Nobody gets the rights of the server's owner by way of FTP.
    assert.equal((mode ?? 0) & 0o7777, 0o750);
    const told = await ftp.ask("MLST f") ?? "";
    assert.match(told, /unix\.mode=0750;/);
    assert.match(told, new RegExp(`unique=[0-9a-f]+\\.${ino?.toString(16)};`));
    // The same file by another name is the same, another is not.
    await Deno.link(`${root}/f`, `${root}/g`);
    await Deno.writeTextFile(`${root}/h`, "x");
    const unique = async (name: string) =>
      /unique=[^;]+/.exec(await ftp.ask(`MLST ${name}`) ?? "")?.[0];
    assert.equal(await unique("g"), await unique("f"));
    assert.notEqual(await unique("h"), await unique("f"));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("FTPServer tells how much room there is, where the file system knows (AVBL)", async () => {
  const filesystem = new MemoryFileSystem({ d: {} }, { maxBytes: 10_000 });
  await session({ filesystem }, async (ftp) => {
    assert.equal(await ftp.ask("AVBL"), "213 9744");
    await ftp.put("STOR d/x", "x".repeat(1000));
    assert.equal(await ftp.ask("AVBL d"), "213 8488");
    assert.match(await ftp.ask("AVBL d/x") ?? "", /^550 /);
    assert.match(await ftp.ask("FEAT") ?? "", / AVBL\n/);
  });
});

Deno.test("FTPServer offers no more than its file system can", async () => {
  const root = await Deno.makeTempDir();
  try {
    const disk = await DirectoryFileSystem.open(root);
    // The nine methods that every file system has, and nothing else.
    const filesystem = Object.fromEntries(
      [
        "stat",
        "list",
        "read",
        "write",
        "makeDirectory",
        "removeDirectory",
        "remove",
        "rename",
        "setModified",
      ].map((name) => [
        name,
        (disk[name as "stat"] as (path: string) => unknown).bind(disk),
      ]),
    ) as unknown as DirectoryFileSystem;
    await session({ filesystem }, async (ftp) => {
      await ftp.put("STOR f", "x");
      assert.match(await ftp.ask("SITE CHMOD 600 f") ?? "", /^504 /);
      assert.match(await ftp.ask("MFF UNIX.mode=600; f") ?? "", /^504 /);
      assert.match(await ftp.ask("AVBL") ?? "", /^502 /);
      const features = await ftp.ask("FEAT") ?? "";
      assert.match(features, / MFF Modify;\n/);
      assert.doesNotMatch(features, /AVBL/);
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
