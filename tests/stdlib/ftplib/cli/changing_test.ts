import assert from "node:assert/strict";
import { FTPServer } from "../../../../stdlib/ftplib/mod.ts";
import { at, cli } from "./cli.ts";

function start(): Promise<FTPServer> {
  return FTPServer.start({ files: { "pub/a.txt": "first", "pub/b.txt": "second" } });
}

Deno.test("mkdir makes directories", async () => {
  await using server = await start();
  assert.equal((await cli(["mkdir", at(server, "new/"), at(server, "pub/x")])).code, 0);
  assert.equal((await cli(["ls", at(server)])).out, "new\npub\n");
  const { code, err } = await cli(["mkdir", at(server, "pub")]);
  assert.equal(code, 1);
  assert.match(err, /^tulip-ftp: MKD pub failed: 550/);
});

Deno.test("mv renames, and moves to another directory", async () => {
  await using server = await start();
  assert.equal((await cli(["mv", at(server, "pub/a.txt"), "c.txt"])).code, 0);
  assert.equal(server.files.text("c.txt"), "first");
  assert.equal((await cli(["mv", at(server, "c.txt"), at(server, "pub/")])).code, 0);
  assert.equal(server.files.text("pub/c.txt"), "first");
  for (const target of ["ftp://127.0.0.1:1/x", at(server, "x", "ada")]) {
    const { code, err } = await cli(["mv", at(server, "pub/c.txt"), target]);
    assert.equal(code, 2);
    assert.match(err, /Cannot move a file to another server, or as another user/);
  }
  assert.equal((await cli(["mv", at(server, "none"), "x"])).code, 5);
});

Deno.test("stat and checksum say what the server knows", async () => {
  await using server = await start();
  const { out } = await cli(["stat", at(server, "pub/a.txt")]);
  assert.match(out, /^path: +pub\/a\.txt\ntype: +file\nsize: +5 \(5 B\)\nmodified: +\d{4}-/);
  const json = await cli(["stat", "--json", at(server, "pub")]);
  assert.deepEqual(JSON.parse(json.out).type, "directory");
  // printf first | sha256sum
  const sum = "a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e";
  const counted = await cli(["checksum", "-a", "SHA-256", at(server, "pub/a.txt")]);
  assert.deepEqual(counted, { code: 0, out: `${sum}  pub/a.txt\n`, err: "" });
  assert.equal((await cli(["checksum", at(server, "none")])).code, 5);
});

Deno.test("site sends a command in the directory of the URL", async () => {
  const commands: string[] = [];
  await using server = await FTPServer.start({
    files: { "pub/a.txt": "" },
    onEvent: (event) =>
      event.type === "command" && commands.push(`${event.verb} ${event.argument}`),
  });
  const { code, err } = await cli(["site", at(server, "pub"), "NO", "SUCH THING"]);
  assert.equal(code, 1);
  assert.match(err, /^tulip-ftp: SITE NO SUCH THING failed: 50\d/);
  assert.deepEqual(commands.slice(-3, -1), ["CWD pub", "SITE NO SUCH THING"]);
});

Deno.test("passwords come from the URL, and are never shown", async () => {
  await using server = await FTPServer.start({
    files: { "a.txt": "first" },
    users: { "a@b": { password: "love:lace/1" } },
    loginDelay: 1,
  });
  const good = at(server, "a.txt", "a%40b:love%3Alace%2F1");
  const seen = await cli(["cat", "--verbose", "--debug", good]);
  assert.deepEqual([seen.code, seen.out], [0, "first"]);
  assert.match(seen.err, /^C: PASS \*\*\*$/m);
  for (const word of ["wrong", "love%3Alace"]) {
    const { code, err } = await cli(["cat", "--debug", at(server, "a.txt", `a%40b:${word}`)]);
    assert.equal(code, 4);
    assert.match(err, /check user and password/);
    assert.doesNotMatch(err, /wrong|lace/);
  }
  const { code, err } = await cli(["cat", at(server, "a.txt", "a%40b")]);
  assert.equal(code, 4);
  assert.match(
    err,
    /There is no password for a@b at 127\.0\.0\.1:\d+, and nobody to ask: set FTP_PASSWORD/,
  );
  const typed = { size: { columns: 80, rows: 24 }, typed: ["love:lace/1\r"] };
  const asked = await cli(["cat", "-u", "a@b", at(server, "a.txt"), at(server, "a.txt")], typed);
  assert.deepEqual([asked.code, asked.out], [0, "firstfirst"]);
  assert.match(asked.err, /^Password for a@b at 127\.0\.0\.1:\d+: \n$/);
});

Deno.test("a server that cannot be reached ends with 3, once for all files", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const url = `ftp://127.0.0.1:${port}`;
  for (const words of [["ls", url], ["get", `${url}/a`, `${url}/b`], ["checksum", `${url}/a`]]) {
    const { code, err } = await cli(words);
    assert.equal(code, 3);
    assert.match(
      err,
      /^tulip-ftp: Cannot connect to 127\.0\.0\.1:\d+: connection refused\.[^\n]+\n$/,
    );
  }
});

Deno.test("what answers but is no FTP server ends with 3 as well", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answering = (async () => {
    using conn = await listener.accept();
    await conn.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
  })();
  const { port } = listener.addr as Deno.NetAddr;
  const { code, err } = await cli(["ls", `ftp://127.0.0.1:${port}`]);
  await answering;
  assert.equal(code, 3);
  assert.match(err, /^tulip-ftp: 127\.0\.0\.1:\d+: /);
});
