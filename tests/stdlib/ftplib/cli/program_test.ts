import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { FTPServer } from "../../../../stdlib/ftplib/mod.ts";
import config from "../../../../deno.json" with { type: "json" };
import { FTP_PROGRAM } from "../../../../stdlib/ftplib/cli.ts";
import { at, CLI, program, run } from "./cli.ts";

const BIG = Uint8Array.from({ length: 400_000 }, (_, index) => index % 251);

async function folder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "tulip-cli-" }));
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** Reads the lines of a stream: the next one, or all that are left. */
function linesOf(stream: ReadableStream<Uint8Array>) {
  const chunks = stream.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .values();
  let text = "";
  return {
    async next(): Promise<string> {
      while (!text.includes("\n")) {
        const { value, done } = await chunks.next();
        if (done) throw new Error(`It ended with ${JSON.stringify(text)}`);
        text += value;
      }
      const end = text.indexOf("\n");
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      return line;
    },
    async rest(): Promise<string> {
      for await (const chunk of chunks) text += chunk;
      return text;
    },
  };
}

Deno.test("help and version need no permission at all", async () => {
  assert.deepEqual(await run(["--version"], { permissions: [] }), {
    code: 0,
    out: `tulip-ftp ${config.version}\n`,
    err: "",
  });
  for (const words of [[], ...Object.keys(FTP_PROGRAM.commands).map((name) => [name])]) {
    const { code, out, err } = await run([...words, "--help"], { permissions: [] });
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /^Usage: tulip-ftp /m);
    assert.match(out, /^Examples:$/m);
  }
});

Deno.test("each command asks for the permissions that the documentation names, and no others", async () => {
  await using server = await FTPServer.start({
    files: { "a.txt": "first", "big.bin": BIG },
    users: { ada: { password: "lovelace" }, anonymous: {} },
  });
  await using local = await folder();
  const net = "-N=127.0.0.1";
  const file = `${local.path}/x.txt`;
  const cases: [string[], string[], RegExp][] = [
    [["ls", "-l", at(server)], [net], /^net/],
    [["cat", at(server, "a.txt")], [net], /^net/],
    [["stat", at(server, "a.txt")], [net], /^net/],
    [
      ["get", "-c", "-o", file, at(server, "big.bin")],
      [net, `-R=${local.path}`, `-W=${local.path}`],
      /^(?:net|read|write)/,
    ],
    [["put", file, at(server, "y.bin")], [net, `-R=${local.path}`], /^(?:net|read)/],
    [
      ["mirror", at(server), `${local.path}/copy`],
      [net, `-R=${local.path}`, `-W=${local.path}`],
      /^(?:net|read|write)/,
    ],
    [
      ["mirror", "--up", `${local.path}/copy`, at(server, "up")],
      [net, `-R=${local.path}`],
      /^(?:net|read)/,
    ],
    [["rm", "-r", at(server, "up")], [net], /^net/],
    [["checksum", at(server, "a.txt")], [net], /^net/],
    [["mkdir", at(server, "new")], [net], /^net/],
    [["mv", at(server, "a.txt"), "b.txt"], [net], /^net/],
    [["cat", at(server, "b.txt", "ada")], [net, "-E=FTP_PASSWORD"], /^(?:net|env)/],
  ];
  for (const [words, permissions, allowed] of cases) {
    const audit = `${local.path}/audit.jsonl`;
    const env = { FTP_PASSWORD: "lovelace", DENO_AUDIT_PERMISSIONS: audit };
    const { code, err } = await run(words, { permissions, env });
    assert.equal(code, 0, `${words.join(" ")}: ${err}`);
    const used = (await Deno.readTextFile(audit)).trim().split("\n")
      .map((line) => JSON.parse(line).permission as string);
    assert.ok(used.length > 0);
    assert.deepEqual(used.filter((permission) => !allowed.test(permission)), [], words.join(" "));
    await Deno.remove(audit);
  }
  assert.deepEqual(server.files.get("y.bin"), BIG);
});

Deno.test("a missing permission ends with 2, and says which", async () => {
  await using server = await FTPServer.start({ files: { "a.txt": "first" } });
  const cases: [string[], string[], RegExp][] = [
    [["ls", at(server)], [], /--allow-net/],
    [["get", at(server, "a.txt"), "-o", "/nowhere/x"], ["-N"], /--allow-(?:read|write)/],
    [["put", "/etc/hostname", at(server, "x")], ["-N"], /--allow-read/],
  ];
  for (const [words, permissions, message] of cases) {
    const { code, err } = await run(words, { permissions });
    assert.equal(code, 2, err);
    assert.match(err, message);
    assert.equal(err.trim().split("\n").length, 1, err);
  }
});

Deno.test("Ctrl-C keeps what has arrived, and says how to go on", async () => {
  await using server = await FTPServer.start({ files: { "big.bin": BIG }, bytesPerSecond: 20_000 });
  await using local = await folder();
  const target = `${local.path}/big.bin`;
  const permissions = ["-N=127.0.0.1", `-R=${local.path}`, `-W=${local.path}`];
  const words = ["get", "--json", at(server, "big.bin"), "-o", target];
  const child = program(words, { permissions }).spawn();
  const lines = linesOf(child.stdout);
  const told = JSON.parse(await lines.next());
  assert.equal(told.event, "progress");
  assert.ok(told.transferred > 0 && told.total === BIG.length);
  child.kill("SIGINT");
  const [out, err] = await Promise.all([
    lines.rest(),
    new Response(child.stderr).text(),
  ]);
  assert.equal((await child.status).code, 130, err);
  assert.match(out, /"event":"failed"/);
  assert.match(err, /big\.bin\.part keeps .+: the same command with --resume goes on there\n$/);
  const part = await Deno.readFile(`${target}.part`);
  assert.ok(part.length > 0);
  assert.deepEqual(part, BIG.subarray(0, part.length));
  await assert.rejects(Deno.stat(target), Deno.errors.NotFound);
});

Deno.test("whoever reads no further is told nothing", async () => {
  await using server = await FTPServer.start({ files: { "big.bin": new Uint8Array(5_000_000) } });
  const child = program(["cat", at(server, "big.bin")]).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  const err = await new Response(child.stderr).text();
  assert.deepEqual([(await child.status).code, err], [141, ""]);
});

Deno.test("FTP_PASSWORD is read where Deno allows it, and only there", async () => {
  await using server = await FTPServer.start({
    files: { "a.txt": "first" },
    users: { ada: { password: "lovelace" } },
    loginDelay: 1,
  });
  const words = ["cat", at(server, "a.txt", "ada")];
  const env = { FTP_PASSWORD: "lovelace" };
  const permissions = ["-N=127.0.0.1", "-E=FTP_PASSWORD"];
  assert.deepEqual(await run(words, { env, permissions }), { code: 0, out: "first", err: "" });
  const { code, err } = await run(words, { env });
  assert.equal(code, 4);
  assert.match(err, /There is no password for ada .*-E=FTP_PASSWORD\n$/);
});

Deno.test("--netrc reads the file in the home directory, where Deno allows it", async () => {
  await using server = await FTPServer.start({
    files: { "a.txt": "first" },
    users: { ada: { password: "lovelace" } },
  });
  await using home = await folder();
  const file = `${home.path}/.netrc`;
  await Deno.writeTextFile(file, "machine 127.0.0.1 login ada password lovelace\n", {
    mode: 0o600,
  });
  const words = ["cat", "--netrc", at(server, "a.txt")];
  const env = { HOME: home.path, DENO_DIR: `${home.path}/.deno` };
  const permissions = ["-N=127.0.0.1", `-R=${file}`, "-S=homedir"];
  assert.deepEqual(await run(words, { env, permissions }), { code: 0, out: "first", err: "" });
  const { code, err } = await run(words, { env, permissions: permissions.slice(0, 2) });
  assert.equal(code, 2, err);
  assert.match(err, /--allow-sys/);
});

Deno.test("a mirror that is broken off says how to go on", async () => {
  await using server = await FTPServer.start({ files: { "big.bin": BIG }, bytesPerSecond: 20_000 });
  await using local = await folder();
  const permissions = ["-N=127.0.0.1", `-R=${local.path}`, `-W=${local.path}`];
  const child = program(["mirror", "--json", at(server), local.path], { permissions }).spawn();
  const lines = linesOf(child.stdout);
  assert.equal(JSON.parse(await lines.next()).event, "progress");
  child.kill("SIGINT");
  const [, err] = await Promise.all([lines.rest(), new Response(child.stderr).text()]);
  assert.equal((await child.status).code, 130, err);
  assert.match(err, /the same command goes on where this one stopped\n$/);
});

Deno.test("serve tells its URL, serves, and ends well with Ctrl-C", async () => {
  await using local = await folder();
  await Deno.writeTextFile(`${local.path}/a.txt`, "served");
  const permissions = ["-N=127.0.0.1", `-R=${local.path}`];
  const child = program(["serve", "--port", "0", local.path], { permissions }).spawn();
  const lines = linesOf(child.stdout);
  const url = await lines.next();
  assert.match(url, /^ftp:\/\/127\.0\.0\.1:\d+\/$/);
  assert.deepEqual(await run(["cat", `${url}a.txt`]), { code: 0, out: "served", err: "" });
  // Nobody may change anything, and Deno would not let it either.
  const { code } = await run(["mkdir", `${url}new`]);
  assert.equal(code, 1);
  child.kill("SIGINT");
  const err = await new Response(child.stderr).text();
  assert.equal(await lines.rest(), "");
  assert.equal((await child.status).code, 0, err);
  assert.match(err, /fetched \/a\.txt \(6 B\)/);
});

Deno.test("serve lets one user in, who may change files where that is asked for", async () => {
  await using local = await folder();
  const permissions = ["-N=127.0.0.1", `-R=${local.path}`, `-W=${local.path}`, "-E=FTP_PASSWORD"];
  const env = { FTP_PASSWORD: "lovelace" };
  const words = ["serve", "--port", "0", "-u", "ada", "--writable", "--json", local.path];
  const child = program(words, { permissions, env }).spawn();
  const lines = linesOf(child.stdout);
  const listening = JSON.parse(await lines.next());
  assert.equal(listening.event, "listening");
  assert.match(listening.url, /^ftp:\/\/ada@127\.0\.0\.1:\d+\/$/);
  assert.equal((await run(["ls", listening.url.replace("ada@", "")])).code, 4);
  assert.equal((await run(["mkdir", `${listening.url}new`], { permissions, env })).code, 0);
  assert.ok((await Deno.stat(`${local.path}/new`)).isDirectory);
  child.kill("SIGTERM");
  const [events] = await Promise.all([lines.rest(), child.stderr.cancel()]);
  assert.match(events, /"event":"makeDirectory","client":2,"path":"\/new"/);
  assert.equal((await child.status).code, 0);
});

Deno.test("it runs from a URL, with nothing installed", async () => {
  await using ftp = await FTPServer.start({ files: { "a.txt": "first" } });
  await using cache = await folder();
  const root = new URL("../../../../", import.meta.url);
  await using web = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      const text = await Deno.readTextFile(new URL(`.${pathname}`, root)).catch(() => undefined);
      return text === undefined
        ? new Response(null, { status: 404 })
        : new Response(text, { headers: { "content-type": "application/typescript" } });
    },
  );
  const { port } = web.addr as Deno.NetAddr;
  const { pathname } = new URL(CLI);
  const path = pathname.slice(fileURLToPath(root).length);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-config", "--no-lock", "--no-check", "--no-prompt", "--quiet"],
      ...[`--allow-import=127.0.0.1:${port}`, "-N=127.0.0.1"],
      `http://127.0.0.1:${port}/${path}`,
      ...["cat", at(ftp, "a.txt")],
    ],
    env: { DENO_DIR: cache.path, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
    cwd: cache.path,
    stdin: "null",
    signal: AbortSignal.timeout(60_000),
  }).output();
  const decoder = new TextDecoder();
  assert.deepEqual([code, decoder.decode(stdout)], [0, "first"], decoder.decode(stderr));
});
