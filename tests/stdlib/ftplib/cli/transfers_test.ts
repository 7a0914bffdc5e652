import assert from "node:assert/strict";
import { FTPServer } from "../../../../stdlib/ftplib/mod.ts";
import { at, cli } from "./cli.ts";

const BIG = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251);

function start(): Promise<FTPServer> {
  return FTPServer.start({
    files: {
      "pub/a.txt": "first",
      "pub/b.txt": "second",
      "pub/deep/c.txt": "third",
      "big.bin": BIG,
    },
  });
}

async function folder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "tulip-cli-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

function names(path: string): string[] {
  return Array.from(Deno.readDirSync(path), ({ name }) => name).sort();
}

Deno.test("get fetches a file to the name that is asked for", async () => {
  await using server = await start();
  await using target = await folder();
  const { code, out, err } = await cli([
    "get",
    at(server, "big.bin"),
    "-o",
    `${target.path}/x.bin`,
  ]);
  assert.deepEqual([code, out], [0, ""]);
  assert.match(err, /^big\.bin: 293\.0 KiB in [\d.]+ s \([^)]+\)\n$/);
  assert.deepEqual(await Deno.readFile(`${target.path}/x.bin`), BIG);
  assert.deepEqual(names(target.path), ["x.bin"]);
});

Deno.test("get fetches what fits a pattern into a directory, several at once", async () => {
  await using server = await start();
  await using target = await folder();
  const words = ["get", "-q", "-P", "3", "-o", `${target.path}/new/`];
  const { code, err } = await cli([...words, at(server, "pub/*"), at(server, "big.bin")]);
  assert.deepEqual([code, err], [0, ""]);
  assert.deepEqual(names(`${target.path}/new`), ["a.txt", "b.txt", "big.bin"]);
  assert.equal(await Deno.readTextFile(`${target.path}/new/b.txt`), "second");
});

Deno.test("one file that fails does not stop the others", async () => {
  await using server = await start();
  await using target = await folder();
  const urls = ["none.txt", "pub/a.txt", "gone.txt", "pub/b.txt"].map((path) => at(server, path));
  const { code, err } = await cli(["get", "-q", "-P", "2", "-o", target.path, ...urls]);
  assert.equal(code, 5);
  assert.equal(err.trim().split("\n").length, 2);
  assert.match(err, /none\.txt/);
  assert.deepEqual(names(target.path), ["a.txt", "b.txt"]);
});

Deno.test("get as JSON tells what became of each file", async () => {
  await using server = await start();
  await using target = await folder();
  const urls = [at(server, "pub/a.txt"), at(server, "none.txt")];
  const { code, out } = await cli(["get", "--json", "-o", target.path, ...urls]);
  assert.equal(code, 5);
  const [done, failed] = out.trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(typeof done.seconds, "number");
  assert.deepEqual({ ...done, seconds: 0 }, {
    event: "done",
    name: "pub/a.txt",
    from: at(server, "pub/a.txt"),
    to: `${target.path}/a.txt`,
    transferred: 5,
    resumedAt: 0,
    seconds: 0,
  });
  assert.equal(failed.event, "failed");
  assert.match(failed.message, /550/);
});

Deno.test("get --resume goes on in the .part, and fetches nothing twice that is whole", async () => {
  const ranges: string[] = [];
  await using server = await FTPServer.start({
    files: { "big.bin": BIG },
    onEvent: (event) => {
      if (event.type === "command" && /^(?:REST|RETR)$/.test(event.verb)) {
        ranges.push(`${event.verb} ${event.argument}`);
      }
    },
  });
  await using target = await folder();
  const local = `${target.path}/big.bin`;
  await Deno.writeFile(`${local}.part`, BIG.subarray(0, 100_000));
  // A file system's clock may be some milliseconds behind, and be so in the second before.
  await Deno.utime(`${local}.part`, new Date(), new Date(Date.now() + 1000));
  const words = ["get", "--resume", "--json", at(server, "big.bin"), "-o", local];
  const first = await cli(words);
  assert.equal(first.code, 0, first.err);
  assert.deepEqual(ranges, ["REST 100000", "RETR big.bin"]);
  assert.equal(JSON.parse(first.out.trim().split("\n").at(-1)!).resumedAt, 100_000);
  assert.deepEqual(await Deno.readFile(local), BIG);
  const again = await cli(words);
  assert.equal(again.code, 0);
  assert.equal(JSON.parse(again.out).skipped, true);
  assert.deepEqual(ranges.length, 2);
});

Deno.test("get --preserve and --verify say what the library is asked", async () => {
  await using server = await start();
  await using target = await folder();
  await server.files.setModified("/pub/a.txt", new Date("2020-02-02T02:02:02Z"));
  const words = ["get", "-q", "-p", "--verify", "--limit-rate", "10M", "-o", target.path];
  assert.equal((await cli([...words, at(server, "pub/a.txt")])).code, 0);
  const { mtime } = await Deno.stat(`${target.path}/a.txt`);
  assert.equal(mtime?.toISOString(), "2020-02-02T02:02:02.000Z");
});

Deno.test("get refuses what it cannot do before it asks anybody", async () => {
  await using server = await start();
  const cases: [string[], RegExp][] = [
    [[at(server, "pub/")], /names a directory: mirror fetches those/],
    [[at(server, "a/x"), at(server, "b/x")], /Two files would both become x/],
    [[at(server, "a"), "-o"], /-o needs a value/],
    [[at(server, "a;type=a")], /leave ;type=a out/],
    [[at(server, "a%0d%0aDELE%20b")], /CR, LF and NUL/],
  ];
  for (const [words, message] of cases) {
    const { code, err } = await cli(["get", ...words]);
    assert.equal(code, 2, err);
    assert.match(err, message);
  }
  const { code, err } = await cli(["get", at(server, "pub/..")]);
  assert.equal(code, 1);
  assert.match(err, /"\.\." cannot be the name of a local file/);
});

Deno.test("put stores files, by name or into a directory", async () => {
  await using server = await start();
  await using source = await folder();
  await Deno.writeTextFile(`${source.path}/one.txt`, "one");
  await Deno.writeFile(`${source.path}/two.bin`, BIG);
  const files = ["one.txt", "two.bin"].map((name) => `${source.path}/${name}`);
  const { code, err } = await cli([
    "put",
    "-q",
    "-P",
    "2",
    "--verify",
    ...files,
    at(server, "pub/"),
  ]);
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(server.files.text("pub/one.txt"), "one");
  assert.deepEqual(server.files.get("pub/two.bin"), BIG);
  assert.equal((await cli(["put", "-q", files[0]!, at(server, "other.txt")])).code, 0);
  assert.equal(server.files.text("other.txt"), "one");
  assert.equal((await cli(["put", "-q", "--append", files[0]!, at(server, "other.txt")])).code, 0);
  assert.equal(server.files.text("other.txt"), "oneone");
});

Deno.test("put --atomic shows nobody half a file", async () => {
  const renamed: string[] = [];
  await using server = await FTPServer.start({
    files: { "a.txt": "old" },
    onEvent: (event) =>
      event.type === "command" && event.verb === "RNTO" && renamed.push(event.argument),
  });
  await using source = await folder();
  await Deno.writeTextFile(`${source.path}/one.txt`, "new");
  assert.equal(
    (await cli(["put", "-q", "--atomic", `${source.path}/one.txt`, at(server, "a.txt")])).code,
    0,
  );
  assert.deepEqual(renamed, ["a.txt"]);
  assert.equal(server.files.text("a.txt"), "new");
});

Deno.test("put - stores what comes in, whatever its size", async () => {
  await using server = await start();
  const typed = ["a".repeat(1000), "b".repeat(1000)];
  const { code, err } = await cli(["put", "-q", "-", at(server, "in.txt")], { typed });
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(server.files.text("in.txt"), typed.join(""));
});

Deno.test("put refuses what it cannot do", async () => {
  await using server = await start();
  await using source = await folder();
  const cases: [string[], number, RegExp][] = [
    [[`${source.path}/none`, at(server)], 5, /There is no file .*none here/],
    [[source.path, at(server)], 2, /is a directory: mirror --up stores those/],
    [["-", at(server, "x;type=a")], 2, /leave ;type=a out/],
    [["-", at(server)], 2, /Standard input has no name/],
    [["a", "b", at(server, "x")], 2, /Several files need a directory/],
    [[at(server, "x"), "a"], 2, /"a" is no URL|The URL stands at the end/],
    [["-", at(server, "x"), "--append", "--atomic"], 2, /--append does not go with --atomic/],
  ];
  for (const [words, code, message] of cases) {
    const run = await cli(["put", ...words]);
    assert.equal(run.code, code, run.err);
    assert.match(run.err, message);
  }
});
