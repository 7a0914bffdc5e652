import assert from "node:assert/strict";
import { isAtLeast } from "../../../../net/runtime.ts";
import { FTPServer } from "../../../../stdlib/ftplib/mod.ts";
import { certificates } from "../../../peers/certs.ts";
import { cli } from "./cli.ts";

/** A server of the test with TLS, and files for what its client is to trust. */
async function secured(implicit: boolean) {
  const { good, ca } = await certificates();
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "tulip-cli-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  await Deno.writeTextFile(`${folder}/ca.pem`, ca);
  await Deno.writeTextFile(`${folder}/cert.pem`, good.cert);
  await Deno.writeTextFile(`${folder}/key.pem`, good.key);
  const commands: string[] = [];
  const server = stack.use(
    await FTPServer.start({
      files: { "a.txt": "secret\n", "b.txt": "secret too\n" },
      users: { ada: { password: "lovelace" } },
      tls: { cert: good.cert, key: good.key },
      implicit,
      onEvent: (event) => {
        if (event.type === "command") commands.push(event.verb);
        if (event.type === "tls") commands.push("(tls)");
      },
    }),
  );
  const running = stack.move();
  return {
    folder,
    commands,
    place: `ada:lovelace@localhost:${server.port}`,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name, ignore: !isAtLeast("2.9.1"), fn });

test("ftpes:// and --tls encrypt before the password is sent", async () => {
  await using server = await secured(false);
  for (
    const words of [[`ftpes://${server.place}/a.txt`], ["--tls", `ftp://${server.place}/a.txt`]]
  ) {
    server.commands.length = 0;
    const { code, out, err } = await cli(["cat", "--cacert", `${server.folder}/ca.pem`, ...words]);
    assert.deepEqual([code, out, err], [0, "secret\n", ""]);
    const [auth, tls, ...others] = server.commands;
    assert.deepEqual([auth, tls], ["AUTH", "(tls)"]);
    assert.ok(others.indexOf("PROT") < others.indexOf("RETR"));
  }
});

test("ftps:// encrypts from the first byte", async () => {
  await using server = await secured(true);
  const url = `ftps://${server.place}/a.txt`;
  const { code, out } = await cli(["cat", "--cacert", `${server.folder}/ca.pem`, url]);
  assert.deepEqual([code, out], [0, "secret\n"]);
  assert.ok(!server.commands.includes("AUTH"));
});

test("a server that nobody vouches for ends with 3, and learns no password", async () => {
  await using server = await secured(false);
  const { code, out, err } = await cli(["cat", `ftpes://${server.place}/a.txt`]);
  assert.deepEqual([code, out], [3, ""]);
  assert.match(err, /^tulip-ftp: [^\n]+\n$/);
  assert.ok(!server.commands.includes("USER"), server.commands.join());
});

test("a fingerprint is enough to know a server", async () => {
  await using server = await secured(false);
  const pem = await Deno.readTextFile(`${server.folder}/cert.pem`);
  const der = Uint8Array.fromBase64(pem.replace(/-----[^-]+-----|\s/g, ""));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", der)).toHex();
  const url = `ftpes://${server.place}/b.txt`;
  const { code, out } = await cli(["cat", "--fingerprint", digest, url]);
  assert.deepEqual([code, out], [0, "secret too\n"]);
  assert.equal((await cli(["cat", "--fingerprint", "00".repeat(32), url])).code, 3);
  const { code: malformed, err } = await cli(["cat", "--fingerprint", "00", url]);
  assert.equal(malformed, 2, err);
});

test("options of TLS that make no sense are told", async () => {
  await using server = await secured(false);
  const url = `ftpes://${server.place}/a.txt`;
  const cases: [string[], number, RegExp][] = [
    [["--cert", "x.pem"], 2, /--cert and --key go together/],
    [["--cacert", `${server.folder}/none.pem`], 5, /--cacert .*none\.pem: /],
    [["--cacert", server.folder], 2, /--cacert /],
  ];
  for (const [words, code, message] of cases) {
    const run = await cli(["cat", ...words, url]);
    assert.equal(run.code, code, run.err);
    assert.match(run.err, message);
  }
});
