import assert from "node:assert/strict";
import { TimeoutError } from "../../loop/exceptions.ts";
import { run } from "../../loop/runners.ts";
import { timeout } from "../../loop/timeouts.ts";
import { FTP } from "../../stdlib/ftplib/client.ts";
import { ErrorPerm } from "../../stdlib/ftplib/errors.ts";
import { rejection } from "../rejection.ts";
import { interopTest } from "./interop.ts";
import type { FtpServer } from "./servers/ftp_server.ts";
import type { Program } from "./servers/installed.ts";
import { mustRun } from "./servers/run.ts";
import { startProftpd } from "./servers/proftpd.ts";
import { startPureFtpd } from "./servers/pure_ftpd.ts";
import { startPyftpdlib } from "./servers/pyftpdlib.ts";
import { startVsftpd } from "./servers/vsftpd.ts";

const SERVERS: [program: Program, start: () => Promise<FtpServer>][] = [
  ["vsftpd", () => startVsftpd()],
  ["proftpd", () => startProftpd()],
  ["pure-ftpd", () => startPureFtpd()],
  ["pyftpdlib", () => startPyftpdlib()],
];

function connect(server: FtpServer): Promise<FTP> {
  return FTP.connect(server.hostname, {
    port: server.port,
    user: "tulip",
    password: "secret",
    timeout: 10_000,
  });
}

/** Bytes that repeat at no power of two, so that a piece in the wrong place shows. */
function noise(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 7)) % 251);
}

for (const [program, start] of SERVERS) {
  interopTest(`ftplib on ${program}: a day's work`, { needs: [program] }, async () => {
    await using server = await start();
    await using ftp = await connect(server);
    const data = noise(3_000_001);

    assert.equal(await ftp.mkd("/work dir"), "/work dir");
    await ftp.cwd("/work dir");
    assert.equal(await ftp.pwd(), "/work dir");
    await ftp.cwd("..");
    assert.equal(await ftp.pwd(), "/");
    await ftp.cwd("work dir");
    assert.ok((await ftp.feat()).has("SIZE"));

    const { transferred } = await ftp.upload("big.bin", data, { verify: true });
    assert.equal(transferred, data.length);
    await ftp.upload("empty", "");
    await ftp.upload("Dvořák – č. 8.txt", "Allegro con brio\r\n");
    await ftp.storlines("STOR lines.txt", "one\ntwo\r\nthree");
    assert.equal(await ftp.size("big.bin"), data.length);

    assert.deepEqual(await ftp.download("big.bin"), data);
    assert.equal((await ftp.download("empty")).length, 0);
    assert.deepEqual(
      await ftp.download("big.bin", { offset: 2_500_000 }),
      data.subarray(2_500_000),
    );
    const lines: string[] = [];
    await ftp.retrlines("RETR lines.txt", (line) => void lines.push(line));
    assert.deepEqual(lines, ["one", "two", "three"]);

    const names = ["Dvořák – č. 8.txt", "big.bin", "empty", "lines.txt"];
    // Pure-FTPd names the directory and the one above it as well.
    const listed = (await ftp.nlst()).filter((name) => name !== "." && name !== "..");
    assert.deepEqual(listed.sort(), names);
    const entries = await ftp.mlsd();
    assert.deepEqual(entries.map((entry) => entry.name).sort(), names);
    const big = entries.find((entry) => entry.name === "big.bin")!;
    assert.deepEqual([big.type, big.size], ["file", data.length]);
    assert.ok(Math.abs(big.modified!.getTime() - Date.now()) < 86_400_000 * 2);
    assert.equal((await ftp.mlsd("/work dir")).length, 4);
    assert.equal((await ftp.mlsd("/")).find(({ name }) => name === "work dir")?.type, "directory");

    await ftp.upload("big.bin", data.subarray(1_000_000), { offset: 1_000_000 });
    assert.deepEqual(await ftp.download("big.bin"), data, "written again from the middle");
    await ftp.upload("lines.txt", "four\n", { append: true });
    await ftp.rename("lines.txt", "verses.txt");
    await ftp.delete("empty");
    const refused = await rejection(ftp.download("empty"), ErrorPerm);
    assert.equal(refused.code, 550);
    assert.match(refused.message, /no such file/);
    for (const name of ["big.bin", "Dvořák – č. 8.txt", "verses.txt"]) await ftp.delete(name);
    await ftp.cwd("/");
    await ftp.rmd("work dir");
    await ftp.quit();
  });

  interopTest(`ftplib on ${program}: local files, resumed`, { needs: [program] }, async () => {
    await using server = await start();
    await using ftp = await connect(server);
    const folder = await Deno.makeTempDir();
    try {
      const data = noise(8_000_001);
      await Deno.writeFile(`${folder}/source`, data);
      await ftp.uploadFrom(`${folder}/source`, "big.bin", { verify: true });

      const controller = new AbortController();
      await rejection(
        ftp.downloadTo("big.bin", `${folder}/copy`, {
          signal: controller.signal,
          onProgress: () => controller.abort(new RangeError("enough")),
        }),
        RangeError,
      );
      const kept = (await Deno.stat(`${folder}/copy.part`)).size;
      assert.ok(kept > 0 && kept < data.length, `${kept} bytes were kept`);
      const { offset, size } = await ftp.downloadTo("big.bin", `${folder}/copy`, { resume: true });
      assert.deepEqual([offset, size], [kept, data.length]);
      assert.deepEqual(await Deno.readFile(`${folder}/copy`), data);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

  interopTest(`ftplib on ${program}: what is broken off leaves a session that works`, {
    needs: [program],
  }, async () => {
    await using server = await start();
    await run(async () => {
      await using ftp = await connect(server);
      await ftp.upload("big.bin", noise(12_000_000));
      await ftp.upload("small.txt", "small");
      for (let round = 0; round < 2; round++) {
        for await (const _chunk of ftp.download("big.bin")) break;
        assert.equal(await ftp.size("small.txt"), 5);

        using transfer = ftp.download("big.bin");
        await transfer.readInto(new Uint8Array(1000));
        await rejection(ftp.pwd(), Error);
        await ftp.abort();
        assert.equal(await ftp.pwd(), "/");

        await rejection(
          timeout(50, async () => {
            for await (const _chunk of ftp.download("big.bin")) {
              await new Promise((resolve) => setTimeout(resolve, 20));
            }
          }),
          TimeoutError,
        );
        assert.equal(new TextDecoder().decode(await ftp.download("small.txt")), "small");

        await rejection(ftp.upload("broken", failing()), SyntaxError);
        assert.ok((await ftp.nlst()).includes("small.txt"));
      }
    });
  });

  interopTest(`ftplib and Python's on ${program} see the same`, {
    needs: [program, "python3"],
  }, async () => {
    await using server = await start();
    await using ftp = await connect(server);
    await ftp.upload("a b.txt", "text");
    await ftp.mkd("folder");
    const printed = await mustRun(["python3", "-c", PYTHON, server.hostname, `${server.port}`]);
    const seen = JSON.parse(printed);
    assert.deepEqual(seen, {
      pwd: await ftp.pwd(),
      nlst: (await ftp.nlst()).sort(),
      size: await ftp.size("a b.txt"),
      data: new TextDecoder().decode(await ftp.download("a b.txt")),
      missing: (await rejection(ftp.voidcmd("DELE nothing"), ErrorPerm)).code,
    });
  });
}

interopTest("ftplib on vsftpd: a wrong password", { needs: ["vsftpd"] }, async () => {
  await using server = await startVsftpd();
  const { hostname, port } = server;
  const error = await rejection(
    FTP.connect(hostname, { port, user: "tulip", password: "x" }),
    ErrorPerm,
  );
  assert.match(
    error.message,
    /^PASS \*\*\* failed: 530 "Login incorrect\.": check user and password$/,
  );
});

async function* failing(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(new Uint8Array(1000));
  throw new SyntaxError("mine");
}

const PYTHON = `
import ftplib, io, json, sys
def code(call):
    try: call()
    except ftplib.error_perm as error: return int(str(error)[:3])
ftp = ftplib.FTP()
ftp.connect(sys.argv[1], int(sys.argv[2]))
ftp.login("tulip", "secret")
data = io.BytesIO()
ftp.retrbinary("RETR a b.txt", data.write)
print(json.dumps({
    "pwd": ftp.pwd(),
    "size": ftp.size("a b.txt"),
    "nlst": sorted(ftp.nlst()),
    "data": data.getvalue().decode(),
    "missing": code(lambda: ftp.voidcmd("DELE nothing")),
}))
`;
