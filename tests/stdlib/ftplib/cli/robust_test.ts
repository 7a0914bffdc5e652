import assert from "node:assert/strict";
import { FTPServer } from "../../../../stdlib/ftplib/mod.ts";
import { at, cli } from "./cli.ts";

const BIG = Uint8Array.from({ length: 3_500_000 }, (_, index) => index % 251);

async function folder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "tulip-cli-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

Deno.test("a download that is cut goes on by itself, and says so", async () => {
  await using server = await FTPServer.start({
    files: { "big.bin": BIG },
    misbehave: { data: { RETR: { truncateAfter: 2_000_000, times: 1 } } },
  });
  await using local = await folder();
  const target = `${local.path}/big.bin`;
  const { code, err } = await cli(["get", at(server, "big.bin"), "-o", target]);
  assert.equal(code, 0, err);
  assert.match(err, /; trying again in 0:0\d\n/);
  assert.match(err, /\nbig\.bin: 3\.3 MiB in /);
  assert.deepEqual(await Deno.readFile(target), BIG);
});

Deno.test("without retries it ends with 1, and keeps what has arrived", async () => {
  await using server = await FTPServer.start({
    files: { "big.bin": BIG },
    misbehave: { data: { RETR: { truncateAfter: 2_000_000, times: 1 } } },
  });
  await using local = await folder();
  const words = ["get", at(server, "big.bin"), "-o", `${local.path}/big.bin`];
  const first = await cli([...words, "--retries", "0"]);
  assert.equal(first.code, 1);
  assert.match(
    first.err,
    /big\.bin\.part keeps 1\.9 MiB: the same command with --resume goes on there\n/,
  );
  assert.equal((await Deno.stat(`${local.path}/big.bin.part`)).size, 2_000_000);
  const second = await cli([...words, "--resume"]);
  assert.equal(second.code, 0, second.err);
  assert.match(second.err, /^big\.bin: 1\.4 MiB in /);
  assert.deepEqual(await Deno.readFile(`${local.path}/big.bin`), BIG);
});

Deno.test("get --segments fetches a file in several pieces at once", async () => {
  const begun: string[] = [];
  const bytes = Uint8Array.from({ length: 5_000_000 }, (_, index) => index % 251);
  await using server = await FTPServer.start({
    files: { "big.bin": bytes },
    onEvent: (event) =>
      event.type === "command" && event.verb === "REST" && begun.push(event.argument),
  });
  await using local = await folder();
  const words = ["get", "-q", "--segments", "3", "--checksum", at(server, "big.bin")];
  const { code, err } = await cli([...words, "-o", `${local.path}/big.bin`]);
  assert.deepEqual([code, err], [0, ""]);
  assert.ok(begun.filter((offset) => offset !== "0").length >= 2, begun.join());
  assert.deepEqual(await Deno.readFile(`${local.path}/big.bin`), bytes);
});

Deno.test("get --active has the server connect", async () => {
  const commands: string[] = [];
  await using server = await FTPServer.start({
    files: { "a.txt": "first" },
    onEvent: (event) => event.type === "command" && commands.push(event.verb),
  });
  const { code, out } = await cli(["cat", "--active", at(server, "a.txt")]);
  assert.deepEqual([code, out], [0, "first"]);
  assert.ok(commands.includes("EPRT") || commands.includes("PORT"), commands.join());
  assert.ok(!commands.includes("EPSV") && !commands.includes("PASV"));
});

Deno.test("a silent server is given up after --timeout", async () => {
  await using server = await FTPServer.start({
    files: { "a.txt": "first" },
    misbehave: { data: { RETR: { stallAfter: 2 } } },
  });
  const { code, err } = await cli(["cat", "--timeout", "300ms", at(server, "a.txt")]);
  assert.equal(code, 1);
  assert.match(err, /^tulip-ftp: [^\n]+\n$/);
});

Deno.test("hostile names never leave the directory (attack class 3)", async () => {
  await using server = await FTPServer.start({
    files: { "good.txt": "good" },
  });
  await using local = await folder();
  await Deno.mkdir(`${local.path}/inside`);
  for (const name of ["..", "%2E%2E%2Fout.txt", "a%5Cb", "CON", "C:x"]) {
    const words = ["get", "-o", `${local.path}/inside/`, at(server, `pub/${name}`)];
    const { code } = await cli(words);
    assert.notEqual(code, 0, name);
  }
  const left = await Array.fromAsync(Deno.readDir(local.path), ({ name }) => name);
  assert.deepEqual(left, ["inside"]);
});
