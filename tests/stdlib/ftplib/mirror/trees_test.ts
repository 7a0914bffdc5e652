import assert from "node:assert/strict";
import { FTP } from "../../../../stdlib/ftplib/client.ts";
import { ErrorPerm } from "../../../../stdlib/ftplib/errors.ts";
import { FTPServer } from "../../../../stdlib/ftplib/server.ts";
import type { FileTree } from "../../../../stdlib/ftplib/server/filesystem_memory.ts";
import { TreeError } from "../../../../stdlib/ftplib/tree_error.ts";
import { rejection } from "../../../rejection.ts";
import { Folder } from "../_folder.ts";
import { type Lies, LyingServer } from "./_lying_server.ts";

async function withTree<T>(
  files: FileTree,
  body: (ftp: FTP, server: FTPServer) => Promise<T>,
): Promise<T> {
  await using server = await FTPServer.start({ files });
  await using ftp = await FTP.connect(server.hostname, { port: server.port, user: "tulip" });
  return await body(ftp, server);
}

async function withLies<T>(
  lies: Lies,
  body: (ftp: FTP, server: LyingServer) => Promise<T>,
): Promise<T> {
  await using server = new LyingServer(lies);
  await using ftp = await FTP.connect("127.0.0.1", { port: server.port, user: "anonymous" });
  return await body(ftp, server);
}

const TREE = { "/a/b/c.txt": "c", "/a/d.txt": "d", "/e.txt": "e" };

Deno.test("ensureDir makes what is missing, from any directory, and comes back to it", async () => {
  await withTree(TREE, async (ftp) => {
    assert.deepEqual(await ftp.ensureDir("/a/x/y z"), ["/a/x", "/a/x/y z"]);
    assert.deepEqual(await ftp.ensureDir("/a/x/y z/"), []);
    assert.deepEqual(await ftp.ensureDir(""), []);
    assert.deepEqual(await ftp.ensureDir("/"), []);
    await ftp.cwd("/a");
    assert.deepEqual(await ftp.ensureDir("b/n"), ["b/n"]);
    assert.deepEqual(await ftp.ensureDir("new"), ["new"]);
    assert.equal(await ftp.pwd(), "/a");
    const error = await rejection(ftp.ensureDir("/e.txt/x"), ErrorPerm);
    assert.match(error.message, /MKD/);
    await rejection(ftp.ensureDir("/e.txt"), ErrorPerm);
    await rejection(ftp.ensureDir("a\r\nDELE b"), TypeError);
  });
});

Deno.test("ensureDir takes a directory that somebody else has made meanwhile", async () => {
  for (const refusal of ["521 it exists", "550 File exists", "450 busy"]) {
    let isThere = false;
    await withLies({
      listings: { "/": [] },
      replies: {
        CWD: (path) => path === "/new" ? isThere ? "250 in" : "550 no" : undefined,
        MKD: () => {
          isThere = true;
          return refusal;
        },
      },
    }, async (ftp) => {
      assert.deepEqual(await ftp.ensureDir("/new"), [], refusal);
    });
  }
});

Deno.test("walk gives a directory before what is in it, and lists it when it comes to it", async () => {
  await withTree(TREE, async (ftp) => {
    const paths: string[] = [];
    for await (const { path, depth, entry } of ftp.walk("/")) {
      paths.push(`${depth} ${entry.type} ${path}`);
      if (path === "/a/d.txt") await ftp.upload("/a/b/late.txt", "late");
    }
    assert.deepEqual(paths.sort(), [
      "1 directory /a",
      "1 file /e.txt",
      "2 directory /a/b",
      "2 file /a/d.txt",
      "3 file /a/b/c.txt",
      "3 file /a/b/late.txt",
    ]);
    const shallow = await Array.fromAsync(ftp.walk("/", { maxDepth: 1 }));
    const seen = shallow.map(({ path, pruned }) => [path, pruned]);
    assert.deepEqual(seen.sort(), [["/a", "depth"], ["/e.txt", undefined]]);
    await ftp.cwd("/a");
    const relative = await Array.fromAsync(ftp.walk(), ({ path }) => path);
    assert.deepEqual(relative.sort(), ["b", "b/c.txt", "b/late.txt", "d.txt"]);
    await rejection(ftp.walk("/none").next(), ErrorPerm);
  });
});

Deno.test("no path can smuggle a second command in", async () => {
  await withLies({ listings: {} }, async (ftp, server) => {
    const before = server.commands.length;
    for (const evil of ["/a\r\nDELE b", "/a\nDELE b", "/a\rDELE b", "/a\0b"]) {
      await rejection(ftp.walk(evil).next(), TypeError);
      await rejection(ftp.ensureDir(evil), TypeError);
      await rejection(ftp.removeTree(evil), TypeError);
      await rejection(ftp.mirrorDown(evil, "/nowhere"), TypeError);
      await rejection(ftp.mirrorUp("/nowhere", evil), TypeError);
    }
    assert.deepEqual(server.commands.slice(before), [], "nothing was sent");
  });
});

Deno.test("walk follows links where asked", async () => {
  const lies = {
    mlsd: false,
    listings: {
      "/": [
        "lrwxrwxrwx 1 0 0 3 Jan 1 2020 dir -> sub",
        "lrwxrwxrwx 1 0 0 3 Jan 1 2020 file -> x",
        "lrwxrwxrwx 1 0 0 3 Jan 1 2020 gone -> y",
      ],
      "/dir": ["-rw-r--r-- 1 0 0 4 Jan 1 2020 inner"],
      "/file": ["-rw-r--r-- 1 0 0 4 Jan 1 2020 /file"],
    },
  };
  await withLies(lies, async (ftp) => {
    const paths = (options?: { followSymlinks: boolean }) =>
      Array.fromAsync(ftp.walk("/", options), ({ path }) => path);
    assert.deepEqual(await paths(), ["/dir", "/file", "/gone"]);
    assert.deepEqual(await paths({ followSymlinks: true }), [
      "/dir",
      "/file",
      "/gone",
      "/dir/inner",
    ]);
  });
});

Deno.test("removeTree removes a tree, a file, and tells how much", async () => {
  await withTree({ ...TREE, "/a/empty": {} }, async (ftp, server) => {
    const gone: string[] = [];
    const removed = await ftp.removeTree("/a", { onRemoved: (path) => gone.push(path) });
    assert.deepEqual(removed, { files: 2, directories: 3 });
    assert.equal(gone.at(-1), "/a");
    assert.deepEqual(await ftp.removeTree("/e.txt"), { files: 1, directories: 0 });
    assert.deepEqual(server.files!.paths(), []);
    const error = await rejection(ftp.removeTree("/a"), TreeError);
    assert.equal(error.code, 550);
    for (const path of ["", "/", ".", "..", "/a/..", "/a/../", "//", "a\nb"]) {
      await rejection(ftp.removeTree(path), TypeError);
    }
  });
});

Deno.test("removeTree takes a link away, and nothing of what it leads to", async () => {
  const gone: string[] = [];
  await withLies({
    listings: {
      "/dir": ["type=dir; link", "type=dir; sub"],
      "/dir/link": ["type=file; precious"],
      "/dir/sub": [],
    },
    replies: {
      // A link is removed as a file is, a directory not.
      DELE: (path) => path === "/dir/link" ? (gone.push(path), "250 gone") : "550 no file",
      RMD: (path) => (gone.push(path), "250 gone"),
    },
  }, async (ftp, server) => {
    assert.deepEqual(await ftp.removeTree("/dir"), { files: 1, directories: 2 });
    assert.deepEqual(gone, ["/dir/link", "/dir/sub", "/dir"]);
    assert.equal(server.commands.includes("MLSD /dir/link"), false);
  });
});

Deno.test("removeTree goes on after a failure, tells it, and stays in bounds", async () => {
  const gone: string[] = [];
  const lies = {
    listings: {
      "/dir": ["type=file; locked", "type=file; ../evil", "type=file; free"],
      "/deep": ["type=dir; deep"],
      "/deep/deep": ["type=dir; deep"],
      "/deep/deep/deep": [],
    },
    replies: {
      DELE: (path: string) => path === "/dir/free" ? (gone.push(path), "250 gone") : "550 no",
      RMD: () => "550 not empty",
    },
  };
  await withLies(lies, async (ftp, server) => {
    const error = await rejection(ftp.removeTree("/dir"), TreeError);
    assert.deepEqual(error.failures.map(({ path }) => path), ["/dir/locked", "/dir"]);
    assert.deepEqual(gone, ["/dir/free"]);
    assert.equal(server.count("RMD"), 0);
    const deep = await rejection(ftp.removeTree("/deep", { maxDepth: 2 }), TreeError);
    assert.match(deep.message, /maxDepth/);
  });
});

Deno.test("downloadTo and uploadFrom take directories, and files as before", async () => {
  await using folder = await Folder.make();
  await withTree(TREE, async (ftp, server) => {
    const progress: number[] = [];
    const { size } = await ftp.downloadTo("/a", folder.at("copy"), {
      onProgress: ({ transferred }) => progress.push(transferred),
    });
    assert.equal(size, 2);
    assert.equal(progress.at(-1), 2);
    assert.equal(await folder.read("copy/b/c.txt"), "c");
    const { transferred } = await ftp.uploadFrom(folder.at("copy"), "/up");
    assert.equal(transferred, 2);
    assert.equal(server.files!.text("/up/b/c.txt"), "c");
    assert.equal((await ftp.downloadTo("/e.txt", folder.at("e"))).size, 1);
    const error = await rejection(ftp.downloadTo("/none", folder.at("none")), ErrorPerm);
    assert.equal(error.command, "RETR /none");
    await rejection(ftp.uploadFrom(folder.at("none"), "/none"), Deno.errors.NotFound);
    await rejection(ftp.uploadFrom(folder.at("copy"), "/x", { append: true }), TypeError);
    assert.deepEqual(await folder.names(), ["copy", "e"]);
  });
});

Deno.test("downloadTo of a directory tells what was left out", async () => {
  await using folder = await Folder.make();
  await withLies({
    listings: { "/dir": ["type=file;size=4; ../evil", "type=file;size=4; good"] },
    files: { "/dir/good": "text" },
  }, async (ftp) => {
    const error = await rejection(ftp.downloadTo("/dir", folder.at("copy")), TreeError);
    assert.deepEqual(error.failures.map(({ path }) => path), ["../evil"]);
    assert.equal(await folder.read("copy/good"), "text");
  });
});
