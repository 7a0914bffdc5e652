import assert from "node:assert/strict";
import { FTPServer } from "../../../../stdlib/ftplib/mod.ts";
import { isLoopback } from "../../../../stdlib/ftplib/cli/sessions.ts";
import { HIDDEN, startSocks } from "../../../peers/proxies.ts";
import { at, cli } from "./cli.ts";

Deno.test("a netrc file tells user and password, where it is asked for", async () => {
  await using server = await FTPServer.start({
    files: { "a.txt": "first" },
    users: { ada: { password: "lovelace" }, bob: { password: "builder" } },
    loginDelay: 1,
  });
  const folder = await Deno.makeTempDir({ prefix: "tulip-cli-" });
  try {
    const file = `${folder}/netrc`;
    await Deno.writeTextFile(file, `machine 127.0.0.1 login ada password lovelace\n`);
    await Deno.chmod(file, 0o600);
    const words = ["cat", "--netrc-file", file];
    assert.equal((await cli([...words, at(server, "a.txt")])).out, "first");
    assert.equal((await cli([...words, at(server, "a.txt", "ada")])).out, "first");
    // The password is ada's: nobody else gets it.
    const other = await cli([...words, at(server, "a.txt", "bob")]);
    assert.equal(other.code, 4);
    assert.match(other.err, /There is no password for bob/);
    assert.equal((await cli([...words, at(server, "a.txt", "bob:builder")])).out, "first");
    assert.equal((await cli(["cat", at(server, "a.txt")])).code, 4);

    await Deno.chmod(file, 0o644);
    const exposed = await cli([...words, at(server, "a.txt")]);
    assert.equal(exposed.code, 1);
    assert.match(exposed.err, /Its passwords are not used/);
    assert.doesNotMatch(exposed.err, /lovelace/);
    const missing = await cli(["cat", "--netrc-file", `${folder}/none`, at(server, "a.txt")]);
    assert.equal(missing.code, 5);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a password is asked for once, however many sessions there are", async () => {
  const started = Promise.withResolvers<void>();
  let logins = 0;
  await using server = await FTPServer.start({
    files: { "a.txt": "first", "b.txt": "second" },
    users: { ada: { password: "lovelace" } },
    onEvent: ({ type }) => {
      if (type === "login" && ++logins === 2) started.resolve();
    },
  });
  const folder = await Deno.makeTempDir({ prefix: "tulip-cli-" });
  try {
    const words = ["get", "-P", "2", "-o", folder, at(server, "a.txt", "ada")];
    const typed = { size: { columns: 80, rows: 24 }, typed: ["lovelace\r"] };
    const { code, err } = await cli([...words, at(server, "b.txt", "ada")], typed);
    assert.equal(code, 0, err);
    assert.equal(err.split("Password for ada").length - 1, 1);
    await started.promise;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a password that leaves this machine unencrypted is told of, and proxies are used", async () => {
  await using server = await FTPServer.start({
    files: { "a.txt": "first" },
    users: { ada: { password: "lovelace" }, anonymous: {} },
  });
  await using proxy = await startSocks();
  const place = `${HIDDEN}:${server.port}/a.txt`;
  const words = ["cat", "--proxy", `socks5h://127.0.0.1:${proxy.port}`];
  const { code, out, err } = await cli([...words, `ftp://ada:lovelace@${place}`]);
  assert.deepEqual([code, out], [0, "first"], err);
  assert.match(err, /^tulip-ftp: The password goes to hidden\.invalid:\d+ unencrypted, [^\n]+\n$/);
  assert.ok(proxy.asked.includes(`${HIDDEN}:${server.port}`));
  for (
    const quiet of [[...words, "-q", `ftp://ada:lovelace@${place}`], [...words, `ftp://${place}`]]
  ) {
    assert.deepEqual(await cli(quiet), { code: 0, out: "first", err: "" });
  }
  const { code: malformed, err: told } = await cli(["cat", "--proxy", "x", at(server, "a.txt")]);
  assert.equal(malformed, 2);
  assert.match(told, /^tulip-ftp: --proxy: /);
});

Deno.test("only what stays on this machine may be unencrypted without a word", () => {
  for (const host of ["localhost", "127.0.0.1", "127.3.2.1", "::1"]) assert.ok(isLoopback(host));
  for (const host of ["example.org", "127.0.0.1.example.org", "10.0.0.1", "::2", "localhost.x"]) {
    assert.ok(!isLoopback(host), host);
  }
});
