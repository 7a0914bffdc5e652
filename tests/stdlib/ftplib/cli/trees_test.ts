import assert from "node:assert/strict";
import { FTPServer } from "../../../../stdlib/ftplib/mod.ts";
import { at, cli } from "./cli.ts";

const SIZE = { columns: 80, rows: 24 };

function start(): Promise<FTPServer> {
  return FTPServer.start({
    files: {
      "pub/a.txt": "first",
      "pub/b.log": "second",
      "pub/deep/er/c.txt": "third",
      "pub/deep/d.txt": "fourth",
      "top.txt": "",
    },
  });
}

async function folder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "tulip-cli-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

function tree(path: string, below = ""): string[] {
  return [...Deno.readDirSync(`${path}/${below}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? tree(path, `${below}${name}/`) : [`${below}${name}`]
  ).sort();
}

function json(text: string) {
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

Deno.test("mirror fetches what is missing here, and nothing the second time", async () => {
  await using server = await start();
  await using local = await folder();
  const words = ["mirror", "-x", "*.log", at(server, "pub/"), local.path];
  const first = await cli(words);
  assert.equal(first.code, 0, first.err);
  assert.deepEqual(tree(local.path), ["a.txt", "deep/d.txt", "deep/er/c.txt"]);
  assert.match(first.err, /3 files transferred \(16 B\), 0 deleted, 0 unchanged\n$/);
  const second = await cli(words);
  assert.match(second.err, /^tulip-ftp: 0 files transferred \(0 B\), 0 deleted, 3 unchanged\n$/);
});

Deno.test("mirror --dry-run shows the plan, and does nothing", async () => {
  await using server = await start();
  await using local = await folder();
  await Deno.writeTextFile(`${local.path}/mine.txt`, "only here");
  const words = ["mirror", "--dry-run", "--delete", at(server, "pub"), local.path];
  const { code, out, err } = await cli(words);
  assert.deepEqual([code, err], [0, ""]);
  const lines = out.trim().split("\n");
  assert.ok(lines.includes("download a.txt (missing, 5 B)"), out);
  assert.ok(lines.includes("make directory deep/er/"), out);
  assert.ok(lines.includes("delete mine.txt (extraneous)"), out);
  assert.equal(lines.at(-1), "4 files to transfer (22 B), 1 to delete, 0 unchanged, 0 excluded");
  assert.deepEqual(tree(local.path), ["mine.txt"]);

  const steps = json((await cli([...words, "--json"])).out);
  const { modified, ...step } = steps.find(({ path }) => path === "deep/d.txt");
  assert.ok(Date.parse(modified) > 0);
  assert.deepEqual(step, {
    event: "step",
    step: "download",
    path: "deep/d.txt",
    reason: "missing",
    size: 6,
  });
  assert.equal(steps.at(-1).event, "plan");
  assert.equal(steps.at(-1).files, 4);
});

Deno.test("mirror --up stores what is missing there, and deletes only where it is asked to", async () => {
  await using server = await start();
  await using local = await folder();
  await Deno.mkdir(`${local.path}/new`);
  await Deno.writeTextFile(`${local.path}/new/x.txt`, "mine");
  const words = ["mirror", "--up", local.path, at(server, "pub/")];
  assert.equal((await cli(words)).code, 0);
  assert.equal(server.files.text("pub/new/x.txt"), "mine");
  assert.equal(server.files.text("pub/a.txt"), "first");
  const { code, out } = await cli([...words, "--delete", "--json"]);
  assert.equal(code, 0);
  assert.deepEqual(server.files.paths().filter((path) => /\.\w+$/.test(path)), [
    "/pub/new/x.txt",
    "/top.txt",
  ]);
  assert.equal(json(out).at(-1).event, "mirrored");
  assert.equal(json(out).at(-1).deletions, 3);
});

Deno.test("mirror reports what failed, and does the rest", async () => {
  await using server = await FTPServer.start({
    files: { "a.txt": "first", "b.txt": "second" },
    misbehave: { replies: { RETR: { replace: "550 No such file", times: 1 } } },
  });
  await using local = await folder();
  const { code, err, out } = await cli(["mirror", "-P", "1", "--json", at(server), local.path]);
  assert.equal(code, 5, err);
  assert.match(err, /^tulip-ftp: a\.txt: RETR [^\n]+550/);
  assert.deepEqual(json(out).map(({ event }) => event).sort(), ["done", "failed", "mirrored"]);
  assert.deepEqual(tree(local.path), ["b.txt"]);
});

Deno.test("mirror tells whose place is whose", async () => {
  await using server = await start();
  const cases: [string[], RegExp][] = [
    [["here", at(server)], /Without --up, the URL stands first/],
    [["--up", at(server), "here"], /With --up, the URL stands at the end/],
    [[at(server)], /Something is missing/],
  ];
  for (const [words, message] of cases) {
    const { code, err } = await cli(["mirror", ...words]);
    assert.equal(code, 2, err);
    assert.match(err, message);
  }
});

Deno.test("rm removes files; directories only where it is asked to", async () => {
  await using server = await start();
  assert.equal((await cli(["rm", at(server, "pub/a.txt"), at(server, "pub/*.log")])).code, 0);
  assert.equal(server.files.text("pub/a.txt"), undefined);
  assert.equal(server.files.text("pub/b.log"), undefined);
  const refused = await cli(["rm", at(server, "pub/deep/")]);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /pub\/deep is a directory: give -r/);
  const { code, out } = await cli(["rm", "-r", "--json", at(server, "pub/deep/")]);
  assert.equal(code, 0);
  assert.ok(json(out).some(({ path }) => path.endsWith("pub/deep/er/c.txt")), out);
  assert.ok(!server.files.paths().some((path) => path.includes("deep")));
  assert.equal((await cli(["rm", at(server, "none")])).code, 5);
  for (const path of ["", "/", "%2F"]) {
    assert.equal((await cli(["rm", "-rf", at(server, path)])).code, 2);
  }
  assert.equal(server.files.text("top.txt"), "");
});

Deno.test("rm asks whoever sits at the terminal", async () => {
  await using server = await start();
  const words = ["rm", at(server, "pub/*.txt")];
  const no = await cli(words, { size: SIZE, typed: ["n\n"] });
  assert.deepEqual([no.code, no.out], [0, ""]);
  assert.match(no.err, /^Remove pub\/a\.txt\? \[y\/N\] tulip-ftp: nothing was removed\n$/);
  assert.equal(server.files.text("pub/a.txt"), "first");
  assert.equal((await cli([...words, "-f"], { size: SIZE })).code, 0);
  assert.equal(server.files.text("pub/a.txt"), undefined);
  const several = ["rm", "-r", at(server, "pub"), at(server, "top.txt")];
  const yes = await cli(several, { size: SIZE, typed: ["yes\n"] });
  assert.match(yes.err, /^Remove 2 files and all that is in it\? /);
  assert.deepEqual(server.files.paths().filter((path) => path !== "/"), []);
});

Deno.test("mkdir -p and put --parents make the directories above", async () => {
  await using server = await start();
  for (let turn = 0; turn < 2; turn++) {
    assert.equal((await cli(["mkdir", "-p", at(server, "x/y/z/")])).code, 0);
  }
  const words = ["put", "-q", "--parents", "-", at(server, "u/v/w.txt")];
  assert.equal((await cli(words, { typed: ["text"] })).code, 0);
  assert.equal(server.files.text("u/v/w.txt"), "text");
});
