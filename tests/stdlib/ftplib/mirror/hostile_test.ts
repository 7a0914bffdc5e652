import assert from "node:assert/strict";
import { FTP } from "../../../../stdlib/ftplib/client.ts";
import { ErrorPerm, TooLargeError } from "../../../../stdlib/ftplib/errors.ts";
import type { MirrorOptions } from "../../../../stdlib/ftplib/mirror/types.ts";
import type { MirrorResult } from "../../../../stdlib/ftplib/mirror/plan.ts";
import { rejection } from "../../../rejection.ts";
import { Folder } from "../_folder.ts";
import { type Lies, LyingServer } from "./_lying_server.ts";

const FILE = "type=file;size=4;modify=20260101000000;";
const DIRECTORY = "type=dir;modify=20260101000000;";

/** Mirrors `/pub` of a server that lies into the folder `target` of a new one. */
async function mirrored<T>(
  lies: Lies,
  body: (
    world: {
      folder: Folder;
      server: LyingServer;
      ftp: FTP;
      down: (options?: MirrorOptions) => Promise<MirrorResult>;
    },
  ) => Promise<T>,
): Promise<T> {
  await using folder = await Folder.make();
  await Deno.mkdir(folder.at("target"));
  await using server = new LyingServer(lies);
  await using ftp = await FTP.connect("127.0.0.1", { port: server.port, user: "anonymous" });
  const down = (options: MirrorOptions = {}) =>
    ftp.mirrorDown("/pub", folder.at("target"), { connections: 1, retries: 0, ...options });
  return await body({ folder, server, ftp, down });
}

/** What a plan leaves out, as `path: reason`. */
function skipped({ plan }: MirrorResult): string[] {
  return plan.steps.filter((step) => step.kind === "skip")
    .map(({ path, reason }) => `${path}: ${reason}`);
}

/** All that lies in a folder, links as links. */
async function treeOf(path: string, prefix = ""): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    names.push(prefix + name);
    if (isDirectory) names.push(...await treeOf(`${path}/${name}`, `${prefix}${name}/`));
  }
  return names.sort();
}

Deno.test("no name of a server leads out of the target (CVE-2026-27699, CVE-2018-10916)", async () => {
  const names = [
    "../evil",
    "../../evil",
    "/etc/evil",
    "..\\evil",
    "C:\\evil",
    "c:evil",
    "a/b",
    "sub/../../evil",
    "...",
    "NUL",
    "com1.txt",
    "a\x01b",
    "a\x7fb",
  ];
  await mirrored({
    listings: {
      "/pub": [...names.flatMap((name) => [`${FILE} ${name}`]), `${FILE} good`],
      "/pub/../evil": [`${FILE} inside`],
    },
    files: Object.fromEntries([...names, "good"].map((name) => [`/pub/${name}`, "text"])),
  }, async ({ folder, down, server }) => {
    const result = await down();
    assert.deepEqual(skipped(result), names.toSorted().map((name) => `${name}: unsafe name`));
    assert.deepEqual(await treeOf(folder.path), ["target", "target/good"]);
    assert.equal(server.count("RETR"), 1);
    assert.deepEqual(result.errors, []);
  });
});

Deno.test("directories with such names are not even listed", async () => {
  const names = ["..", "../up", "a/b", "."];
  await mirrored({
    listings: { "/pub": names.map((name) => `${DIRECTORY} ${name}`), "/pub/../up": [] },
  }, async ({ folder, down, server }) => {
    const result = await down();
    assert.deepEqual(skipped(result), ["../up: unsafe name", "a/b: unsafe name"]);
    assert.equal(server.count("MLSD"), 1);
    assert.deepEqual(await treeOf(folder.path), ["target"]);
  });
});

Deno.test("a link and a directory of the same name lead nowhere (CVE-2014-4877)", async () => {
  for (const symlinks of ["skip", "files", "create"] as const) {
    await mirrored({
      mlsd: false,
      listings: {
        "/pub": [
          "lrwxrwxrwx 1 0 0 4 Jan 1 2020 x -> ../outside",
          "drwxr-xr-x 1 0 0 4 Jan 1 2020 x",
        ],
        "/pub/x": ["-rw-r--r-- 1 0 0 4 Jan 1 2020 evil"],
      },
      files: { "/pub/x/evil": "evil" },
    }, async ({ folder, down }) => {
      await Deno.mkdir(folder.at("outside"));
      const result = await down({ symlinks });
      assert.deepEqual(skipped(result), ["x: link", "x: duplicate"], symlinks);
      assert.deepEqual(await treeOf(folder.path), ["outside", "target"]);
    });
  }
});

Deno.test("links are made where asked, and only those that stay inside", async () => {
  const link = (name: string, target: string) =>
    `lrwxrwxrwx 1 0 0 4 Jan 1 2020 ${name} -> ${target}`;
  await mirrored({
    mlsd: false,
    listings: {
      "/pub": [
        link("absolute", "/etc/passwd"),
        link("good", "sub/file"),
        link("up", "../evil"),
        link("winding", "sub/../../evil"),
        "drwxr-xr-x 1 0 0 4 Jan 1 2020 sub",
      ],
      "/pub/sub": [link("back", "../good"), link("out", "../../evil")],
    },
  }, async ({ folder, down }) => {
    const result = await down({ symlinks: "create" });
    assert.deepEqual(skipped(result), [
      "absolute: link",
      "up: link",
      "winding: link",
      "sub/out: link",
    ]);
    assert.equal(result.links, 2);
    assert.equal(await Deno.readLink(folder.at("target/good")), "sub/file");
    assert.equal(await Deno.readLink(folder.at("target/sub/back")), "../good");
    const again = await down({ symlinks: "create" });
    assert.equal(again.links, 0);
    assert.equal(again.plan.unchanged, 2);
  });
});

Deno.test("nothing is written through a link that is in the target", async () => {
  await mirrored({
    listings: {
      "/pub": [`${DIRECTORY} dir`, `${FILE} file`, `${FILE} other`],
      "/pub/dir": [`${FILE} inner`],
    },
    files: { "/pub/dir/inner": "evil", "/pub/file": "evil", "/pub/other": "evil" },
  }, async ({ folder, down }) => {
    await Deno.mkdir(folder.at("outside"));
    await folder.write("precious", "mine");
    await Deno.symlink(folder.at("outside"), folder.at("target/dir"));
    await Deno.symlink(folder.at("precious"), folder.at("target/file"));
    await Deno.symlink(folder.at("precious"), folder.at("target/other.part"));
    for (const options of [{}, { delete: true }]) {
      const result = await down(options);
      assert.deepEqual(skipped(result), ["dir: in the way", "file: in the way"]);
      assert.deepEqual(result.errors.map(({ path }) => path), ["other"]);
    }
    assert.equal(await folder.read("precious"), "mine");
    assert.deepEqual(await treeOf(folder.at("outside")), []);
    assert.equal(await Deno.readLink(folder.at("target/dir")), folder.at("outside"));
  });
});

Deno.test("nothing is deleted through a link", async () => {
  await mirrored({ listings: { "/pub": [] } }, async ({ folder, down }) => {
    await Deno.mkdir(folder.at("outside"));
    await folder.write("outside/precious", "mine");
    await Deno.mkdir(folder.at("target/dir"));
    await Deno.symlink(folder.at("outside"), folder.at("target/link"));
    await Deno.symlink(folder.at("outside"), folder.at("target/dir/link"));
    const result = await down({ delete: true });
    assert.equal(result.deletions, 2);
    assert.deepEqual(await treeOf(folder.path), ["outside", "outside/precious", "target"]);
  });
});

Deno.test("where anything could not be listed, nothing is deleted", async () => {
  await mirrored({
    listings: { "/pub": [`${DIRECTORY} closed`, `${FILE} new`] },
    files: { "/pub/new": "text" },
  }, async ({ folder, down }) => {
    await folder.write("target/old", "mine");
    const result = await down({ delete: true });
    assert.equal(result.plan.isComplete, false);
    assert.deepEqual(skipped(result).sort(), ["closed: unlisted", "old: incomplete"]);
    assert.equal(result.files, 1, "what was read is fetched");
    assert.deepEqual(await treeOf(folder.at("target")), ["new", "old"]);
  });
});

Deno.test("lines that make no sense make a listing incomplete", async () => {
  await mirrored({
    listings: { "/pub": [`${FILE} new`, "what"] },
    files: { "/pub/new": "text" },
  }, async ({ folder, down }) => {
    await folder.write("target/old", "mine");
    const result = await down({ delete: true });
    assert.deepEqual(skipped(result).sort(), [": unlisted", "old: hidden"]);
    await Deno.remove(folder.at("target"), { recursive: true });
    assert.equal((await down()).files, 1, "what makes sense is fetched, into a new target as well");
    await folder.write("target/old", "mine");
    assert.equal(await folder.read("target/old"), "mine");
  });
});

Deno.test("a listing that is cut is none", async () => {
  await mirrored({
    listings: { "/pub": [`${FILE} a`] },
    replies: { MLSD: () => "426 cut" },
  }, async ({ folder, down }) => {
    await folder.write("target/old", "mine");
    await rejection(down({ delete: true }), Error);
    assert.equal(await folder.read("target/old"), "mine");
  });
});

Deno.test("a directory that is not there is no empty one", async () => {
  await mirrored({ mlsd: false, listings: {}, replies: { LIST: () => "226 nothing" } }, async (
    { folder, down },
  ) => {
    await folder.write("target/old", "mine");
    await rejection(down({ delete: true }), ErrorPerm);
    assert.equal(await folder.read("target/old"), "mine");
  });
});

Deno.test("an empty LIST proves nothing, unless it shows the directory itself", async () => {
  for (const showsAll of [false, true]) {
    await mirrored({ mlsd: false, showsAll, listings: { "/pub": [] } }, async (
      { folder, down },
    ) => {
      await folder.write("target/old", "mine");
      const result = await down({ delete: true });
      assert.deepEqual(skipped(result), showsAll ? [] : ["old: hidden"]);
      assert.equal(result.deletions, showsAll ? 1 : 0);
    });
  }
});

Deno.test("names that LIST hides are not deleted, and fetched where they can be seen", async () => {
  const listings = {
    "/pub": ["-rw-r--r-- 1 0 0 4 Jan 1 2020 .htaccess", "-rw-r--r-- 1 0 0 4 Jan 1 2020 index"],
  };
  const files = { "/pub/.htaccess": "deny", "/pub/index": "text" };
  for (const showsAll of [false, true]) {
    await mirrored({ mlsd: false, showsAll, listings, files }, async ({ folder, down }) => {
      await folder.write("target/.htaccess", "mine", new Date(0));
      const result = await down({ delete: true });
      assert.deepEqual(skipped(result), showsAll ? [] : [".htaccess: hidden"]);
      assert.equal(await folder.read("target/.htaccess"), showsAll ? "deny" : "mine");
    });
  }
});

Deno.test("a server that takes -a for the name of a file is asked without", async () => {
  const listing = ["-rw-r--r-- 1 0 0 4 Jan 1 2020 file"];
  for (const showsAll of ["nothing", false] as const) {
    await mirrored({
      mlsd: false,
      showsAll,
      listings: { "/pub": [...listing, "drwxr-xr-x 1 0 0 4 Jan 1 2020 sub"], "/pub/sub": listing },
      files: { "/pub/file": "text", "/pub/sub/file": "text" },
    }, async ({ down, server }) => {
      const result = await down();
      assert.deepEqual([result.files, result.plan.isComplete], [2, true]);
      assert.equal(server.count("LIST -a"), 1);
    });
  }
});

Deno.test("names that differ only in case are told, where the system cannot tell them apart", async () => {
  await mirrored({
    listings: { "/pub": [`${FILE} README`, `${FILE} Readme`, `${FILE} other`] },
    files: { "/pub/README": "text", "/pub/Readme": "text", "/pub/other": "text" },
  }, async ({ folder, down }) => {
    const result = await down({ ignoreCase: true });
    assert.deepEqual(skipped(result), ["Readme: case collision"]);
    assert.deepEqual(await treeOf(folder.at("target")), ["README", "other"]);
    assert.equal((await down({ ignoreCase: false })).files, 1);
  });
});

Deno.test("more entries than maxEntries end it, and so does one name without end", async () => {
  const lines = Array.from({ length: 1_001 }, (_, at) => `${FILE} ${at}`);
  await mirrored({ listings: { "/pub": lines } }, async ({ folder, down, ftp }) => {
    const error = await rejection(down({ maxEntries: 1_000 }), TooLargeError);
    assert.equal(error.limit, "maxEntries");
    assert.deepEqual(await treeOf(folder.at("target")), []);
    const walk = Array.fromAsync(ftp.walk("/pub", { maxEntries: 1_000 }));
    assert.equal((await rejection(walk, TooLargeError)).maximum, 1_000);
  });
  await mirrored({ listings: { "/pub": lines.fill(`${FILE} same`) } }, async ({ down }) => {
    const result = await down();
    assert.equal(result.plan.totals.files, 1);
    assert.equal(skipped(result).length, 1_000);
  });
});

Deno.test("a tree without a bottom ends at maxDepth, one that lies in itself at once", async () => {
  const bottomless = new Proxy({}, { get: () => [`${DIRECTORY} d`] });
  await mirrored({ listings: bottomless }, async ({ down, server }) => {
    const result = await down({ maxDepth: 5, delete: true });
    assert.deepEqual(skipped(result), ["d/d/d/d/d: depth"]);
    assert.equal(result.plan.isComplete, false);
    assert.equal(server.count("MLSD"), 5);
  });
  const looped = new Proxy({}, { get: () => [`type=dir;unique=1.2; d`] });
  await mirrored({ listings: looped }, async ({ down, ftp }) => {
    assert.deepEqual(skipped(await down()), ["d/d: loop"]);
    const items = await Array.fromAsync(ftp.walk("/pub"), ({ path, pruned }) => [path, pruned]);
    assert.deepEqual(items, [["/pub/d", undefined], ["/pub/d/d", "loop"]]);
  });
});

Deno.test("a server that sends a file as a directory's name brings no tree that nobody planned", async () => {
  await mirrored({
    listings: { "/pub": [`${FILE} x`], "/pub/x": [`${FILE} y`] },
    files: { "/pub/x/y": "text" },
  }, async ({ folder, down }) => {
    const result = await down();
    assert.deepEqual(result.errors.map(({ path }) => path), ["x"]);
    assert.deepEqual(await treeOf(folder.at("target")), []);
  });
});

Deno.test("a deletion whose answer is lost is done all the same", async () => {
  const gone = new Set<string>();
  const lose = (path: string) => {
    if (gone.has(path)) return "550 no such file";
    gone.add(path);
    return "close";
  };
  await mirrored({
    listings: { "/up": [`${FILE} file`, `${DIRECTORY} old`], "/up/old": [] },
    replies: {
      DELE: (path) => path === "/up/old" ? "550 no file" : lose(path),
      RMD: lose,
      CWD: (path) => gone.has(path) ? "550 no such directory" : undefined,
    },
  }, async ({ folder, ftp }) => {
    const retries = { attempts: 3, delay: 1 };
    const result = await ftp.mirrorUp(folder.at("target"), "/up", { delete: true, retries });
    assert.deepEqual([result.errors, result.deletions], [[], 2]);
    assert.deepEqual([...gone], ["/up/file", "/up/old"]);
  });
});
