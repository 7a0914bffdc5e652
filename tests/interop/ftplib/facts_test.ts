import assert from "node:assert/strict";
import type { HashAlgorithm } from "../../../protocols/ftp/checksums.ts";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { ErrorPerm } from "../../../stdlib/ftplib/errors.ts";
import { hasher } from "../../../stdlib/ftplib/hashes.ts";
import { UnsupportedError } from "../../../stdlib/ftplib/unsupported_error.ts";
import { rejection } from "../../rejection.ts";
import { interopTest } from "../interop.ts";
import type { FtpServer } from "../servers/ftp_server.ts";
import type { Program } from "../servers/installed.ts";
import { startProftpd } from "../servers/proftpd.ts";
import { startPureFtpd } from "../servers/pure_ftpd.ts";
import { startPyftpdlib } from "../servers/pyftpdlib.ts";
import { startVsftpd } from "../servers/vsftpd.ts";

/** What differs from server to server. */
interface Place {
  program: Program;
  start: () => Promise<FtpServer>;
  /** The command that answers `stat`. */
  stat: "MLST" | "SIZE";
  /** Whether the rights of a file are told, and of a directory. */
  tellsMode: boolean;
}

const PLACES: Place[] = [
  { program: "vsftpd", start: () => startVsftpd(), stat: "SIZE", tellsMode: false },
  { program: "proftpd", start: () => startProftpd(), stat: "MLST", tellsMode: true },
  { program: "pure-ftpd", start: () => startPureFtpd(), stat: "MLST", tellsMode: true },
  { program: "pyftpdlib", start: () => startPyftpdlib(), stat: "MLST", tellsMode: false },
];

const WHEN = new Date("2020-02-29T12:34:56Z");
const BYTES = new TextEncoder().encode("hello");

async function connect(server: FtpServer, sent: string[] = []): Promise<FTP> {
  return await FTP.connect(server.hostname, {
    port: server.port,
    user: server.user,
    password: server.password,
    timeout: 20_000,
    debug: ({ direction, text }) => {
      if (direction === "send") sent.push(text);
    },
  });
}

for (const { program, start, stat, tellsMode } of PLACES) {
  interopTest(`ftplib on ${program}: what it tells about files`, { needs: [program] }, async () => {
    await using server = await start();
    const sent: string[] = [];
    await using ftp = await connect(server, sent);
    await ftp.upload("pub/two words.txt", BYTES);
    await ftp.upload("pub/.hidden", BYTES);

    const file = await ftp.stat("/pub/two words.txt");
    assert.deepEqual([file.name, file.type, file.size], ["two words.txt", "file", 5]);
    assert.ok(file.modified instanceof Date);
    assert.ok(sent.some((command) => command.startsWith(`${stat} /pub/two`)));
    for (const path of ["pub", "/pub/", "/", ".", "pub/..", "."]) {
      assert.equal((await ftp.stat(path)).type, "directory", path);
    }
    assert.equal((await ftp.stat("pub/.hidden")).size, 5);

    assert.equal(await ftp.exists("pub/two words.txt"), true);
    assert.equal(await ftp.exists("pub"), true);
    assert.equal(await ftp.exists("pub/none"), false);
    assert.equal(await ftp.exists("/nowhere/none"), false);
    await rejection(ftp.stat("pub/none"), ErrorPerm);

    await ftp.setModified("pub/two words.txt", WHEN);
    assert.deepEqual(await ftp.modified("pub/two words.txt"), WHEN);
    assert.deepEqual((await ftp.stat("pub/two words.txt")).modified, WHEN);
    assert.ok(await ftp.modified("pub") instanceof Date);
    await rejection(ftp.modified("pub/none"), ErrorPerm);
    await assert.rejects(ftp.setModified("pub/none", WHEN));

    await ftp.chmod("pub/two words.txt", 0o604);
    const { mode } = await Deno.stat(`${server.root}/pub/two words.txt`);
    assert.equal(mode! & 0o777, 0o604);
    if (tellsMode) assert.equal((await ftp.stat("pub/two words.txt")).permissions, 0o604);
    assert.ok((await ftp.site("HELP")).lines.some((line) => line.includes("CHMOD")));

    assert.deepEqual(await ftp.checksumAlgorithms(), []);
    await rejection(ftp.checksum("pub/two words.txt"), UnsupportedError);
    assert.equal(sent.filter((command) => command === "FEAT").length, 1);
    assert.equal(await ftp.exists("pub"), true);
  });
}

interopTest("ftplib on proftpd: its checksums are ours", { needs: ["proftpd"] }, async () => {
  await using server = await startProftpd({
    modules: ["mod_digest", "mod_site_misc"],
    config: ["DigestEngine on"],
  });
  await using ftp = await connect(server);
  const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 31) % 251);
  await ftp.upload("pub/two words.bin", bytes);

  const algorithms = await ftp.checksumAlgorithms();
  assert.deepEqual(algorithms, ["SHA-256", "SHA-512", "SHA-1", "MD5", "CRC32"]);
  const ours = async (algorithm: HashAlgorithm, start = 0, end = bytes.length) => {
    const counter = await hasher(algorithm);
    counter.update(bytes.subarray(start, end));
    return { algorithm, hex: counter.hex() };
  };
  const path = "pub/two words.bin";
  for (const algorithm of algorithms) {
    assert.deepEqual(await ftp.checksum(path, { algorithm }), await ours(algorithm));
    assert.deepEqual(
      await ftp.checksum(path, { algorithm, offset: 7, length: 100 }),
      await ours(algorithm, 7, 107),
    );
    assert.deepEqual(
      await ftp.checksum(path, { algorithm, offset: 99_999 }),
      await ours(algorithm, 99_999),
    );
  }
  await rejection(ftp.checksum("pub/none"), ErrorPerm);
  // Nothing of the ranges is left over.
  assert.equal((await ftp.download(path)).length, bytes.length);
});

interopTest("ftplib on proftpd: HOST comes before the login", { needs: ["proftpd"] }, async () => {
  await using server = await startProftpd();
  await using ftp = await FTP.connect(server.hostname, { port: server.port, timeout: 20_000 });
  // It knows no host but itself.
  assert.equal((await rejection(ftp.host("ftp.example"), ErrorPerm)).code, 504);
  await ftp.login(server.user, server.password);
  assert.equal((await rejection(ftp.host("ftp.example"), ErrorPerm)).code, 503);
});
