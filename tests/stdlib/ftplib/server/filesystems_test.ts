import assert from "node:assert/strict";
import type { FileSystem } from "../../../../stdlib/ftplib/server/filesystem.ts";
import { MemoryFileSystem } from "../../../../stdlib/ftplib/server/filesystem_memory.ts";
import { FTPReplyError } from "../../../../stdlib/ftplib/server/errors.ts";
import { DirectoryFileSystem } from "../../../../stdlib/ftplib/server/files.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

async function put(files: FileSystem, path: string, text: string, at?: number | "end") {
  const writer = await files.write(path, at);
  await writer.write(bytes(text));
  await writer.close();
}

async function take(files: FileSystem, path: string, offset = 0): Promise<string> {
  const reader = await files.read(path, offset);
  const buffer = new Uint8Array(3);
  let text = "";
  for (let count; (count = await reader.read(buffer)) !== null;) {
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  await reader.close();
  return text;
}

async function names(files: FileSystem, path: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, type, size } of files.list(path)) found.push(`${name} ${type} ${size}`);
  return found.sort();
}

async function here(directory: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(directory), ({ name }) => name)).sort();
}

function refuses(code: number, text: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof FTPReplyError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, text);
    return true;
  };
}

/** What any file system behind the server has to do. */
const BEHAVIOURS: Record<string, (files: FileSystem) => Promise<void>> = {
  "stat tells files, directories and nothing apart": async (files) => {
    await files.makeDirectory("/a");
    await put(files, "/a/f", "12345");
    const file = await files.stat("/a/f");
    assert.equal(file?.type, "file");
    assert.equal(file.size, 5);
    assert.ok(Math.abs(Date.now() - file.modified.getTime()) < 60_000);
    assert.equal((await files.stat("/a"))?.type, "directory");
    assert.equal((await files.stat("/"))?.type, "directory");
    assert.equal(await files.stat("/b"), undefined);
    assert.equal(await files.stat("/a/f/below"), undefined);
  },
  "write replaces, overwrites from an offset, and appends": async (files) => {
    await put(files, "/f", "abcdef");
    await put(files, "/f", "XY", 2);
    assert.equal(await take(files, "/f"), "abXYef");
    await put(files, "/f", "gh", "end");
    assert.equal(await take(files, "/f"), "abXYefgh");
    await put(files, "/f", "new");
    assert.equal(await take(files, "/f"), "new");
    await put(files, "/g", "from nothing", "end");
    assert.equal(await take(files, "/g"), "from nothing");
  },
  "read begins at the offset, its end included": async (files) => {
    await put(files, "/f", "0123456789");
    assert.equal(await take(files, "/f", 7), "789");
    assert.equal(await take(files, "/f", 10), "");
  },
  "list gives what is there, and refuses files and nothing": async (files) => {
    await files.makeDirectory("/d");
    await put(files, "/d/one", "1");
    await files.makeDirectory("/d/two");
    assert.deepEqual(await names(files, "/d"), ["one file 1", "two directory 0"]);
    assert.deepEqual(await names(files, "/d/two"), []);
    await assert.rejects(names(files, "/d/one"), refuses(550, /director/i));
    await assert.rejects(names(files, "/none"), refuses(550, /No such file/));
  },
  "a missing file or directory is refused everywhere": async (files) => {
    const missing = refuses(550, /No such file|Not a directory/);
    await assert.rejects(files.read("/none", 0), missing);
    await assert.rejects(files.remove("/none"), missing);
    await assert.rejects(files.removeDirectory("/none"), missing);
    await assert.rejects(files.rename("/none", "/other"), missing);
    await assert.rejects(files.write("/none/f"), missing);
    await assert.rejects(files.makeDirectory("/none/d"), missing);
    await assert.rejects(files.setModified("/none", new Date()), missing);
  },
  "files and directories are removed each by its own command": async (files) => {
    await files.makeDirectory("/d");
    await put(files, "/d/f", "x");
    await assert.rejects(files.removeDirectory("/d"), refuses(550, /not empty/));
    await assert.rejects(files.remove("/d"), refuses(550, /Is a directory/));
    await assert.rejects(files.removeDirectory("/d/f"), refuses(550, /Not a directory/));
    await assert.rejects(files.makeDirectory("/d"), refuses(550, /exists/));
    await files.remove("/d/f");
    await files.removeDirectory("/d");
    assert.deepEqual(await names(files, "/"), []);
  },
  "directories are neither read nor written": async (files) => {
    await files.makeDirectory("/d");
    await assert.rejects(files.read("/d", 0), refuses(550, /directory/));
    await assert.rejects(files.write("/d"), refuses(550, /directory|plain/));
  },
  "rename does not move a directory into itself": async (files) => {
    await files.makeDirectory("/a");
    await files.makeDirectory("/a/b");
    await assert.rejects(files.rename("/a", "/a/b/c"), refuses(553, /itself/));
    await files.rename("/a", "/ab");
    assert.equal((await files.stat("/ab/b"))?.type, "directory");
  },
  "rename moves into another directory and replaces a file": async (files) => {
    await files.makeDirectory("/d");
    await put(files, "/f", "moved");
    await put(files, "/d/g", "old");
    await files.rename("/f", "/d/g");
    assert.equal(await take(files, "/d/g"), "moved");
    assert.equal(await files.stat("/f"), undefined);
    await files.rename("/d", "/e");
    assert.equal(await take(files, "/e/g"), "moved");
  },
  "the root stays": async (files) => {
    const stays = refuses(550, /root|director|exists/i);
    await assert.rejects(files.removeDirectory("/"), stays);
    await assert.rejects(files.remove("/"), stays);
    await assert.rejects(files.rename("/", "/x"), stays);
    await assert.rejects(files.write("/"), stays);
    await assert.rejects(files.makeDirectory("/"), stays);
  },
  "setModified is what stat then tells": async (files) => {
    await put(files, "/f", "x");
    await files.setModified("/f", new Date(Date.UTC(2001, 1, 3, 4, 5, 6)));
    assert.equal((await files.stat("/f"))?.modified.toISOString(), "2001-02-03T04:05:06.000Z");
  },
};

for (const [name, behaviour] of Object.entries(BEHAVIOURS)) {
  Deno.test(`MemoryFileSystem: ${name}`, () => behaviour(new MemoryFileSystem()));
  Deno.test(`DirectoryFileSystem: ${name}`, async () => {
    const root = await Deno.makeTempDir();
    try {
      await behaviour(await DirectoryFileSystem.open(root));
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  });
}

Deno.test("MemoryFileSystem takes paths and nested trees, and is read from outside", () => {
  const files = new MemoryFileSystem({ "a/b.txt": "é", a: { "c.bin": bytes("\0") }, empty: {} });
  assert.deepEqual(files.paths(), ["/a/b.txt", "/a/c.bin"]);
  assert.equal(files.text("/a/b.txt"), "é");
  assert.deepEqual(files.get("a/b.txt"), bytes("é"));
  assert.equal(files.get("empty"), undefined);
  files.set("/a/b.txt", "changed", new Date(0));
  assert.equal(files.text("a/b.txt"), "changed");
  assert.deepEqual([...files.list("/empty")], []);
});

Deno.test("MemoryFileSystem hands out copies, and takes copies", () => {
  const mine = bytes("mine");
  const files = new MemoryFileSystem({ f: mine });
  mine.fill(0);
  files.get("f")?.fill(0);
  assert.equal(files.text("f"), "mine");
});

Deno.test("MemoryFileSystem refuses names that no path can hold", () => {
  for (const name of ["..", "a/../b", "a/./b", "a\rb", "a\nb", "a\0b"]) {
    assert.throws(() => new MemoryFileSystem({ [name]: "x" }), TypeError, JSON.stringify(name));
  }
  assert.throws(() => new MemoryFileSystem({ f: "x", "f/g": "y" }), /below f: it is a file/);
  assert.throws(() => new MemoryFileSystem().set("/", "x"), TypeError);
});

Deno.test("MemoryFileSystem holds no more than maxBytes, and frees what is removed", async () => {
  const files = new MemoryFileSystem({}, { maxBytes: 1000 });
  await put(files, "/f", "x".repeat(700));
  await assert.rejects(put(files, "/f", "x".repeat(100), "end"), refuses(552, /1000 bytes/));
  await assert.rejects(put(files, "/g", ""), refuses(552, /1000 bytes/));
  for (let i = 0; i < 5; i++) await put(files, "/f", "y".repeat(700));
  await files.remove("/f");
  await put(files, "/g", "x".repeat(744));
  assert.throws(() => new MemoryFileSystem({}, { maxBytes: 0 }), RangeError);
});

Deno.test("MemoryFileSystem counts long names among its bytes", async () => {
  const files = new MemoryFileSystem({}, { maxBytes: 10_000 });
  const long = (letter: string) => `/${letter.repeat(2000)}`;
  for (const grow of [put, (_: FileSystem, path: string) => files.makeDirectory(path)]) {
    await grow(files, long("a"), "");
    await assert.rejects(Promise.resolve(grow(files, long("b"), "")), refuses(552, /10000 bytes/));
    await put(files, "/short", "");
    await assert.rejects(files.rename("/short", long("b")), refuses(552, /10000 bytes/));
    assert.equal((await files.stat("/short"))?.type, "file");
    await files.rename(long("a"), "/a");
    await files.rename("/short", long("b"));
    await files.remove(long("b"));
    await ((await files.stat("/a"))?.type === "file"
      ? files.remove("/a")
      : files.removeDirectory("/a"));
  }
  assert.throws(() => files.set(long("a").repeat(2), ""), /10000 bytes/);
});

Deno.test("MemoryFileSystem refuses to go on writing a file that was removed", async () => {
  const files = new MemoryFileSystem({ f: "x", g: "y" });
  for (const gone of [() => files.remove("/f"), () => files.rename("/g", "/f")]) {
    const writer = await files.write("/f");
    await gone();
    await assert.rejects(writer.write(bytes("more")), refuses(451, /removed/));
  }
});

Deno.test("DirectoryFileSystem opens only a directory", async () => {
  const file = await Deno.makeTempFile();
  await assert.rejects(DirectoryFileSystem.open(file), TypeError);
  await Deno.remove(file);
  await assert.rejects(DirectoryFileSystem.open(file), Deno.errors.NotFound);
});

Deno.test({
  name: "DirectoryFileSystem follows links inside and knows none that leads out",
  ignore: Deno.build.os === "windows",
  async fn() {
    const base = await Deno.makeTempDir();
    const root = `${base}/root`;
    await Deno.mkdir(`${root}/in/deep`, { recursive: true });
    await Deno.mkdir(`${base}/root-beside`);
    await Deno.writeTextFile(`${base}/root-beside/secret`, "secret");
    await Deno.writeTextFile(`${root}/in/open`, "open");
    await Deno.symlink(`${root}/in`, `${root}/inside`);
    await Deno.symlink("../../..", `${root}/in/up`);
    await Deno.symlink(`${base}/root-beside`, `${root}/beside`);
    await Deno.symlink(`${base}/root-beside/secret`, `${root}/secret`);
    await Deno.symlink(`${base}/root-beside/planted`, `${root}/dangling`);
    await Deno.symlink("loop", `${root}/loop`);
    try {
      const files = await DirectoryFileSystem.open(root);
      assert.equal(await take(files, "/inside/open"), "open");
      assert.deepEqual(await names(files, "/"), ["in directory 0", "inside directory 0"]);
      assert.deepEqual(await names(files, "/in"), ["deep directory 0", "open file 4"]);
      for (const path of ["/secret", "/beside/secret", "/in/up/root-beside/secret", "/loop"]) {
        assert.equal(await files.stat(path), undefined, path);
        await assert.rejects(files.read(path, 0), refuses(550, /No such file/), path);
        await assert.rejects(files.write(path), FTPReplyError, path);
        await assert.rejects(files.setModified(path, new Date(0)), FTPReplyError, path);
      }
      await assert.rejects(files.write("/dangling"), refuses(550, /Permission denied/));
      await assert.rejects(files.write("/beside/new"), refuses(550, /No such file/));
      await assert.rejects(files.makeDirectory("/beside/new"), refuses(550, /No such file/));
      await assert.rejects(files.rename("/in/open", "/beside/open"), refuses(550, /No such file/));
      await assert.rejects(files.rename("/beside/secret", "/got"), refuses(550, /No such file/));
      await assert.rejects(files.remove("/beside/secret"), refuses(550, /No such file/));
      await files.remove("/secret");
      assert.deepEqual(await here(`${base}/root-beside`), ["secret"]);
      assert.equal(await Deno.readTextFile(`${base}/root-beside/secret`), "secret");
    } finally {
      await Deno.remove(base, { recursive: true });
    }
  },
});

Deno.test({
  name: "DirectoryFileSystem lets nobody out who renames links while others open files",
  ignore: Deno.build.os === "windows",
  async fn() {
    const base = await Deno.makeTempDir();
    const outside = `${base}/outside/f`;
    await Deno.mkdir(`${base}/root/d`, { recursive: true });
    await Deno.mkdir(`${base}/outside`);
    await Deno.writeTextFile(outside, "outside");
    await Deno.writeTextFile(`${base}/outside/other`, "");
    await Deno.writeTextFile(`${base}/root/d/f`, "inside");
    await Deno.symlink(`${base}/outside`, `${base}/root/link`);
    try {
      const files = await DirectoryFileSystem.open(`${base}/root`);
      let swapping = true;
      const until = async (look: () => Promise<unknown>) => {
        while (swapping) await look().catch((error) => assert.ok(error instanceof FTPReplyError));
      };
      const texts = new Set<string>();
      const entries = new Set<string>();
      const list = async () => {
        for (const name of await names(files, "/d")) entries.add(name);
      };
      const looks = [
        until(async () => texts.add(await take(files, "/d/f"))),
        until(async () => texts.add(await take(files, "/d/f"))),
        until(() => put(files, "/d/f", "inside")),
        until(list),
        until(() => files.setModified("/d/f", new Date(0))),
      ];
      for (let count = 0; count < 200; count++) {
        await files.rename("/d", "/kept");
        await files.rename("/link", "/d");
        await files.rename("/d", "/link");
        await files.rename("/kept", "/d");
      }
      swapping = false;
      await Promise.all(looks);
      // What is being written is read in part.
      for (const text of texts) assert.ok("inside".startsWith(text), text);
      for (const entry of entries) assert.match(entry, /^f file/);
      assert.equal(await Deno.readTextFile(outside), "outside");
      assert.notEqual((await Deno.stat(outside)).mtime?.getTime(), 0);
    } finally {
      await Deno.remove(base, { recursive: true });
    }
  },
});

Deno.test("DirectoryFileSystem refuses names that mean a path elsewhere", async () => {
  const base = await Deno.makeTempDir();
  await Deno.mkdir(`${base}/root`);
  await Deno.writeTextFile(`${base}/secret`, "secret");
  try {
    const files = await DirectoryFileSystem.open(`${base}/root`);
    for (
      const name of ["..", "../secret", "..\\secret", "a\\b", "C:\\x", "\\\\host\\share", "a\0b"]
    ) {
      await assert.rejects(files.stat(`/${name}`), refuses(553, /not allowed/), name);
      await assert.rejects(files.write(`/${name}`), refuses(553, /not allowed/), name);
      await assert.rejects(files.list(`/${name}`).next(), refuses(553, /not allowed/), name);
    }
    for (const name of ["%2e%2e", "...", "~", "-la"]) await files.makeDirectory(`/${name}`);
    assert.deepEqual(await here(base), ["root", "secret"]);
  } finally {
    await Deno.remove(base, { recursive: true });
  }
});

Deno.test({
  name: "DirectoryFileSystem neither reads nor writes a pipe, which would wait for ever",
  ignore: Deno.build.os === "windows",
  async fn() {
    const root = await Deno.makeTempDir();
    await new Deno.Command("mkfifo", { args: [`${root}/pipe`] }).output();
    try {
      const files = await DirectoryFileSystem.open(root);
      await assert.rejects(files.read("/pipe", 0), refuses(550, /Not a plain file/));
      await assert.rejects(files.write("/pipe"), refuses(550, /Not a plain file/));
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  },
});

Deno.test("DirectoryFileSystem refuses a name that the system finds too long", async () => {
  const root = await Deno.makeTempDir();
  try {
    const files = await DirectoryFileSystem.open(root);
    const name = `/${"x".repeat(300)}`;
    await put(files, "/f", "");
    for (
      const call of [
        () => files.stat(name),
        () => files.read(name, 0),
        () => files.write(name),
        () => files.makeDirectory(name),
        () => files.remove(name),
        () => files.rename("/f", name),
      ]
    ) await assert.rejects(call(), refuses(553, /not allowed/), String(call));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
