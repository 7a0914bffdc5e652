import assert from "node:assert/strict";
import { ListReader } from "../../../protocols/ftp/list_reader.ts";
import type { Entry } from "../../../protocols/ftp/types.ts";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { interopTest } from "../interop.ts";
import type { FtpServer } from "../servers/ftp_server.ts";
import type { Program } from "../servers/installed.ts";
import { startProftpd } from "../servers/proftpd.ts";
import { startPureFtpd } from "../servers/pure_ftpd.ts";
import { startPyftpdlib } from "../servers/pyftpdlib.ts";
import { startVsftpd } from "../servers/vsftpd.ts";

const SERVERS: [program: Program, start: () => Promise<FtpServer>][] = [
  ["vsftpd", () => startVsftpd()],
  ["proftpd", () => startProftpd()],
  ["pure-ftpd", () => startPureFtpd()],
  ["pyftpdlib", () => startPyftpdlib()],
];

/** Names that look like parts of a line. */
const NAMES = [
  ...["plain.txt", "two words", "  lead", "trail ", "a -> b", "Jan  1  2024 x", "12:34 y"],
  ...["5 Mar  9 08:01 z", "-rw-r--r--", "dvořák č. 8", "total 5", "a;b=c", 'q"uo"te', "[x]*?"],
];

/** Times on both sides of where `ls` leaves out the year; whole minutes. */
const AGES = [0, 1, 100, 170, 200, 400, 4_000].map((days) =>
  new Date(Math.floor(Date.now() / 60_000) * 60_000 - days * 86_400_000)
);

for (const [program, start] of SERVERS) {
  interopTest(`ftplib on ${program}: LIST and MLSD say what lies on its disk`, {
    needs: [program],
  }, async () => {
    await using server = await start();
    const folder = `${server.root}/pub`;
    for (const [index, name] of NAMES.entries()) {
      await Deno.writeTextFile(`${folder}/${name}`, "x".repeat(index));
      await Deno.chmod(`${folder}/${name}`, 0o604);
      const time = AGES[index % AGES.length]!;
      await Deno.utime(`${folder}/${name}`, time, time);
    }
    await Deno.mkdir(`${folder}/sub dir`);
    await Deno.symlink("plain.txt", `${folder}/link to it`);

    await using ftp = await FTP.connect(server.hostname, {
      port: server.port,
      user: server.user,
      password: server.password,
      timeout: 20_000,
    });
    const reader = new ListReader({ now: new Date() });
    const listed = (await ftp.dir("/pub")).map((line) => {
      const found = reader.push(line);
      assert.notEqual(found.kind, "unknown", line);
      return found.kind === "entry" ? found.entry : undefined;
    }).filter((entry) => entry !== undefined).filter(({ role }) => role === undefined);
    assert.equal(reader.dialect, "unix");
    check(listed, true);
    check(await ftp.mlsd("/pub"), false);
  });
}

function check(entries: readonly Entry[], isList: boolean): void {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  assert.deepEqual([...byName.keys()].sort(), [...NAMES, "sub dir", "link to it"].sort());
  for (const [index, name] of NAMES.entries()) {
    const { type, size, modified, precision, permissions } = byName.get(name)!;
    assert.deepEqual([type, size], ["file", index], name);
    if (isList) assert.equal(permissions, 0o604, name);
    // LIST tells the server's own time, which is ours; and ours may be another than UTC.
    if (isList && modified!.getTimezoneOffset() !== 0) continue;
    // It tells the day of what is old, and the minute of what is not.
    const exact = AGES[index % AGES.length]!.toISOString();
    const length = precision === "day" ? 10 : 16;
    assert.equal(modified?.toISOString().slice(0, length), exact.slice(0, length), name);
  }
  assert.equal(byName.get("sub dir")?.type, "directory");
  if (isList) assert.equal(byName.get("link to it")?.target, "plain.txt");
}
