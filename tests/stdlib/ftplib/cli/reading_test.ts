import assert from "node:assert/strict";
import { FTPServer } from "../../../../stdlib/ftplib/mod.ts";
import { at, cli } from "./cli.ts";

const FILES = {
  "pub/b.txt": "second\n",
  "pub/a.txt": "first\n",
  "pub/deep/er/c.bin": new Uint8Array(3000),
  "pub/\x1b[2J.txt": "",
  "top.txt": "at the top\n",
};

function start(): Promise<FTPServer> {
  return FTPServer.start({ files: FILES });
}

Deno.test("cat writes files, one after the other", async () => {
  await using server = await start();
  const words = ["cat", at(server, "top.txt"), at(server, "pub/[ab].txt")];
  assert.deepEqual(await cli(words), { code: 0, out: "at the top\nfirst\nsecond\n", err: "" });
});

Deno.test("cat of a text file asks for lines", async () => {
  const commands: string[] = [];
  await using server = await FTPServer.start({
    files: { "a.txt": "one\ntwo\n" },
    onEvent: (event) => event.type === "command" && commands.push(event.verb + event.argument),
  });
  const { code, out } = await cli(["cat", at(server, "a.txt;type=a")]);
  assert.deepEqual([code, out], [0, "one\ntwo\n"]);
  assert.ok(commands.includes("TYPEA"), commands.join());
});

Deno.test("what is not there ends with 5, and says so in one line", async () => {
  await using server = await start();
  for (const path of ["none.txt", "none/none.txt", "none*"]) {
    for (const command of ["cat", "ls"]) {
      const { code, out, err } = await cli([command, at(server, path)]);
      assert.deepEqual([code, out], [5, ""], `${command} ${path}: ${err}`);
      assert.match(err, /^tulip-ftp: [^\n]+\n$/);
    }
  }
});

Deno.test("ls lists directories in the order of names", async () => {
  await using server = await start();
  assert.equal((await cli(["ls", at(server)])).out, "pub\ntop.txt\n");
  assert.equal((await cli(["ls", at(server, "pub/")])).out, "\x1b[2J.txt\na.txt\nb.txt\ndeep\n");
  assert.equal((await cli(["ls", at(server, "/pub/deep")])).out, "er\n");
  assert.equal((await cli(["ls", at(server, "pub/*.txt")])).out, "\x1b[2J.txt\na.txt\nb.txt\n");
  assert.equal((await cli(["ls", at(server, "pub/a.txt")])).out, "a.txt\n");
});

Deno.test("ls on a terminal lets no name steer it", async () => {
  await using server = await start();
  const { out } = await cli(["ls", at(server, "pub")], { size: { columns: 80, rows: 24 } });
  assert.equal(out, "\\x1b[2J.txt\na.txt\nb.txt\ndeep\n");
});

Deno.test("ls -R goes down, and names paths", async () => {
  await using server = await start();
  const { out } = await cli(["ls", "-R", at(server)]);
  assert.deepEqual(out.trim().split("\n"), [
    "pub",
    "top.txt",
    "pub/\x1b[2J.txt",
    "pub/a.txt",
    "pub/b.txt",
    "pub/deep",
    "pub/deep/er",
    "pub/deep/er/c.bin",
  ]);
});

Deno.test("ls -l and ls --json say what is known", async () => {
  await using server = await start();
  const long = (await cli(["ls", "-l", at(server, "pub/deep/er/")])).out;
  assert.match(long, /^-[rwx?-]{9} \S+ +\S+ +3000 \d{4}-\d\d-\d\d \d\d:\d\d c\.bin\n$/);
  const { out } = await cli(["ls", "--json", "-R", at(server)]);
  const entries = out.trim().split("\n").map((line) => JSON.parse(line));
  const file = entries.find(({ name }) => name === "c.bin");
  assert.equal(file.path, "pub/deep/er/c.bin");
  assert.equal(file.size, 3000);
  assert.equal(file.type, "file");
  assert.ok(Math.abs(Date.parse(file.modified) - Date.now()) < 600_000);
  assert.equal(entries.find(({ name }) => name === "deep").type, "directory");
  assert.deepEqual(Object.keys(file), [
    ...["path", "name", "type", "size", "modified", "precision"],
    ...["permissions", "owner", "group", "target"],
  ]);
});
